"""Records written as an image file each, and as the rows of a table, which the layouts then read as any others."""

import csv
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath

from kagglebot.datasets.archive.guard import AGAIN, Member, readable, safe_path
from kagglebot.datasets.images.formats.image_formats import IMAGE_SUFFIXES
from kagglebot.datasets.layouts.image_files.image_index import side_of
from kagglebot.datasets.layouts.image_files.sizes import LARGE_ENOUGH, without_size
from kagglebot.datasets.records.channel_files import join_channels
from kagglebot.datasets.records.json_bands import read_json
from kagglebot.datasets.records.record import Record
from kagglebot.datasets.records.tfrecords import read_tfrecords
from kagglebot.datasets.sample_submission.find import find_sample
from kagglebot.datasets.sample_submission.read import read_sample_file
from kagglebot.datasets.spellings.names import plain_name
from kagglebot.datasets.spellings.values import canonical
from kagglebot.datasets.tables.record_table import TABLE
from kagglebot.errors import DataError
from kagglebot.system.progress import ProgressCallback

_TFRECORDS = re.compile(r".+\.tf_?rec(ord)?s?([-.].+)?", re.IGNORECASE)
_JSON = re.compile(r".+\.(json|jsonl|ndjson)", re.IGNORECASE)
_ID = re.compile(r"id|(image|img|file)([-_/ ]?(id|name|key|file[-_]?name))?", re.IGNORECASE)
#: So many records of a file are compared with the ids of the sample submission.
_COMPARED = 10


@dataclass(frozen=True)
class _Row:
    """A record whose image was written: its file, the name of the feature that held it, and the others."""

    file: Member
    feature: str
    texts: Mapping[str, str]


def write_image_files(folder: Path, members: Sequence[Member], on_progress: ProgressCallback) -> list[Member]:
    """Replace the files of records in a folder by image files and a table; return all its files, sorted by path.

    Images in files of their own stay, but for those in several grey ones, see ``join_channels``. Of the same
    records in several sizes only those of one are replaced, see ``LARGE_ENOUGH``.

    Raises:
        DataError: A file of records is cut off or damaged, or its records hold no images.
    """
    files = {member.path: member for member in members}
    found = [path for path in files if _reader(path)]
    if any(path.suffix.lower() in IMAGE_SUFFIXES for path in files):
        return join_channels(folder, members, on_progress)
    rows: list[_Row] = []
    done, asked = 0, _asked_feature(folder, files, found) if found else ""
    for path in _of_one_size(folder, found, asked):
        written = [*_write_images(folder, path, asked)]
        rows += written
        done += files[path].size
        if written:
            (folder / path).unlink()
            del files[path]
        on_progress("unpacking", done, None)
    table = _write_table(folder, rows) if rows else []
    return sorted([*files.values(), *(row.file for row in rows), *table], key=lambda member: member.path)


def describe_left_records(paths: Collection[PurePosixPath]) -> tuple[str, ...]:
    """Return a note on the TFRecords among files of which others hold the images; none where there are none."""
    left = [path for path in paths if _TFRECORDS.fullmatch(path.name)]
    if not left:
        return ()
    pattern = f"--files '*.csv' --files '{left[-1].parts[0]}/*'"
    more = (
        f", in another size. To take another, fetch only its files, such as {pattern}" if TABLE in paths else "."
    )
    return (f"Left out: {len(left):,} files of TFRecords, such as {left[0]}: other files hold the images{more}",)


def _reader(path: PurePosixPath) -> Callable[[Path], Iterator[Record]] | None:
    if _TFRECORDS.fullmatch(path.name):
        return read_tfrecords
    return read_json if _JSON.fullmatch(path.name) else None


def _records(folder: Path, path: PurePosixPath) -> Iterator[Record]:
    """Yield the records of a file; raise DataError, which names the record, where one cannot be read."""
    read, number = _reader(path), 0
    try:
        for number, record in enumerate(read(folder / path) if read else (), start=1):  # noqa: B007
            yield record
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}, record {number + 1}: {error}.", AGAIN) from error


