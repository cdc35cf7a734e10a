"""What a layout is: one form in which a competition's files hold images and labels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.images.decode import IMAGE_SUFFIXES
from kagglebot.datasets.sample_submission import Sample
from kagglebot.errors import DataError
from kagglebot.system.progress import ProgressCallback


@dataclass(frozen=True)
class CompetitionFiles:
    """A competition's unpacked files, as a layout sees them.

    Attributes:
        folder: Where they are.
        files: Their paths inside that folder, sorted.
        sample: What a submission must look like.
        choices: What the user said, by option: ``target`` and ``id`` name columns.
    """

    folder: Path
    files: tuple[PurePosixPath, ...]
    sample: Sample
    choices: Mapping[str, str] = field(default_factory=dict)

    def find(self, name: str) -> Path | None:
        """Give the file of that name, whatever its case and folder; the least nested of several."""
        found = [path for path in self.files if path.name.lower() == name]
        return self.folder / min(found, key=lambda path: len(path.parts)) if found else None

    @cached_property
    def tables(self) -> tuple[PurePosixPath, ...]:
        """The CSV files that are no submission, the least nested first."""
        found = (path for path in self._visible() if path.suffix.lower() == ".csv")
        kept = (path for path in found if "submission" not in path.name.lower())
        return tuple(sorted(kept, key=lambda path: len(path.parts)))

    @cached_property
    def images(self) -> tuple[PurePosixPath, ...]:
        """The image files."""
        return tuple(path for path in self._visible() if path.suffix.lower() in IMAGE_SUFFIXES)

    def _visible(self) -> list[PurePosixPath]:
        """Leave out what is hidden, such as the shadows that macOS puts beside each file of an archive."""
        return [path for path in self.files if not any(part.startswith((".", "__MACOSX")) for part in path.parts)]

    def chosen(self, option: str, path: Path, columns: Sequence[str]) -> str:
        """Give the column of a file that the user named with ``--target`` or ``--id``; empty where not named.

        Raises:
            DataError: There is no such column.
        """
        wanted = self.choices.get(option, "").strip()
        if wanted and wanted not in columns:
            shown = ", ".join(columns[:10]) + (", …" if len(columns) > 10 else "")
            raise DataError(
                f"{path.name} has no column {wanted!r} for --{option}; it has {shown}.",
                f'Name one of these, or take the choice back with --{option} "".',
            )
        return wanted


@dataclass(frozen=True)
class ImageFiles:
    """Images still to be decoded: paths inside the corpus's folder, one a row."""

    train: tuple[PurePosixPath, ...]
    test: tuple[PurePosixPath, ...]


@dataclass(frozen=True)
class LayoutResult:
    """What a layout found in the files.

    Attributes:
        images: The files to decode, or the (height, width, channels) of the arrays that the layout wrote itself.
        labels: (train_rows,) text, as the files write them.
        where: Gives the place of a training row's label, counted from 0, for messages.
        test_ids: One id for each test image, in their order, or empty: then they are the sample's, in its order.
        test_rows: Number of test images.
        where_test: Gives the place of a test row's id, or of the row, for messages.
        notes: What was ambiguous or left out, one sentence each.
        in_table: Whether a table writes the labels; else they are names of folders or files.
    """

    images: ImageFiles | tuple[int, int, int]
    labels: NDArray[np.str_]
    where: Callable[[int], str]
    test_ids: Sequence[str]
    test_rows: int
    where_test: Callable[[int], str]
    notes: tuple[str, ...] = ()
    in_table: bool = True


class Layout(Protocol):
    """One form of competition, told apart by what is in its files, never by the competition's name."""

    @property
    def name(self) -> str:
        """How competition.json calls it."""
        ...

    def recognises(self, corpus: CompetitionFiles) -> bool:
        """Say whether the files have this form, by names, headers and first rows; a damaged one still counts."""
        ...

    def read(self, corpus: CompetitionFiles, target: Path, on_progress: ProgressCallback) -> LayoutResult:
        """Find the images and their labels.

        Images that lie in files of their own are only listed. Pixels that stand in a table are read with their
        labels, in one pass: train_images.npy and test_images.npy are written into ``target``, (rows, height,
        width, channels) uint8.

        Raises:
            DataError: The files have this form but are incomplete, damaged or out of scope; names file, line
                and column.
        """
        ...
