from pathlib import Path

import numpy as np
import pytest

from kagglebot.models.registry import get_family
from kagglebot.training.keras.ema import WeightAverage
from kagglebot.training.registry import load_predictor, make_learner

RNG = np.random.default_rng(0)
LABELS = np.arange(160).astype(np.int64) % 2
IMAGES = (RNG.integers(0, 100, (160, 8, 8, 1)) + 120 * LABELS[:, None, None, None]).astype(np.uint8)


class Net:
    def __init__(self, *values: float) -> None:
        import tensorflow as tf

        self.weights = [tf.Variable(value) for value in values]


def test_it_begins_with_the_plain_mean_and_then_looks_back_over_its_epochs() -> None:
    average = WeightAverage(Net(1.0), Net(0.0), epochs=2)
    assert average.model.weights[0].numpy() == 1.0
    assert average.share(0, 100) == pytest.approx(0.9)
    assert average.share(89, 100) == pytest.approx(9 / 99)
    assert average.share(100_000, 100) == pytest.approx(1 / 200, rel=0.01)


def test_it_follows_the_weights_by_the_share() -> None:
    model = Net(1.0, 3.0)
    average = WeightAverage(model, Net(0.0, 0.0), epochs=1)
    model.weights[0].assign(2.0)
    average.update(0.25)
    assert [weight.numpy() for weight in average.model.weights] == [1.25, 3.0]


def test_what_is_scored_and_kept_is_the_average(tmp_path: Path) -> None:
    settings = {
        "blocks": 1,
        "convolutions": 1,
        "filters": 4,
        "batch_size": 16,
        "schedule": "constant",
        "warmup_steps": 200,
        "dropout": 0.2,
    }
    probabilities = {}
    for ema_epochs in (0.0, 1.0):
        learner = make_learner(
            get_family("cnn"),
            settings | {"ema_epochs": ema_epochs},
            (8, 8, 1),
            2,
            seed=0,
            pixel_moments=(100.0, 60.0),
        )
        for _ in range(3):
            learner.run_epoch(IMAGES, LABELS, np.arange(160), schedule_position=float)
        probabilities[ema_epochs] = learner.predict(IMAGES)
        learner.save(tmp_path / f"{ema_epochs}.keras")
        file = tmp_path / f"{ema_epochs}.keras"
        kept = load_predictor(file, get_family("cnn"), settings, (8, 8, 1), 2)(IMAGES)
        np.testing.assert_allclose(kept, probabilities[ema_epochs], atol=1e-5)
    assert not np.allclose(probabilities[0.0], probabilities[1.0], atol=1e-3)
