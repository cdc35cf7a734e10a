"""Nets that start from weights learned on ImageNet: a backbone, whose features a head turns into classes."""

import hashlib
import itertools
import math
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from kagglebot.errors import DataError
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
from kagglebot.pretrained.backbones import BACKBONES, PIXELS, Backbone, find_backbone
from kagglebot.pretrained.weights import fetch_weights, find_weights, load_weights
from kagglebot.system.progress import ProgressCallback

#: The smallest resolution, in pixels.
_SMALLEST = 32
#: Images are enlarged at most so many times: more shows the net nothing new.
MOST_ENLARGED = 4
#: Pixels of the images whose features are computed at once: the activations of more would need gigabytes.
_BATCH_PIXELS = 32 * 224 * 224


def _known(name: str) -> str:
    """Return the name of a backbone that there is."""
    if find_backbone(name) is None:
        known = f"Known: {', '.join(BACKBONES)}, and hub: with a preset of KerasHub."
        raise ParameterError("backbone", f"there is no '{name}'", known)
    return name


class PretrainedParameters(Parameters):
    """The architecture of a net with a pretrained backbone."""

    backbone: Annotated[str, AfterValidator(_known)] = Field(
        "efficientnet-lite0", description="net with weights learned on ImageNet"
    )
    resolution: int | None = Field(
        None,
        ge=_SMALLEST,
        le=512,
        description="longer side in pixels that the net sees; None for the backbone's, or 4 times the images'",
    )
    head: Literal["linear", "mlp"] = Field("linear", description="one dense layer, or two")
    dense_units: int = Field(256, ge=1, le=8192, description="units of the hidden layer of the mlp head")
    head_dropout: float = Field(0.0, ge=0.0, lt=1.0, description="share of features dropped before the head")

    @property
    def net(self) -> Backbone:
        """The backbone."""
        found = find_backbone(self.backbone)
        assert found is not None  # checked when it was parsed
        return found


def seen_shape(parameters: PretrainedParameters, image_shape: ImageShape) -> ImageShape:
    """Return the shape of the images after they were resized to ``resolution``."""
    own = min(parameters.net.side, MOST_ENLARGED * max(image_shape[:2]))
    return resized_shape(image_shape, parameters.resolution or max(parameters.net.smallest, own))


def check(parameters: PretrainedParameters, image_shape: ImageShape) -> None:
    """Reject a resolution that the backbone cannot take.

    Raises:
        ParameterError: It is too small.
    """
    if min(seen_shape(parameters, image_shape)[:2]) < parameters.net.smallest:
        raise ParameterError("resolution", f"{parameters.backbone} takes {parameters.net.smallest} pixels or more")


def build(parameters: PretrainedParameters, image_shape: ImageShape, classes: int, preprocessing: Any) -> Any:
    """Build the net; the backbone scales pixels as it was trained, so ``preprocessing`` is not used."""
    return join(parameters, image_shape, head(parameters, classes))


def join(parameters: PretrainedParameters, image_shape: ImageShape, classifier: Any) -> Any:
    """Build the net of a backbone and a head: a ``keras.Model`` from pixels to logits."""
    from keras import Model, layers

    pixels = layers.Input(image_shape, name="pixels")
    hidden = resize(pixels, image_shape, seen_shape(parameters, image_shape))
    if image_shape[2] == 1:
        hidden = layers.Concatenate()([hidden, hidden, hidden])
    net = parameters.net.build()
    net.trainable = False
    backbone = Model(pixels, net(hidden), name=BACKBONE)
    return Model(pixels, classifier(backbone(pixels)))


def head(parameters: PretrainedParameters, classes: int, *, normalised: bool = True) -> Any:
    """Build the head: a ``keras.Model`` from features ``(n, features)`` to logits ``(n, classes)``.

    Features of a backbone differ in scale; ``normalised`` to one scale, one learning rate suits all. The last
    layer starts from zeros: with more features than images, random weights would last in all that no image tells
    apart.
    """
    from keras import Model, layers

    features = layers.Input((parameters.net.features,), name="features")
    hidden = features
    if normalised:
        hidden = layers.BatchNormalization(momentum=0.9, center=False, scale=False)(hidden)
    if parameters.head_dropout:
        hidden = layers.Dropout(parameters.head_dropout)(hidden)
    if parameters.head == "mlp":
        hidden = layers.Dense(parameters.dense_units, activation="relu")(hidden)
        if parameters.head_dropout:
            hidden = layers.Dropout(parameters.head_dropout)(hidden)
    return Model(features, layers.Dense(classes, kernel_initializer="zeros", name="logits")(hidden), name=HEAD)


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


def check_export(parameters: PretrainedParameters) -> None:
    """Reject a net that is not built by kagglebot and Keras alone.

    Raises:
        DataError: KerasHub builds it from a preset.
    """
    if parameters.net.preset:
        raise DataError(
            f"A net of {parameters.backbone} is built by KerasHub from the preset's files, which no export holds.",
            "Run `kagglebot submit` here, or export a trial with another backbone.",
        )


def work(parameters: PretrainedParameters, image_shape: ImageShape, classes: int) -> Work:
    """Count the operations of the head for one image: the backbone's features are computed once for all trials."""
    widths = [parameters.net.features, *[parameters.dense_units] * (parameters.head == "mlp"), classes]
    head = sum(math.prod(pair) for pair in itertools.pairwise(widths))
    # There are fewer copies of weights that are not trained.
    return Work(head, sum(widths[1:]), head + parameters.net.weights // 4, len(widths) - 1)


def limits(image_shape: ImageShape) -> dict[str, int]:
    """Return the largest resolution that images of this shape are enlarged to."""
    return {"resolution": max(_SMALLEST, MOST_ENLARGED * max(image_shape[:2]))}


def features_key(parameters: PretrainedParameters, image_shape: ImageShape) -> str:
    """Return a text that differs wherever the features do: in weights, resolution or image shape.

    Raises:
        DataError: The weights are not on this machine, or are damaged.
    """
    decisive = [weights(parameters), seen_shape(parameters, image_shape), image_shape]
    name = re.sub(r"[^\w.-]", "-", parameters.backbone)  # it becomes part of a file's name
    return f"{name}-{hashlib.sha256(str(decisive).encode()).hexdigest()[:12]}"


def batch(parameters: PretrainedParameters, image_shape: ImageShape) -> int:
    """Return how many images to predict at once."""
    return max(1, _BATCH_PIXELS // math.prod(seen_shape(parameters, image_shape)[:2]))


def features_work(parameters: PretrainedParameters, image_shape: ImageShape) -> Work:
    """Count the operations of the backbone for one image."""
    net, share = parameters.net, math.prod(seen_shape(parameters, image_shape)[:2]) / PIXELS
    return Work(int(share * net.multiply_adds), int(share * net.activations))


TRANSFER = Transfer(
    key=features_key,
    width=lambda parameters: parameters.net.features,
    batch=batch,
    head=head,
    work=features_work,
)
FAMILY = Family(
    name="pretrained",
    engine="keras",
    parameters=PretrainedParameters,
    build=build,
    check=check,
    limits=limits,
    work=work,
    initialise=initialise,
    weights=weights,
    fetch=fetch,
    check_export=check_export,
    transfer=TRANSFER,
    seen_shape=seen_shape,
)
