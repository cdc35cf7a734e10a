import struct
from pathlib import Path

import numpy as np
import pytest
from drawn_images import digit, encode, tiff
from PIL import Image

from kagglebot.datasets.images.conversion import Conversion
from kagglebot.datasets.images.decode import survey
from kagglebot.datasets.images.formats.image_formats import is_image, unsupported_hint
from kagglebot.datasets.images.image_file import CorruptImage, read_header, read_pixels
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.errors import DataError


def _read(path: Path, content: bytes, channels: int, conversion: Conversion | None = None) -> np.ndarray:
    path.write_bytes(content)
    header = read_header(path)
    return read_pixels(path, (header.height, header.width, channels), "stretch", conversion)


def test_colours_of_a_lab_tiff(tmp_path: Path) -> None:
    bands = [digit(0, 255, np.uint8), np.full((8, 8), 128, np.uint8), np.full((8, 8), 128, np.uint8)]
    lab = Image.merge("LAB", [Image.fromarray(band) for band in bands])
    pixels = _read(tmp_path / "a.tif", encode(lab, "TIFF"), 3)
    order = np.argsort(bands[0].ravel(), kind="stable")
    assert pixels.std(axis=2).max() < 3  # grey
    assert (np.diff(pixels[..., 1].ravel()[order].astype(int)) >= 0).all()
    assert (pixels.min(), pixels.max() > 230) == (0, True)


def test_a_tiff_whose_0_is_white(tmp_path: Path) -> None:
    data = bytearray(encode(digit(0, 4000, np.uint16), "TIFF"))
    tag = data.index(b"\x06\x01\x03\x00\x01\x00\x00\x00\x01\x00")
    data[tag + 8] = 0
    pixels = _read(tmp_path / "a.tif", bytes(data), 1, Conversion(whole=(61535, 65535)))
    assert np.array_equal(pixels[..., 0], np.rint(255 - digit(0, 4000) * (255 / 4000)))


def test_the_frames_of_a_photograph_of_two(tmp_path: Path) -> None:
    first, second = (Image.fromarray(digit(row, 255, np.uint8)) for row in (0, 1))
    content = encode(first, "MPO", save_all=True, append_images=[second], quality=95)
    pixels = _read(tmp_path / "a.jpg", content, 1)
    assert np.abs(pixels[..., 0] - digit(0, 255)).mean() < 4
    assert read_header(tmp_path / "a.jpg").frames


def test_a_damaged_second_frame_leaves_the_first(tmp_path: Path) -> None:
    frames = [Image.fromarray(digit(row, 255, np.uint8)) for row in (0, 1)]
    content = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    end = content.rindex(b"\x2c") + 3
    assert np.array_equal(_read(tmp_path / "a.gif", content[:end], 1)[..., 0], digit(0, 255, np.uint8))


@pytest.mark.parametrize("packed", [False, True])
def test_signed_values_of_8_bits(tmp_path: Path, packed: bool) -> None:
    values = (digit(0, 255) - 128).astype(np.int8)
    pixels = _read(tmp_path / "a.tif", tiff(values, packed=packed), 1)
    assert np.array_equal(pixels[..., 0].astype(int) - 128, values)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
def test_colours_of_16_bits_in_separate_planes_are_refused(tmp_path: Path, order: str, packed: bool) -> None:
    content = tiff(np.stack([digit(0, 4000, np.uint16)] * 3, axis=2), order=order, packed=packed, planes=True)
    with pytest.raises(
        CorruptImage, match=r"^TIFF pixels of 3 x 16-bit whole numbers in separate planes are not supported$"
    ):
        _read(tmp_path / "a.tif", content, 3)


@pytest.mark.parametrize("packed", [False, True])
def test_colours_of_8_bits_in_separate_planes(tmp_path: Path, packed: bool) -> None:
    values = np.stack([digit(row, 255, np.uint8) for row in range(3)], axis=2)
    assert np.array_equal(_read(tmp_path / "a.tif", tiff(values, planes=True, packed=packed), 3), values)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (digit(0), "64-bit fractions"),
        (digit(0, 1.0, np.float16), "16-bit fractions"),
        (digit(0, 4000, np.uint64), "64-bit whole numbers"),
        (np.stack([digit(0, 1.0, np.float32)] * 3, axis=2), "3 x 32-bit fractions"),
        (np.stack([digit(0, 100, np.int8)] * 3, axis=2), "3 x 8-bit signed whole numbers"),
        (np.stack([digit(0, 4000, np.int32)] * 4, axis=2), "4 x 32-bit signed whole numbers"),
    ],
)
def test_a_sound_tiff_of_other_pixels_is_named(tmp_path: Path, values: np.ndarray, said: str) -> None:
    with pytest.raises(CorruptImage, match=f"^TIFF pixels of {said} are not supported$") as caught:
        _read(tmp_path / "a.tif", tiff(values), 1)
    (tmp_path / "b.tif").write_bytes(tiff(values))
    assert is_image(tmp_path / "b.tif")
    assert "Convert such images" in unsupported_hint(str(caught.value))
    with pytest.raises(DataError, match=r"None of the 1 image files can be read; .*are not supported") as error:
        survey([tmp_path / "b.tif"], ImageRule())
    assert "Convert such images" in error.value.hint


def test_a_damaged_tiff_is_not_called_one_of_other_pixels(tmp_path: Path) -> None:
    data = bytearray(tiff(digit(0, 255, np.uint8)))
    tag = data.index(b"\x15\x01\x03\x00\x01\x00\x00\x00\x01")
    data[tag + 8] = 200  # so many values a pixel
    with pytest.raises(CorruptImage, match="no PNG, JPEG, TIFF"):
        _read(tmp_path / "a.tif", bytes(data), 1)


def test_a_bigtiff_of_other_pixels_is_named(tmp_path: Path) -> None:
    entries = {256: 8, 257: 8, 258: 64, 259: 1, 262: 1, 273: 16, 277: 1, 278: 8, 279: 512, 339: 3}
    content = (
        struct.pack("<2sHHHQ", b"II", 43, 8, 0, 16 + 512) + digit(0).tobytes() + struct.pack("<Q", len(entries))
    )
    content += b"".join(struct.pack("<HHQQ", tag, 16, 1, value) for tag, value in entries.items()) + bytes(8)
    with pytest.raises(CorruptImage, match=r"^TIFF pixels of 64-bit fractions are not supported$"):
        _read(tmp_path / "a.tif", content, 1)
