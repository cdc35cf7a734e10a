"""Random affine maps of the training images; drawn here, applied by the backend."""

import numpy as np
from numpy.typing import NDArray

from kagglebot.models.base import ImageShape
from kagglebot.training.settings import TrainingSettings


def draw_transforms(
    rng: np.random.Generator, count: int, image_shape: ImageShape, settings: TrainingSettings
) -> NDArray[np.float32] | None:
    """Draw an affine map for each image: rotation, zoom, shear and shift about the centre, and mirroring.

    Returns:
        ``(count, 8)`` float32, each row ``a0 a1 a2 b0 b1 b2 0 0``: output pixel (x, y) takes the input at
        ``(a0 x + a1 y + a2, b0 x + b1 y + b2)``; None if the settings ask for no augmentation.
    """
    if not (settings.rotation or settings.zoom or settings.shift or settings.shear or settings.flip):
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
    if settings.flip:  # drawn last: so without it the same seed draws the same maps
        side = rng.choice((-1, 1), count)
        a0, a1 = side * a0, side * a1
    centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
    transforms = np.zeros((count, 8), np.float32)
    transforms[:, 0], transforms[:, 1] = a0, a1
    transforms[:, 2] = centre_x - a0 * centre_x - a1 * centre_y + shift_x
    transforms[:, 3], transforms[:, 4] = b0, b1
    transforms[:, 5] = centre_y - b0 * centre_x - b1 * centre_y + shift_y
    return transforms
