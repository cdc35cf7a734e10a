"""Nets that start from weights learned on ImageNet: a backbone, whose features a head turns into classes."""

import hashlib
import itertools
import math
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from kagglebot.models.base import (
    BACKBONE,
    HEAD,
    Family,
    ImageShape,
    ParameterError,
    Parameters,
    Transfer,
    Work,
    resize,
    resized_shape,
)
from kagglebot.pretrained.backbones import BACKBONES, PIXELS, Backbone
from kagglebot.pretrained.stages import stages
from kagglebot.pretrained.weights import fetch_weights, find_weights, load_weights
from kagglebot.system.progress import ProgressCallback

#: Pixels of the images whose features are computed at once: the activations of more would need gigabytes.
_BATCH_PIXELS = 32 * 224 * 224


def _known(name: str) -> str:
    """Return the name of a backbone that there is."""
    if name not in BACKBONES:
        raise ParameterError("backbone", f"there is no '{name}'", f"Known: {', '.join(BACKBONES)}.")
    return name


class PretrainedParameters(Parameters):
    """The architecture of a net with a pretrained backbone."""

    backbone: Annotated[str, AfterValidator(_known)] = Field(
        "efficientnet-lite0", description="net with weights learned on ImageNet"
    )
    resolution: int = Field(
        224, ge=32, le=512, description="longer side in pixels that the net sees; images are resized to it"
    )
    trained_stages: int = Field(
        0, ge=0, le=6, description="last stages of the backbone that are trained; 0 to keep all of it as it is"
    )
    backbone_rate: float = Field(
        0.25, gt=0, le=1, description="learning rate of the backbone's last stage over that of the head"
    )
    stage_rate: float = Field(
        0.6, gt=0, le=1, description="learning rate of a stage of the backbone over that of the next one"
    )
    head: Literal["linear", "mlp"] = Field("linear", description="one dense layer, or two")
    dense_units: int = Field(256, ge=1, le=8192, description="units of the hidden layer of the mlp head")
    head_dropout: float = Field(0.0, ge=0.0, lt=1.0, description="share of features dropped before the head")

    @property
    def net(self) -> Backbone:
        """The backbone."""
        return BACKBONES[self.backbone]


def seen_shape(parameters: PretrainedParameters, image_shape: ImageShape) -> ImageShape:
    """Return the shape of the images after they were resized to ``resolution``."""
    return resized_shape(image_shape, parameters.resolution)


def check(parameters: PretrainedParameters, image_shape: ImageShape) -> None:
    """Reject a resolution that the backbone cannot take.

    Raises:
        ParameterError: It is too small.
    """
    if min(seen_shape(parameters, image_shape)[:2]) < parameters.net.smallest:
        raise ParameterError("resolution", f"{parameters.backbone} takes {parameters.net.smallest} pixels or more")


def build(
    parameters: PretrainedParameters, image_shape: ImageShape, classes: int, preprocessing: tuple[float, float]
) -> Any:
    """Build the net; the backbone scales pixels as it was trained, so ``preprocessing`` is not used."""
    from keras import Model, layers

    pixels = layers.Input(image_shape, name="pixels")
    hidden = resize(pixels, image_shape, seen_shape(parameters, image_shape))
    if image_shape[2] == 1:
        hidden = layers.Concatenate()([hidden, hidden, hidden])
    net = parameters.net.build()
    of_layers = stages(net)
    frozen = max(of_layers.values()) - parameters.trained_stages
    for layer, stage in of_layers.items():
        layer.trainable = stage > frozen
    backbone = Model(pixels, net(hidden), name=BACKBONE)
    return Model(pixels, head(parameters, classes)(backbone(pixels)))


