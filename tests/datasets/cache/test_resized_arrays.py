import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from competition_files import Competition, ImageCompetition
from numpy.typing import NDArray

from kagglebot.datasets.dataset import Dataset, load_dataset
from kagglebot.datasets.fetching.ingest import ingest
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.errors import DataError


def _load(data: Path, rule: ImageRule) -> tuple[Dataset, list[str]]:
    told: list[str] = []
    return load_dataset(data, rule, lambda phase, *_: told.append(phase)), told


@pytest.fixture
def folders(pictures: ImageCompetition) -> ImageCompetition:
    """Colour images of 12 x 8 pixels in folders of their class."""
    pictures.draw(*(f"train/{name}/{row}.png" for name in "ab" for row in range(3)), colour=True, size=(12, 8))
    pictures.draw("test/1.png", "test/2.png", first=90, colour=True, size=(12, 8))
    pictures.table("sample_submission.csv", "id,label", "1,a", "2,a")
    pictures.load()
    return pictures


@pytest.mark.parametrize(
    "rule", [ImageRule(), ImageRule((12, 8)), ImageRule((12, 8), "pad"), ImageRule(None, "crop", 3)]
)
def test_a_rule_that_gives_the_fetched_shape_uses_those_arrays(folders: ImageCompetition, rule: ImageRule) -> None:
    data, told = _load(folders.data, rule)
    assert told == []
    assert data.schema == load_dataset(folders.data).schema
    assert np.array_equal(data.train_images, load_dataset(folders.data).train_images)


@pytest.mark.parametrize(
    ("rule", "shape"),
    [
        (ImageRule((6, 4)), (6, 4, 3)),
        (ImageRule((6, 6), "pad"), (6, 6, 3)),
        (ImageRule(None, "stretch", 1), (12, 8, 1)),
    ],
)
def test_another_rule_is_carried_out_once(
    folders: ImageCompetition, rule: ImageRule, shape: tuple[int, int, int]
) -> None:
    fetched = load_dataset(folders.data)
    data, told = _load(folders.data, rule)
    assert "decoding" in told
    assert data.schema.image_shape == shape
    assert (data.train_images.shape, data.test_images.shape) == ((6, *shape), (2, *shape))
    assert data.test_images.any() and not data.train_images.flags.writeable
    assert (data.test_ids, data.schema.digest) == (fetched.test_ids, fetched.schema.digest)
    again, told = _load(folders.data, rule)
    assert told == []
    assert np.array_equal(again.train_images, data.train_images)


@pytest.mark.parametrize(
    ("size", "largest", "shape", "decoded"),
    [
        ((12, 8), 224, (12, 8, 3), False),
        ((12, 8), 10, (10, 10, 3), True),
        ((200, 150), 224, (200, 150, 3), True),
        ((300, 150), 224, (224, 224, 3), True),
    ],
)
def test_no_image_is_enlarged_to_the_largest_size(
    pictures: ImageCompetition, size: tuple[int, int], largest: int, shape: tuple[int, int, int], decoded: bool
) -> None:
    pictures.draw("train/a/1.png", "train/b/1.png", "test/1.png", colour=True, size=size)
    pictures.table("sample_submission.csv", "id,label", "1,a")
    pictures.load()
    data, told = _load(pictures.data, ImageRule(largest=largest))
    assert (data.train_images.shape[1:], data.schema.image_shape, bool(told)) == (shape, shape, decoded)


def test_images_that_were_resized_are_decoded_again_for_another_fit(pictures: ImageCompetition) -> None:
    pictures.draw("train/a/1.png", "train/b/1.png", colour=True, size=(20, 40))
    pictures.draw("train/a/2.png", "train/b/2.png", "test/1.png", colour=True, size=(30, 30))
    pictures.table("sample_submission.csv", "id,label", "1,a")
    assert pictures.load().schema.image_shape == (40, 40, 3)
    assert _load(pictures.data, ImageRule((40, 40)))[1] == []
    data, told = _load(pictures.data, ImageRule((40, 40), "pad"))
    assert "decoding" in told
    assert not data.train_images[0, 0].any()  # black above the wide image


