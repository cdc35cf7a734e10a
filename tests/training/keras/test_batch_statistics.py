"""Batch normalisation predicts with the statistics of plain images, where the settings ask for it."""

import numpy as np
import pytest

from kagglebot.models.registry import get_family
from kagglebot.training.keras import batch_statistics
from kagglebot.training.learner import Learner
from kagglebot.training.registry import make_learner

RNG = np.random.default_rng(0)
LABELS = np.arange(160).astype(np.int64) % 2
IMAGES = (RNG.integers(0, 100, (160, 8, 8, 1)) + 120 * LABELS[:, None, None, None]).astype(np.uint8)
ROWS = np.arange(160)


def trained(statistics: str, ema_epochs: float = 1.0, *, settled: bool = True, epochs: int = 1) -> Learner:
    settings = {"layers": 2, "units_1": 4, "dropout": 0.3, "rotation": 40.0, "shift": 0.3, "batch_norm": True}
    settings |= {"batch_size": 16, "ema_epochs": ema_epochs, "batch_statistics": statistics}
    net = make_learner(get_family("dense"), settings, (8, 8, 1), 2, seed=0, pixel_moments=(100.0, 60.0))
    for _ in range(epochs):
        net.run_epoch(IMAGES, LABELS, ROWS, schedule_position=float)
        if settled:
            net.settle(IMAGES, ROWS)
    return net


def statistics_of(net: Learner) -> list[np.ndarray]:
    layers = [layer for layer in net.result.layers if hasattr(layer, "moving_mean")]
    return [np.asarray(each) for layer in layers for each in (layer.moving_mean, layer.moving_variance)]


@pytest.mark.parametrize("ema_epochs", [0.0, 1.0])
def test_they_are_those_of_plain_images(ema_epochs: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kagglebot.training.keras.learner.BATCH", 40)
    net = trained("plain", ema_epochs)
    flat = IMAGES.reshape(160, -1) / 255.0
    dense, normalise = (
        next(each for each in net.result.layers if hasattr(each, name)) for name in ("kernel", "gamma")
    )
    hidden = flat @ np.asarray(dense.kernel)
    mean, variance, *second = statistics_of(net)
    np.testing.assert_allclose(mean, hidden.mean(axis=0), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(variance, hidden.var(axis=0), rtol=0.1)  # the mean of the batches' own
    # The second layer has those of what the first makes of each batch, without dropout.
    assert normalise.momentum == 0.9
    assert all(np.isfinite(each).all() for each in second)
    plain = trained("plain", ema_epochs, settled=False)
    assert not np.allclose(mean, statistics_of(plain)[0], rtol=1e-2)


def test_what_is_learned_does_not_depend_on_them() -> None:
    nets = [trained("plain", settled=settled, epochs=2) for settled in (True, False)]
    weights = [[np.asarray(each) for each in net.result.trainable_variables] for net in nets]
    for settled, left in zip(*weights, strict=True):
        np.testing.assert_array_equal(settled, left)


def test_those_of_augmented_images_are_left_as_they_are() -> None:
    for settled, left in zip(
        *(statistics_of(trained("augmented", settled=each)) for each in (True, False)), strict=True
    ):
        np.testing.assert_array_equal(settled, left)


@pytest.mark.parametrize(("rows", "count"), [(100, 100), (2_000, 2_000), (32_000, 2_048)])
def test_they_are_of_some_of_the_rows(rows: int, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_statistics, "_normalising", lambda net: [_Layer()])
    seen: list[int] = []
    images = np.zeros((rows, 1, 1, 1), np.uint8)
    chosen = {"batch": 128, "seed": 0}
    batch_statistics.take_statistics(None, lambda each: seen.append(len(each)), images, np.arange(rows), **chosen)
    assert seen == [min(128, count)] * max(1, count // 128)


class _Layer:
    momentum = 0.9
