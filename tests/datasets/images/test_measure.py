import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_images import digit, encode, ink, png_of_16_bits, tiff
from PIL import Image

from kagglebot.datasets.images import measure as module
from kagglebot.datasets.images.conversion import Conversion
from kagglebot.datasets.images.decode import survey
from kagglebot.datasets.images.image_file import read_pixels
from kagglebot.datasets.images.measure import measure
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.system.progress import no_progress

Draw = Callable[[int], bytes]


@pytest.fixture
def decode(tmp_path: Path) -> Callable[..., tuple[Conversion, tuple[str, ...], np.ndarray]]:
    """Measure some images, and decode them."""

    def run(draw: Draw, count: int = 6, train: int = 0) -> tuple[Conversion, tuple[str, ...], np.ndarray]:
        files = [tmp_path / str(row) for row in range(count)]
        for row, path in enumerate(files):
            path.write_bytes(draw(row))
        surveyed = survey(files, ImageRule())
        conversion, notes = measure(files, surveyed, no_progress, train=train)
        pixels = [read_pixels(path, surveyed.shape, "stretch", conversion) for path in files]
        return conversion, notes, np.array(pixels)

    return run


def _deep(largest: int, kind: Any = np.uint16, format: str = "PNG", first: int = 0, **options: Any) -> Draw:
    return lambda row: encode(digit(row, largest).astype(kind) + kind(first), format, **options)


def _fractions(low: float, high: float) -> Draw:
    return lambda row: encode((digit(row) * (high - low) + low).astype(np.float32), "TIFF")


def _with_strange_values(row: int) -> bytes:
    values = digit(row, 1.0, np.float32)
    values[0, :4] = np.nan, np.inf, -np.inf, -3.4e38
    return encode(values, "TIFF")


def _unsigned(row: int) -> bytes:
    values = (digit(row) * 4e9).astype(np.uint32)
    data = bytearray(encode(values.view(np.int32), "TIFF"))
    tag = data.index(b"\x53\x01\x03\x00\x01\x00\x00\x00\x02\x00")  # the format of a value: signed
    data[tag + 8] = 1
    return bytes(data)


@pytest.mark.parametrize(
    ("draw", "expected"),
    [
        (_deep(120), (0, 127)),
        (_deep(240), (0, 255)),
        (_deep(4000), (0, 4095)),
        (_deep(4000, np.uint16, "TIFF"), (0, 4095)),
        (_deep(4000, np.uint16, "TIFF", compression="tiff_lzw"), (0, 4095)),
        (_deep(65535), (0, 65535)),
        (_deep(800, first=32000), (32000, 32800)),
        (_deep(1_000_000, np.int32, "TIFF"), (0, 2**20 - 1)),
        (_deep(4000, np.int32, "TIFF", first=-1000), (-1000, 3000)),
        (_unsigned, (0, 2**32 - 1)),
        (_fractions(0, 1), (0, 1)),
        (_fractions(0, 0.3), (0, 0.3)),
        (_fractions(-1, 1), (-1, 1)),
        (_fractions(0, 255), (0, 255)),
        (_fractions(-1000, 3000), (-1000, 3000)),
        (_with_strange_values, (0, 1)),
        (lambda row: png_of_16_bits(*[digit(row, 120)] * 3), (0, 127)),
        (lambda row: png_of_16_bits(*[digit(row, 4000)] * 3, digit(row) * 0 + 65535), (0, 4095)),
        (lambda row: png_of_16_bits(digit(row, 240), digit(row) * 0 + 65535), (0, 255)),
    ],
)
def test_the_range_of_all_images_becomes_0_to_255(decode: Any, draw: Draw, expected: tuple[float, float]) -> None:
    conversion, (note,), pixels = decode(draw)
    found = conversion.fractions or conversion.whole
    assert found == pytest.approx(expected, rel=1e-6)
    assert f"{found[0]:.10g} to {found[1]:.10g} become 0 to 255." in note
    assert "(6 of 6)" in note
    assert pixels.max() >= 128
    expected_pixels = np.array([digit(row) for row in range(6)])[..., None] * int(pixels.max())
    assert np.abs(pixels - expected_pixels)[:, 1:].max() <= 1.5


