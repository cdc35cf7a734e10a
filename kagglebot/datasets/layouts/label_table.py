"""The table with the labels of image files: which it is, and which of its columns hold ids and labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kagglebot.datasets.labels.label_cells import labels_of
from kagglebot.datasets.layouts.class_columns import (
    are_marks,
    asked_columns,
    named_in_cells,
    refuse_one_of_hot,
)
from kagglebot.datasets.layouts.columns import TARGETS
from kagglebot.datasets.layouts.extra_columns import ignored_note
from kagglebot.datasets.layouts.image_files.image_index import share_of_images, side_of
from kagglebot.datasets.layouts.image_files.several_images import refuse_folders, refuse_pairs, refuse_parts
from kagglebot.datasets.layouts.layout import CompetitionFiles
from kagglebot.datasets.out_of_scope import refuse_objects, refuse_places
from kagglebot.datasets.sample_submission.long_ids import LongIds
from kagglebot.datasets.spellings.names import lost_digits, match_names
from kagglebot.datasets.spellings.values import is_number, match
from kagglebot.datasets.tables.copies import claim, find_others, refuse_equal_claims
from kagglebot.datasets.tables.pixel_rows import read_header
from kagglebot.datasets.tables.record_table import table_name
from kagglebot.datasets.tables.table import row_as_header
from kagglebot.datasets.tables.text_columns import first_values, read_columns
from kagglebot.errors import DataError
from kagglebot.system.listing import shorten

_USUAL_TABLES = ("train", "trainlabels", "traininglabels", "labels", "training")
_NAMED = "Name the column that holds the classes with --target."


@dataclass(frozen=True)
class LabelTable:
    """The table of labels; ``ids`` names its column of images, ``targets`` its label or its columns of classes."""

    path: Path
    header: tuple[str, ...]
    ids: str
    targets: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What it is called in sentences."""
        return table_name(self.path)


def find_table(files: CompetitionFiles) -> tuple[Path, tuple[str, ...], str] | None:
    """Return the table of labels, its header, and its column that names images; None where there is none.

    A table with the sample's columns goes before others; then those of usual names, in their order, and of these
    the first by ``claim``. Only where none names images as they are spelled, other spellings count.
    """
    for respelled in (False, True):
        for _, path, header in _tables(files):
            if len(header) > 1 and (column := _image_column(path, header, files, respelled=respelled)):
                return path, header, column
    return None


def describe_other_tables(chosen: Path, files: CompetitionFiles) -> tuple[str, ...]:
    """Return a note on the other tables that may hold the labels; none where there are none.

    Raises:
        DataError: One has the same claim as the chosen one.
    """
    table = _inside(chosen, files)
    tables = {_inside(path, files): (rank, header) for rank, path, header in _tables(files)}
    rank, _ = tables[table]
    alike = [
        path
        for path, (other, header) in tables.items()
        if other[0] == rank[0] and _image_column(files.folder / path, header, files, respelled=False)
    ]
    others = find_others(files.folder, table, alike)
    if rank[1] != len(_USUAL_TABLES):
        refuse_equal_claims(table, others)
    return (f"Labels are read from {table}, and not from {', '.join(map(str, others))}.",) if others else ()


def _inside(path: Path, files: CompetitionFiles) -> PurePosixPath:
    return PurePosixPath(path.relative_to(files.folder).as_posix())


def refuse_row_as_header(table: LabelTable, files: CompetitionFiles) -> None:
    """Raise DataError where the first line names an image, or has a label of the lines below."""
    if match_names([table.ids], [files.sample.id_column])[0] is not None:
        return
    first = first_values(table.path, table.header)
    if files.index.candidates(table.ids, "train") or {*table.targets} & {*first[table.targets[0]]}:
        raise row_as_header(table.path)


def _tables(files: CompetitionFiles) -> list[tuple[tuple[object, ...], Path, tuple[str, ...]]]:
    """Return the tables that may hold labels, each with its rank and its header, the first rank first."""
    tables = []
    for inside in files.tables:
        path = files.folder / inside
        header = read_header(path)
        plain = "".join(letter for letter in path.stem.lower() if letter.isalpha())
        usual = _USUAL_TABLES.index(plain) if plain in _USUAL_TABLES else None
        has_targets = _has_targets(header, files)
        if usual is not None or has_targets:
            usual = len(_USUAL_TABLES) if usual is None else usual
            tables.append(((not has_targets, usual, *claim(inside)), path, header))
    return sorted(tables, key=lambda each: each[0])


def _has_targets(header: Sequence[str], files: CompetitionFiles) -> bool:
    return bool(files.choice("target", header) or asked_columns(header, files.sample.columns[1:]))


