from pathlib import Path

import numpy as np
import pytest
from drawn_images import digit
from numpy.typing import NDArray

from kagglebot.datasets.images.conversion import Conversion
from kagglebot.datasets.images.formats.image_formats import is_image
from kagglebot.datasets.images.image_file import CorruptImage, Header, read_header, read_pixels

RANGE = Conversion(fractions=(0.0, 16.0))


def _save(path: Path, pixels: NDArray[np.generic]) -> Path:
    np.save(path, pixels)
    return path


@pytest.mark.parametrize("kind", ["f2", "f4", ">f8", "i2", "u2", "i8", "u1", "?"])
@pytest.mark.parametrize("shape", [(8, 8), (1, 8, 8), (8, 8, 1), (1, 8, 8, 1), (1, 1, 1, 8, 8)])
@pytest.mark.parametrize("order", "CF")
def test_one_channel_of_any_type_is_grey(tmp_path: Path, kind: str, shape: tuple[int, ...], order: str) -> None:
    drawn = digit(4, 16.0)
    path = _save(tmp_path / "a.npy", np.asarray(drawn.astype(kind).reshape(shape), order=order))  # type: ignore
    deep = kind not in ("u1", "?")
    assert read_header(path) == Header(8, 8, grey=True, deep=deep, fractions=deep)
    expected = {"u1": drawn, "?": 255 * (drawn > 0)}.get(kind, np.rint(drawn * 255 / 16))
    np.testing.assert_array_equal(read_pixels(path, (8, 8, 1), "stretch", RANGE)[..., 0], expected)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("kind", ["f4", "u1"])
def test_three_channels_are_colours(tmp_path: Path, kind: str, first: bool) -> None:
    drawn = np.stack([digit(row, 16.0) for row in range(3)], axis=0 if first else -1).astype(kind)
    path = _save(tmp_path / "a.npy", drawn)
    header = read_header(path)
    assert (header.height, header.width, header.grey, header.arranged) == (8, 8, False, False)
    last = np.moveaxis(drawn, 0, 2) if first else drawn
    expected = np.rint(last * 255.0 / 16) if kind == "f4" else last
    np.testing.assert_array_equal(read_pixels(path, (8, 8, 3), "stretch", RANGE), expected)


def test_two_channels_get_their_mean_and_more_lie_below_each_other(tmp_path: Path) -> None:
    drawn = np.stack([digit(row, 16.0, np.float16) for row in range(6)])
    two, six = _save(tmp_path / "two.npy", np.moveaxis(drawn[:2], 0, 2)), _save(tmp_path / "six", drawn)
    assert read_header(two) == Header(8, 8, grey=False, deep=True, fractions=True, arranged=True)
    pixels = read_pixels(two, (8, 8, 3), "stretch", RANGE).astype(int)
    assert abs(pixels[..., 2] - pixels[..., :2].mean(axis=2)).max() <= 1
    six = six.with_suffix(".npy")
    assert read_header(six) == Header(48, 8, grey=True, deep=True, fractions=True, arranged=True)
    expected = np.rint(np.concatenate(drawn.astype(float)) * 255 / 16)
    np.testing.assert_array_equal(read_pixels(six, (48, 8, 1), "stretch", RANGE)[..., 0], expected)


@pytest.mark.parametrize("shape", [(), (64,), (0, 8), (2, 2, 8, 8)])
def test_other_arrays_are_no_images(tmp_path: Path, shape: tuple[int, ...]) -> None:
    path = _save(tmp_path / "a.npy", np.zeros(shape))
    with pytest.raises(CorruptImage, match=r"an array of shape \(.*\) and type float64 is no image"):
        read_header(path)
    assert not is_image(path.rename(tmp_path / "a"))


def test_damaged_arrays_are_corrupt_images(tmp_path: Path) -> None:
    whole = _save(tmp_path / "whole.npy", np.zeros((8, 8), np.float32)).read_bytes()
    objects = _save(tmp_path / "objects.npy", np.array([["a", None]], dtype=object)).read_bytes()
    huge = whole.replace(b"(8, 8), }    ", b"(8, 8000000)}")
    for number, content in enumerate((b"", whole[:20], whole[:100], whole[:-8], objects, huge)):
        path = tmp_path / f"{number}.npy"
        path.write_bytes(content)
        with pytest.raises(CorruptImage):
            read_pixels(path, (8, 8, 1), "stretch", RANGE)
