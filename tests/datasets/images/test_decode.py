import os
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from kagglebot.datasets.images import decode
from kagglebot.datasets.images.conversion import Conversion
from kagglebot.datasets.images.decode import decode_files, resize_images, survey
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.errors import DataError

MakeFiles = Callable[..., list[Path]]


@pytest.fixture
def make_files(tmp_path: Path) -> MakeFiles:
    def make(count: int, size: tuple[int, int] = (6, 4), mode: str = "L", folder: str = "train") -> list[Path]:
        """Write PNG images, each as bright as its number."""
        (tmp_path / "files" / folder).mkdir(parents=True, exist_ok=True)
        files = [tmp_path / "files" / folder / f"{number}.png" for number in range(count)]
        for number, path in enumerate(files):
            Image.new("L", size, number % 256).convert(mode).save(path)
        return files

    return make


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "_CHUNK_FILES", 3)


@pytest.fixture
def in_processes(small_chunks: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use two worker processes, however few the files and the cores are."""
    monkeypatch.setattr(decode, "FEW_FILES", 0)
    monkeypatch.setattr(decode, "available_cores", lambda: 2)


def _workers() -> list[psutil.Process]:
    here = psutil.Process().children()
    return [child for child in here if "images.processes.worker" in " ".join(child.cmdline())]


def _brightness(target: Path) -> list[int]:
    """What each row's pixels are, all of them."""
    rows = np.load(target, mmap_mode="r", allow_pickle=False)
    assert (rows == rows[:, :1, :1, :1]).all()
    return [int(value) for value in rows[:, 0, 0, 0]]


@pytest.mark.parametrize(
    ("kinds", "rule", "shape", "sizes"),
    [
        ([((28, 28), "L")], ImageRule(), (28, 28, 1), 1),
        ([((30, 20), "L"), ((30, 20), "RGB")], ImageRule(), (20, 30, 3), 1),
        ([((128, 128), "1"), ((128, 128), "LA")], ImageRule(), (128, 128, 1), 1),
        ([((129, 20), "L")], ImageRule(), (64, 64, 1), 1),
        ([((90, 20), "L"), ((20, 30), "L")], ImageRule(), (64, 64, 1), 2),
        ([((28, 28), "L"), ((28, 29), "L"), ((28, 29), "L")], ImageRule(), (29, 29, 1), 2),
        ([((28, 28), "L"), ((29, 28), "P")], ImageRule((96, 48)), (96, 48, 3), 2),
        ([((28, 28), "RGB")], ImageRule(channels=1), (28, 28, 1), 1),
        ([((28, 28), "L")], ImageRule(channels=3), (28, 28, 3), 1),
    ],
)
def test_a_survey_decides_the_shape(
    make_files: MakeFiles,
    kinds: list[tuple[tuple[int, int], str]],
    rule: ImageRule,
    shape: tuple[int, int, int],
    sizes: int,
) -> None:
    files = [file for number, (size, mode) in enumerate(kinds) for file in make_files(2, size, mode, str(number))]
    found = survey(files, rule)
    assert (found.shape, found.sizes, found.corrupt) == (shape, sizes, ())


@pytest.mark.parametrize(
    ("sizes", "own"),
    [
        ([(30, 20)], (20, 30)),
        ([(300, 200)], (200, 300)),
        ([(30, 20), (20, 30), (90, 10)], (30, 30)),
        ([(30, 20), (90, 10), (10, 90)], (90, 90)),
    ],
)
def test_a_survey_knows_the_own_size_of_images(
    make_files: MakeFiles, sizes: list[tuple[int, int]], own: tuple[int, int]
) -> None:
    files = [file for number, size in enumerate(sizes) for file in make_files(2, size, "L", str(number))]
    assert survey(files, ImageRule()).own_size == own


@pytest.mark.usefixtures("small_chunks")
def test_a_survey_names_the_files_without_a_readable_header(make_files: MakeFiles) -> None:
    files = make_files(10)
    files[4].write_bytes(b"")
    files[9].write_text("hello")
    told: list[tuple[str, int, int | None]] = []
    found = survey(files, ImageRule(), lambda *what: told.append(what))
    assert found.shape == (4, 6, 1)
    assert [index for index, _ in found.corrupt] == [4, 9]
    assert found.corrupt[0][1] == "the file is empty"
    assert [done for _, done, _ in told] == [3, 6, 9, 10]


def test_a_survey_of_nothing_readable_is_an_error(make_files: MakeFiles) -> None:
    files = make_files(2)
    for file in files:
        file.write_bytes(b"")
    with pytest.raises(DataError, match=r"None of the 2 image files can be read; train/0\.png: the file is empty"):
        survey(files, ImageRule())
    with pytest.raises(DataError, match="no image files"):
        survey([], ImageRule())


@pytest.mark.parametrize("processes", [False, True])
def test_every_image_is_decoded_to_its_row(
    make_files: MakeFiles, tmp_path: Path, processes: bool, request: pytest.FixtureRequest
) -> None:
    if processes:
        request.getfixturevalue("in_processes")
    told: list[tuple[str, int, int | None]] = []
    target = tmp_path / "images.npy"
    files = make_files(20)
    assert decode_files(files, target, (4, 6, 3), "stretch", on_progress=lambda *what: told.append(what)) == ()
    rows = np.load(target, mmap_mode="r", allow_pickle=False)
    assert (rows.shape, rows.dtype) == ((20, 4, 6, 3), np.uint8)
    assert _brightness(target) == list(range(20))
    assert told[-1] == ("decoding", 20, 20)
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".npy"] == ["images.npy"]


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("gone", [(0,), (19,), (3, 4, 5), (0, 1, 7, 18, 19), tuple(range(1, 20))])
def test_corrupt_images_are_left_out_or_black(
    make_files: MakeFiles, tmp_path: Path, gone: tuple[int, ...]
) -> None:
    files = make_files(20)
    for number in gone:
        files[number].write_bytes(files[number].read_bytes()[:40])
    skipped, blank = tmp_path / "skipped.npy", tmp_path / "blank.npy"
    assert decode_files(files, skipped, (4, 6, 1), "stretch", skip_corrupt=True) == gone
    assert _brightness(skipped) == [number for number in range(20) if number not in gone]
    assert decode_files(files, blank, (4, 6, 1), "stretch", blank_corrupt=True) == gone
    assert _brightness(blank) == [0 if number in gone else number for number in range(20)]


