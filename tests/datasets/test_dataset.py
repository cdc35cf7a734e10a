import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from competition_files import Competition

from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.fetching.ingest import ingest
from kagglebot.datasets.schema import save_schema
from kagglebot.errors import DataError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "tiny"


@pytest.mark.parametrize("name", ["train_images.npy", "train_labels.npy", "test_images.npy", "test_ids.npy"])
@pytest.mark.parametrize("kept", [None, 0, 60, -1])
def test_damaged_arrays_are_named_and_mended(
    competition: Competition, folder: Path, name: str, kept: int | None
) -> None:
    schema = ingest(competition.archive(), folder, competition="tiny")
    path = folder / "cache" / schema.digest / name
    content = path.read_bytes()
    path.unlink() if kept is None else path.write_bytes(content[:kept])
    with pytest.raises(DataError, match=name) as caught:
        load_dataset(folder)
    assert "kagglebot fetch tiny" in caught.value.hint
    ingest(competition.archive(), folder, competition="tiny")
    assert path.read_bytes() == content


class _Trap:
    """Makes a folder where it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.folder),)


def test_arrays_of_objects_are_never_unpickled(competition: Competition, folder: Path, tmp_path: Path) -> None:
    schema = ingest(competition.archive(), folder, competition="tiny")
    trap = np.array([_Trap(tmp_path / "sprung")] * 4, dtype=object)
    np.save(folder / "cache" / schema.digest / "test_ids.npy", trap, allow_pickle=True)
    with pytest.raises(DataError, match=r"test_ids\.npy.*[Oo]bject"):
        load_dataset(folder)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("name", ["train_images.npy", "test_images.npy"])
@pytest.mark.parametrize("wrong", [np.zeros((6, 4), np.uint8), np.zeros((6, 2, 2, 1)), np.zeros((4, 2, 2, 1))])
def test_other_images_than_the_schema_says_are_refused(
    competition: Competition, folder: Path, name: str, wrong: np.ndarray
) -> None:
    schema = ingest(competition.archive(), folder, competition="tiny")
    np.save(folder / "cache" / schema.digest / name, wrong)
    with pytest.raises(DataError, match=f"{name}.* instead of uint8"):
        load_dataset(folder)


def test_a_label_index_without_a_class_is_refused(competition: Competition, folder: Path) -> None:
    schema = ingest(competition.archive(), folder, competition="tiny")
    np.save(folder / "cache" / schema.digest / "train_labels.npy", np.array([0, 1, 2, 3, 0, 1]))
    with pytest.raises(DataError, match="outside the classes"):
        load_dataset(folder)


def test_before_fetch_the_hint_is_to_fetch(folder: Path) -> None:
    with pytest.raises(DataError, match="tiny is not here") as caught:
        load_dataset(folder)
    assert caught.value.hint == "Run: kagglebot fetch tiny"


@pytest.mark.parametrize(
    ("labels", "expected"), [([0, 1, 2], 1.0), ([0, 0, 0, 1, 1], 1.5), ([0, 2, 2, 2, 2], 4.0)]
)
def test_imbalance_compares_the_largest_class_with_the_smallest(
    competition: Competition, folder: Path, labels: list[int], expected: float
) -> None:
    ingest(competition.archive(), folder, competition="tiny")
    assert replace(load_dataset(folder), train_labels=np.array(labels)).imbalance == expected


def test_imbalance_where_images_have_several_classes_is_of_how_often_each_is_there(
    competition: Competition, folder: Path
) -> None:
    ingest(competition.archive(), folder, competition="tiny")
    sets = np.array([[1, 1, 0], [1, 1, 0], [1, 0, 1]], np.uint8)
    assert replace(load_dataset(folder), train_labels=sets).imbalance == 3.0


@pytest.mark.parametrize(("middle", "edges"), [(0, 255), (255, 0), (0, 51)])
def test_the_background_is_how_bright_the_edges_of_most_images_are(
    middle: int, edges: int, competition: Competition, folder: Path
) -> None:
    schema = ingest(competition.archive(), folder, competition="tiny")
    images = np.full((9, 8, 6, 1), edges, np.uint8)
    images[:, 1:-1, 1:-1] = middle
    images[:4] = 255 - edges
    save_schema(folder, replace(schema, image_shape=(8, 6, 1), train_rows=9, test_rows=9))
    cache = folder / "cache" / schema.digest
    np.save(cache / "train_labels.npy", np.zeros(9, np.int64))
    np.save(cache / "test_ids.npy", np.array([str(row) for row in range(9)]))
    for part in ("train", "test"):
        np.save(cache / f"{part}_images.npy", images)
    assert load_dataset(folder).background == edges / 255