def _image_column(path: Path, header: Sequence[str], files: CompetitionFiles, *, respelled: bool) -> str:
    """Return the column that names images: the user's choice, the sample's, or the first whose values do.

    Any column of numbers may by chance name images that have numbers, so one of another name than the sample's
    must do so in most rows, each time another. Names may repeat, as those of images with several rows.
    """
    if chosen := files.choice("id", header):
        return chosen
    identifier = files.sample.id_column.strip().lower()
    first = first_values(path, header)
    shares = {
        column: share_of_images(_images(values, files.sample.long), files.index, "train", respelled=respelled)
        for column, values in first.items()
    }
    for column in header:
        if column.lower() == identifier and shares[column]:
            return column
    targets = {files.choice("target", header), *asked_columns(header, files.sample.columns[1:])}
    named = [column for column in header if column not in targets and shares[column] > 0.5]
    distinct = [column for column in named if len(set(first[column])) == len(first[column])]
    repeated = [column for column in named if not any(map(is_number, first[column]))]
    return next(iter([*distinct, *repeated]), "")


def _images(values: Sequence[str], long: LongIds | None) -> Sequence[str]:
    """Return the images that ids of an image and a class name; the ids as they are where they do not."""
    pairs = [long.split(value) for value in values] if long else []
    return values if None in pairs or not pairs else [pair[0] for pair in pairs if pair]


def choose_columns(path: Path, header: tuple[str, ...], ids: str, files: CompetitionFiles) -> LabelTable:
    """Return the table with its column of labels, or its columns of classes."""
    if not _has_targets(header, files):  # boxes beside a class that is asked for are only ignored
        refuse_objects(header, path.name)
    files.chosen_column("id", path, header)
    others = tuple(column for column in header if column != ids)
    target, note = files.chosen_column("target", path, header), ""
    asked, first = files.sample.columns[1:], first_values(path, header)
    targets = asked_columns(others, asked)
    if target or len(targets) < 2 or not are_marks(targets, asked, first):
        marks = {name: first[name] for name in others if name}
        named = named_in_cells(marks, files.sample.values) if len(asked) == 1 and not (target or targets) else ()
        if named:
            note = (
                f"{table_name(path)}: the columns {shorten(named, 3)} are taken for the classes; "
                f"name a column that holds the classes with --target."
            )
        elif not target:
            target, note = _target(path, header, others, files)
            if note and len(asked) == 1:
                refuse_one_of_hot(path.name, target, marks, asked[0])
        targets = named or (target,)
    ignored = [column for column in others if column and column not in targets]
    if not files.choice("id", header):
        refuse_pairs(path.name, ids, {name: first[name] for name in (ids, *ignored)}, files.index)
    refuse_places(path.name, targets, first)
    notes = ignored_note(table_name(path), {column: first[column] for column in ignored})
    return LabelTable(path, header, ids, targets, (*([note] if note else []), *notes))


def _target(path: Path, header: Sequence[str], others: Sequence[str], files: CompetitionFiles) -> tuple[str, str]:
    """Return the column of labels, and a note where it was guessed."""
    asked = [column.strip() for column in files.sample.columns[1:]]
    written = files.sample.written.target_column.strip().lower()
    by_name = {column.lower(): column for column in others}
    if written in by_name and (len(asked) == 1 or files.sample.long):
        return by_name[written], ""
    if len(others) == 1:
        return others[0], ""
    first = first_values(path, header)
    if len(asked) > 1:
        for column in others:
            if first[column] and None not in match(sorted(labels_of(first[column], asked)), asked):
                return column, ""
    usual = [by_name[name] for name in TARGETS if name in by_name]
    repeated = [column for column in others if 1 < len(set(first[column])) < len(first[column])]
    guessed = next(iter([*usual, *repeated]), "")
    if not guessed:
        raise DataError(
            f"{table_name(path)}, line 1: no column is the label {' or '.join(asked[:3])!r}; "
            f"the columns are {', '.join(header[:10])}.",
            _NAMED,
        )
    return (
        guessed,
        f"{table_name(path)}: the column {guessed!r} is taken for the class; name another with --target.",
    )


def refuse_patients(files: CompetitionFiles) -> None:
    """Raise OutOfScope where the table of labels names folders of several images, as those of a patient."""
    tables = (
        (table_name(path), first_values(path, header))
        for _, path, header in _tables(files)
        if _has_targets(header, files) or "train" in path.stem.lower()  # others may list the classes
    )
    refuse_folders(tables, files.images, [*files.sample.columns[1:], files.choices.get("target", "")])


def describe_mismatch(files: CompetitionFiles) -> str:
    """Return why the table of labels names no image, as a sentence; empty where there is no table."""
    for _, path, header in _tables(files):
        first = first_values(path, header)
        if not any(first.values()):
            read_columns(path, header, header[:1])  # raises the cause
        distinct = [column for column in header if len(set(first[column])) == len(first[column]) > 0]
        named = [column for column in header if column.lower() == files.sample.id_column.strip().lower()]
        for column in [*named, *distinct][:1]:
            value = first[column][0] if first[column] else ""
            refuse_parts(value, files.images)
            nearest = files.index.nearest(value, "train")
            example = next((image for image in files.images if side_of(image) != "test"), files.images[0])
            shown = f"the nearest name is {nearest}" if nearest else f"they are called like {example}"
            value = f"{value!r}{lost_digits(value)}"
            return f"{table_name(path)} names none of the images: its column {column!r} has {value}, and {shown}."
    return ""