@pytest.mark.parametrize(
    ("largest", "kind", "said"),
    [
        (51000, np.uint16, "Images of whole numbers (6 of 6): values from 0 to 51000 become 0 to 255."),
        (255, np.float32, ""),
        (254.5, np.float32, "Images of fractions (6 of 6): values from 0 to 255 become 0 to 255."),
    ],
)
def test_whole_numbers_in_arrays_are_called_so(decode: Any, largest: float, kind: Any, said: str) -> None:
    def draw(row: int) -> bytes:
        content = io.BytesIO()
        np.save(content, np.minimum(digit(row, largest + 0.5), largest).astype(kind))
        return content.getvalue()

    conversion, notes, pixels = decode(draw)
    assert notes == ((said,) if said else ())
    assert conversion.fractions == (0, max(largest, 255) if kind is np.uint16 else 255)
    assert pixels.max() >= 254


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("packed", [False, True])
def test_colours_of_a_tiff_keep_both_of_their_bytes(decode: Any, order: str, packed: bool) -> None:
    def draw(row: int) -> bytes:
        colours = np.stack([digit(row, 4000), digit(row, 1000), digit(row + 1, 200)], axis=2)
        return tiff(colours.astype(np.uint16), order=order, packed=packed)

    conversion, _, pixels = decode(draw)
    assert conversion.whole == (0, 4095)
    assert np.array_equal(pixels[3, ..., 1], np.rint(digit(3, 1000) * (255 / 4095)))
    assert np.array_equal(pixels[3, ..., 2], np.rint(digit(4, 200) * (255 / 4095)))


def test_a_dark_image_stays_darker_than_a_bright_one(decode: Any) -> None:
    _, _, pixels = decode(lambda row: encode(np.full((8, 8), 600 * (row + 1), np.uint16)))
    assert pixels[:, 0, 0, 0].tolist() == [37, 75, 112, 149, 187, 224]


@pytest.mark.parametrize("scale", [1, 257])
def test_eight_bits_stay_as_they_are_beside_deeper_images(decode: Any, scale: int) -> None:
    kinds = [np.uint8, np.uint16]
    _, (note,), pixels = decode(
        lambda row: encode(digit(row, 200, kinds[row % 2]) * kinds[row % 2]([1, scale][row % 2]))
    )
    assert "(3 of 6)" in note
    assert pixels[1::2].max() == pixels[::2].max() == 200


def test_a_few_pixels_far_away_do_not_darken_all_others(decode: Any) -> None:
    def draw(row: int) -> bytes:
        values = np.kron(digit(row, 4000, np.uint16), np.ones((8, 8), np.uint16))
        values[5, 5] = 65535
        return encode(values)

    conversion, (note,), pixels = decode(draw)
    assert conversion.whole == (0, 4095)
    assert note.endswith("and those beyond become 0 or 255.")
    assert pixels[0, 5, 5, 0] == 255


@pytest.mark.parametrize(("kind", "marker"), [(np.float32, -9999), (np.int32, -(2**31)), (np.float32, -3.4e38)])
def test_pixels_without_data_do_not_darken_all_others(decode: Any, kind: Any, marker: float) -> None:
    def draw(row: int) -> bytes:
        values = digit(row, 200, kind)
        values[: 8 if row == 2 else 3] = marker  # one image has no data at all
        return encode(values, "TIFF")

    conversion, (note,), pixels = decode(draw)
    assert (conversion.fractions or conversion.whole) == (0, 255)
    assert np.array_equal(pixels[1, 3:, :, 0], digit(1, 200)[3:])
    assert pixels[2].max() == pixels[1, :3].max() == 0
    assert marker < -1e30 or note.endswith("those beyond become 0 or 255.")


