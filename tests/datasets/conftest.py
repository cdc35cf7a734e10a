import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest


@dataclass
class Table:
    """A CSV file in the making: rows can be bent before it is written."""

    header: list[str]
    rows: list[list[str]]
    tail: str = "\n"

    def text(self) -> str:
        return "\n".join(",".join(row) for row in (self.header, *self.rows)) + self.tail


@dataclass
class Competition:
    """A small competition in the digit-recognizer form: 2x2 images, whose first pixel is their row number."""

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
        """Zip train.csv, test.csv and sample_submission.csv as they are now, and the further ``files``."""
        path = self.folder / name
        tables = {"train.csv": self.train, "test.csv": self.test, "sample_submission.csv": self.sample}
        contents = {name: table.text() for name, table in tables.items()} | self.files
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file, content in contents.items():
                if file != without:
                    archive.writestr(file, content)
        return path


@pytest.fixture
def make_competition(tmp_path: Path) -> Callable[..., Competition]:
    def make(**changes: object) -> Competition:
        return Competition(tmp_path, **changes)  # type: ignore[arg-type]

    return make


@pytest.fixture
def competition(make_competition: Callable[..., Competition]) -> Competition:
    return make_competition()
