"""Images of every depth, range and kind of transparency: their picture stays, or it is said that it is lost.

The long form tries FUZZ_EXAMPLES of each kind, 2,000 unless told otherwise:

    pytest -m long tests/datasets/fuzz/test_pictures.py
"""

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from drawn_images import digit, encode, ink, png_of_16_bits
from hypothesis import given, settings
from hypothesis import strategies as st

from kagglebot.datasets.image_checks.flat_images import ImageSet, describe_flat_images
from kagglebot.datasets.images.conversion import Conversion
from kagglebot.datasets.images.decode import survey
from kagglebot.datasets.images.image_file import read_pixels
from kagglebot.datasets.images.measure import measure
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.system.progress import no_progress

QUICK, LONG = 40, int(os.environ.get("FUZZ_EXAMPLES", "2000"))

#: How a file of whole numbers is written, and the lowest and highest number it can hold.
WRITERS: dict[str, tuple[Callable[[np.ndarray], bytes], int, int]] = {
    "PNG of 16 bits": (lambda values: encode(values.astype(np.uint16)), 0, 2**16 - 1),
    "TIFF of 16 bits": (lambda values: encode(values.astype(np.uint16), "TIFF"), 0, 2**16 - 1),
    "packed TIFF": (lambda values: encode(values.astype(np.uint16), "TIFF", compression="tiff_lzw"), 0, 2**16 - 1),
    "TIFF of 32 bits": (lambda values: encode(values.astype(np.int32), "TIFF"), -(2**31), 2**31 - 1),
    "fractions": (lambda values: encode(values.astype(np.float32), "TIFF"), -(2**20), 2**20),
    "PNG of 16-bit colours": (lambda values: png_of_16_bits(*[values] * 3), 0, 2**16 - 1),
    "PNG of 16-bit grey and alpha": (lambda values: png_of_16_bits(values, values * 0 + 65535), 0, 2**16 - 1),
}


def _decode(files: Sequence[bytes]) -> tuple[Conversion, tuple[str, ...], np.ndarray]:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / str(number) for number in range(len(files))]
        for path, content in zip(paths, files, strict=True):
            path.write_bytes(content)
        surveyed = survey(paths, ImageRule())
        conversion, notes = measure(paths, surveyed, no_progress)
        pixels = np.array([read_pixels(path, surveyed.shape, "stretch", conversion) for path in paths])
    return conversion, notes, pixels


@st.composite
def deep_images(draw: st.DrawFn) -> tuple[str, list[list[int]]]:
    """Draw how images are written, and the lowest and the highest number of each."""
    name = draw(st.sampled_from(sorted(WRITERS)))
    _, lowest, highest = WRITERS[name]
    numbers = st.one_of(st.integers(lowest, highest), st.integers(max(lowest, -300), 300))
    return name, [sorted((draw(numbers), draw(numbers))) for _ in range(draw(st.integers(1, 5)))]


#: A mode, how opaque the shapes are, and the grey of each image's ink.
INKS = st.tuples(
    st.sampled_from(["RGBA", "LA"]), st.floats(0.5, 1), st.lists(st.integers(0, 255), min_size=1, max_size=5)
)


def _keeps_all_levels(name: str, limits: list[list[int]]) -> None:
    """All values become levels of one range, whose lowest and highest are near the images' own."""
    images = [np.rint(low + digit(row) * (high - low)) for row, (low, high) in enumerate(limits)]
    conversion, notes, pixels = _decode([WRITERS[name][0](values) for values in images])
    values = np.array(images)
    if values.min() == values.max():
        assert pixels.min() == pixels.max()
        return
    low, high = conversion.fractions or conversion.whole
    assert low <= values.min() < values.max() <= high <= max(high, 1)
    assert 2 * (values.max() - values.min()) >= high - low
    assert len(notes) == 1
    assert np.abs(pixels - ((values - low) * (255 / (high - low)))[..., None]).max() <= 1


def _shows_each_shape(mode: str, strength: float, greys: list[int]) -> None:
    """On the background that was chosen a shape can be seen, or its image is counted."""
    files = [ink(digit(row) * strength, grey, mode) for row, grey in enumerate(greys)]
    _, notes, pixels = _decode(files)
    spread = np.ptp(pixels.reshape(len(files), -1).astype(int), axis=1)
    assert len(notes) == 1
    lost = int((spread < 8).sum())
    flat = describe_flat_images([ImageSet(pixels, str)])
    assert any(f"{lost:,} of" in note or "of one colour" in note for note in flat) or not lost
    assert (spread >= 20).sum() >= len(files) / 2


#: How a picture of values from 0 to 255 is written in each depth.
DEPTHS: dict[str, Callable[[np.ndarray], bytes]] = {
    "8 bits": lambda values: encode(values.astype(np.uint8)),
    "8 bits in 16": lambda values: encode(values.astype(np.uint16)),
    "8 bits in 32": lambda values: encode(values.astype(np.int32), "TIFF"),
    "16 bits": lambda values: encode(values.astype(np.uint16) * 257),
    "16-bit colours": lambda values: png_of_16_bits(*[values * 257] * 3),
    "fractions to 1": lambda values: encode((values / 255).astype(np.float32), "TIFF"),
    "fractions to 255": lambda values: encode(values.astype(np.float32), "TIFF"),
}
#: Two of these, and the brightest value.
TWO_DEPTHS = st.tuples(
    st.lists(st.sampled_from(sorted(DEPTHS)), min_size=2, max_size=2, unique=True), st.integers(20, 255)
)


def _are_equally_bright(names: list[str], largest: int) -> None:
    """Pictures of two depths are equal, where each kind of number has one scale."""
    kinds = {"fractions": "fractions", "8 bits in": "whole", "16": "whole"}
    known = [next((kind for start, kind in kinds.items() if name.startswith(start)), name) for name in names]
    if known[0] == known[1]:
        return
    _, notes, pixels = _decode([DEPTHS[names[row % 2]](digit(row // 2, largest)) for row in range(6)])
    assert np.abs(pixels[::2].astype(int) - pixels[1::2]).max() <= 1
    assert abs(int(pixels.max()) - largest) <= 1
    assert not any("scales" in note for note in notes)


@settings(max_examples=QUICK, deadline=None, derandomize=True)
@given(TWO_DEPTHS)
def test_pictures_of_two_depths_are_equally_bright(drawn: tuple[list[str], int]) -> None:
    _are_equally_bright(*drawn)


@settings(max_examples=QUICK, deadline=None, derandomize=True)
@given(deep_images())
def test_deep_images_keep_all_levels(drawn: tuple[str, list[list[int]]]) -> None:
    _keeps_all_levels(*drawn)


@settings(max_examples=QUICK, deadline=None, derandomize=True)
@given(INKS)
def test_a_shape_in_alpha_is_seen(inks: tuple[str, float, list[int]]) -> None:
    _shows_each_shape(*inks)


@pytest.mark.long
@settings(max_examples=LONG, deadline=None)
@given(deep_images(), INKS, TWO_DEPTHS)
def test_many_of_all(
    drawn: tuple[str, list[list[int]]], inks: tuple[str, float, list[int]], depths: tuple[list[str], int]
) -> None:
    _are_equally_bright(*depths)
    _keeps_all_levels(*drawn)
    _shows_each_shape(*inks)
