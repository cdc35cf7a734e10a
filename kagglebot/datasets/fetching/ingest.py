"""From the archive that Kaggle sent to arrays on disk: unpack, recognise, read, decode, save."""

import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from kagglebot.datasets import version_0_1
from kagglebot.datasets.archive.unpack import unpack
from kagglebot.datasets.cache import array_files
from kagglebot.datasets.cache.edited_files import find_edits
from kagglebot.datasets.cache.file_lists import FILES, FileLists, list_files, read_file_lists
from kagglebot.datasets.cache.locks import locked, temporary_folder
from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.digests import content_digest, data_digest
from kagglebot.datasets.fetch_request import FetchRequest, make_request
from kagglebot.datasets.fetching.competition_images import is_converted_as_before
from kagglebot.datasets.fetching.decoding import decode
from kagglebot.datasets.fetching.local_source import place_files, source_digest
from kagglebot.datasets.grouping.row_groups import NONE
from kagglebot.datasets.images.conversion import Conversion
from kagglebot.datasets.labels.label_cells import CellStyle
from kagglebot.datasets.records.image_files import write_image_files
from kagglebot.datasets.sample_submission.read import read_sample
from kagglebot.datasets.schema import VERSION, Schema, read_schema, save_schema
from kagglebot.datasets.submission_format.infer import infer_format
from kagglebot.errors import DataError
from kagglebot.system.files.atomic_write import move_into_place
from kagglebot.system.files.disk_errors import disk_errors
from kagglebot.system.progress import ProgressCallback, no_progress

#: Names of edited files that competition.json keeps.
_EDITED_NAMES = 10


@dataclass(frozen=True)
class _Unpacked:
    """The unpacked files: their folder and lists, the digest of their content, and which were edited by hand."""

    folder: Path
    lists: FileLists
    content: str
    edited: tuple[str, ...] = ()


def ingest(
    archive: Path,
    folder: Path,
    *,
    competition: str,
    metric_name: str = "",
    choices: Mapping[str, str] | None = None,
    force: bool = False,
    origin: str = "Kaggle",
    on_progress: ProgressCallback | None = None,
) -> Schema:
    """Unpack and decode an archive into ``folder``; where nothing is new, nothing is written.

    The files are left in ``folder/files``; if they were edited there by hand, they are decoded again as they are.
    Whatever goes wrong, and wherever the process is killed, what ``folder`` held before stays in use.

    Args:
        archive: The zip file that Kaggle sent, or a folder of the same files, which is only read.
        folder: ``data/COMPETITION``.
        competition: Kaggle's short name of it.
        metric_name: What it is scored by, in Kaggle's words; where they name none that is known, the form of the
            sample submission decides.
        choices: The user's choices, by the names in ``Schema.choices``. They are saved: one that is not named now
            stays as it was, and an empty text takes a choice back.
        force: Unpack the archive even where that replaces files that were edited by hand.
        origin: Where the archive comes from, as errors say it.
        on_progress: Called with what is being done, in bytes or images.

    Raises:
        DataError: The archive or a file in it is damaged, hostile, out of scope or in no known layout, it would
            replace edited files, or the disk refuses.
        UsageError: The chosen metric is not known.
    """
    request = make_request(folder, competition, metric_name, choices)
    on_progress = on_progress or no_progress
    archive_digest = source_digest(archive)
    with disk_errors(f"write into {folder}"), locked(folder), temporary_folder(folder) as temporary:
        current = None
        with suppress(DataError):
            current = read_schema(folder)
        unpacked = None if force else _find_unpacked(folder, current, archive_digest, origin)
        if unpacked is None:
            place = place_files if archive.is_dir() else unpack
            members = place(archive, temporary / FILES, on_progress=on_progress)
            members = write_image_files(temporary / FILES, members, on_progress)
            unpacked = _Unpacked(temporary / FILES, list_files(temporary, members), content_digest(members))
        if current and _is_decoded(folder, current, unpacked, request):
            schema = _apply_request(folder, current, request)
        else:
            schema = decode(unpacked.folder, unpacked.lists, temporary / "arrays", request, on_progress)
        digest = _digest(unpacked, request, schema)
        schema = replace(
            schema, archive=archive_digest, content=unpacked.content, digest=digest, edited=unpacked.edited
        )
        if temporary.exists():
            _save(folder, temporary, schema)
        elif schema != current:
            save_schema(folder, schema)
    return schema


