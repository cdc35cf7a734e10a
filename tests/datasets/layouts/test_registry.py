"""Layouts of other packages are found by entry points, before ours."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from competition_files import ImageCompetition

from kagglebot.datasets.layouts import (
    LAYOUTS,
    CompetitionFiles,
    ImageFiles,
    LayoutResult,
    known_layouts,
    registry,
)
from kagglebot.errors import UsageError
from kagglebot.system.progress import ProgressCallback

Offer = Callable[..., None]


class ClassEndings:
    """Reads train/0017_cat.png."""

    name = "class-endings"

    def recognises(self, files: CompetitionFiles) -> bool:
        train = [path for path in files.images if path.parts[0] == "train"]
        return bool(train) and all("_" in path.stem for path in train)

    def read(self, files: CompetitionFiles, target: Path, on_progress: ProgressCallback) -> LayoutResult:
        train = tuple(path for path in files.images if path.parts[0] == "train")
        test = tuple(path for path in files.images if path.parts[0] == "test")
        return LayoutResult(
            images=ImageFiles(train, test),
            labels=np.array([path.stem.rpartition("_")[2] for path in train]),
            locate_label=lambda row: str(train[row]),
            test_ids=[path.stem for path in test],
            test_rows=len(test),
            locate_test_row=lambda row: str(test[row]),
            labels_in_table=False,
        )


class NeedsArguments(ClassEndings):
    def __init__(self, folder: Path) -> None: ...


class SecondClassFolders(ClassEndings):
    name = "class-folders"


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Offer]:
    """Let entry points name these objects."""
    offered: dict[str, object] = {}
    monkeypatch.setattr(registry, "load_plugins", lambda group: offered if group == "kagglebot.layouts" else {})
    known_layouts.cache_clear()
    yield offered.update
    known_layouts.cache_clear()


@pytest.mark.parametrize(
    ("ending", "read"), [*((ending, False) for ending in (".HEIC", ".tga", ".ico")), (".parquet", True)]
)
def test_images_in_other_formats_are_named(pictures: ImageCompetition, ending: str, read: bool) -> None:
    pictures.files |= {f"train/{row}{ending}": b"\0\0\0\x18ftypheic" for row in range(4)}
    pictures.table("train.csv", "id,label", "0,a", "1,b")
    pictures.table("sample_submission.csv", "id,label", "3,a")
    message = (
        "text or tabular competition" if read else f"images are {ending} files, such as train/0{ending}, .* PNG"
    )
    pictures.refused(message)


def test_a_spreadsheet_is_named(pictures: ImageCompetition) -> None:
    pictures.draw("train/0.png", "train/1.png", "test/3.png")
    pictures.files["labels.xlsx"] = b"PK"
    pictures.table("sample_submission.csv", "id,label", "3,a")
    pictures.refused("labels.xlsx is a spreadsheet, and kagglebot reads tables that are CSV files")


def test_without_plugins_there_are_ours() -> None:
    assert known_layouts() == LAYOUTS


@pytest.mark.parametrize("plugin", [ClassEndings, ClassEndings()])
def test_a_layout_of_another_package_reads_a_competition(
    offer: Offer, pictures: ImageCompetition, plugin: object
) -> None:
    offer(endings=plugin)
    pictures.draw("train/01_cat.png", "train/02_dog.png", "train/03_dog.png", "test/04.png")
    pictures.table("sample_submission.csv", "id,label", "04,cat")
    data = pictures.load()
    assert (data.schema.layout, data.schema.classes) == ("class-endings", ("cat", "dog"))
    assert (data.train_labels.tolist(), data.test_ids) == ([0, 1, 1], ("04",))


@pytest.mark.parametrize(
    ("plugin", "message"),
    [
        (42, "'odd' in kagglebot.layouts is not a Layout"),
        (NeedsArguments, "'odd' in kagglebot.layouts cannot be called without arguments: TypeError"),
        (SecondClassFolders, "Two layouts are called 'class-folders'"),
    ],
)
def test_a_plugin_that_cannot_be_used_is_named(offer: Offer, plugin: object, message: str) -> None:
    offer(odd=plugin)
    with pytest.raises(UsageError, match=message) as caught:
        known_layouts()
    assert "Uninstall" in caught.value.hint


@pytest.mark.parametrize("table", ["", "id,label"])
def test_arrays_of_many_images_are_named(tmp_path: Path, table: str) -> None:
    stacks = ImageCompetition(tmp_path)
    for name in ("train.npy", "test.npy"):
        stream = io.BytesIO()
        np.save(stream, np.zeros((6, 8, 8), np.uint8))
        stacks.files[name] = stream.getvalue()
    if table:
        stacks.table("train.csv", table, *(f"{row},{row % 2}" for row in range(6)))
    stacks.table("sample_submission.csv", "id,label", *(f"{row},0" for row in range(6)))
    stacks.refused("There are 2 arrays, such as test.npy, and 6 test images: arrays of many images each")
