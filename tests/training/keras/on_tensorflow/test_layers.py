"""Fast convolutions give the outputs and gradients of Keras's own, and are gone after the step."""

from typing import Any

import numpy as np
import pytest

from kagglebot.training.keras.on_tensorflow import layers as tensorflow_layers
from kagglebot.training.keras.on_tensorflow.layers import depthwise_gradient, fast_layers
from kagglebot.training.keras.on_tensorflow.tensorflow_import import tensorflow


def net() -> Any:
    """A net in a net, with convolutions that are computed fast and two that are not."""
    from keras import Input, Model, layers

    pixels = Input((9, 12, 3))
    hidden = layers.Conv2D(8, 3, 2, "same", activation="relu6")(pixels)
    hidden = layers.Conv2D(16, 1, activation="relu6")(hidden)
    hidden = layers.DepthwiseConv2D(5, 2, "same", activation="relu6")(hidden)
    hidden = layers.DepthwiseConv2D(3, 1, "same")(hidden)
    hidden = layers.Conv2D(4, 1)(hidden)
    inner = Model(pixels, layers.Conv2D(4, 1, activation="tanh")(hidden))
    return Model(pixels, layers.GlobalAveragePooling2D()(inner(pixels)))


def outputs_and_gradients(model: Any, pixels: Any) -> list[Any]:
    tf = tensorflow()
    with tf.GradientTape() as tape:
        outputs = model(pixels, training=True)
        loss = tf.reduce_sum(outputs * np.arange(4, dtype=np.float32))
    return [outputs.numpy(), *(each.numpy() for each in tape.gradient(loss, model.trainable_variables))]


@pytest.mark.parametrize(("bfloat16", "share"), [(False, 1e-5), (True, 0.05)])
def test_outputs_and_gradients_are_those_of_keras(
    monkeypatch: pytest.MonkeyPatch, *, bfloat16: bool, share: float
) -> None:
    import keras

    used: list[str] = []
    for name in ("_pointwise", "_depthwise"):
        call = getattr(tensorflow_layers, name)
        monkeypatch.setattr(
            tensorflow_layers, name, lambda *each, name=name, call=call: (used.append(name), call(*each))[1]
        )
    monkeypatch.setattr(tensorflow_layers, "multiplies_bfloat16", lambda: bfloat16)
    keras.utils.set_random_seed(0)
    model = net()
    pixels = np.random.default_rng(0).normal(size=(3, 9, 12, 3)).astype(np.float32) * 3
    expected = outputs_and_gradients(model, pixels)
    with fast_layers(model):
        found = outputs_and_gradients(model, pixels)
    assert used == ["_pointwise", "_depthwise", "_depthwise", "_pointwise"]
    for one, other in zip(found, expected, strict=True):
        assert np.linalg.norm(one - other) <= share * np.linalg.norm(other)
    after = outputs_and_gradients(model, pixels)
    assert len(used) == 4
    for one, other in zip(after, expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [3, 5, 7])
@pytest.mark.parametrize("sides", [(3, 3), (6, 7), (12, 5)])
def test_the_gradient_of_a_depthwise_kernel_is_that_of_tensorflow(
    sides: tuple[int, int], size: int, stride: int
) -> None:
    tf = tensorflow()
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(2, *sides, 4)).astype(np.float32)
    errors = rng.normal(size=(2, *(-(-side // stride) for side in sides), 4)).astype(np.float32)
    expected = tf.raw_ops.DepthwiseConv2dNativeBackpropFilter(
        input=inputs,
        filter_sizes=(size, size, 4, 1),
        out_backprop=errors,
        strides=[1, stride, stride, 1],
        padding="SAME",
    )
    found = depthwise_gradient(*map(tf.constant, (inputs, errors)), (size, size), (stride, stride))
    np.testing.assert_allclose(found, expected, atol=1e-4)
