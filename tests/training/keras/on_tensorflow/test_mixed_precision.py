"""Half precision is really computed here, on a CPU: what would choose it, a card, is stood in for."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kagglebot.models.registry import get_family
from kagglebot.training.keras.on_tensorflow import steps as tensorflow_steps
from kagglebot.training.keras.on_tensorflow.layers import inner_layers
from kagglebot.training.keras.on_tensorflow.mixed_precision import LossScale, in_precision
from kagglebot.training.registry import make_learner

SHAPE, CLASSES = (8, 8, 1), 3
SETTINGS = {"blocks": 2, "convolutions": 1, "filters": 8, "batch_size": 16, "epochs": 3, "ema_epochs": 1.0}


def _trained(precision: str, monkeypatch: pytest.MonkeyPatch) -> tuple[list[np.ndarray], np.ndarray]:
    """Train a small net on bright, dark and middling images; return its weights and what it predicts."""
    monkeypatch.setattr(tensorflow_steps, "training_precision", lambda: precision)
    labels = np.arange(96, dtype=np.int64) % CLASSES
    noise = np.random.default_rng(0).integers(0, 40, (96, *SHAPE))
    images = (noise + 100 * labels.reshape(-1, 1, 1, 1)).astype(np.uint8)
    learner = make_learner(get_family("cnn"), SETTINGS, SHAPE, CLASSES, seed=1, pixel_moments=(0.0, 1.0))
    policies = [layer.dtype_policy.name for layer in learner.model.layers]
    for epoch in range(3):
        learner.run_epoch(images, labels, np.arange(96), schedule_position=lambda share, e=epoch: (e + share) / 3)
    assert [layer.dtype_policy.name for layer in learner.model.layers] == policies
    assert {weight.dtype for weight in learner.model.weights} <= {"float32", "uint32"}
    predicted = learner.predict(images)
    assert predicted.dtype == np.float32 and (predicted.argmax(1) == labels).mean() > 0.9
    return learner.model.get_weights(), predicted


@pytest.mark.parametrize(("precision", "error"), [("float16", 0.05), ("bfloat16", 0.2)])
def test_a_net_learns_the_same_in_half_precision(
    precision: str, error: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact, _ = _trained("float32", monkeypatch)
    halved, _ = _trained(precision, monkeypatch)
    differences = [np.abs(one - other).max() for one, other in zip(exact, halved, strict=True)]
    assert max(differences) > 0
    assert np.mean([np.abs(one - other).mean() for one, other in zip(exact, halved, strict=True)]) < error


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_all_layers_but_the_first_and_the_last_compute_in_it(precision: str) -> None:
    inputs = keras.Input(SHAPE)
    hidden = keras.layers.Rescaling(1 / 255)(inputs)
    part = keras.Sequential([keras.Input(SHAPE), keras.layers.Conv2D(4, 3), keras.layers.Flatten()])
    net = keras.Model(inputs, keras.layers.Dense(CLASSES)(part(hidden)))
    with in_precision(net, precision):
        computed = {layer.name.rstrip("_0123456789"): layer.compute_dtype for layer in inner_layers(net)}
        assert net(np.zeros((2, *SHAPE), np.float32)).dtype == tf.float32
        assert part(np.zeros((2, *SHAPE), np.float32)).dtype == getattr(tf, precision)
    assert {name: computed[name] for name in ("rescaling", "conv2d", "flatten", "dense")} == {
        "rescaling": "float32",
        "conv2d": precision,
        "flatten": precision,
        "dense": "float32",
    }
    assert part(np.zeros((2, *SHAPE), np.float32)).dtype == tf.float32


def test_a_step_whose_gradients_overflow_is_left_out_and_the_scale_is_halved() -> None:
    scale = LossScale()
    variable = tf.Variable(1.0)
    update = tf.function(
        lambda gradient: scale.update([gradient], lambda own: variable.assign_sub(own[0])), autograph=False
    )
    update(tf.constant(2.0**15 * 0.25))
    assert (float(variable), float(scale.scale)) == (0.75, 2.0**15)
    for gradient in (np.inf, np.nan):
        update(tf.constant(gradient, tf.float32))
    assert (float(variable), float(scale.scale)) == (0.75, 2.0**13)
    for _ in range(2000):
        update(tf.constant(0.0))
    assert float(scale.scale) == 2.0**14
