import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kagglebot.datasets.images.image_file import CorruptImage, Header, quiet, read_header, read_pixels
from kagglebot.datasets.images.resize_rule import Fit
from kagglebot.errors import DataError

# Four quarters of different colours, wider than high: turned, mirrored or cut, it is another image.
QUARTERS = np.zeros((16, 24, 3), np.uint8)
QUARTERS[:8, :12], QUARTERS[:8, 12:], QUARTERS[8:, :12] = (250, 20, 20), (20, 250, 20), (20, 20, 250)
WAYS: list[tuple[str, dict[str, Any]]] = [
    ("PNG", {}),
    ("JPEG", {"quality": 95, "subsampling": 0}),
    ("JPEG", {"quality": 95, "progressive": True, "subsampling": 0}),
    ("TIFF", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("WEBP", {"lossless": True}),
    ("WEBP", {"quality": 95}),
    ("BMP", {}),
    ("GIF", {}),
]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with quiet():
        yield


def _written(image: Image.Image, path: Path, format: str = "PNG", **options: Any) -> Path:
    image.save(path, format, **options)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "image.png"


@pytest.fixture
def photo() -> Image.Image:
    from sklearn.datasets import load_sample_image

    return Image.fromarray(load_sample_image("china.jpg"))  # 640 x 427


def _grey(path: Path) -> list[int]:
    """The first row of the image in grey."""
    with Image.open(path) as image:
        width, height = image.size
    return [int(value) for value in read_pixels(path, (height, width, 1), "stretch")[0, :, 0]]


@pytest.mark.parametrize(("format", "options"), WAYS)
def test_every_format_is_read_whatever_its_name_says(path: Path, format: str, options: dict[str, Any]) -> None:
    _written(Image.fromarray(QUARTERS), path, format, **options)
    assert read_header(path) == Header(16, 24, grey=False)
    pixels = read_pixels(path, QUARTERS.shape, "stretch")
    assert pixels.dtype == np.uint8
    assert np.abs(pixels.astype(int) - QUARTERS).mean() < 8


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_exif_orientation_is_applied(path: Path, format: str, orientation: int) -> None:
    image = Image.fromarray(QUARTERS)
    exif = image.getexif()
    exif[0x0112] = orientation
    exif[700] = b"<x:xmpmeta/>"  # where an orientation could be, too
    options = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"lossless": True}}.get(format, {})
    _written(image, path, format, exif=exif, **options)
    turned = {
        1: QUARTERS,
        2: QUARTERS[:, ::-1],
        3: QUARTERS[::-1, ::-1],
        4: QUARTERS[::-1],
        5: QUARTERS.transpose(1, 0, 2),
        6: np.rot90(QUARTERS, -1),
        7: np.rot90(QUARTERS, 2).transpose(1, 0, 2),
        8: np.rot90(QUARTERS),
    }[orientation]
    header = read_header(path)
    assert (header.height, header.width) == turned.shape[:2]
    assert np.abs(read_pixels(path, turned.shape, "stretch").astype(int) - turned).mean() < 8


def test_a_large_turned_photo_is_turned_too(path: Path, photo: Image.Image) -> None:
    exif = photo.getexif()
    exif[0x0112] = 6
    _written(photo, path, "JPEG", exif=exif)
    upright = np.asarray(photo.rotate(-90, expand=True).resize((20, 30), Image.Resampling.BOX)).astype(int)
    assert np.abs(read_pixels(path, (30, 20, 3), "stretch") - upright).mean() < 6


def test_broken_exif_data_does_not_make_a_sound_image_corrupt(path: Path) -> None:
    _written(Image.fromarray(QUARTERS), path, "JPEG", exif=b"Exif\0\0MM\0*\0\0\xff\xff nonsense")
    assert read_header(path).height == 16
    assert read_pixels(path, QUARTERS.shape, "stretch").shape == QUARTERS.shape


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_grey_of_16_bits_is_scaled_to_8(path: Path, format: str) -> None:
    _written(Image.fromarray(np.array([[0, 257, 32896, 65278, 65535]], np.uint16)), path, format)
    assert _grey(path) == [0, 1, 128, 254, 255]
    assert read_header(path).grey


def test_grey_of_32_bits_counts_as_16(path: Path) -> None:
    _written(Image.fromarray(np.array([[-5, 0, 65535, 100_000]], np.int32)), path, "TIFF")
    assert _grey(path) == [0, 0, 255, 255]


@pytest.mark.parametrize("largest", [1.0, 255.0])
def test_fractions_count_from_0_to_1_or_from_0_to_255(path: Path, largest: float) -> None:
    values = np.array([[-1, 0, 0.2, 1, np.nan]], np.float32) * np.float32(largest)
    _written(Image.fromarray(values), path, "TIFF")
    assert _grey(path) == [0, 0, 51, 255, 0]


def test_one_bit_is_black_and_white(path: Path) -> None:
    _written(Image.fromarray(np.array([[0, 255, 255]], np.uint8)).convert("1"), path)
    assert read_header(path).grey
    assert _grey(path) == [0, 255, 255]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_pixels_are_laid_on_black(path: Path, mode: str) -> None:
    image = Image.new("LA", (3, 1), (200, 255))
    image.putpixel((1, 0), (200, 128))
    image.putpixel((2, 0), (200, 0))
    _written(image.convert("RGBA").convert(mode), path)
    seen = _grey(path)
    assert seen[0] == 200
    assert seen[1] == 100 or mode == "P"  # a palette from Pillow knows only one transparent colour
    assert seen[2] == 0
    assert read_header(path).grey is (mode == "LA")