def test_pixels_of_a_table_are_resized(competition: Competition) -> None:
    folder = competition.folder / "data"
    ingest(competition.archive(), folder, competition="tiny")
    data, told = _load(folder, ImageRule((4, 4), channels=3))
    assert (data.train_images.shape, set(told)) == ((6, 4, 4, 3), {"resizing"})
    (folder / "files/train.csv").unlink()  # not needed for that
    assert _load(folder, ImageRule((3, 3)))[0].schema.image_shape == (3, 3, 1)


def test_damaged_arrays_of_a_rule_are_made_again(folders: ImageCompetition) -> None:
    rule = ImageRule((6, 4))
    whole = np.array(_load(folders.data, rule)[0].train_images)
    path = folders.data / "cache" / load_dataset(folders.data).schema.digest / rule.key / "train_images.npy"
    path.write_bytes(path.read_bytes()[:-1])
    assert np.array_equal(_load(folders.data, rule)[0].train_images, whole)


def test_skipped_images_stay_skipped(folders: ImageCompetition) -> None:
    folders.files |= {"train/a/1.png": b"x", "test/2.png": b"x"}
    folders.load(skip_corrupt="yes")
    data, _ = _load(folders.data, ImageRule((6, 4)))
    assert len(data.train_images) == 5
    assert data.test_images[0].any() and not data.test_images[1].any()


def test_missing_image_files_are_told(folders: ImageCompetition) -> None:
    (folders.data / "files/train/a/1.png").unlink()
    with pytest.raises(DataError, match="are missing in part") as caught:
        load_dataset(folders.data, ImageRule((6, 4)))
    assert "kagglebot fetch pictures" in caught.value.hint
    assert load_dataset(folders.data).schema.train_rows == 6


def test_new_data_leaves_no_arrays_of_the_old(folders: ImageCompetition) -> None:
    rule = ImageRule((6, 4))
    old: NDArray[np.uint8] = _load(folders.data, rule)[0].train_images
    folders.draw("train/a/9.png", colour=True, size=(12, 8))
    schema = folders.load().schema
    assert [path.name for path in (folders.data / "cache").iterdir()] == [schema.digest]
    assert len(_load(folders.data, rule)[0].train_images) == 7
    assert len(old) == 6 and old.any()


# Opens the data under a rule; after each kill the next one must find everything whole.
_RULED = """
import shutil
import numpy, filelock, PIL.Image
from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.images.resize_rule import ImageRule

rule = ImageRule((6, 4))
made = folder / "cache" / load_dataset(folder).schema.digest / rule.key

def after():
    assert load_dataset(folder).train_images.any()
    if made.exists():
        assert {path.name for path in made.iterdir()} == {"train_images.npy", "test_images.npy"}
    data = load_dataset(folder, rule)
    assert all(image.any() for image in (*data.train_images, *data.test_images))

print(kill_at_every_step(
    lambda: shutil.rmtree(made, ignore_errors=True), lambda: load_dataset(folder, rule), after
))
load_dataset(folder, ImageRule((3, 3)))  # whoever comes next with work to do clears away
assert not list(folder.glob(".incoming-*"))
"""


def test_killed_at_any_step_nothing_half_is_left(
    folders: ImageCompetition, killed_everywhere: Callable[..., str]
) -> None:
    assert int(killed_everywhere(_RULED, folders.data)) > 20


_AT_ONCE = """
import sys
from pathlib import Path
from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.images.resize_rule import ImageRule
told = []
load_dataset(Path(sys.argv[1]), ImageRule((6, 4)), lambda phase, *_: told.append(phase))
print(len(told))
"""


def test_processes_that_ask_at_once_make_it_once(folders: ImageCompetition) -> None:
    command = [sys.executable, "-c", _AT_ONCE, str(folders.data)]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = sorted(int(run.communicate(timeout=60)[0]) for run in runs)
    assert told[:2] == [0, 0] and told[2] > 0
