"""Training in half precision on TensorFlow: layers compute in it, weights and the loss stay in float32.

As in Micikevicius et al. 2018 (arXiv:1710.03740). float16 has few exponents: the loss is scaled up so that small
gradients are not rounded to zero, and a step whose gradients overflow is left out. bfloat16 has those of float32.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from kagglebot.training.keras.on_tensorflow.layers import inner_layers
from kagglebot.training.keras.on_tensorflow.tensorflow_import import tensorflow

#: The scale at first, and the good steps in a row after which it is doubled.
_FIRST_SCALE, _GOOD_STEPS = 2.0**15, 2000


@contextmanager
def in_precision(net: Any, precision: str) -> Iterator[None]:
    """Compute the layers of a Keras net, in this block, in that number format.

    Pixels are scaled in float32, and the last layer, whose outputs are the logits, computes in it too.
    """
    from keras import layers

    exact = (layers.InputLayer, layers.Rescaling, layers.Normalization)
    *hidden, _ = inner_layers(net)
    changed = [] if precision == "float32" else [layer for layer in hidden if not isinstance(layer, exact)]
    before = [layer.dtype_policy for layer in changed]
    for layer in changed:
        layer.dtype_policy = f"mixed_{precision}"
    try:
        yield
    finally:
        for layer, policy in zip(changed, before, strict=True):
            layer.dtype_policy = policy


class LossScale:
    """The factor of the loss in float16: halved when gradients overflow, doubled after many steps without."""

    def __init__(self) -> None:
        tf = tensorflow()
        self.scale = tf.Variable(_FIRST_SCALE, trainable=False)
        self._good = tf.Variable(0.0, trainable=False)

    def update(self, gradients: Sequence[Any], apply: Callable[[list[Any]], None]) -> None:
        """Call ``apply`` with the gradients of the loss, from those of the scaled one, unless they overflowed.

        Part of the compiled step.
        """
        tf = tensorflow()
        scale = self.scale.read_value()
        unscaled = [gradient / scale for gradient in gradients]
        finite = tf.reduce_all([tf.reduce_all(tf.math.is_finite(each)) for each in unscaled])

        def step() -> Any:
            apply(unscaled)
            return tf.constant(0)

        tf.cond(finite, step, lambda: tf.constant(0))
        good = tf.where(finite, self._good + 1, 0.0)
        grows = good >= _GOOD_STEPS
        self.scale.assign(tf.where(finite, tf.where(grows, scale * 2, scale), tf.maximum(scale / 2, 1.0)))
        self._good.assign(tf.where(grows, 0.0, good))