def head(parameters: PretrainedParameters, classes: int) -> Any:
    """Build the head: a ``keras.Model`` from features ``(n, features)`` to logits ``(n, classes)``."""
    from keras import Model, layers

    features = layers.Input((parameters.net.features,), name="features")
    # Features of a backbone differ in scale; at equal scale one learning rate suits all.
    hidden = layers.BatchNormalization(momentum=0.9, center=False, scale=False)(features)
    if parameters.head_dropout:
        hidden = layers.Dropout(parameters.head_dropout)(hidden)
    if parameters.head == "mlp":
        hidden = layers.Dense(parameters.dense_units, activation="relu")(hidden)
        if parameters.head_dropout:
            hidden = layers.Dropout(parameters.head_dropout)(hidden)
    return Model(features, layers.Dense(classes, name="logits")(hidden), name=HEAD)


def initialise(parameters: PretrainedParameters, model: Any) -> None:
    """Set the weights of the backbone.

    Raises:
        DataError: They are not on this machine, or are damaged.
    """
    load_weights(parameters.net, model.get_layer(BACKBONE).layers[-1])


def weights(parameters: PretrainedParameters) -> str:
    """Return the SHA-256 of the backbone's weights.

    Raises:
        DataError: They are not on this machine, or are damaged.
    """
    return find_weights(parameters.net).sha256


def fetch(parameters: PretrainedParameters, on_progress: ProgressCallback) -> None:
    """Download the weights of the backbone if they are nowhere on this machine.

    Raises:
        DataError: They cannot be downloaded, or are damaged.
    """
    fetch_weights(parameters.net, on_progress)


def rates(parameters: PretrainedParameters, model: Any) -> list[float]:
    """Return the factor of the learning rate for each trainable variable: the nearer to the pixels, the lower.

    What the first stages see, edges and colours, is of use as it is (Howard & Ruder 2018, arXiv:1801.06146).
    """
    of_layers = stages(model.get_layer(BACKBONE).layers[-1])
    last = max(of_layers.values())
    factors = {
        id(variable): parameters.backbone_rate * parameters.stage_rate ** (last - stage)
        for layer, stage in of_layers.items()
        for variable in layer.trainable_variables
    }
    return [factors.get(id(variable), 1.0) for variable in model.trainable_variables]


def work(parameters: PretrainedParameters, image_shape: ImageShape, classes: int) -> Work:
    """Count the operations of the head for one image, and those of a backbone that is trained.

    The features of a frozen backbone are computed once for all trials.
    """
    widths = [parameters.net.features, *[parameters.dense_units] * (parameters.head == "mlp"), classes]
    head = Work(sum(math.prod(pair) for pair in itertools.pairwise(widths)), sum(widths[1:]))
    if not parameters.trained_stages:
        return head
    # Every image is predicted by the whole net; learning takes twice as long again in the stages that learn.
    share = min(1.0, 1 / 3 + 0.2 * parameters.trained_stages)
    share *= math.prod(seen_shape(parameters, image_shape)[:2]) / PIXELS
    net = parameters.net
    return Work(
        head.multiply_adds + int(share * net.multiply_adds), head.activations + int(share * net.activations)
    )


def features_key(parameters: PretrainedParameters, image_shape: ImageShape) -> str:
    """Return a text that differs wherever the features do: in weights, resolution or image shape.

    Raises:
        DataError: The weights are not on this machine, or are damaged.
    """
    decisive = [weights(parameters), seen_shape(parameters, image_shape), image_shape]
    return f"{parameters.backbone}-{hashlib.sha256(str(decisive).encode()).hexdigest()[:12]}"


TRANSFER = Transfer(
    frozen=lambda parameters: parameters.trained_stages == 0,
    rates=rates,
    key=features_key,
    width=lambda parameters: parameters.net.features,
    batch=lambda parameters: max(1, _BATCH_PIXELS // parameters.resolution**2),
    head=head,
)
FAMILY = Family(
    name="pretrained",
    engine="keras",
    parameters=PretrainedParameters,
    build=build,
    check=check,
    work=work,
    initialise=initialise,
    weights=weights,
    fetch=fetch,
    transfer=TRANSFER,
    seen_shape=seen_shape,
)
