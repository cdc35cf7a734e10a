"""Convolutional nets: blocks of convolutions, each of which halves the image, then a head."""

import math
from typing import Any, Literal

from pydantic import Field

from kagglebot.models.base import (
    Family,
    ImageShape,
    ParameterError,
    Parameters,
    Scaling,
    Work,
    resize,
    resized_shape,
)

MAX_BLOCKS = 6


class CnnParameters(Parameters):
    """The architecture of a CNN.

    ``filters_N``, ``kernel_N`` and ``convolutions_N`` hold for block N (from 1) alone.
    """

    resolution: int | None = Field(
        None, ge=4, le=512, description="longer side in pixels that the net sees; images are resized to it"
    )
    blocks: int = Field(3, ge=1, le=MAX_BLOCKS, description="blocks, each at half the size of the one before")
    convolutions: int = Field(2, ge=1, le=4, description="convolutions in a block")
    convolutions_1: int | None = Field(None, ge=1, le=4)
    convolutions_2: int | None = Field(None, ge=1, le=4)
    convolutions_3: int | None = Field(None, ge=1, le=4)
    convolutions_4: int | None = Field(None, ge=1, le=4)
    filters: int = Field(16, ge=1, le=1024, description="filters of the first block")
    growth: float = Field(2.0, ge=0.5, le=4.0, description="filters of a block over those of the one before")
    filters_1: int | None = Field(None, ge=1, le=4096)
    filters_2: int | None = Field(None, ge=1, le=4096)
    filters_3: int | None = Field(None, ge=1, le=4096)
    filters_4: int | None = Field(None, ge=1, le=4096)
    kernel: int = Field(3, ge=1, le=11, description="side of the convolution kernels, in pixels")
    kernel_1: int | None = Field(None, ge=1, le=11)
    kernel_2: int | None = Field(None, ge=1, le=11)
    kernel_3: int | None = Field(None, ge=1, le=11)
    kernel_4: int | None = Field(None, ge=1, le=11)
    residual: bool = Field(
        False, description="a shortcut around a block's convolutions after the first, which then halves the image"
    )
    batch_norm: bool = Field(True, description="batch normalisation after each convolution")
    dropout: float = Field(0.0, ge=0.0, lt=1.0, description="share of activations dropped after each block")
    head: Literal["pooling", "dense"] = Field("pooling", description="global average pooling, or a dense layer")
    dense_units: int = Field(256, ge=1, le=8192, description="units of the dense head")
    head_dropout: float = Field(0.0, ge=0.0, lt=1.0, description="share of activations dropped before the output")

    def block(self, index: int) -> tuple[int, int, int]:
        """Return (convolutions, filters, kernel side) of the block ``index``, from 0."""

        def own(name: str) -> Any:
            return getattr(self, f"{name}_{index + 1}", None)

        filters = own("filters") or max(1, round(self.filters * self.growth**index))
        return own("convolutions") or self.convolutions, filters, own("kernel") or self.kernel

    def pooled(self, index: int) -> int | None:
        """Return after which convolution of the block ``index`` its image is halved, from 0; None if it is not."""
        if index == self.blocks - 1 and self.head == "pooling":
            return None
        return 0 if self.residual else self.block(index)[0] - 1


def seen_shape(parameters: CnnParameters, image_shape: ImageShape) -> ImageShape:
    """Return the shape of the images after they were resized to ``resolution``."""
    return resized_shape(image_shape, parameters.resolution)


def check(parameters: CnnParameters, image_shape: ImageShape) -> None:
    """Reject nets whose pooling leaves no pixel, or whose kernels are larger than the image.

    Raises:
        ParameterError: A parameter is not possible on images of that shape.
    """
    height, width, _ = seen_shape(parameters, image_shape)
    pooled = parameters.blocks if parameters.head == "dense" else parameters.blocks - 1
    if min(height, width) >> pooled < 1:
        raise ParameterError("blocks", f"{parameters.blocks} blocks leave no pixel of {height}x{width} images")
    for index in range(parameters.blocks):
        _, _, kernel = parameters.block(index)
        side = min(height, width) >> index
        # With 'same' padding a kernel may reach over the border, but not see more than the whole image twice.
        if kernel > 2 * side + 1:
            own = f"kernel_{index + 1}" if getattr(parameters, f"kernel_{index + 1}", None) else "kernel"
            raise ParameterError(
                own, f"a {kernel}x{kernel} kernel is larger than block {index + 1}'s {side}-pixel side"
            )


def build(parameters: CnnParameters, image_shape: ImageShape, classes: int, preprocessing: Scaling) -> Any:
    """Build the net; ``preprocessing`` is the (scale, offset) of the 0-255 pixels; see ``Family.build``."""
    from keras import Model, layers

    pixels = layers.Input(image_shape, name="pixels")
    resized = resize(pixels, image_shape, seen_shape(parameters, image_shape))
    hidden = layers.Rescaling(*preprocessing, name="preprocessing")(resized)
    for index in range(parameters.blocks):
        convolutions, filters, kernel = parameters.block(index)
        shortcut = None
        for number in range(convolutions):
            if parameters.residual and number == 1:
                shortcut = hidden
            hidden = layers.Conv2D(filters, kernel, padding="same", use_bias=not parameters.batch_norm)(hidden)
            if number == parameters.pooled(index):
                # Before the activation, which commutes with the maximum: what follows then has a quarter of the
                # pixels.
                hidden = layers.MaxPooling2D(2)(hidden)
            if parameters.batch_norm:
                # The default of 0.99 lags behind the weights where an epoch has few steps.
                hidden = layers.BatchNormalization(momentum=0.9)(hidden)
            hidden = layers.ReLU()(hidden)
        if shortcut is not None:
            hidden = layers.Add()([shortcut, hidden])
        if parameters.dropout:
            hidden = layers.Dropout(parameters.dropout)(hidden)
    if parameters.head == "dense":
        hidden = layers.Flatten()(hidden)
        hidden = layers.Dense(parameters.dense_units, activation="relu")(hidden)
    else:
        hidden = layers.GlobalAveragePooling2D()(hidden)
    if parameters.head_dropout:
        hidden = layers.Dropout(parameters.head_dropout)(hidden)
    return Model(pixels, layers.Dense(classes, name="logits")(hidden))


def work(parameters: CnnParameters, image_shape: ImageShape, classes: int) -> Work:
    """Count the operations of the convolutions and dense layers of ``build`` for one image."""
    height, width, channels = seen_shape(parameters, image_shape)
    multiply_adds = activations = weights = 0
    layers = 1 + (parameters.head == "dense")
    for index in range(parameters.blocks):
        convolutions, filters, kernel = parameters.block(index)
        for number in range(convolutions):
            multiply_adds += height * width * kernel**2 * channels * filters
            activations += height * width * filters
            layers += 1
            weights += kernel**2 * channels * filters
            channels = filters
            if number == parameters.pooled(index):
                height, width = height // 2, width // 2
    if parameters.head == "dense":
        multiply_adds += height * width * channels * parameters.dense_units
        weights += height * width * channels * parameters.dense_units
        activations += parameters.dense_units
        channels = parameters.dense_units
    logits = channels * classes
    return Work(multiply_adds + logits, activations + classes, weights + logits, layers)


def limits(image_shape: ImageShape) -> dict[str, int]:
    """Return the largest number of blocks that leaves a pixel after each of them; images are not enlarged."""
    height, width, _ = image_shape
    return {"blocks": max(1, int(math.log2(min(height, width)))), "resolution": max(height, width)}


FAMILY = Family("cnn", "keras", CnnParameters, build, check, limits, work, seen_shape=seen_shape)
