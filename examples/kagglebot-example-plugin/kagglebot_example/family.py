"""A model family: one dense layer on the pixels."""

from typing import Any

from pydantic import Field

from kagglebot import Family, Parameters


class LinearParameters(Parameters):
    """The architecture of a linear net."""

    dropout: float = Field(0.0, ge=0.0, lt=1.0, description="share of pixels dropped")


def build(
    parameters: LinearParameters,
    image_shape: tuple[int, int, int],
    classes: int,
    preprocessing: tuple[Any, Any],
) -> Any:
    """Return a net from pixels ``(n, height, width, channels)``, 0 to 255, to logits ``(n, classes)``."""
    from keras import Model, layers

    pixels = layers.Input(image_shape)
    hidden = layers.Rescaling(*preprocessing)(pixels)
    hidden = layers.Dropout(parameters.dropout)(layers.Flatten()(hidden))
    return Model(pixels, layers.Dense(classes)(hidden))


FAMILY = Family("linear", "keras", LinearParameters, build)
