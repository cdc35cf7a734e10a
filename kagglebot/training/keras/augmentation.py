"""Random changes of the training images, drawn here with NumPy; ``augmented_batch`` applies them."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kagglebot.models.base import ImageShape
from kagglebot.training.settings import TrainingSettings

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]

#: Most that the sides of a crop, and of an erased rectangle, are stretched against each other.
_CROP_STRETCH, _ERASED_STRETCH = 4 / 3, 3.0
#: Least and largest share of the image that an erased rectangle covers.
_ERASED = 0.02, 0.33
#: How bright red, green and blue look (ITU-R BT.601).
_BRIGHTNESS = 0.299, 0.587, 0.114


class Augmentation(NamedTuple):
    """The changes of a batch of n images; None where the settings ask for none.

    Rectangles are ``(n, 4)`` int32: top, bottom, left and right, the ends excluded; an empty one has no pixels.

    Attributes:
        maps: ``(n, 8)`` float32, each row ``a0 a1 a2 b0 b1 b2 0 0``: output pixel (x, y) takes the input at
            ``(a0 x + a1 y + a2, b0 x + b1 y + b2)``.
        reflect: Whether the image is mirrored beyond its border, where it is black otherwise.
        colours: ``(n, 2, channels, channels)`` float32: a pixel p becomes ``p @ first + m @ second``, where m is
            the mean of the image's pixels.
        erased: The rectangle of each image that takes the mean of its pixels.
        partners: ``(n,)`` int32: the image of the batch that each is mixed with.
        weights: ``(n,)`` float32: the share of an image's own pixels in the mixture.
        pasted: The rectangle of each image that its partner covers.
    """

    maps: Floats | None = None
    reflect: bool = False
    colours: Floats | None = None
    erased: Integers | None = None
    partners: Integers | None = None
    weights: Floats | None = None
    pasted: Integers | None = None


def draw_augmentation(
    rng: np.random.Generator, count: int, image_shape: ImageShape | None, settings: TrainingSettings
) -> Augmentation:
    """Draw the changes of a batch; ``image_shape`` is None for features, which can only be mixed."""
    drawn = Augmentation()
    if image_shape is not None:
        # A new change is drawn after the others: so without it the same seed draws the same.
        drawn = drawn._replace(
            maps=_draw_maps(rng, count, image_shape, settings),
            reflect=settings.border == "reflect",
            colours=_draw_colours(rng, count, image_shape[2], settings.jitter) if settings.jitter else None,
            erased=_draw_erased(rng, count, image_shape, settings.erasing) if settings.erasing else None,
        )
    cutmix = settings.cutmix if image_shape is not None else 0.0
    if not settings.mixup and not cutmix:
        return drawn
    drawn = drawn._replace(partners=rng.permutation(count).astype(np.int32), weights=np.ones(count, np.float32))
    # With both, each image has one of them, at equal chances.
    mixed = rng.random(count) < 0.5 if settings.mixup and cutmix else np.full(count, bool(settings.mixup))
    if settings.mixup:
        shares = rng.beta(settings.mixup, settings.mixup, count)
        drawn = drawn._replace(weights=np.where(mixed, shares, 1).astype(np.float32))
    if image_shape is not None and cutmix:
        sides = np.where(mixed, 0, np.sqrt(rng.beta(cutmix, cutmix, count)))
        drawn = drawn._replace(pasted=_place(rng, image_shape, sides, sides))
    return drawn


def _draw_maps(
    rng: np.random.Generator, count: int, image_shape: ImageShape, settings: TrainingSettings
) -> Floats | None:
    """Draw an affine map for each image: rotation, zoom, shear and shift about the centre, mirroring, cropping."""
    moved = settings.rotation or settings.zoom or settings.shift or settings.shear
    if not (moved or settings.flip or settings.crop < 1):
        return None
    height, width, _ = image_shape

    def uniform(limit: float) -> NDArray[np.float64]:
        return rng.uniform(-limit, limit, count)

    angle = np.deg2rad(uniform(settings.rotation))
    shear = uniform(settings.shear)
    scale_x, scale_y = 1 + uniform(settings.zoom), 1 + uniform(settings.zoom)
    shift_x, shift_y = uniform(settings.shift) * width, uniform(settings.shift) * height
    a0, a1 = np.cos(angle) * scale_x, (shear * np.cos(angle) - np.sin(angle)) * scale_x
    b0, b1 = np.sin(angle) * scale_y, (shear * np.sin(angle) + np.cos(angle)) * scale_y
    if settings.flip:
        side = rng.choice((-1, 1), count)
        a0, a1 = side * a0, side * a1
    if settings.crop < 1:  # before the other changes: they see the part that is kept
        across, down = _draw_sides(rng, count, (settings.crop, 1.0), _CROP_STRETCH)
        right, below = uniform(0.5) * (1 - across) * width, uniform(0.5) * (1 - down) * height
        shift_x, shift_y = shift_x + a0 * right + a1 * below, shift_y + b0 * right + b1 * below
        a0, a1, b0, b1 = a0 * across, a1 * down, b0 * across, b1 * down
    centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
    maps = np.zeros((count, 8), np.float32)
    maps[:, 0], maps[:, 1] = a0, a1
    maps[:, 2] = centre_x - a0 * centre_x - a1 * centre_y + shift_x
    maps[:, 3], maps[:, 4] = b0, b1
    maps[:, 5] = centre_y - b0 * centre_x - b1 * centre_y + shift_y
    return maps


def _draw_colours(rng: np.random.Generator, count: int, channels: int, limit: float) -> Floats:
    """Draw brightness, contrast and saturation of each image, as matrices: each is linear in the colours."""
    brightness, contrast, saturation = rng.uniform(1 - limit, 1 + limit, (3, count, 1, 1))
    shares = np.asarray(_BRIGHTNESS) if channels == 3 else np.full(channels, 1 / channels)
    grey = np.outer(shares, np.ones(channels))
    own = brightness * contrast * (saturation * np.eye(channels) + (1 - saturation) * grey)
    return np.stack([own, brightness * (1 - contrast) * grey], axis=1).astype(np.float32)


def _draw_erased(rng: np.random.Generator, count: int, image_shape: ImageShape, share: float) -> Integers:
    """Draw a rectangle in that share of the images."""
    across, down = _draw_sides(rng, count, _ERASED, _ERASED_STRETCH)
    has_one = rng.random(count) < share
    return _place(rng, image_shape, across * has_one, down * has_one)


def _draw_sides(
    rng: np.random.Generator, count: int, areas: tuple[float, float], stretch: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw width and height of rectangles that fit into the image, as shares of its own."""
    area = rng.uniform(*areas, count)
    ratio = np.exp(rng.uniform(-1, 1, count) * np.minimum(math.log(stretch), -np.log(area)))
    return np.sqrt(area * ratio), np.sqrt(area / ratio)


def _place(
    rng: np.random.Generator, image_shape: ImageShape, across: NDArray[np.float64], down: NDArray[np.float64]
) -> Integers:
    """Return rectangles of these widths and heights, shares of the image's, at random places inside the image."""
    edges = []
    for share, side in ((down, image_shape[0]), (across, image_shape[1])):
        length = np.rint(share * side)
        start = np.floor(rng.random(len(share)) * (side - length + 1))
        edges += [start, start + length]
    return np.stack(edges, axis=1).astype(np.int32)