def _of_one_size(folder: Path, paths: Sequence[PurePosixPath], asked: str) -> list[PurePosixPath]:
    """Return the files of records; of those of the same ids in several sizes, one size."""
    counts = Counter(map(without_size, paths))
    twins = defaultdict(list)
    for path in paths:
        ids = _ids(folder, path, asked) if counts[without_size(path)] > 1 else ()
        twins[without_size(path), ids or str(path)].append(path)
    chosen = []
    for same in twins.values():
        several = same if len(same) > 1 else ()
        sides = dict.fromkeys(same, 0) | {
            path: next((record.side for record in _records(folder, path)), 0) for path in several
        }
        largest = max(sides.values())
        serves = min((side for side in sides.values() if side >= LARGE_ENOUGH), default=largest)
        chosen += [path for path, side in sides.items() if side == serves]
    return chosen


def _ids(folder: Path, path: PurePosixPath, asked: str) -> tuple[str, ...]:
    """Return the ids of the records of a file, sorted; none where some have none."""
    ids = [record.texts.get(_id_feature(record, asked), "") for record in _records(folder, path)]
    return tuple(sorted(ids)) if all(ids) else ()


def _id_feature(record: Record, asked: str) -> str:
    """Return the feature ``asked`` if a record has it, or else the first of a usual name; empty where none is."""
    return asked if asked in record.texts else next(filter(_ID.fullmatch, record.texts), "")


def _asked_feature(folder: Path, paths: Collection[PurePosixPath], found: Iterable[PurePosixPath]) -> str:
    """Return the feature of records whose values are ids of the sample submission, else the one called as these.

    Of several features of such values it is the one called so, or else one of a usual name; empty where none is.
    """
    column, known = "", set[str]()
    with suppress(DataError):  # what is wrong with the sample is said where it is read
        sample = read_sample_file(folder / find_sample(paths))
        column, known = sample.id_column.strip().lower(), {_plain(name) for name in sample.ids}
    shown = [[each.texts for each in islice(_records(folder, path), _COMPARED)] for path in found]
    names = dict.fromkeys(name for texts in shown for each in texts for name in each)
    columns = [
        (name, {_plain(each.get(name, "")) for each in texts}, len(texts)) for name in names for texts in shown
    ]
    fitting = dict.fromkeys(name for name, values, count in columns if 1 < count == len(values & known))
    called = next((name for name in names if name.lower() == column), "")
    return called if called in fitting else next(filter(_ID.fullmatch, fitting), next(iter(fitting), called))


def _plain(name: str) -> str:
    """Return what spellings of an id share: that of ``plain_name``, without the ending of an image."""
    plain = plain_name(canonical(name))
    stem, dot, ending = plain.rpartition(".")
    return stem if dot + ending in IMAGE_SUFFIXES else plain


def _write_images(folder: Path, path: PurePosixPath, asked: str) -> Iterator[_Row]:
    """Write the images of a file of records into a folder of its name, each called by its id or its number."""
    target = path.parent / path.name.partition(".")[0]
    for number, record in enumerate(_records(folder, path), start=1):
        identifier = _id_feature(record, asked)
        name = record.texts.get(identifier) or f"{target.name}-{number}"
        name += "" if PurePosixPath(name).suffix.lower() in IMAGE_SUFFIXES else record.ending
        image = target / safe_path(str(path), readable(name))
        if (folder / image).exists():
            image = image.with_name(f"{image.stem}-{number}{image.suffix}")
        (folder / image).parent.mkdir(parents=True, exist_ok=True)
        with (folder / image).open("xb") as stream:
            stream.write(record.image)
        others = (feature for feature in record.texts if feature != identifier)
        texts = {feature.rpartition("/")[2]: record.texts[feature] for feature in others}  # image/class/label
        member = Member(image, len(record.image), hashlib.sha256(record.image).hexdigest())
        yield _Row(member, record.feature, texts)


def _write_table(folder: Path, rows: Sequence[_Row]) -> list[Member]:
    """Write the rows that are for training: by the names of their folders, or else as they have all features.

    Return the table, or none where no row is.
    """
    known = {row.file.path: side_of(row.file.path) for row in rows}
    trained = [row for row in rows if known[row.file.path] != "test"]
    columns = [*dict.fromkeys(name for row in trained for name in row.texts)]
    labelled = [row for row in trained if known[row.file.path] or row.texts.keys() >= {*columns}]
    if not labelled:
        return []
    (folder / TABLE).parent.mkdir(exist_ok=True)
    with (folder / TABLE).open("x", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([rows[0].feature, *columns])
        writer.writerows([str(row.file.path), *(row.texts.get(name, "") for name in columns)] for row in labelled)
    content = (folder / TABLE).read_bytes()
    return [Member(TABLE, len(content), hashlib.sha256(content).hexdigest())]
