from pathlib import Path

import numpy as np
from drawn_images import digit, encode
from PIL import Image

from kagglebot.datasets.images.conversion import Conversion
from kagglebot.datasets.images.image_file import read_header, read_pixels


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
