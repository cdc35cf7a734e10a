"""Tables with pixels: their columns of labels and ids, and their images written to arrays."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.images.conversion import Range
from kagglebot.datasets.images.eight_bit import scale
from kagglebot.datasets.images.row_writer import RowWriter
from kagglebot.datasets.layouts.layout import CompetitionFiles
from kagglebot.datasets.spellings.names import match_names
from kagglebot.datasets.spellings.values import canonical
from kagglebot.datasets.tables.copies import find_others, refuse_equal_claims
from kagglebot.datasets.tables.pixel_rows import PixelBatch, line_of_row, read_rows
from kagglebot.datasets.tables.table import HINT
from kagglebot.errors import DataError
from kagglebot.system.progress import ProgressCallback

#: The columns of a table by name: (rows,) text each.
Texts = dict[str, NDArray[np.str_]]
#: Usual names of the label column.
TARGETS = ("label", "target", "class")


@dataclass(frozen=True)
class PixelTable:
    """A CSV file of images: a column a pixel, in the order of the image's rows, or one in which all are packed.

    ``limits`` are the values that become 0 and 255; None where pixels are whole numbers from 0 to 255.
    """

    path: Path
    header: tuple[str, ...]
    others: tuple[str, ...]
    pixels: tuple[str, ...] = ()
    packed: str = ""
    limits: Range | None = None


def label_column(path: Path, others: Sequence[str], files: CompetitionFiles) -> str:
    """Return the label column: the user's choice, one of the sample's or a usual name, or the only one left."""
    if chosen := files.chosen_column("target", path, others):
        return chosen
    names = {column.lower(): column for column in others}
    for name in (files.sample.target_column.strip().lower(), *TARGETS):
        if name in names:
            return names[name]
    identifier = files.sample.id_column.strip().lower()
    left = [column for column in others if column.lower() != identifier]
    if len(left) == 1:
        return left[0]
    shown = ", ".join(left) if left else "none"
    raise DataError(
        f"{path.name}, line 1: no column is the label {files.sample.target_column!r} "
        f"(columns besides the pixels: {shown}).",
        "Name the column that holds the classes with --target." if left else HINT,
    )


def id_column(path: Path, texts: Texts, files: CompetitionFiles) -> str:
    """Return the id column of a test table: the user's choice, one of the sample's name, or with the sample's ids.

    It is empty where there is no other column than pixels: then the rows are the sample's, in its order.
    """
    others = list(texts)
    if chosen := files.chosen_column("id", path, others):
        return chosen
    identifier = files.sample.id_column.strip().lower()
    for column in others:
        if column.lower() == identifier:
            return column
    for column, values in texts.items():
        if set(match_names(values.tolist(), files.sample.ids)) == set(range(len(files.sample.ids))):
            return column
    if len(others) > 1:
        raise DataError(
            f"{path.name}, line 1: none of the columns {', '.join(others)} holds the sample's ids.", HINT
        )
    return others[0] if others else ""


def row_numbers(files: CompetitionFiles, rows: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the id of each of the test rows where these have none, and a note; none where they are the sample's.

    Ids 1 to n, or 0 to n - 1, in another order are numbers of rows.
    """
    ids = list(map(canonical, files.sample.ids))
    numbered = next((each for start in (0, 1) if {*(each := _count(start, rows))} == {*ids}), ids)
    if numbered == ids or len(ids) != rows:
        return (), ()
    first, last = numbered[0], numbered[-1]
    return (*numbered,), (
        f"The test table has no ids, and the sample's are not in order: its rows are taken for {first} to {last}.",
    )


def _count(start: int, rows: int) -> list[str]:
    return [str(number) for number in range(start, start + rows)]


def read_pixels(table: PixelTable, texts: Sequence[str] = ()) -> Iterator[PixelBatch]:
    """Read the rows of a table; see ``read_rows``. With ``limits`` the pixels are numbers of any size."""
    return read_rows(
        table.path,
        table.header,
        texts=texts,
        pixels=table.pixels,
        packed=table.packed,
        numbers=table.limits is not None,
    )


def write_images(
    table: PixelTable,
    texts: Sequence[str],
    shape: tuple[int, int, int],
    targets: Sequence[Path],
    report: Callable[[int], None],
    *,
    roles: NDArray[np.int8] | None = None,
) -> tuple[Texts, int]:
    """Write the images of a table, and return its columns ``texts`` and its number of rows.

    With ``roles``, (rows,) indices, each row goes to the target of its role, if there is one; else to the first.
    """
    parts: list[tuple[NDArray[np.str_], ...]] = []
    done = 0
    with ExitStack() as stack:
        writers = [stack.enter_context(RowWriter(target, shape)) for target in targets]
        for rows in read_pixels(table, texts):
            count, width = rows.pixels.shape
            if width != math.prod(shape):
                line = describe_location(table.path, table.packed, done)
                raise DataError(f"{line}: {width} pixels, and images have {shape[0]} x {shape[1]}.", HINT)
            pixels = rows.pixels if table.limits is None else scale(rows.pixels, table.limits)
            for role, writer in enumerate(writers):
                writer.append(pixels if roles is None else pixels[roles[done : done + count] == role])
            parts.append(rows.texts)
            done += count
            report(rows.bytes_read)
    if not done:
        raise DataError(f"{table.path.name} holds no rows below its header.", HINT)
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return dict(zip(texts, columns, strict=True)), done


def report_bytes(on_progress: ProgressCallback, total: int, before: int, done: int) -> None:
    """Call ``on_progress`` with the bytes read of this table and ``before`` it."""
    on_progress("decoding", before + done, total)


def describe_location(path: Path, column: str, row: int) -> str:
    """Return where a row, counted from 0 below the header, is in its file: "train.csv, line 7, column label"."""
    line = f"{path.name}, line {line_of_row(path, row)}"
    return f"{line}, column {column}" if column else line


def unused_tables_note(
    files: CompetitionFiles, used: Sequence[Path], holds_images: Callable[[Path], bool]
) -> tuple[str, ...]:
    """Return a note on further tables that hold images too, besides those ``used``, first the training table.

    Raises:
        DataError: One has the same claim as one of those.
    """
    inside = [PurePosixPath(path.relative_to(files.folder).as_posix()) for path in used]
    others = [path for path in files.tables if path not in inside and holds_images(files.folder / path)]
    for name in inside:
        alike = (path for path in others if path.name.lower() == name.name.lower())
        refuse_equal_claims(name, find_others(files.folder, name, alike))
    if not others:
        return ()
    names = ", ".join(sorted(map(str, others)))
    return (f"More images are in {names}: they are left out, only {inside[0]} is trained on.",)
