import os
from pathlib import Path

import numpy as np
import pytest
from competition_files import ImageCompetition

from kagglebot.datasets.cleaning import find_removable, remove
from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.datasets.schema import read_schema


@pytest.fixture
def arrays(pictures: ImageCompetition) -> Path:
    """The arrays of a competition with features, images of two more sizes, and what killed commands left."""
    pictures.draw("train/a/1.png", "train/b/1.png", "test/1.png", size=(12, 12))
    pictures.table("sample_submission.csv", "id,label", "1,a")
    arrays = pictures.data / "cache" / pictures.load().schema.digest
    for side in (5, 6):
        load_dataset(pictures.data, ImageRule((side, side)))
    for name in (
        "train_images.net-1.npy",
        "train_images.net-1.lock",
        "6x6-stretch-own/test_images.net-1-mirrored.npy",
    ):
        (arrays / name).write_bytes(b"features")
    (arrays / "train_images.net-2.blocks").mkdir()
    (arrays / "train_images.net-2.blocks/0.npy").write_bytes(b"block")
    for name in (".train_images.net-1.999999999-0123abcd.npy", "../../.competition.999999999-0123abcd.json"):
        (arrays / name).write_bytes(b"half")
    return arrays


def test_what_can_be_made_again_is_removed_and_nothing_else(arrays: Path) -> None:
    folder = arrays.parents[1]
    before = {path for path in folder.rglob("*") if path.is_file()}
    found = find_removable(folder, {ImageRule(), ImageRule(largest=6)})
    named = {each.path.name: each.kind for each in found}
    assert named == {
        "train_images.net-1.npy": "features",
        "train_images.net-1.lock": "features",
        "train_images.net-2.blocks": "features",
        "test_images.net-1-mirrored.npy": "features",
        "5x5-stretch-own": "images",
        ".train_images.net-1.999999999-0123abcd.npy": "leftover",
        ".competition.999999999-0123abcd.json": "leftover",
    }
    assert {each.size for each in found if each.kind == "features"} == {5, 8}
    assert {path for path in folder.rglob("*") if path.is_file()} == before  # nothing yet
    remove(folder, found)
    left = before - {path for path in folder.rglob("*") if path.is_file()}
    assert left == {path for path in before if any(path.is_relative_to(each.path) for each in found)}
    assert find_removable(folder, {ImageRule((6, 6))}) == []
    assert load_dataset(folder, ImageRule((6, 6))).train_images.shape == (2, 6, 6, 1)


def test_a_file_that_a_living_process_writes_stays(arrays: Path) -> None:

    (arrays / f".train_images.net-3.{os.getpid()}-0123abcd.npy").write_bytes(b"half")
    assert not any("net-3" in each.path.name for each in find_removable(arrays.parents[1], ()))


def test_arrays_of_data_that_was_replaced_are_leftovers(arrays: Path) -> None:
    (arrays.with_name("0123") / "5x5-stretch-own").mkdir(parents=True)
    np.save(arrays.with_name("0123") / "5x5-stretch-own/train_images.npy", np.zeros(3))
    found = find_removable(arrays.parents[1], ())
    assert [each.kind for each in found if each.path == arrays.with_name("0123")] == ["leftover"]
    assert read_schema(arrays.parents[1]).digest != "0123"
