"""What a layout is: one form in which a competition's files hold images and labels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.sample import Sample
from kagglebot.progress import Progress


@dataclass(frozen=True)
class Corpus:
    """A competition's unpacked files, as a layout sees them.

    Attributes:
        folder: Where they are.
        files: Their paths inside that folder, sorted.
        sample: What a submission must look like.
    """

    folder: Path
    files: tuple[PurePosixPath, ...]
    sample: Sample

    def find(self, name: str) -> Path | None:
        """Give the file of that name, whatever its case and folder; the least nested of several."""
        found = [path for path in self.files if path.name.lower() == name]
        return self.folder / min(found, key=lambda path: len(path.parts)) if found else None


@dataclass(frozen=True)
class Decoded:
    """What a layout made of the files, besides the two image arrays it wrote.

    Attributes:
        image_shape: (height, width, channels) in pixels.
        labels: (train_rows,) text, as the files write them.
        where: Gives the place of a training row's label, counted from 0, for messages.
        test_ids: One id for each test image, in their order, or empty: then they are the sample's, in its order.
        test_rows: Number of test images written.
        where_test: Gives the place of a test row's id, or of the row, for messages.
    """

    image_shape: tuple[int, int, int]
    labels: NDArray[np.str_]
    where: Callable[[int], str]
    test_ids: Sequence[str]
    test_rows: int
    where_test: Callable[[int], str]


class Layout(Protocol):
    """One form of competition, told apart by what is in its files, never by the competition's name."""

    @property
    def name(self) -> str:
        """How competition.json calls it."""
        ...

    def recognises(self, corpus: Corpus) -> bool:
        """Say whether the files have this form, by names and headers only; a damaged one still counts."""
        ...

    def decode(self, corpus: Corpus, target: Path, progress: Progress) -> Decoded:
        """Write train_images.npy and test_images.npy into ``target``: (rows, height, width, channels) uint8.

        Raises:
            DataError: The files have this form but are incomplete or damaged; names file, line and column.
        """
        ...
