"""The training and prediction steps of a Keras net on TensorFlow, compiled."""

import gc
from typing import Any

import numpy as np

from kagglebot.training.keras.backends import PredictStep, TrainStep
from kagglebot.training.keras.ema import WeightAverage
from kagglebot.training.keras.keras_import import import_keras
from kagglebot.training.keras.tensorflow_import import tensorflow
from kagglebot.training.runtime import Runtime


def begin() -> None:
    """See ``backends.Backend``."""
    tensorflow()
    import_keras("tensorflow")


def new_net(seed: int) -> None:
    """See ``backends.Backend``."""
    import keras

    # Free the graph of the previous trial, so that memory does not grow over a long study.
    keras.backend.clear_session()
    gc.collect()
    keras.utils.set_random_seed(seed)


def begin_epoch(seed: int) -> None:
    """Do nothing: on TensorFlow the seed of dropout is one of the net's variables."""


def runtime() -> Runtime:
    """See ``backends.Backend``."""
    return Runtime("tensorflow", "GPU" if tensorflow().config.list_physical_devices("GPU") else "CPU")


def train_step(
    model: Any, optimizer: Any, average: WeightAverage | None, classes: int, label_smoothing: float
) -> TrainStep:
    """See ``backends.Backend``."""
    tf = tensorflow()

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def compiled(images: Any, labels: Any, rate: Any, share: Any, transforms: Any) -> Any:
        pixels = tf.cast(images, tf.float32)
        if transforms is not None:
            pixels = tf.raw_ops.ImageProjectiveTransformV3(
                images=pixels,
                transforms=transforms,
                output_shape=tf.shape(pixels)[1:3],
                fill_value=0.0,
                interpolation="BILINEAR",
                fill_mode="CONSTANT",
            )
        targets = tf.one_hot(labels, classes)
        targets = targets * (1 - label_smoothing) + label_smoothing / classes
        with tf.GradientTape() as tape:
            logits = model(pixels, training=True)
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(targets, logits))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.learning_rate.assign(rate)
        optimizer.apply(gradients, model.trainable_variables)
        if average is not None:
            average.update(share)
        return loss

    def step(images: Any, labels: Any, rate: float, share: float, transforms: Any) -> Any:
        arguments = (images, labels, np.float32(rate), np.float32(share))
        return compiled(*map(tf.constant, arguments), transforms)

    return step


def predict_step(model: Any) -> PredictStep:
    """See ``backends.Backend``."""
    tf = tensorflow()

    @tf.function(autograph=False, reduce_retracing=True)  # type: ignore[untyped-decorator]
    def step(images: Any) -> Any:
        return tf.nn.softmax(model(tf.cast(images, tf.float32), training=False))

    return step  # type: ignore[no-any-return]
