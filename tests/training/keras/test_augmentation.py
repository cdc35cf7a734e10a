from typing import Any

import numpy as np
import pytest

from kagglebot.models.base import ImageShape, ParameterError
from kagglebot.training.keras.augmentation import Augmentation, draw_augmentation
from kagglebot.training.settings import TrainingSettings

SHAPE = (28, 28, 1)


def augment(count: int = 200, seed: int = 0, shape: ImageShape | None = SHAPE, **settings: Any) -> Augmentation:
    return draw_augmentation(np.random.default_rng(seed), count, shape, TrainingSettings(**settings))


def draw(count: int = 200, seed: int = 0, **settings: Any) -> np.ndarray | None:
    return augment(count, seed, **settings).maps


def test_nothing_asked_for_is_nothing_drawn() -> None:
    rng = np.random.default_rng(0)
    assert draw_augmentation(rng, 200, SHAPE, TrainingSettings()) == Augmentation()
    assert rng.random() == np.random.default_rng(0).random()


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


EVERY = {"rotation": 5.0, "crop": 0.5, "jitter": 0.3, "erasing": 0.5, "mixup": 0.4, "cutmix": 1.0}


def test_the_same_seed_draws_the_same() -> None:
    for one, other in zip(augment(seed=3, **EVERY), augment(seed=3, **EVERY), strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_was_drawn_before_stays_as_it_is_beside_new_changes() -> None:
    maps = draw(rotation=5.0, flip=True)
    np.testing.assert_allclose(maps[0, :3], [-0.9997143, 0.02390205, 26.673466], rtol=1e-5)  # since version 0.1
    for more in ({"jitter": 0.3}, {"erasing": 0.5}, {"mixup": 0.4}, {"cutmix": 1.0}, {"border": "reflect"}):
        np.testing.assert_array_equal(draw(rotation=5.0, flip=True, **more), maps)


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


@pytest.mark.parametrize("least", [0.3, 0.9])
def test_a_crop_keeps_at_least_its_share_and_stays_inside(least: float) -> None:
    maps = draw(crop=least)
    kept = maps[:, 0] * maps[:, 4]
    assert least - 1e-6 <= kept.min() < least + 0.05 and 0.95 < kept.max() <= 1 + 1e-6
    ratios = maps[:, 0] / maps[:, 4]
    assert 0.75 - 1e-6 <= ratios.min() < 0.99 and 1.01 < ratios.max() <= 4 / 3 + 1e-6
    for scale, start in ((maps[:, 0], maps[:, 2]), (maps[:, 4], maps[:, 5])):
        # From the left edge of the first pixel to the right edge of the last.
        assert (scale * -0.5 + start).min() >= -0.5001 and (scale * 27.5 + start).max() <= 27.5001
        assert np.std(start) > 0.1


def test_a_crop_is_taken_from_the_turned_image() -> None:
    corners = np.array([[-0.5, -0.5, 1], [27.5, 27.5, 1]])
    turned, both = draw(flip=True), draw(flip=True, crop=0.4)
    np.testing.assert_array_equal(np.sign(both[:, 0]), np.sign(turned[:, 0]))
    reached = corners @ both[:, :6].reshape(-1, 3).T
    assert reached.min() >= -0.5001 and reached.max() <= 27.5001


@pytest.mark.parametrize("channels", [1, 3])
def test_jitter_changes_brightness_contrast_and_saturation(channels: int) -> None:
    own, mean = augment(shape=(8, 8, channels), jitter=0.4).colours.swapaxes(0, 1)
    grey = np.ones(channels)
    # A grey image that is all alike only becomes brighter or darker.
    brightness = (grey @ own + grey @ mean)[:, 0]
    assert 0.6 <= brightness.min() < 0.7 and 1.3 < brightness.max() <= 1.4
    contrast = (grey @ own)[:, 0] / brightness
    assert 0.6 <= contrast.min() < 0.7 and 1.3 < contrast.max() <= 1.4
    if channels == 3:  # the difference of two colours that look equally bright
        difference = np.array([0.587, -0.299, 0])
        saturation = (difference @ own)[:, 0] / (0.587 * brightness * contrast)
        assert 0.6 <= saturation.min() < 0.7 and 1.3 < saturation.max() <= 1.4


def areas(rectangles: np.ndarray, height: int, width: int) -> np.ndarray:
    top, bottom, left, right = rectangles.T
    assert (top >= 0).all() and (left >= 0).all() and (bottom <= height).all() and (right <= width).all()
    return (bottom - top) * (right - left) / (height * width)


def test_rectangles_are_erased_in_that_share_of_the_images() -> None:
    covered = areas(augment(2000, shape=(64, 48, 3), erasing=0.25).erased, 64, 48)
    assert (covered > 0).mean() == pytest.approx(0.25, abs=0.03)
    assert 0.01 < covered[covered > 0].min() < 0.05 and 0.28 < covered.max() < 0.36


def test_mixup_draws_shares_from_the_beta_distribution() -> None:
    drawn = augment(2000, mixup=0.3)
    assert drawn.pasted is None
    assert sorted(drawn.partners) == list(range(2000))
    assert drawn.weights.mean() == pytest.approx(0.5, abs=0.03)
    assert drawn.weights.var() == pytest.approx(0.25 / 1.6, abs=0.01)


def test_cutmix_draws_areas_from_the_beta_distribution() -> None:
    drawn = augment(2000, shape=(64, 64, 3), cutmix=1.0)
    assert (drawn.weights == 1).all()
    covered = areas(drawn.pasted, 64, 64)
    assert covered.mean() == pytest.approx(0.5, abs=0.03)
    assert covered.var() == pytest.approx(1 / 12, abs=0.01)


def test_each_image_has_mixup_or_cutmix_if_both_are_wanted() -> None:
    drawn = augment(2000, shape=(64, 64, 3), mixup=1.0, cutmix=1.0)
    blended, covered = drawn.weights < 1, areas(drawn.pasted, 64, 64) > 0
    assert blended.mean() == pytest.approx(0.5, abs=0.05)
    assert not (blended & covered).any() and (blended | covered).mean() > 0.99


def test_features_can_only_be_mixed() -> None:
    drawn = augment(50, shape=None, **EVERY)
    assert drawn == Augmentation(partners=drawn.partners, weights=drawn.weights)
    assert (drawn.weights < 1).all()
    assert augment(50, shape=None, **{**EVERY, "mixup": 0.0}) == Augmentation()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("crop", 0.0),
        ("crop", 1.1),
        ("jitter", -0.1),
        ("jitter", 1.5),
        ("erasing", 2),
        ("mixup", -1),
        ("cutmix", -1),
        ("border", "wrap"),
    ],
)
def test_values_outside_their_limits_are_refused_by_name(setting: str, value: Any) -> None:
    with pytest.raises(ParameterError) as caught:
        TrainingSettings.parse({setting: value})
    assert caught.value.parameter == setting


def test_the_setting_says_what_lies_beyond_the_border() -> None:
    assert augment(shift=0.1, border="reflect").reflect
    assert not augment(shift=0.1).reflect
