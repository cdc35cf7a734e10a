"""The training and prediction steps of a Keras net on TensorFlow, compiled."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.training.keras.augmentation import Augmentation
from kagglebot.training.keras.augmented_batch import change_colours, mix
from kagglebot.training.keras.backends import PredictStep, Trained, TrainStep
from kagglebot.training.keras.keras_import import import_keras
from kagglebot.training.keras.on_tensorflow.held_images import HeldImages, fits_on_card
from kagglebot.training.keras.on_tensorflow.layers import fast_layers
from kagglebot.training.keras.on_tensorflow.mixed_precision import LossScale, in_precision
from kagglebot.training.keras.on_tensorflow.tensorflow_import import cards, tensorflow, training_precision
from kagglebot.training.learner import Images
from kagglebot.training.runtime import Runtime


def begin() -> None:
    """See ``backends.Backend``."""
    tensorflow()
    import_keras("tensorflow")


def new_net(number: int) -> None:
    """See ``backends.Backend``."""
    import keras

    # Free the graph of the previous trial, so that memory does not grow over a long study.
    keras.backend.clear_session()  # collects garbage, too
    seed(number)


def seed(number: int) -> None:
    """See ``backends.Backend``."""
    import keras

    keras.utils.set_random_seed(number)


def begin_epoch(number: int) -> None:
    """Do nothing: on TensorFlow the seed of dropout is one of the net's variables."""


def random_state() -> NDArray[np.uint8]:
    """Return nothing, for the same reason."""
    return np.zeros(0, np.uint8)


def restore_random(state: NDArray[np.uint8]) -> None:
    """Do nothing, for the same reason."""


def runtime(*, nested: bool = False) -> Runtime:
    """See ``backends.Backend``."""
    return Runtime("tensorflow", "GPU" if cards() else "CPU", training_precision())


def on_card() -> bool:
    """See ``backends.Backend``."""
    return bool(cards())


def held(images: Images) -> Images | HeldImages:
    """See ``backends.Backend``."""
    return HeldImages(images) if cards() and fits_on_card(images) else images


def train_step(net: Trained, classes: int, label_smoothing: float) -> TrainStep:
    """See ``backends.Backend``."""
    tf = tensorflow()
    model, average = net.model, net.average
    precision = training_precision()
    loss_scale = LossScale() if precision == "float16" else None

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def compiled(
        images: Any, labels: Any, rate: Any, share: Any, drawn: Augmentation, *, class_weights: Any
    ) -> Any:
        inputs = _resized(model, images)
        if drawn.maps is not None:
            inputs = warp(inputs, drawn.maps, reflect=drawn.reflect)
        inputs = change_colours(inputs, drawn)
        several = labels.shape.rank == 2
        targets = tf.cast(labels, tf.float32) if several else tf.one_hot(labels, classes)
        if drawn.partners is not None:
            inputs, targets = mix(inputs, targets, drawn)
        smoothed = targets * (1 - label_smoothing) + label_smoothing / (2 if several else classes)
        with tf.GradientTape() as tape:
            with fast_layers(model), in_precision(model, precision):
                logits = net.logits(model, inputs)
            if several:
                cells = tf.nn.sigmoid_cross_entropy_with_logits(smoothed, logits)
                if class_weights is not None:
                    cells *= 1 + targets * (class_weights - 1)
                losses = tf.reduce_sum(cells, axis=-1)
            else:
                losses = tf.nn.softmax_cross_entropy_with_logits(smoothed, logits)
            if class_weights is not None and not several:
                losses *= tf.linalg.matvec(targets, class_weights)
            loss = tf.reduce_mean(losses)
            scaled = loss if loss_scale is None else loss * loss_scale.scale

        def update(gradients: Sequence[Any]) -> None:
            net.optimizer.apply(gradients, rate)
            if average is not None:
                average.update(share)

        gradients = tape.gradient(scaled, model.trainable_variables)
        if loss_scale is None:
            update(gradients)
        else:
            loss_scale.update(gradients, update)
        return loss

    def step(
        images: Any, labels: Any, rate: float, share: float, drawn: Augmentation, *, class_weights: Any
    ) -> Any:
        arguments = (images, labels, np.float32(rate), np.float32(share))
        return compiled(*map(tf.constant, arguments), drawn, class_weights=class_weights)

    return step


def predict_step(model: Any, *, several: bool = False) -> PredictStep:
    """See ``backends.Backend``."""
    tf = tensorflow()
    activation = tf.nn.sigmoid if several else tf.nn.softmax

    @tf.function(autograph=False, reduce_retracing=True)  # type: ignore[untyped-decorator]
    def step(images: Any) -> Any:
        return activation(model(_resized(model, images), training=False))

    return step  # type: ignore[no-any-return]


def run(model: Any, images: NDArray[np.uint8]) -> Any:
    """See ``backends.Backend``."""
    return model(_resized(model, images), training=False)


def warp(pixels: Any, maps: Any, *, reflect: bool) -> Any:
    """Apply ``Augmentation.maps`` to images ``(n, height, width, channels)``."""
    tf = tensorflow()
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=pixels,
        transforms=maps,
        output_shape=tf.shape(pixels)[1:3],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="REFLECT" if reflect else "CONSTANT",
    )


def _resized(model: Any, images: Any) -> Any:
    """Return float32 inputs of the net: images of another shape are resized as its own layer would."""
    tf = tensorflow()
    inputs = tf.cast(images, tf.float32)
    if inputs.shape[1:] == model.input_shape[1:]:
        return inputs
    return tf.image.resize(inputs, model.input_shape[1:3], antialias=True)