@pytest.mark.usefixtures("small_chunks")
def test_the_first_corrupt_image_is_named(make_files: MakeFiles, tmp_path: Path) -> None:
    files = make_files(20)
    for number in (18, 11):
        files[number].write_bytes(b"")
    target = tmp_path / "images.npy"
    with pytest.raises(DataError, match=r"^train/11\.png cannot be read as an image: the file is empty") as caught:
        decode_files(files, target, (4, 6, 1), "stretch")
    assert "kagglebot fetch --skip-corrupt" in caught.value.hint
    assert list(tmp_path.glob("*.npy")) == []
    with pytest.raises(DataError, match=r"^files/train/11\.png"):
        decode_files(files, target, (4, 6, 1), "stretch", folder=tmp_path)


def test_nothing_but_corrupt_images_is_an_error_even_where_they_may_be_skipped(
    make_files: MakeFiles, tmp_path: Path
) -> None:
    (file,) = make_files(1)
    file.write_bytes(b"")
    with pytest.raises(DataError, match="None of the 1 image files"):
        decode_files([file], tmp_path / "images.npy", (4, 6, 1), "stretch", skip_corrupt=True)


@pytest.mark.usefixtures("in_processes")
def test_a_file_that_the_disk_does_not_give_is_no_corrupt_image(make_files: MakeFiles, tmp_path: Path) -> None:
    files = make_files(20)
    files[12].unlink()
    with pytest.raises(DataError, match=r"Could not read .*12\.png: No such file"):
        decode_files(files, tmp_path / "images.npy", (4, 6, 1), "stretch", skip_corrupt=True)


def test_a_disk_that_fills_is_said(make_files: MakeFiles) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    chunk = decode.Chunk(0, tuple(make_files(2)))
    target = decode.Target(full, 0, (4, 6, 1), "stretch", Conversion(), stop_at_corrupt=False)
    with pytest.raises(OSError, match="No space left"):
        decode.decode_chunk(chunk, target)


def test_large_rows_are_decoded_a_few_at_a_time(
    make_files: MakeFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode, "_CHUNK_BYTES", 100)
    told: list[int] = []
    decode_files(
        make_files(5), tmp_path / "a.npy", (4, 6, 1), "stretch", on_progress=lambda *what: told.append(what[1])
    )
    assert told == [4, 5]  # 24 bytes a row


@pytest.mark.usefixtures("in_processes")
def test_the_rows_are_the_same_in_processes_and_without(
    make_files: MakeFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = make_files(30, (300, 200), "RGB")
    decode_files(files, tmp_path / "a.npy", (32, 32, 3), "pad")
    monkeypatch.setattr(decode, "FEW_FILES", 1000)
    decode_files(files, tmp_path / "b.npy", (32, 32, 3), "pad")
    assert (tmp_path / "a.npy").read_bytes() == (tmp_path / "b.npy").read_bytes()


@pytest.mark.usefixtures("in_processes")
def test_a_killed_worker_is_an_error(make_files: MakeFiles, tmp_path: Path) -> None:
    def kill(_: str, done: int, __: int | None) -> None:
        if done == 3:
            for worker in _workers():
                worker.kill()

    files = make_files(60)
    files[-1].unlink()
    os.mkfifo(files[-1])  # which nobody writes to: without the kill this would not end
    with pytest.raises(DataError, match=r"A process that reads images was ended by signal 9") as caught:
        decode_files(files, tmp_path / "images.npy", (4, 6, 1), "stretch", on_progress=kill)
    assert "memory" in caught.value.hint
    assert list(tmp_path.glob("*.npy")) == []


@pytest.mark.usefixtures("in_processes")
def test_an_interruption_leaves_no_process_and_no_file(make_files: MakeFiles, tmp_path: Path) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        decode_files(make_files(60), tmp_path / "images.npy", (4, 6, 1), "stretch", on_progress=interrupt)
    assert list(tmp_path.glob("*.npy")) == []
    assert not _workers()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("image_workers")]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("colours", [1, 3])
def test_decoded_images_are_resized(tmp_path: Path, channels: int, colours: int) -> None:
    before = np.arange(200, dtype=np.uint8).reshape(200, 1, 1, 1) * np.ones((1, 8, 6, colours), np.uint8)
    told: list[tuple[str, int, int | None]] = []
    target = tmp_path / "resized.npy"
    resize_images(before, target, (5, 7, channels), "crop", lambda *what: told.append(what))
    assert np.load(target, mmap_mode="r").shape == (200, 5, 7, channels)
    assert _brightness(target) == list(range(200))
    assert told[-1] == ("resizing", 200, 200)


def test_images_of_the_wanted_shape_stay_as_they_are(tmp_path: Path) -> None:
    before = np.random.default_rng(1).integers(0, 256, (70, 5, 7, 3), np.uint8)
    resize_images(before, tmp_path / "same.npy", (5, 7, 3), "pad")
    assert np.array_equal(np.load(tmp_path / "same.npy"), before)