def test_of_many_images_some_are_measured(decode: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MEASURED", 4)
    conversion, (note,), pixels = decode(
        lambda row: encode(np.full((2, 2), (row == 5) * 9000 + row * 100, np.uint16)), 8
    )
    assert conversion.whole == (0, 1023)
    assert "those beyond become 0 or 255" in note
    assert pixels[:, 0, 0, 0].tolist()[4:] == [100, 255, 150, 174]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
@pytest.mark.parametrize(
    ("colours", "background"),
    [((0,), "white"), ((40,), "white"), ((255,), "black"), ((128,), "black"), ((0, 255), "grey")],
)
def test_transparent_pixels_are_laid_on_what_shows_them(
    decode: Any, colours: tuple[int, ...], background: str, mode: str
) -> None:
    conversion, (note,), pixels = decode(lambda row: ink(digit(row) > 0.3, colours[row % len(colours)], mode))
    assert conversion == Conversion(background={"black": 0, "white": 255, "grey": 128}[background])
    assert note == f"Transparent pixels are laid on {background}, in all images."
    assert (pixels.reshape(6, -1).max(axis=1) - pixels.reshape(6, -1).min(axis=1)).min() > 100


@pytest.mark.parametrize("format", ["TIFF", "WEBP"])
def test_black_ink_is_seen_in_other_formats(decode: Any, format: str) -> None:
    _, _, pixels = decode(lambda row: ink(digit(row) > 0.3, 0, "RGBA", format))
    assert (pixels.min(), pixels.max()) == (0, 255)


def test_black_ink_is_seen_on_a_transparent_colour_of_the_palette(decode: Any) -> None:
    def draw(row: int) -> bytes:
        image = Image.fromarray((digit(row) > 0.3).astype(np.uint8)).convert("P")
        image.putpalette([0, 0, 0, 0, 0, 0])
        return encode(image, "GIF", transparency=0, optimize=False)

    _, _, pixels = decode(draw)
    assert (pixels.min(), pixels.max()) == (0, 255)


def test_16_bits_that_hold_0_and_1(decode: Any) -> None:
    _, _, pixels = decode(lambda row: encode((digit(row) > 0.5).astype(np.uint16)))
    assert np.array_equal(pixels[..., 0], [255 * (digit(row) > 0.5) for row in range(6)])


def test_black_ink_of_16_bits_is_seen(decode: Any) -> None:
    _, notes, pixels = decode(lambda row: png_of_16_bits(digit(row) * 0, digit(row, 65535)))
    assert len(notes) == 1
    assert (pixels.min(), pixels.max(), pixels.shape[3]) == (0, 255, 1)


@pytest.mark.parametrize("alpha", [0, 1, 255])
def test_a_picture_without_a_shape_in_its_alpha_is_shown_whole(decode: Any, alpha: int) -> None:
    def draw(row: int) -> bytes:
        grey = Image.fromarray(digit(row, 255, np.uint8))
        return encode(Image.merge("LA", [grey, Image.new("L", (8, 8), alpha)]))

    conversion, notes, pixels = decode(draw)
    assert (conversion, notes) == (Conversion(), ())
    assert np.array_equal(pixels[2, ..., 0], digit(2, 255, np.uint8))


def test_ordinary_images_are_not_measured(decode: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "measure_chunk", lambda *_, **__: pytest.fail("measured"))
    assert decode(lambda row: encode(digit(row, 255, np.uint8)))[:2] == (Conversion(), ())


Kind = tuple[Any, float, str]


def _noisy(row: int, largest: int) -> np.ndarray:
    """Return a digit whose pixels have many values, from 0 to ``largest``."""
    noise = np.random.default_rng(row).uniform(0, 0.1, (8, 8))
    return np.rint((digit(row) * 0.9 + noise) * largest)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((np.uint8, 85, "PNG"), (np.uint16, 85, "PNG")),
        ((np.uint8, 85, "PNG"), (np.uint16, 85 * 257, "PNG")),
        ((np.uint8, 85, "PNG"), (np.float32, 85 / 255, "TIFF")),
        ((np.uint8, 85, "PNG"), (np.float32, 85, "TIFF")),
        ((np.uint8, 85, "PNG"), (np.int32, 85, "TIFF")),
        ((np.float32, 85 / 255, "TIFF"), (np.uint16, 85 * 257, "PNG")),
        ((np.float32, 85 / 255, "TIFF"), (np.uint16, 85, "PNG")),
    ],
)
def test_images_of_two_depths_are_equally_bright(decode: Any, first: Kind, second: Kind) -> None:
    def draw(row: int) -> bytes:
        kind, largest, format = (first, second)[row % 2]
        return encode((digit(row // 2) * largest).astype(kind), format)

    _, notes, pixels = decode(draw, 8)
    assert np.abs(pixels[::2].astype(int) - pixels[1::2]).max() <= 1
    assert pixels.max() == 85
    assert all("(4 of 8)" in note and "scales" not in note for note in notes)


@pytest.mark.parametrize(("kind", "largest"), [(np.uint16, 900), (np.float32, 2.5), (np.int32, 10**6)])
def test_depths_that_may_be_on_different_scales_are_said(decode: Any, kind: Any, largest: float) -> None:
    _, (note,), _ = decode(
        lambda row: encode(digit(row, largest, kind), "TIFF") if row % 3 else encode(digit(row, 200, np.uint8))
    )
    assert "The other 2 images have another depth: the two may be on different scales." in note


@pytest.mark.parametrize(("kind", "mark"), [(np.uint16, 65535), (np.float32, 9999), (np.int32, 2**31 - 1)])
def test_a_high_mark_of_pixels_without_data_leaves_all_levels(decode: Any, kind: Any, mark: float) -> None:
    def draw(row: int) -> bytes:
        values = _noisy(row, 240).astype(kind)
        values[0, :4] = mark
        return encode(values, "TIFF")

    conversion, (note,), pixels = decode(draw)
    assert (conversion.fractions or conversion.whole) == (0, 255)
    assert note.endswith("those beyond become 0 or 255.")
    assert np.array_equal(pixels[1, 1:, :, 0], _noisy(1, 240)[1:])


def test_ink_of_the_highest_value_is_no_mark(decode: Any) -> None:
    noise = np.random.default_rng(1).integers(0, 20, (6, 8, 8))
    conversion, _, _ = decode(lambda row: encode(np.where(digit(row) > 0.9, 65535, noise[row]).astype(np.uint16)))
    assert conversion.whole == (0, 65535)


@pytest.mark.parametrize("whole", [False, True])
def test_one_odd_image_does_not_darken_all_others(decode: Any, whole: bool) -> None:
    def draw(row: int) -> bytes:
        values = digit(row, 120, np.uint16)
        if row == 5:
            values[: 8 if whole else 1, : 8 if whole else 1] = 65535
        return encode(values)

    conversion, (note,), _ = decode(draw, 60)
    assert conversion.whole == (0, 127)
    assert note.endswith("those beyond become 0 or 255.")


def test_a_range_that_leaves_few_levels_is_said_to_be_the_cause(decode: Any) -> None:
    _, (note,), _ = decode(lambda row: encode(_noisy(row, 65535 if row == 5 else 600).astype(np.uint16)))
    assert "That range leaves 5 of 6 measured images fewer than 8 levels" in note


@pytest.mark.parametrize("channels", [1, 3])
def test_alpha_of_8_bits_in_16_shows_the_shape(decode: Any, channels: int) -> None:
    def draw(row: int) -> bytes:
        return png_of_16_bits(*[digit(row) * 0 + 65535] * channels, digit(row, 230))

    _, _, pixels = decode(draw)
    assert np.array_equal(pixels[2, ..., 0], digit(2, 230))


def test_a_picture_that_alpha_hides_is_said(decode: Any) -> None:
    def draw(row: int) -> bytes:
        pixels = np.kron(digit(row, 255, np.uint8), np.ones((4, 4), np.uint8))
        alpha = np.zeros_like(pixels)
        alpha.ravel()[:: 40 + row] = 255
        return encode(np.dstack([*[pixels] * 3, alpha]))

    _, (note,), _ = decode(draw)
    assert "In 6 of 6 nearly all of the picture is in transparent pixels, so it is not seen" in note


def test_ink_that_no_background_shows_is_said_with_its_cause(decode: Any) -> None:
    _, (note,), pixels = decode(lambda row: ink(digit(row) > 0.3, (0, 128, 255)[row % 3], "RGBA"))
    lost = sum(not np.ptp(each) for each in pixels)
    assert lost == 2
    assert "On it 2 of 6 measured pictures can hardly be seen, as their ink is about as bright" in note


@pytest.mark.parametrize("inks", [(255, 0), (0, 255)])
def test_ink_that_is_reversed_in_the_test_images_is_said(decode: Any, inks: tuple[int, int]) -> None:
    _, (note,), _ = decode(lambda row: ink(digit(row) > 0.3, inks[row >= 6], "LA"), 9, 6)
    kinds = ["dark", "bright"] if inks[0] == 0 else ["bright", "dark"]
    assert f"Training images have {kinds[0]} ink and test images {kinds[1]}" in note
    _, (note,), _ = decode(lambda row: ink(digit(row) > 0.3, inks[row % 2], "LA"), 9, 6)
    assert "Training images" not in note
