"""Dense nets in Keras: hidden layers on the flattened pixels."""

from typing import Any

from pydantic import Field

from kagglebot.models.base import Family, ImageShape, Scaling
from kagglebot.models.hidden_layers import LayerParameters, work


class DenseParameters(LayerParameters):
    """The architecture of a dense net."""

    batch_norm: bool = Field(False, description="batch normalisation after each layer")
    dropout: float = Field(0.0, ge=0.0, lt=1.0, description="share of activations dropped after each layer")


def build(parameters: DenseParameters, image_shape: ImageShape, classes: int, preprocessing: Scaling) -> Any:
    """Build the net: a ``keras.Model`` from pixels ``(n, height, width, channels)`` to logits ``(n, classes)``."""
    from keras import Model, layers

    pixels = layers.Input(image_shape, name="pixels")
    hidden = layers.Rescaling(*preprocessing, name="preprocessing")(pixels)
    hidden = layers.Flatten()(hidden)
    for units in parameters.widths:
        hidden = layers.Dense(units, use_bias=not parameters.batch_norm)(hidden)
        if parameters.batch_norm:
            hidden = layers.BatchNormalization(momentum=0.9)(hidden)
        hidden = layers.ReLU()(hidden)
        if parameters.dropout:
            hidden = layers.Dropout(parameters.dropout)(hidden)
    return Model(pixels, layers.Dense(classes, name="logits")(hidden))


FAMILY = Family("dense", "keras", DenseParameters, build, work=work)
