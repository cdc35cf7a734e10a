"""What a drawn augmentation does to small images, on TensorFlow; ``on_torch`` compares PyTorch with it."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kagglebot.models.registry import get_family
from kagglebot.training.keras.augmentation import Augmentation, draw_augmentation
from kagglebot.training.keras.augmented_batch import change_colours, mix
from kagglebot.training.keras.on_tensorflow.steps import warp
from kagglebot.training.registry import make_learner
from kagglebot.training.settings import TrainingSettings

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 8, 10, 3)).astype(np.float32)
TARGETS = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2]]


def draw(seed: int = 0, **settings: Any) -> Augmentation:
    return draw_augmentation(np.random.default_rng(seed), len(PIXELS), (8, 10, 3), TrainingSettings(**settings))


def maps(*rows: list[float]) -> NDArray[np.float32]:
    return np.array([[*row, 0, 0] for row in rows], np.float32)


@pytest.mark.parametrize(("reflect", "expected"), [(False, [0, 0, 1, 2]), (True, [2, 1, 1, 2])])
def test_beyond_the_border_an_image_is_black_or_reflected(reflect: bool, expected: list[int]) -> None:
    image = np.array([1, 2, 3, 4], np.float32).reshape(1, 1, 4, 1)
    moved = warp(image, maps([1, 0, -2, 0, 1, 0]), reflect=reflect)
    np.testing.assert_array_equal(np.ravel(moved), expected)


def test_a_crop_shows_a_part_enlarged() -> None:
    # The right half of the columns, the upper half of the rows.
    part = warp(PIXELS[:1], maps([0.5, 0, 4.75, 0, 0.5, -0.25]), reflect=False)
    rows, columns = np.arange(1, 7) * 0.5 - 0.25, np.arange(1, 9) * 0.5 + 4.75
    for channel in range(3):
        across = np.array([np.interp(columns, range(10), row) for row in PIXELS[0, :, :, channel]])
        expected = np.array([np.interp(rows, range(8), column) for column in across.T]).T
        np.testing.assert_allclose(part[0, 1:7, 1:9, channel], expected, atol=1e-3)


def test_jitter_keeps_colours_in_their_range_and_changes_every_image() -> None:
    changed = np.asarray(change_colours(PIXELS, draw(jitter=1.0)))
    assert changed.min() >= 0 and changed.max() <= 255
    assert (np.abs(changed - PIXELS).mean(axis=(1, 2, 3)) > 1).all()


def test_without_contrast_only_the_mean_is_left() -> None:
    grey = np.outer([0.299, 0.587, 0.114], np.ones(3))
    colours = np.stack([np.zeros((3, 3)), grey])[None].repeat(6, axis=0).astype(np.float32)
    changed = np.asarray(change_colours(PIXELS, Augmentation(colours=colours)))
    mean = PIXELS.mean(axis=(1, 2)) @ [0.299, 0.587, 0.114]
    np.testing.assert_allclose(changed, np.broadcast_to(mean[:, None, None, None], PIXELS.shape), rtol=1e-4)


def test_an_erased_rectangle_has_the_colour_of_the_image() -> None:
    drawn = draw(erasing=1.0)
    changed = np.asarray(change_colours(PIXELS, drawn))
    for before, after, (top, bottom, left, right) in zip(PIXELS, changed, drawn.erased, strict=True):
        inside = np.zeros((8, 10), bool)
        inside[top:bottom, left:right] = True
        assert inside.any()
        np.testing.assert_allclose(after[inside], np.tile(before.mean(axis=(0, 1)), (inside.sum(), 1)), rtol=1e-4)
        np.testing.assert_array_equal(after[~inside], before[~inside])


@pytest.mark.parametrize("inputs", [PIXELS, PIXELS[:, 0, :, 0]], ids=["images", "features"])
def test_mixup_mixes_targets_as_it_mixes_inputs(inputs: NDArray[np.float32]) -> None:
    drawn = draw(mixup=0.8)
    mixed, targets = map(np.asarray, mix(inputs, TARGETS, drawn))
    for row, (partner, weight) in enumerate(zip(drawn.partners, drawn.weights, strict=True)):
        np.testing.assert_allclose(mixed[row], weight * inputs[row] + (1 - weight) * inputs[partner], rtol=1e-4)
        expected = weight * TARGETS[row] + (1 - weight) * TARGETS[partner]
        np.testing.assert_allclose(targets[row], expected, atol=1e-6)
    np.testing.assert_allclose(targets.sum(axis=1), 1, rtol=1e-6)


def test_cutmix_pastes_a_rectangle_of_the_partner_and_shares_by_its_area() -> None:
    drawn = draw(cutmix=1.0)
    mixed, targets = map(np.asarray, mix(PIXELS, TARGETS, drawn))
    for row, (partner, (top, bottom, left, right)) in enumerate(zip(drawn.partners, drawn.pasted, strict=True)):
        expected = PIXELS[row].copy()
        expected[top:bottom, left:right] = PIXELS[partner, top:bottom, left:right]
        np.testing.assert_allclose(mixed[row], expected, atol=1e-4)
        area = (bottom - top) * (right - left) / 80
        np.testing.assert_allclose(targets[row], (1 - area) * TARGETS[row] + area * TARGETS[partner], atol=1e-6)
    np.testing.assert_allclose(targets.sum(axis=1), 1, rtol=1e-6)


def test_a_net_learns_with_every_change_and_one_seed_gives_one_training() -> None:
    settings = {"crop": 0.6, "jitter": 0.2, "erasing": 0.5, "mixup": 0.2, "cutmix": 0.2, "border": "reflect"}
    labels = np.arange(96) % 2
    images = np.random.default_rng(0).integers(0, 60, (96, 8, 8, 3)).astype(np.uint8)
    images[labels == 1] += 150

    def train(**more: Any) -> NDArray[np.float32]:
        net = {"blocks": 1, "filters": 4, "convolutions": 1, "batch_size": 16, "min_steps_per_epoch": 1, **more}
        learner = make_learner(get_family("cnn"), net, (8, 8, 3), 2, seed=1, pixel_moments=(100.0, 60.0))
        for _ in range(4):
            learner.run_epoch(images, labels, np.arange(96), schedule_position=lambda share: share)
        return learner.predict(images)

    augmented = train(**settings)
    np.testing.assert_array_equal(augmented, train(**settings))
    assert (augmented.argmax(axis=1) == labels).mean() > 0.9
    assert np.abs(augmented - train()).max() > 1e-3


def test_white_images_are_moved_over_white_where_the_setting_asks_for_it() -> None:
    white, labels = np.full((96, 8, 8, 1), 255, np.uint8), np.arange(96) % 2

    def train(**more: Any) -> NDArray[np.float32]:
        settings = {"layers": 1, "units_1": 4, "batch_size": 16, "min_steps_per_epoch": 1, **more}
        learner = make_learner(get_family("dense"), settings, (8, 8, 1), 2, seed=1, pixel_moments=(100.0, 60.0))
        learner.run_epoch(white, labels, np.arange(96), schedule_position=lambda share: share)
        return learner.predict(white[:1])

    still = train()
    np.testing.assert_allclose(train(shift=0.3, border="reflect"), still, atol=1e-5)
    assert np.abs(train(shift=0.3) - still).max() > 1e-3
