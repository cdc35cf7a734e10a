"""Image files named by a table: train.csv ``id,target``, or trainLabels.csv and the like."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from kagglebot.datasets.csv.pixel_rows import HINT, read_header
from kagglebot.datasets.csv.text_columns import first_values, read_columns
from kagglebot.datasets.layouts._base import CompetitionFiles, ImageFiles, LayoutResult
from kagglebot.datasets.layouts._columns import TARGETS
from kagglebot.datasets.layouts._files import ImageIndex, find_test_images, share_named, unlabelled
from kagglebot.datasets.scope import refuse_labels, refuse_objects
from kagglebot.errors import DataError
from kagglebot.system.progress import ProgressCallback

_USUAL_TABLES = ("train", "trainlabels", "traininglabels", "labels", "training")
_ONE = {"1", "1.0"}
_ZERO = {"0", "0.0", ""}
_NAMED = "Name the column that holds the classes with --target."


@dataclass(frozen=True)
class _Table:
    """The table of labels, with its columns sorted out.

    Attributes:
        path: The CSV file.
        header: All its columns.
        ids: The column that names the images.
        targets: The column of labels, or for one column a class all of these.
        notes: What was assumed to find them.
    """

    path: Path
    header: tuple[str, ...]
    ids: str
    targets: tuple[str, ...]
    notes: tuple[str, ...] = ()


class NamedImages:
    """Image files, and a table that gives each its label."""

    name = "named-images"

    def recognises(self, corpus: CompetitionFiles) -> bool:
        """Say whether there are images and a table whose first rows name some of them."""
        return bool(corpus.images) and _find_table(corpus, ImageIndex(corpus.images)) is not None

    def read(self, corpus: CompetitionFiles, target: Path, on_progress: ProgressCallback) -> LayoutResult:
        """List the images with their labels; see ``Layout.read``."""
        index = ImageIndex(corpus.images)
        found = _find_table(corpus, index)
        if found is None:
            raise DataError("No table names the images.", HINT)
        table = _sorted_out(*found, corpus)
        rows = read_columns(table.path, table.header, [table.ids, *table.targets])
        labels = _labels(table, rows.values, rows.lines)
        train = _train_images(table, [row[0] for row in rows.values], labels, rows.lines, index)
        kept = np.array(list(train), dtype=np.int64)  # a row that says the same of the same image again is not
        test = find_test_images(corpus, index)
        files = ImageFiles(tuple(train.values()), test)
        reason = f"{table.path.name} has no label for them"
        place = f", column {table.targets[0]}" if len(table.targets) == 1 else ""
        return LayoutResult(
            images=files,
            labels=np.array(labels, dtype=np.str_)[kept],
            where=lambda row: f"{table.path.name}, line {rows.lines[kept[row]]}{place}",
            test_ids=(),
            test_rows=len(test),
            where_test=lambda row: f"sample_submission.csv, row {row + 1}",
            notes=(*table.notes, *unlabelled(corpus.images, (*files.train, *files.test), reason)),
        )


def _find_table(corpus: CompetitionFiles, index: ImageIndex) -> tuple[Path, tuple[str, ...], str] | None:
    """Choose the table of labels, and its column that names images.

    One with the sample's columns goes before others; then those of usual names, in their order.
    """
    candidates = []
    for inside in corpus.tables:
        path = corpus.folder / inside
        header = read_header(path)
        usual = _usual_place(inside)
        answers = _has_targets(header, corpus)
        if usual is None and not answers:
            continue
        if (column := _image_column(path, header, corpus, index)) and len(header) > 1:
            rank = (not answers, len(_USUAL_TABLES) if usual is None else usual)
            candidates.append((rank, path, header, column))
    return min(candidates, key=lambda each: each[0])[1:] if candidates else None


def _usual_place(path: PurePosixPath) -> int | None:
    plain = "".join(letter for letter in path.stem.lower() if letter.isalpha())
    return _USUAL_TABLES.index(plain) if plain in _USUAL_TABLES else None


def _has_targets(header: Sequence[str], corpus: CompetitionFiles) -> bool:
    wanted = [column.strip() for column in corpus.sample.columns[1:]]
    return corpus.choices.get("target") in header or all(column in header for column in wanted)


def _image_column(path: Path, header: Sequence[str], corpus: CompetitionFiles, index: ImageIndex) -> str:
    """Give the column that names images: the chosen one, the sample's, or the first whose values do.

    Any column of numbers may by chance name images that have numbers, so one of another name than the sample's
    must do so in most rows, each time another.
    """
    if (chosen := corpus.choices.get("id", "")) and chosen in header:
        return chosen
    identifier = corpus.sample.id_column.strip().lower()
    first = first_values(path, header)
    shares = {column: share_named(values, index, "train") for column, values in first.items()}
    for column in header:
        if column.lower() == identifier and shares[column]:
            return column
    distinct = [column for column in header if len(set(first[column])) == len(first[column])]
    return next((column for column in distinct if shares[column] > 0.5), "")


def _sorted_out(path: Path, header: tuple[str, ...], ids: str, corpus: CompetitionFiles) -> _Table:
    """Choose the column of labels."""
    if not _has_targets(header, corpus):  # boxes beside a class that is asked for are only ignored
        refuse_objects(header, path.name)
    corpus.chosen("id", path, header)
    others = tuple(column for column in header if column != ids)
    sample = corpus.sample
    asked = tuple(column.strip() for column in sample.columns[1:])
    target, note = corpus.chosen("target", path, header), ""
    targets: tuple[str, ...] = asked
    if target or len(asked) == 1 or not set(asked) <= set(others):
        if not target:
            target, note = _target(path, header, others, corpus)
        targets = (target,)
    notes = [note] * bool(note)
    ignored = [column for column in others if column not in targets]
    if ignored:
        shown = ", ".join(ignored[:3]) + (", …" if len(ignored) > 3 else "")
        notes.append(
            f"{path.name}: only images are learned from; ignored: {len(ignored)} other columns ({shown})."
            if len(ignored) > 1
            else f"{path.name}: only images are learned from; the column {shown} is ignored."
        )
    return _Table(path, header, ids, targets, tuple(notes))


def _target(path: Path, header: Sequence[str], others: Sequence[str], corpus: CompetitionFiles) -> tuple[str, str]:
    """Give the column of labels, and where it was guessed what to say of it."""
    asked = [column.strip() for column in corpus.sample.columns[1:]]
    by_name = {column.lower(): column for column in others}
    if len(asked) == 1 and asked[0].lower() in by_name:
        return by_name[asked[0].lower()], ""
    if len(others) == 1:
        return others[0], ""
    first = first_values(path, header)
    if len(asked) > 1:
        for column in others:
            if first[column] and set(first[column]) <= set(asked):
                return column, ""
    usual = [by_name[name] for name in TARGETS if name in by_name]
    repeated = [column for column in others if 1 < len(set(first[column])) < len(first[column])]
    guessed = next(iter([*usual, *repeated]), "")
    if not guessed:
        raise DataError(
            f"{path.name}, line 1: no column is the label {' or '.join(asked[:3])!r}; "
            f"the columns are {', '.join(header[:10])}.",
            _NAMED,
        )
    return guessed, f"{path.name}: the column {guessed!r} is taken for the class; --target says otherwise."


def _labels(table: _Table, rows: Sequence[tuple[str, ...]], lines: Sequence[int]) -> list[str]:
    if len(table.targets) == 1:
        return [row[1] for row in rows]
    return [_one_hot(table, row[1:], line) for row, line in zip(rows, lines, strict=True)]


def _one_hot(table: _Table, values: Sequence[str], line: int) -> str:
    """Give the class whose column holds the one 1 of a row."""
    where = f"{table.path.name}, line {line}"
    chosen = [name for name, value in zip(table.targets, values, strict=True) if value in _ONE]
    strange = next((value for value in values if value not in _ONE | _ZERO), None)
    if strange is not None:
        refuse_labels(list(values), where)
        raise DataError(f"{where}: {strange!r} where a column a class holds 0 or 1.", _NAMED)
    if len(chosen) > 1:
        raise DataError(
            f"{where}: the image is {' and '.join(chosen[:3])} at once (multi-label), which is out of scope.",
            "Choose a competition in which each image has one class, or name a column of classes with --target.",
        )
    if not chosen:
        raise DataError(f"{where}: none of the {len(values)} columns of classes holds a 1.", HINT)
    return chosen[0]


def _train_images(
    table: _Table, ids: Sequence[str], labels: Sequence[str], lines: Sequence[int], index: ImageIndex
) -> dict[int, PurePosixPath]:
    """Give each row's image; rows that repeat another one are left out."""
    images: dict[int, PurePosixPath] = {}
    first: dict[PurePosixPath, int] = {}
    missing: list[int] = []
    for row, name in enumerate(ids):
        path = index.find(name, "train")
        if path is None:
            missing.append(row)
        elif path not in first:
            images[row], first[path] = path, row
        elif labels[first[path]] != labels[row]:
            raise DataError(
                f"{table.path.name}, line {lines[row]}: {name!r} is {labels[row]!r} here and "
                f"{labels[first[path]]!r} in line {lines[first[path]]}; several labels an image are out of scope.",
                HINT,
            )
    if missing:
        raise DataError(
            f"{table.path.name}, line {lines[missing[0]]}: there is no image of id {ids[missing[0]]!r}; "
            f"{len(missing):,} of {len(ids):,} ids have none.",
            HINT,
        )
    return images
