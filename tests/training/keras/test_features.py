"""Features kept beside the images: computed once, resumed after a kill."""

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from filelock import FileLock
from numpy.typing import NDArray

from kagglebot.errors import DataError
from kagglebot.training.keras import features
from kagglebot.training.keras.features import Backbone, Features, features_of, mirrored, share_kept

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
        if share == 0.5:  # the first of two blocks
            raise Killed

    first, second, shares = Counted(), Counted(), []
    with pytest.raises(Killed):
        features_of(images, first, key="means", width=WIDTH, batch=BATCH, on_share=stop)
    features_of(images, second, key="means", width=WIDTH, batch=BATCH, on_share=shares.append)
    assert len(second.shapes) == 2
    assert shares[-1] == 1 and shares == sorted(shares)


@pytest.mark.parametrize("kept", [True, False])
def test_a_search_stops_after_any_batch(images: NDArray[np.uint8], kept: bool, tmp_path: Path) -> None:
    def stop(share: float) -> None:
        if len(backbone.shapes) == 3:
            raise Killed

    backbone = Counted()
    with pytest.raises(Killed):
        features_of(
            images if kept else np.array(images), backbone, key="means", width=WIDTH, batch=BATCH, on_share=stop
        )
    assert len(backbone.shapes) == 3
    assert not list(tmp_path.glob("train_images.means.blocks/*.npy"))  # a part of a block is not kept


def test_a_search_stops_while_another_computes_the_last_block(
    images: NDArray[np.uint8], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(share: float) -> None:
        looks.append(share)
        if len(looks) == 9 + 3:  # of eight batches and the block, and three more while it waits
            raise Killed

    monkeypatch.setattr(features, "WAIT_SECONDS", 0.01)
    looks: list[float] = []
    (blocks := tmp_path / "train_images.means.blocks").mkdir()
    with FileLock(blocks / "32.lock"), pytest.raises(Killed):
        features_of(images, Counted(), key="means", width=WIDTH, batch=BATCH, on_share=stop)
    assert looks[-1] == 0.5


def test_the_share_that_is_kept_is_that_of_the_blocks(images: NDArray[np.uint8]) -> None:
    def share() -> float:
        return share_kept(images, key="means", batch=BATCH)

    assert share() == 0
    with pytest.raises(Killed):
        of(images, Counted(killed_after=9))
    assert share() == 0.5
    of(images, Counted())
    assert share() == 1
    assert share_kept(np.array(images), key="means", batch=BATCH) == 0


def test_the_disk_is_asked_before_features_are_computed(
    images: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=400))
    backbone = Counted()
    with pytest.raises(DataError, match=r"the features of 38 images take 0\.00046 MB, and 0\.0004 MB are free"):
        of(images, backbone)
    assert backbone.shapes == []


def test_features_that_were_used_last_are_kept(images: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(str(images.filename)).parent  # type: ignore[attr-defined]
    size = 38 * WIDTH * 2
    for key in ("first", "second"):
        features_of(images, Counted(), key=key, width=WIDTH, batch=BATCH)
        os.utime(folder / f"train_images.{key}.npy", (0, 0 if key == "second" else 1))
    monkeypatch.setattr(features, "MOST_BYTES", 2 * size + 300)
    features_of(images, Counted(), key="third", width=WIDTH, batch=BATCH)
    assert {path.name for path in folder.glob("*.npy")} == {
        "train_images.npy",
        "train_images.first.npy",
        "train_images.third.npy",
    }


SMALL_DISK = """
import errno, os, sys
from pathlib import Path
import numpy as np
from kagglebot.errors import DataError
from kagglebot.training.keras.features import features_of

disk, fill, done = Path(sys.argv[1]), Path(sys.argv[1]) / "fill", []
np.save(disk / "train_images.npy", np.zeros((4000, 2, 2, 3), np.uint8))
images = np.load(disk / "train_images.npy", mmap_mode="r")

def means(batch):
    done.append(len(batch))
    if fill_after == len(done):
        with fill.open("wb", buffering=0) as stream:
            try:
                while True:
                    stream.write(bytes(4096))
            except OSError as error:
                assert error.errno == errno.ENOSPC
    return np.ones((len(batch), 128), np.float32)

def compute(key="net"):
    try:
        return features_of(images, lambda: means, key=key, width=128, batch=50).shape
    except DataError as error:
        return error.message

fill_after = 30
print(compute())
fill.unlink()
fill_after, before, done[:] = 0, len(done), []
print(compute(), before, len(done))
os.system(f"mount -o remount,ro {disk}")
print(compute())
print(compute("other"))
"""


def test_a_disk_that_fills_meanwhile_and_one_that_is_read_only(tmp_path: Path) -> None:
    """On a disk of 4 MB; the features take 1 MB, and as much again while their blocks become one file."""
    script = f'mount -t tmpfs -o size=4m tmpfs "$1" && "{sys.executable}" -c "$2" "$1"'
    command = ["unshare", "-rm", "sh", "-c", script, "sh", str(tmp_path), SMALL_DISK]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("needs unshare")
    if "mount" in ran.stderr or "unshare" in ran.stderr:
        pytest.skip("needs to mount a small disk: root, or user namespaces")
    full, resumed, there, read_only = ran.stdout.splitlines()
    path = tmp_path / "train_images.net.npy"
    assert re.fullmatch(rf"Could not write {tmp_path}/train_images\.net.*\.npy: No space left on device\.", full)
    shape, before, after = resumed.rsplit(" ", 2)
    assert shape == there == "(4000, 128)" and int(before) >= 30 and int(after) < 80
    assert read_only == f"Could not write {tmp_path}/train_images.other.npy: Read-only file system."
    assert not path.exists()  # outside of the namespace
