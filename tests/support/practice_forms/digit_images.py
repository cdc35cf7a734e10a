"""The images of the other forms: scikit-learn's digits enlarged, in colour on its photographs."""

import io
from collections.abc import Collection
from colorsys import hsv_to_rgb
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_FORMATS: dict[str, tuple[str, dict[str, int | str]]] = {
    ".png": ("PNG", {}),
    ".jpg": ("JPEG", {"quality": 90}),
    ".tif": ("TIFF", {"compression": "tiff_lzw"}),
    ".webp": ("WEBP", {"quality": 90}),
}


@dataclass(frozen=True)
class DigitImage:
    """One handwritten digit.

    Attributes:
        digit: What it shows, 0 to 9.
        pixels: (height, width) grey or (height, width, 3) colour, uint8.
    """

    digit: int
    pixels: NDArray[np.uint8]

    def encode(self, suffix: str) -> bytes:
        """Return the content of an image file: ``.png``, ``.jpg``, ``.tif`` or ``.webp``."""
        from PIL import Image

        kind, options = _FORMATS[suffix]
        stream = io.BytesIO()
        Image.fromarray(self.pixels).save(stream, kind, **options)
        return stream.getvalue()


def draw_digits(
    count: int, digits: Collection[int], *, sides: tuple[int, int], colour: bool, seed: int
) -> list[DigitImage]:
    """Draw ``count`` different digits in a random order.

    Args:
        count: How many; scikit-learn has about 180 of each digit.
        digits: Which digits, 0 to 9.
        sides: The least and the most pixels of a side; height and width are drawn separately.
        colour: Draw on darkened patches of photographs, each digit in shades of its own colour, instead of
            white on black.
        seed: Decides which digits, their order, sizes and colours.

    Raises:
        ValueError: There are not so many.
    """
    from sklearn.datasets import load_digits

    rng = np.random.default_rng(seed)
    shapes, values = load_digits(return_X_y=True)
    known = np.flatnonzero(np.isin(values, list(digits)))
    if count > len(known):
        raise ValueError(f"{count} images of {sorted(digits)} were asked for, and there are {len(known)}")
    chosen = rng.permutation(known)[:count]
    inks = [
        _enlarge(
            np.rint(shapes[row].reshape(8, 8) * (255 / 16)).astype(np.uint8),
            rng.integers(*sides, 2, endpoint=True),
        )
        for row in chosen
    ]
    pixels = _on_photographs(inks, values[chosen], rng) if colour else inks
    return [DigitImage(int(values[row]), image) for row, image in zip(chosen, pixels, strict=True)]


def _enlarge(shape: NDArray[np.uint8], size: NDArray[np.int64]) -> NDArray[np.uint8]:
    from PIL import Image

    height, width = map(int, size)
    return np.asarray(Image.fromarray(shape).resize((width, height), Image.Resampling.BILINEAR))


def _on_photographs(
    inks: list[NDArray[np.uint8]], digits: NDArray[np.int64], rng: np.random.Generator
) -> list[NDArray[np.uint8]]:
    from sklearn.datasets import load_sample_images

    photographs = load_sample_images().images
    images = []
    for ink, digit in zip(inks, digits, strict=True):
        photograph = photographs[rng.integers(len(photographs))]
        height, width = ink.shape
        top = rng.integers(photograph.shape[0] - height)
        left = rng.integers(photograph.shape[1] - width)
        patch = photograph[top : top + height, left : left + width] * 0.3
        colour = 255 * np.array(hsv_to_rgb((digit + rng.uniform(-0.7, 0.7)) / 10 % 1, 0.8, rng.uniform(0.7, 1)))
        share = ink[..., None] / 255
        images.append((patch * (1 - share) + colour * share).astype(np.uint8))
    return images
