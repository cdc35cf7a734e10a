"""Mean and standard deviation of the pixels: for all of grey images, for each channel of colour images."""

import numpy as np
import pytest
from numpy.typing import NDArray

from kagglebot.models.registry import get_family
from kagglebot.training.learner import pixel_moments
from kagglebot.training.registry import moments


def pixels(count: int, channels: int) -> NDArray[np.uint8]:
    brightest = np.arange(1, channels + 1) * 80
    return np.random.default_rng(0).integers(0, brightest, (count, 6, 5, channels)).astype(np.uint8)


def test_grey_images_have_one_mean_and_deviation() -> None:
    images = pixels(200, 1)
    assert pixel_moments(images, np.arange(150)) == pytest.approx((images[:150].mean(), images[:150].std()))


def test_each_channel_of_colour_images_has_its_own() -> None:
    images = pixels(200, 3)
    mean, deviation = pixel_moments(images, np.arange(199, 49, -1))
    np.testing.assert_allclose(mean, images[50:].mean(axis=(0, 1, 2)))
    np.testing.assert_allclose(deviation, images[50:].std(axis=(0, 1, 2)))


class Large:
    """Images that count the bytes that are read of them."""

    def __init__(self, count: int, side: int) -> None:
        self.shape, self.read = (count, side, side, 3), 0

    def __getitem__(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        self.read += len(rows) * self.shape[1] ** 2 * 3
        return np.broadcast_to(rows.astype(np.uint8)[:, None, None, None], (len(rows), *self.shape[1:]))


@pytest.mark.parametrize(("count", "side"), [(220_000, 96), (100, 2048)])
def test_of_large_images_a_part_is_read(count: int, side: int) -> None:
    images = Large(count, side)
    pixel_moments(images, np.arange(count))  # type: ignore[arg-type]
    assert 1e7 < images.read < 1.5e8


def test_nothing_is_read_where_no_setting_needs_it() -> None:
    images = Large(100, 32)
    assert moments(get_family("cnn"), {"filters": 4}, images, np.arange(100)) == (0, 1)  # type: ignore[arg-type]
    assert images.read == 0
    standardised = {"preprocessing": "standardise"}
    assert moments(get_family("cnn"), standardised, images, np.arange(100))[0] == [49.5] * 3  # type: ignore[arg-type]
