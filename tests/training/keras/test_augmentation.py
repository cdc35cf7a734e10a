import numpy as np
import pytest

from kagglebot.training.keras.augmentation import draw_transforms
from kagglebot.training.settings import TrainingSettings

SHAPE = (28, 28, 1)


def draw(count: int = 200, seed: int = 0, **settings: float) -> np.ndarray | None:
    return draw_transforms(np.random.default_rng(seed), count, SHAPE, TrainingSettings(**settings))


def test_nothing_asked_for_is_nothing_drawn() -> None:
    assert draw() is None


def test_rotation_keeps_the_centre_where_it_is() -> None:
    transforms = draw(rotation=30.0)
    centre = 13.5
    x = transforms[:, 0] * centre + transforms[:, 1] * centre + transforms[:, 2]
    y = transforms[:, 3] * centre + transforms[:, 4] * centre + transforms[:, 5]
    np.testing.assert_allclose(x, centre, atol=1e-4)
    np.testing.assert_allclose(y, centre, atol=1e-4)
    angles = np.rad2deg(np.arctan2(transforms[:, 3], transforms[:, 0]))
    assert 20 < np.abs(angles).max() <= 30.001


def test_shift_is_a_share_of_the_side() -> None:
    transforms = draw(shift=0.1)
    assert 2.0 < np.abs(transforms[:, [2, 5]]).max() <= 2.8001
    np.testing.assert_allclose(transforms[:, [0, 4]], 1)


def test_zoom_changes_the_size_within_its_limit() -> None:
    transforms = draw(zoom=0.2)
    assert transforms[:, 0].min() >= 0.8 - 1e-6
    assert transforms[:, 0].max() <= 1.2 + 1e-6
    assert transforms[:, 0].std() == pytest.approx(0.2 / 3**0.5, rel=0.2)


def test_the_same_seed_draws_the_same() -> None:
    np.testing.assert_array_equal(draw(seed=3, rotation=5), draw(seed=3, rotation=5))


def test_a_flip_mirrors_half_of_the_images_left_to_right_and_changes_no_other_draw() -> None:
    transforms = draw(flip=True)
    left = transforms[:, 0] * 0 + transforms[:, 2]
    right = transforms[:, 0] * 27 + transforms[:, 2]
    mirrored = transforms[:, 0] < 0
    assert 70 < mirrored.sum() < 130
    np.testing.assert_allclose(left, np.where(mirrored, 27, 0), atol=1e-4)
    np.testing.assert_allclose(right, np.where(mirrored, 0, 27), atol=1e-4)
    np.testing.assert_allclose(transforms[:, 3:6], [[0, 1, 0]] * 200, atol=1e-4)
    turned, both = draw(rotation=20.0), draw(rotation=20.0, flip=True)
    np.testing.assert_allclose(both[:, 3:5], turned[:, 3:5], atol=1e-5)
