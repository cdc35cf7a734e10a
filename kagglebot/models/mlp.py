"""scikit-learn's multi-layer perceptron."""

from typing import Any

from pydantic import Field

from kagglebot.models.base import Family, ImageShape, Scaling
from kagglebot.models.hidden_layers import LayerParameters, work


class MlpParameters(LayerParameters):
    """The architecture of an ``MLPClassifier``, and its weight decay."""

    alpha: float = Field(1e-4, ge=0, le=100, description="L2 penalty")


def build(parameters: MlpParameters, image_shape: ImageShape, classes: int, preprocessing: Scaling) -> Any:
    """Return an unfitted ``MLPClassifier``; it takes the shapes from the first rows it is given."""
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(hidden_layer_sizes=parameters.widths, activation="relu", alpha=parameters.alpha)


FAMILY = Family("mlp", "sklearn", MlpParameters, build, work=work)
