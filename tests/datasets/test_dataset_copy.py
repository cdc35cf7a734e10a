import shutil
from pathlib import Path

import numpy as np
import pytest
from competition_files import ImageCompetition

from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.dataset_copy import list_files, save_copy
from kagglebot.datasets.images.resize_rule import ImageRule


@pytest.fixture
def folders(pictures: ImageCompetition) -> ImageCompetition:
    pictures.draw("train/cat/1.png", "train/cat/2.png", "train/dog/1.png", "test/1.png")
    pictures.files["train/dog/9.png"] = pictures.files["train/dog/1.png"]  # a copy, so that rows have groups
    pictures.table("sample_submission.csv", "id,label", "1,cat")
    pictures.load()
    return pictures


@pytest.mark.parametrize("rule", [ImageRule(), ImageRule((6, 4)), ImageRule(largest=5)])
def test_a_copy_is_read_like_the_original_and_made_once(
    folders: ImageCompetition, tmp_path: Path, rule: ImageRule
) -> None:
    original = load_dataset(folders.data, rule)
    files, schema = list_files(folders.data, rule), load_dataset(folders.data).schema
    downloads: list[Path] = []

    def download(target: Path) -> None:
        downloads.append(target)
        for name in files:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folders.data / name, target / name)

    copy = tmp_path / "copy"
    save_copy(copy, schema, files, download)
    save_copy(copy, schema, files, download)
    assert len(downloads) == 1
    loaded = load_dataset(copy, rule)
    assert (loaded.schema, loaded.test_ids) == (original.schema, original.test_ids)
    assert np.array_equal(loaded.train_images, original.train_images)
    assert loaded.train_groups is not None and np.array_equal(loaded.train_groups, original.train_groups)
    name = next(name for name in files if name.endswith("train_images.npy"))
    (copy / name).write_bytes(b"cut off")
    save_copy(copy, schema, files, download)
    assert len(downloads) == 2
    assert np.array_equal(load_dataset(copy, rule).train_images, original.train_images)
    assert not list(copy.glob(".incoming-*"))
