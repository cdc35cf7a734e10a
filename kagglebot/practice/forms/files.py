"""How a competition's images and labels become files: tables of pixels, or images with or without a table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from kagglebot.practice.packing import csv_text, pack
from kagglebot.practice.pictures import Picture


@dataclass(frozen=True)
class Item:
    """One image of the competition.

    Attributes:
        name: What it is called, without an extension.
        label: Its class.
        picture: What it shows.
    """

    name: str
    label: str
    picture: Picture


@dataclass(frozen=True)
class Spoil:
    """How many files to spoil, for those who try what is said of them.

    Attributes:
        corrupt_train: So many of the first training images are cut off in the middle.
        corrupt_test: So many of the first test images are.
        labels_without_image: So many of the last training labels have no image.
        ids_without_image: So many of the last ids in the sample have none.
    """

    corrupt_train: int = 0
    corrupt_test: int = 0
    labels_without_image: int = 0
    ids_without_image: int = 0


@dataclass(frozen=True)
class Tables:
    """train.csv and test.csv hold the pixels.

    Attributes:
        test_ids: Whether test.csv has the ids.
        one_column: Whether the pixels stand in one column, with spaces between.
    """

    test_ids: bool = False
    one_column: bool = False

    def write(
        self, train: Sequence[Item], test: Sequence[Item], header: Sequence[str], suffix: str, spoil: Spoil
    ) -> dict[str, bytes]:
        """Give the files by name; see ``Images.write``.

        Raises:
            ValueError: There is no image file to spoil.
        """
        if spoil != Spoil():
            raise ValueError("tables of pixels have no image files to spoil")
        size = train[0].picture.pixels.size
        columns = ["pixels"] if self.one_column else [f"pixel{index}" for index in range(size)]
        labelled = ([item.label, *self._pixels(item)] for item in train)
        others = ([item.name, *self._pixels(item)] if self.test_ids else self._pixels(item) for item in test)
        return {
            "train.csv": csv_text([header[1], *columns], labelled).encode(),
            "test.csv": csv_text([header[0], *columns] if self.test_ids else columns, others).encode(),
        }

    def _pixels(self, item: Item) -> list[str]:
        values = [str(value) for value in item.picture.pixels.ravel()]
        return [" ".join(values)] if self.one_column else values


@dataclass(frozen=True)
class Images:
    """Each image is a file.

    Attributes:
        train: Path of a training image, of {id}, {label}, {number} (counted from 0 in its class) and {suffix}.
        test: Path of a test image, of {id} and {suffix}.
        table: The CSV file of ids and labels; empty where the paths say the labels.
        target: The label's column in it, where it is not called as in the sample.
        packed: Suffix of the archives that the images are in, one for each top folder; empty for none.
        suffixes: Kinds of image that follow one another, for {suffix}; else the path's own counts.
        margins: So many columns of measured brightness stand in the table, and in a test.csv.
    """

    train: str
    test: str
    table: str = ""
    target: str = ""
    packed: str = ""
    suffixes: tuple[str, ...] = ()
    margins: int = 0

    def write(
        self, train: Sequence[Item], test: Sequence[Item], header: Sequence[str], suffix: str, spoil: Spoil
    ) -> dict[str, bytes]:
        """Give the files by name, without the sample submission.

        Args:
            train: The labelled images.
            test: The others.
            header: The sample submission's columns.
            suffix: What ids have after the images' names.
            spoil: What to spoil.

        Raises:
            ValueError: A label without an image is asked for where the images' paths are the labels.
        """
        if spoil.labels_without_image and not self.table:
            raise ValueError("the images' paths are the labels here: there is none without an image")
        images = self._images(self.train, train, spoil.corrupt_train, spoil.labels_without_image)
        images |= self._images(self.test, test, spoil.corrupt_test, spoil.ids_without_image)
        files = self._in_archives(images) if self.packed else images
        margins = [f"margin{number + 1}" for number in range(self.margins)]
        if self.table:
            rows = ([item.name + suffix, item.label, *self._margins(item)] for item in train)
            files[self.table] = csv_text([header[0], self.target or header[1], *margins], rows).encode()
        if self.margins:
            rows = ([item.name + suffix, *self._margins(item)] for item in test)
            files["test.csv"] = csv_text([header[0], *margins], rows).encode()
        return files

    def _images(self, path: str, items: Sequence[Item], corrupt: int, without: int) -> dict[str, bytes]:
        files: dict[str, bytes] = {}
        counts: dict[str, int] = {}
        for row, item in enumerate(items[: len(items) - without]):
            number = counts[item.label] = counts.get(item.label, -1) + 1
            suffix = self.suffixes[row % len(self.suffixes)] if self.suffixes else path[path.rindex(".") :]
            content = item.picture.encode(suffix)
            name = path.format(id=item.name, label=item.label, number=number, suffix=suffix)
            files[name] = content[: len(content) // 2] if row < corrupt else content
        return files

    def _in_archives(self, images: dict[str, bytes]) -> dict[str, bytes]:
        folders = dict.fromkeys(name.split("/", 1)[0] for name in images)
        return {
            folder + self.packed: pack(
                {name: content for name, content in images.items() if name.startswith(f"{folder}/")}, self.packed
            )
            for folder in folders
        }

    def _margins(self, item: Item) -> Iterable[float]:
        parts = np.array_split(item.picture.pixels, self.margins) if self.margins else []
        return [round(float(part.mean()) / 255, 6) for part in parts]
