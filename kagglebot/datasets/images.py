"""Image files to arrays of one shape."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.image_rule import DEFAULT_SIDE, LARGEST_NATIVE_SIDE, Fit, ImageRule
from kagglebot.errors import DataError
from kagglebot.progress import Progress, silent

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"})
Shape = tuple[int, int, int]


@dataclass(frozen=True)
class Survey:
    """What the headers say."""

    shape: Shape
    sizes: Mapping[tuple[int, int], int]
    corrupt: tuple[int, ...]


def survey(files: Sequence[Path], rule: ImageRule, progress: Progress = silent) -> Survey:
    """Look at every file's header."""
    from PIL import Image

    sizes: dict[tuple[int, int], int] = {}
    corrupt, colour = [], False
    for index, path in enumerate(files):
        try:
            with Image.open(path) as image:
                sizes[image.height, image.width] = sizes.get((image.height, image.width), 0) + 1
                colour |= image.mode not in ("L", "1", "LA", "I;16")
        except OSError:
            corrupt.append(index)
    side = next(iter(sizes)) if len(sizes) == 1 else (DEFAULT_SIDE, DEFAULT_SIDE)
    if max(side) > LARGEST_NATIVE_SIDE:
        side = (DEFAULT_SIDE, DEFAULT_SIDE)
    height, width = rule.size or side
    return Survey((height, width, rule.channels or (3 if colour else 1)), sizes, tuple(corrupt))


def decode_files(
    files: Sequence[Path],
    target: Path,
    shape: Shape,
    fit: Fit,
    *,
    skip_corrupt: bool = False,
    blank_corrupt: bool = False,
    progress: Progress = silent,
) -> tuple[int, ...]:
    """Write the images to ``target``."""
    from PIL import Image

    rows, corrupt = [], []
    for index, path in enumerate(files):
        progress("decoding", index + 1, len(files))
        try:
            with Image.open(path) as image:
                scaled = image.convert("L" if shape[2] == 1 else "RGB").resize((shape[1], shape[0]))
                rows.append(np.asarray(scaled, dtype=np.uint8).reshape(shape))
        except OSError as error:
            if not skip_corrupt and not blank_corrupt:
                raise DataError(f"{path} cannot be read.", "--skip-corrupt") from error
            corrupt.append(index)
            if blank_corrupt:
                rows.append(np.zeros(shape, np.uint8))
    np.save(target, np.stack(rows) if rows else np.zeros((0, *shape), np.uint8))
    return tuple(corrupt)


def resize_images(
    images: NDArray[np.uint8], target: Path, shape: Shape, fit: Fit, progress: Progress = silent
) -> None:
    """Write the arrays, resized, to ``target``."""
    from PIL import Image

    rows = []
    for row in images:
        image = Image.fromarray(row[:, :, 0] if row.shape[2] == 1 else row)
        scaled = image.convert("L" if shape[2] == 1 else "RGB").resize((shape[1], shape[0]))
        rows.append(np.asarray(scaled, dtype=np.uint8).reshape(shape))
    np.save(target, np.stack(rows))
