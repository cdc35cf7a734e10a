"""Files of a competition that a test can change before they are zipped and read."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kagglebot.datasets.dataset import Dataset, load_dataset
from kagglebot.datasets.fetching.ingest import ingest
from kagglebot.errors import DataError
from kagglebot.practice.packing import write_zip


def _zip(path: Path, files: Mapping[str, str | bytes]) -> Path:
    write_zip(path, {name: text.encode() if isinstance(text, str) else text for name, text in files.items()})
    return path


@dataclass
class Table:
    """A CSV file whose rows a test can change before it is written."""

    header: list[str]
    rows: list[list[str]]
    tail: str = "\n"

    def text(self) -> str:
        return "\n".join(",".join(row) for row in (self.header, *self.rows)) + self.tail


@dataclass
class Competition:
    """A small competition laid out like digit-recognizer: 2x2 images, whose first pixel is their row number."""

    folder: Path
    labels: Sequence[str] = ("3", "1", "2", "1", "3", "2")
    test_rows: int = 4
    test_ids: Sequence[str] = ()
    files: dict[str, str | bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        pixels = [f"pixel{number}" for number in range(4)]
        self.train = Table(
            ["label", *pixels],
            [[label, str(row), "0", "128", "255"] for row, label in enumerate(self.labels)],
        )
        self.test = Table(list(pixels), [[str(row), "1", "2", "3"] for row in range(self.test_rows)])
        if self.test_ids:
            self.test.header.insert(0, "ImageId")
            self.test.rows = [[name, *row] for name, row in zip(self.test_ids, self.test.rows, strict=True)]
        names = self.test_ids or [str(row + 1) for row in range(self.test_rows)]
        self.sample = Table(["ImageId", "Label"], [[name, "0"] for name in names])

    def archive(self, name: str = "tiny.zip", *, without: str = "") -> Path:
        """Write a zip of train.csv, test.csv, sample_submission.csv and the further ``files``."""
        path = self.folder / name
        tables = {"train.csv": self.train, "test.csv": self.test, "sample_submission.csv": self.sample}
        contents = {name: table.text() for name, table in tables.items()} | self.files
        return _zip(path, {file: content for file, content in contents.items() if file != without})


@cache
def _digits() -> np.ndarray:
    from sklearn.datasets import load_digits

    return (load_digits().images * (255 / 16)).astype(np.uint8)


@cache
def _photograph() -> np.ndarray:
    from sklearn.datasets import load_sample_image

    return load_sample_image("china.jpg")


def draw(row: int, *, size: tuple[int, int] = (8, 8), colour: bool = False, suffix: str = ".png") -> bytes:
    """Return one of scikit-learn's digits, or a part of its photograph, as an image file of (height, width)."""
    height, width = size
    pixels = _photograph()[row : row + height, row : row + width] if colour else _digits()[row]
    image = Image.fromarray(pixels).resize((width, height), Image.Resampling.NEAREST)
    stream = io.BytesIO()
    image.save(stream, {".jpg": "JPEG", ".tif": "TIFF"}.get(suffix, suffix[1:]))
    return stream.getvalue()


@dataclass
class ImageCompetition:
    """A competition of image files, by their path in the archive."""

    folder: Path
    files: dict[str, bytes | str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """The folder that ``load`` ingests into."""
        return self.folder / "data" / "pictures"

    def draw(self, *paths: str, first: int = 0, **options: Any) -> None:
        """Add an image at each of these paths, digit after digit."""
        for row, path in enumerate(paths, start=first):
            self.files[path] = draw(row, suffix=Path(path).suffix, **options)

    def table(self, path: str, header: str, *rows: str) -> None:
        """Add a CSV file."""
        self.files[path] = "\n".join([header, *rows]) + "\n"

    def archive(self, name: str = "pictures.zip") -> Path:
        """Write a zip of the files."""
        return _zip(self.folder / name, self.files)

    def load(self, metric_name: str = "Categorization Accuracy", **choices: str) -> Dataset:
        """Ingest the archive, and open the dataset."""
        ingest(self.archive(), self.data, competition="pictures", metric_name=metric_name, choices=choices)
        return load_dataset(self.data)

    def refused(self, match: str, metric_name: str = "", **choices: str) -> DataError:
        """Check that it is refused before anything is decoded, and the earlier data stays; return the error."""
        phases: list[str] = []
        before = sorted(self.data.rglob("*"))
        with pytest.raises(DataError, match=match) as caught:
            ingest(
                self.archive(),
                self.data,
                competition="pictures",
                metric_name=metric_name,
                choices=choices,
                on_progress=lambda phase, *_: phases.append(phase),
            )
        assert caught.value.hint
        assert "decoding" not in phases
        after = sorted(path for path in self.data.rglob("*") if path.name != ".lock")
        assert after == [path for path in before if path.name != ".lock"]
        return caught.value
