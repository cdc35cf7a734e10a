"""The files of a form: tables of pixels, or image files with or without a table of labels."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from kagglebot.practice.packing import csv_text
from practice_forms.archives import pack
from practice_forms.digit_images import DigitImage


@dataclass(frozen=True)
class LabelledImage:
    """One image of the competition: its name without an extension, its class, and what it shows."""

    name: str
    label: str
    image: DigitImage


@dataclass(frozen=True)
class Tables:
    """train.csv and test.csv hold the pixels.

    Attributes:
        test_ids: Whether test.csv has the ids.
        one_column: Whether the pixels stand in one column, separated by spaces.
    """

    test_ids: bool = False
    one_column: bool = False

    def write(
        self, train: Sequence[LabelledImage], test: Sequence[LabelledImage], header: Sequence[str], suffix: str
    ) -> dict[str, bytes]:
        """Return the files by name; see ``Images.write``."""
        size = train[0].image.pixels.size
        columns = ["pixels"] if self.one_column else [f"pixel{index}" for index in range(size)]
        labelled = ([item.label, *self._pixels(item)] for item in train)
        others = ([item.name, *self._pixels(item)] if self.test_ids else self._pixels(item) for item in test)
        return {
            "train.csv": csv_text([header[1], *columns], labelled).encode(),
            "test.csv": csv_text([header[0], *columns] if self.test_ids else columns, others).encode(),
        }

    def _pixels(self, item: LabelledImage) -> list[str]:
        values = [str(value) for value in item.image.pixels.ravel()]
        return [" ".join(values)] if self.one_column else values


@dataclass(frozen=True)
class Images:
    """Each image is a file.

    Attributes:
        train: Path of a training image, of {id}, {label}, {number} (counted from 0 in its class) and {suffix}.
        test: Path of a test image, of {id} and {suffix}.
        table: The CSV file of ids and labels; empty where the paths tell the labels.
        target: The label's column in it, where its name is not that of the sample submission.
        packed: Suffix of the archives that the images are in, one for each top folder; empty for none.
        suffixes: Kinds of image file, in turn, for {suffix}; empty for the suffix of the path.
        margins: Number of columns of measured brightness in the table, and in a test.csv.
    """

    train: str
    test: str
    table: str = ""
    target: str = ""
    packed: str = ""
    suffixes: tuple[str, ...] = ()
    margins: int = 0

    def write(
        self, train: Sequence[LabelledImage], test: Sequence[LabelledImage], header: Sequence[str], suffix: str
    ) -> dict[str, bytes]:
        """Return the files by name, without the sample submission.

        Args:
            train: The labelled images.
            test: The other images.
            header: The columns of the sample submission.
            suffix: What ids have after the images' names.
        """
        images = self.train_images(train) | self.test_images(test)
        files = self._in_archives(images) if self.packed else images
        margins = [f"margin{number + 1}" for number in range(self.margins)]
        if self.table:
            rows = ([item.name + suffix, item.label, *self._margins(item)] for item in train)
            files[self.table] = csv_text([header[0], self.target or header[1], *margins], rows).encode()
        if self.margins:
            rows = ([item.name + suffix, *self._margins(item)] for item in test)
            files["test.csv"] = csv_text([header[0], *margins], rows).encode()
        return files

    def train_images(self, items: Sequence[LabelledImage]) -> dict[str, bytes]:
        """Return the training images by path."""
        return self._images(self.train, items)

    def test_images(self, items: Sequence[LabelledImage]) -> dict[str, bytes]:
        """Return the test images by path."""
        return self._images(self.test, items)

    def _images(self, path: str, items: Sequence[LabelledImage]) -> dict[str, bytes]:
        files: dict[str, bytes] = {}
        counts: dict[str, int] = {}
        for row, item in enumerate(items):
            number = counts[item.label] = counts.get(item.label, -1) + 1
            suffix = self.suffixes[row % len(self.suffixes)] if self.suffixes else path[path.rindex(".") :]
            name = path.format(id=item.name, label=item.label, number=number, suffix=suffix)
            files[name] = item.image.encode(suffix)
        return files

    def _in_archives(self, images: dict[str, bytes]) -> dict[str, bytes]:
        folders = dict.fromkeys(name.split("/", 1)[0] for name in images)
        return {
            folder + self.packed: pack(
                {name: content for name, content in images.items() if name.startswith(f"{folder}/")}, self.packed
            )
            for folder in folders
        }

    def _margins(self, item: LabelledImage) -> Iterable[float]:
        parts = np.array_split(item.image.pixels, self.margins) if self.margins else []
        return [round(float(part.mean()) / 255, 6) for part in parts]
