"""Features kept beside the images: computed once, resumed after a kill."""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kagglebot.errors import DataError
from kagglebot.training.keras.features import Backbone, Features, features_of, mirrored

WIDTH, BATCH = 3, 4


class Killed(Exception):
    """The process ends while it computes."""


class Counted:
    """A backbone whose features are the means of the channels; counts the batches it is given."""

    def __init__(self, killed_after: int | None = None, seconds: float = 0) -> None:
        self.shapes: list[tuple[int, ...]] = []
        self._killed_after, self._seconds = killed_after, seconds

    def __call__(self) -> Backbone:
        return self._means

    def _means(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        if len(self.shapes) == self._killed_after:
            raise Killed
        time.sleep(self._seconds)
        self.shapes.append(images.shape)
        return images.mean(axis=(1, 2), dtype=np.float32)


def of(images: NDArray[np.uint8], backbone: Counted) -> Features:
    return features_of(images, backbone, key="means", width=WIDTH, batch=BATCH)


@pytest.fixture
def images(tmp_path: Path) -> NDArray[np.uint8]:
    """Images of two blocks, eight batches and two, in a file that is mapped into memory."""
    pixels = np.random.default_rng(0).integers(0, 256, (38, 5, 6, WIDTH), np.uint8)
    np.save(tmp_path / "train_images.npy", pixels, allow_pickle=False)
    mapped: NDArray[np.uint8] = np.load(tmp_path / "train_images.npy", mmap_mode="r", allow_pickle=False)
    return mapped


def expected(images: NDArray[np.uint8]) -> Features:
    return images.mean(axis=(1, 2), dtype=np.float32).astype(np.float16)


def test_features_are_computed_once_in_batches_of_one_shape(images: NDArray[np.uint8], tmp_path: Path) -> None:
    first, second = Counted(), Counted()
    np.testing.assert_array_equal(of(images, first), expected(images))
    np.testing.assert_array_equal(of(images, second), expected(images))
    assert first.shapes == [(BATCH, 5, 6, WIDTH)] * 10
    assert second.shapes == []
    assert not (tmp_path / "train_images.means.blocks").exists()


def test_a_killed_process_leaves_the_blocks_that_are_done(images: NDArray[np.uint8], tmp_path: Path) -> None:
    with pytest.raises(Killed):
        of(images, Counted(killed_after=9))
    assert not (tmp_path / "train_images.means.npy").exists()
    rest = Counted()
    np.testing.assert_array_equal(of(images, rest), expected(images))
    assert len(rest.shapes) == 2


def test_processes_share_the_blocks(images: NDArray[np.uint8]) -> None:
    """Two threads have locks of their own, as two processes do."""
    both = [Counted(seconds=0.02), Counted(seconds=0.02)]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(partial(of, images), both))
    for result in results:
        np.testing.assert_array_equal(result, expected(images))
    assert sum(len(each.shapes) for each in both) == 10
    assert all(each.shapes for each in both)


def test_images_in_memory_have_features_too(images: NDArray[np.uint8], tmp_path: Path) -> None:
    np.testing.assert_array_equal(of(np.array(images), Counted()), expected(images))
    assert of(np.array(images[:0]), Counted()).shape == (0, WIDTH)
    assert list(tmp_path.iterdir()) == [tmp_path / "train_images.npy"]


def test_a_disk_that_refuses_is_named(images: NDArray[np.uint8], tmp_path: Path) -> None:
    (tmp_path / "train_images.means.blocks").touch()
    with pytest.raises(DataError, match=r"Could not write .*train_images\.means\.npy"):
        of(images, Counted())


def test_mirrored_images_are_mirrored_left_to_right() -> None:
    image = np.arange(6, dtype=np.uint8).reshape(1, 2, 3, 1)
    assert mirrored(lambda images: images)(image)[0, 0, :, 0].tolist() == [2, 1, 0]


def test_a_search_that_stops_keeps_what_there_is(images: NDArray[np.uint8]) -> None:
    def stop(share: float) -> None:
        assert share == 0.5  # the first of two blocks
        raise Killed

    first, second, shares = Counted(), Counted(), []
    with pytest.raises(Killed):
        features_of(images, first, key="means", width=WIDTH, batch=BATCH, on_share=stop)
    features_of(images, second, key="means", width=WIDTH, batch=BATCH, on_share=shares.append)
    assert len(second.shapes) == 2
    assert shares[-1] == 1 and shares == sorted(shares)
