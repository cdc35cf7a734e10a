from pathlib import Path

import numpy as np
import pytest
from competition_files import ImageCompetition

from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.datasets.unlabelled import read_unlabelled


@pytest.fixture
def named(pictures: ImageCompetition) -> ImageCompetition:
    pictures.draw(*(f"train/{name}.png" for name in "abcd"))
    pictures.draw(*(f"test/IMG_{row}.png" for row in range(8)), first=4)
    pictures.table("train.csv", "id,kind", "A,oak", "B,elm", "C,oak", "D,elm")
    return pictures


@pytest.mark.parametrize("numbers", [(1, 0, 2, 3, 4, 5, 6, 7), (3, 1)])
def test_a_notebook_finds_the_ids_that_fetch_found(
    named: ImageCompetition, numbers: tuple[int, ...], tmp_path: Path
) -> None:
    ids = [f"img_00{number}" if len(numbers) == 8 else f"IMG_{number}" for number in numbers]
    named.table("sample_submission.csv", "id,kind", *(f"{name},oak" for name in ids))
    data = named.load()
    work = tmp_path / "work"
    work.mkdir()
    found = read_unlabelled(named.data / "files", data.schema, ImageRule(), work)
    assert found.ids == found.sample.ids == data.test_ids
    assert len(found.ids) == 8
    assert np.array_equal(found.images, data.test_images)