@pytest.mark.parametrize(("colour", "pixel"), [((255, 0, 0), 76), ((0, 0, 255), 29)])
def test_colour_becomes_grey_by_its_brightness(path: Path, colour: tuple[int, int, int], pixel: int) -> None:
    _written(Image.new("RGB", (1, 1), colour), path)
    assert _grey(path) == [pixel]


@pytest.mark.parametrize("channels", [1, 3])
def test_cmyk_is_read(path: Path, channels: int) -> None:
    _written(Image.new("RGB", (16, 16), (0, 255, 255)).convert("CMYK"), path, "JPEG")
    expected = [179] if channels == 1 else [0, 255, 255]
    assert np.abs(read_pixels(path, (16, 16, channels), "stretch")[8, 8] - np.array(expected)).max() < 6
    assert not read_header(path).grey


@pytest.mark.parametrize("format", ["GIF", "TIFF", "WEBP", "PNG"])
def test_the_first_frame_or_page_is_taken(path: Path, format: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    _written(frames[0], path, format, save_all=True, append_images=frames[1:])
    assert np.abs(read_pixels(path, (8, 8, 3), "stretch")[4, 4] - np.array([255, 0, 0])).max() < 6


@pytest.mark.parametrize(("format", "options"), WAYS)
def test_a_file_that_is_cut_off_is_corrupt_at_every_length(
    path: Path, photo: Image.Image, format: str, options: dict[str, Any]
) -> None:
    _written(photo.resize((60, 40)), path, format, **options)
    whole, data = read_pixels(path, (40, 60, 3), "stretch"), path.read_bytes()
    for kept in range(1, len(data) - 30, len(data) // 40):
        path.write_bytes(data[:kept])
        with pytest.raises(CorruptImage):
            read_pixels(path, (40, 60, 3), "stretch")
    for kept in range(len(data) - 30, len(data)):  # what closes a PNG may be lost, but no pixel
        path.write_bytes(data[:kept])
        try:
            assert np.array_equal(read_pixels(path, (40, 60, 3), "stretch"), whole)
        except CorruptImage:
            continue


def test_a_large_photo_that_is_cut_off_is_corrupt(path: Path, photo: Image.Image) -> None:
    _written(photo, path, "JPEG")
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(CorruptImage, match="truncated"):
        read_pixels(path, (16, 16, 3), "stretch")


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "the file is empty"), (b"Not an image.\n" * 9, "no PNG, JPEG, TIFF, WEBP, BMP, GIF")],
)
def test_what_is_no_image_is_corrupt(path: Path, content: bytes, reason: str) -> None:
    path.write_bytes(content)
    for read in (read_header, lambda path: read_pixels(path, (8, 8, 1), "stretch")):
        with pytest.raises(CorruptImage, match=reason):
            read(path)


def test_formats_that_no_dataset_uses_are_not_even_tried(path: Path) -> None:
    path.write_bytes(
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n"
    )  # would start Ghostscript
    with pytest.raises(CorruptImage, match="no PNG"):
        read_header(path)


def test_a_bomb_is_refused_by_its_header(path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
    for read in (read_header, lambda path: read_pixels(path, (8, 8, 1), "stretch")):
        with pytest.raises(CorruptImage, match="900000000 pixels"):
            read(path)


def test_an_offset_that_leads_nowhere_makes_an_image_corrupt(path: Path) -> None:
    path.write_bytes(
        b"II+\0\x08\0\0\0" + b"\xff" * 7 + b"\x7f" + bytes(64)
    )  # a TIFF whose content is past any file
    with pytest.raises(CorruptImage, match="Invalid argument"):
        read_header(path)


def test_an_absent_file_is_the_disks_fault_not_the_images(path: Path) -> None:
    with pytest.raises(DataError, match=r"read .*image\.png: No such file"):
        read_pixels(path, (8, 8, 1), "stretch")


@pytest.mark.parametrize(
    ("fit", "columns"),
    [
        ("stretch", [10, 10, 250, 250]),
        ("pad", [10, 10, 250, 250]),
        ("crop", [90, 90, 170, 170]),
    ],
)
@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_each_fit(path: Path, format: str, fit: Fit, columns: list[int]) -> None:
    bands = np.repeat(np.array([10, 90, 170, 250], np.uint8), 64)  # twice as wide as high
    _written(Image.fromarray(np.tile(bands, (128, 1))), path, format)
    pixels = read_pixels(path, (32, 32, 1), fit)[:, :, 0].astype(int)
    assert np.abs(pixels[16, [1, 6, 25, 30]] - columns).max() < 6
    rows_of_padding = 16 if fit == "pad" else 0
    assert (pixels.max(axis=1) == 0).sum() == rows_of_padding
    if fit == "pad":
        assert (pixels[[0, 7, 24, 31]] == 0).all()


def test_small_images_grow(path: Path) -> None:
    _written(Image.new("RGB", (1, 3), "white"), path)
    assert (read_pixels(path, (8, 8, 3), "stretch") == 255).all()
    assert (read_pixels(path, (8, 8, 3), "pad").max(axis=(0, 2)) == 255).sum() == 3


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_shrinking_takes_the_mean_of_all_pixels(path: Path, format: str) -> None:
    stripes = np.zeros((256, 256), np.uint8)
    stripes[:, ::2] = 200  # picking single pixels would give 0 or 200
    _written(Image.fromarray(stripes), path, format)
    assert np.abs(read_pixels(path, (16, 16, 1), "stretch").astype(int) - 100).max() <= 15


def test_large_arrays_are_sharper_than_small_ones(photo: Image.Image, path: Path) -> None:
    _written(photo, path)
    for side, filter in ((64, Image.Resampling.BILINEAR), (260, Image.Resampling.LANCZOS)):
        expected = photo.resize((side, side), filter, reducing_gap=3.0)
        np.testing.assert_array_equal(read_pixels(path, (side, side, 3), "stretch"), np.asarray(expected))
