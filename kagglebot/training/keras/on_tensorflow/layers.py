"""Convolutions of a training step on a CPU that take TensorFlow half the time of Keras's own.

oneDNN needs ten times as long for the gradient of a depthwise kernel of five columns as for one of three. It
also adds up the gradient of a bias slowly if it does so along with that of the kernel. Where the CPU has
instructions for it, 1x1 convolutions multiply in bfloat16 and round what they return to it; all else is in
float32.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from kagglebot.system.hardware.cpu import multiplies_bfloat16
from kagglebot.training.keras.on_tensorflow.tensorflow_import import cards, tensorflow

#: Widest depthwise kernel whose gradient oneDNN computes fast.
_COLUMNS = 3


@contextmanager
def fast_layers(net: Any) -> Iterator[None]:
    """Compute convolutions of a Keras net, in this block, by what is fastest for training."""
    fast = {} if cards() else {each: _fast(each) for each in inner_layers(net)}
    changed = {layer: call for layer, call in fast.items() if call is not None}
    for layer, call in changed.items():
        layer.call = partial(call, layer)
    try:
        yield
    finally:
        for layer in changed:
            del layer.call


def inner_layers(net: Any) -> Iterator[Any]:
    """Return the layers of a net, and of those that are nets themselves."""
    for layer in net.layers:
        yield from inner_layers(layer) if hasattr(layer, "layers") else (layer,)


def _fast(layer: Any) -> Callable[[Any, Any], Any] | None:
    """Return what computes a layer faster; None if nothing does."""
    from keras import activations, layers

    if getattr(layer, "activation", None) not in (activations.linear, activations.relu6):
        return None
    match layer:
        case layers.Conv2D(kernel_size=(1, 1), strides=(1, 1), groups=1, use_bias=True):
            return _pointwise
        case layers.DepthwiseConv2D(dilation_rate=(1, 1), depth_multiplier=1, padding="same", use_bias=True):
            return _depthwise
    return None


def _pointwise(layer: Any, inputs: Any) -> Any:
    tf = tensorflow()
    plain = {"strides": [1, 1, 1, 1], "padding": "VALID"}
    precision = tf.bfloat16 if multiplies_bfloat16() else tf.float32
    bounded = _is_bounded(layer)

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def convolve(inputs: Any, kernel: Any, bias: Any) -> tuple[Any, Callable[[Any], tuple[Any, Any, Any]]]:
        pixels, weights = tf.cast(inputs, precision), tf.cast(kernel, precision)
        outputs = tf.nn.bias_add(tf.nn.conv2d(pixels, weights, 1, "VALID"), tf.cast(bias, precision))
        outputs = tf.cast(tf.nn.relu6(outputs) if bounded else outputs, tf.float32)

        def gradient(upstream: Any) -> tuple[Any, Any, Any]:
            upstream = _before_activation(upstream, outputs, bounded=bounded)
            errors = tf.cast(upstream, precision)
            of_inputs = tf.raw_ops.Conv2DBackpropInput(
                input_sizes=tf.shape(inputs), filter=weights, out_backprop=errors, **plain
            )
            columns = (tf.reshape(each, (-1, each.shape[-1])) for each in (pixels, errors))
            of_kernel = tf.reshape(tf.matmul(*columns, transpose_a=True), kernel.shape)
            return tf.cast(of_inputs, tf.float32), tf.cast(of_kernel, tf.float32), _of_bias(upstream)

        return outputs, gradient

    return convolve(inputs, *map(tf.convert_to_tensor, (layer.kernel, layer.bias)))


def _depthwise(layer: Any, inputs: Any) -> Any:
    tf = tensorflow()
    same = {"strides": [1, *layer.strides, 1], "padding": "SAME"}
    bounded = _is_bounded(layer)

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def convolve(inputs: Any, kernel: Any, bias: Any) -> tuple[Any, Callable[[Any], tuple[Any, Any, Any]]]:
        outputs = tf.nn.bias_add(tf.nn.depthwise_conv2d(inputs, kernel, **same), bias)
        outputs = tf.nn.relu6(outputs) if bounded else outputs

        def gradient(upstream: Any) -> tuple[Any, Any, Any]:
            upstream = _before_activation(upstream, outputs, bounded=bounded)
            of_inputs = tf.raw_ops.DepthwiseConv2dNativeBackpropInput(
                input_sizes=tf.shape(inputs), filter=kernel, out_backprop=upstream, **same
            )
            return (
                of_inputs,
                depthwise_gradient(inputs, upstream, layer.kernel_size, layer.strides),
                _of_bias(upstream),
            )

        return outputs, gradient

    return convolve(inputs, *map(tf.convert_to_tensor, (layer.kernel, layer.bias)))


def depthwise_gradient(inputs: Any, errors: Any, size: tuple[int, int], strides: tuple[int, int]) -> Any:
    """Return the gradient of the kernel of a depthwise convolution with "same" padding, a few columns at a time.

    Args:
        inputs: ``(n, height, width, channels)``.
        errors: The gradient of its outputs.
        size: Height and width of the kernel.
        strides: Its strides, which are equal.

    Returns:
        ``(*size, channels, 1)``.
    """
    tf = tensorflow()
    width, stride = inputs.shape[2], strides[0]
    (above, below), (left, _) = map(_padding, inputs.shape[1:3], errors.shape[1:3], size, strides)
    parts = []
    for first in range(0, size[1], _COLUMNS):
        columns = min(_COLUMNS, size[1] - first)
        start = first - left
        end = start + (errors.shape[2] - 1) * stride + columns
        seen = inputs[:, :, max(0, start) : end]
        seen = tf.pad(seen, ((0, 0), (above, below), (max(0, -start), max(0, end - width)), (0, 0)))
        parts.append(
            tf.raw_ops.DepthwiseConv2dNativeBackpropFilter(
                input=seen,
                filter_sizes=(size[0], columns, inputs.shape[3], 1),
                out_backprop=errors,
                strides=[1, *strides, 1],
                padding="VALID",
            )
        )
    return tf.concat(parts, 1)


def _padding(inputs: int, outputs: int, size: int, stride: int) -> tuple[int, int]:
    """Return how many zeros "same" padding puts before and after the inputs, along one axis."""
    zeros = max(0, (outputs - 1) * stride + size - inputs)
    return zeros // 2, zeros - zeros // 2


def _is_bounded(layer: Any) -> bool:
    from keras import activations

    return layer.activation is activations.relu6


def _before_activation(upstream: Any, outputs: Any, *, bounded: bool) -> Any:
    return tensorflow().raw_ops.Relu6Grad(gradients=upstream, features=outputs) if bounded else upstream


def _of_bias(errors: Any) -> Any:
    """Return the gradient of a bias; of another shape, so that TensorFlow does not join it with the kernel's."""
    tf = tensorflow()
    return tf.raw_ops.BiasAddGrad(out_backprop=tf.reshape(errors, (-1, errors.shape[-1])))