def _find_unpacked(folder: Path, current: Schema | None, archive_digest: str, origin: str) -> _Unpacked | None:
    """Return the files in ``folder/files`` where they are those of the archive, edited by hand or as they were.

    Raises:
        DataError: They were edited, and the archive is another.
    """
    if current is None or not current.archive:
        return None
    edits, lists = None, FileLists({})
    with suppress(DataError):
        edits = find_edits(folder, current)
        lists = read_file_lists(folder, current)
    if current.archive != archive_digest:
        if edits or current.edited:
            raise DataError(
                f"{origin} has new data, and files in {folder / FILES} were edited by hand: "
                f"{edits or ', '.join(current.edited)}.",
                "Save them elsewhere, then run the same command with --force, which replaces them.",
            )
        return None
    if edits:
        names = dict.fromkeys((*current.edited, *edits.names))
        return _Unpacked(
            folder / FILES, edits.lists, content_digest(edits.lists.members), (*names,)[:_EDITED_NAMES]
        )
    whole = lists.sizes and lists.are_whole(folder)
    return _Unpacked(folder / FILES, lists, current.content, current.edited) if whole else None


def _digest(unpacked: _Unpacked, request: FetchRequest, schema: Schema) -> str:
    groups = (schema.group, schema.groups)
    return data_digest(unpacked.content, request.choices, schema.conversion, schema.training_classes, groups)


def _is_decoded(folder: Path, current: Schema, unpacked: _Unpacked, request: FetchRequest) -> bool:
    """Return whether the arrays in use are those of these files under this request, and whole."""
    if current.digest != _digest(unpacked, request, current):
        return False
    if request.choices.get("group", "") not in (current.choices.get("group", ""), current.group or NONE):
        return False
    with suppress(DataError):
        load_dataset(folder)
        read_sample(folder)
        lists = read_file_lists(folder, current)
        if current.conversion or not current.image_files:
            return True
        return is_converted_as_before(unpacked.folder, (*lists.train, *lists.test))
    return False


def _apply_request(folder: Path, current: Schema, request: FetchRequest) -> Schema:
    """Return the schema of the data in use under a request that may name another metric."""
    style = CellStyle(current.label_separator, *current.label_ends) if current.several else None
    form = infer_format(read_sample(folder), current.training_classes, request, current.labels_in_table, style)
    conversion = current.conversion or (Conversion() if current.image_files else None)
    return replace(
        current,
        competition=request.competition,
        choices=request.choices,
        conversion=conversion,
        without_class=current.several and not bool(load_dataset(folder).train_labels.any(axis=1).all()),
        version=VERSION,
        **vars(form),
    )


def _save(folder: Path, temporary: Path, schema: Schema) -> None:
    """Put the new files and arrays in place; the new data is in use from the first write of competition.json.

    Readers need only competition.json and the arrays it names, which have their own copy of the sample. So a
    kill between the steps leaves the old data in use, or the new. Until everything is in place competition.json
    names no archive: then the next fetch unpacks again.
    """
    target = array_files.cache_folder(folder, schema.digest)
    arrays, files = temporary / "arrays", temporary / FILES
    if arrays.exists():
        target.parent.mkdir(exist_ok=True)
        if target.exists():  # damaged, or left by a process killed before its competition.json
            target.rename(temporary / "replaced-arrays")
        move_into_place(arrays, target)
    save_schema(folder, replace(schema, archive=""))
    if files.exists():
        if (folder / FILES).exists():
            (folder / FILES).rename(temporary / "replaced-files")
        move_into_place(files, folder / FILES)
    for other in target.parent.iterdir():
        if other != target:
            shutil.rmtree(other)
    if not version_0_1.read_file_lists(folder, schema.digest):
        version_0_1.remove_source(folder)
    save_schema(folder, schema)
