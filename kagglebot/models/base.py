"""The record that every model family is: its parameters, their limits, and the function that builds a model."""

import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from kagglebot.errors import StudyError, plain_problem
from kagglebot.system.progress import ProgressCallback

ImageShape = tuple[int, int, int]  #: (height, width, channels)
#: The (scale, offset) of pixels, or their (mean, deviation): a number for all channels, or a list of one for each.
Scaling = tuple[float | list[float], float | list[float]]


class ParameterError(StudyError):
    """A parameter whose value is not possible; ``parameter`` is its name."""

    def __init__(self, parameter: str, problem: str, hint: str = "") -> None:
        super().__init__(f"{parameter}: {problem}", hint)
        self.parameter = parameter
        self.problem = problem

    def __reduce__(self) -> tuple[type["ParameterError"], tuple[str, ...]]:
        return type(self), (self.parameter, self.problem, self.hint)


class Parameters(BaseModel):
    """Settings with defaults and limits; unknown names are rejected."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, allow_inf_nan=False)

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> "Parameters":
        """Check ``values`` and fill in the defaults.

        Raises:
            ParameterError: A name is unknown or a value outside its limits; names the first one.
        """
        try:
            return cls(**values)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            if first["type"] == "extra_forbidden":
                known = ", ".join(sorted(cls.model_fields))
                raise ParameterError(name, "there is no such parameter", f"Known: {known}.") from error
            value = reprlib.repr(first["input"])
            raise ParameterError(name, f"{value} cannot be used: {plain_problem(first['msg']).lower()}") from error


def any_shape(parameters: Any, image_shape: ImageShape) -> None:
    """Accept every image: the ``check`` of families whose nets fit images of any shape."""


def no_limits(image_shape: ImageShape) -> dict[str, int]:
    """Return no limits: the ``limits`` of families whose nets fit images of any shape."""
    return {}


def own_shape(parameters: Any, image_shape: ImageShape) -> ImageShape:
    """Return the shape as it is: the ``seen_shape`` of families that do not resize images."""
    return image_shape


def resized_shape(image_shape: ImageShape, resolution: int | None) -> ImageShape:
    """Return the shape of images whose longer side becomes ``resolution``; None keeps them as they are."""
    height, width, channels = image_shape
    if resolution is None or resolution == max(height, width):
        return image_shape
    factor = resolution / max(height, width)
    return max(1, round(height * factor)), max(1, round(width * factor)), channels


def resize(images: Any, image_shape: ImageShape, shape: ImageShape) -> Any:
    """Add the layer that resizes images of a net from one shape to another; none if the shapes are the same."""
    from keras import layers

    if image_shape == shape:
        return images
    return layers.Resizing(*shape[:2], antialias=True, name="resized")(images)


@dataclass(frozen=True)
class Work:
    """The operations that predicting one image takes, and the size of the net."""

    multiply_adds: int  #: Multiplications with an addition each.
    activations: int  #: Outputs of the layers with weights.
    weights: int = 0  #: Numbers that are trained, without those of normalisation.
    layers: int = 0  #: Convolutions and dense layers, on which the time to compile a training step depends.


@dataclass(frozen=True)
class Transfer:
    """A net of two layers, by name ``BACKBONE`` and ``HEAD``, the first of which starts from pretrained weights.

    A frozen backbone is not trained: its features are computed once, and only the head learns from them.

    Attributes:
        key: ``(parameters, image_shape) -> key``: a text that differs wherever the features do.
        width: ``(parameters) -> features``: number of features of an image.
        batch: ``(parameters, image_shape) -> images``: how many images to predict at once.
        head: ``(parameters, classes) -> model``: builds the head, from float32 features ``(n, features)`` to
            logits ``(n, classes)``.
        rates: ``(parameters, model) -> factors``: factor of the learning rate for each trainable variable; None if
            the backbone is frozen.
        work: ``(parameters, image_shape) -> Work``: the operations that the features of an image take; None if
            they are not known.
    """

    key: Callable[[Any, ImageShape], str]
    width: Callable[[Any], int]
    batch: Callable[[Any, ImageShape], int]
    head: Callable[[Any, int], Any]
    rates: Callable[[Any, Any], list[float]] | None = None
    work: Callable[[Any, ImageShape], Work] | None = None


#: Names of the two layers of a ``Transfer`` net.
BACKBONE, HEAD = "backbone", "head"


def any_net(parameters: Any) -> None:
    """Accept every net: the ``check_export`` of families whose nets need only what kagglebot itself needs."""


@dataclass(frozen=True)
class Family:
    """A kind of model that studies can search.

    Attributes:
        name: As a study definition writes it.
        engine: What trains it: "keras", "sklearn", or the name of another engine.
        parameters: The architecture's settings, with defaults and limits.
        build: ``(parameters, image_shape, classes, preprocessing) -> model``. For "keras" a ``keras.Model`` from
            float32 pixels 0-255 of shape ``(n, height, width, channels)`` to logits ``(n, classes)``; for
            "sklearn" an unfitted ``MLPClassifier``. ``preprocessing`` is the ``Scaling`` of the pixels.
        check: ``(parameters, image_shape)``; raises ``ParameterError`` for a net that cannot exist on such images.
        limits: ``(image_shape) -> limits``: the largest value of a parameter that such images allow, by its name.
            A search samples nothing above it.
        work: ``(parameters, image_shape, classes) -> Work``, from which a search estimates the time of a training
            before it starts; None if it is not known.
        initialise: ``(parameters, model)``: sets the weights of a new net that are not drawn at random; raises
            ``DataError`` if they are not on this machine. None if all are.
        weights: ``(parameters) -> digest``: the SHA-256 of these weights; raises ``DataError`` as ``initialise``.
        fetch: ``(parameters, on_progress)``: downloads these weights, which ``backbone`` alone decides,
            if they are not on this machine, before processes start; raises ``DataError`` if it cannot.
        check_export: ``(parameters)``; raises ``DataError`` for a net that an exported folder cannot predict with.
        transfer: How a net consists of a pretrained backbone and a head; None if it does not.
        seen_shape: ``(parameters, image_shape) -> shape``: what the net resizes images to.
    """

    name: str
    engine: str
    parameters: type[Parameters]
    build: Callable[[Any, ImageShape, int, Any], Any]
    check: Callable[[Any, ImageShape], None] = any_shape
    limits: Callable[[ImageShape], dict[str, int]] = no_limits
    work: Callable[[Any, ImageShape, int], Work] | None = None
    initialise: Callable[[Any, Any], None] | None = None
    weights: Callable[[Any], str] | None = None
    fetch: Callable[[Any, ProgressCallback], None] | None = None
    check_export: Callable[[Any], None] = any_net
    transfer: Transfer | None = None
    seen_shape: Callable[[Any, ImageShape], ImageShape] = own_shape

    @property
    def is_frozen(self) -> bool:
        """Whether only the head of its nets is trained, on features that are computed once."""
        return self.transfer is not None and self.transfer.rates is None

    @property
    def is_nested(self) -> bool:
        """Whether its nets are trained as a backbone and a head, which have layers of their own."""
        return self.transfer is not None and self.transfer.rates is not None
