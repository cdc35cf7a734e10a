"""The part of a net that is trained, and what it learns from: all of it from images, or a head from features."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kagglebot.models.base import BACKBONE, HEAD, Family, ImageShape, Parameters, Scaling, Transfer
from kagglebot.training.keras.augmentation import Augmentation, draw_augmentation
from kagglebot.training.keras.features import Backbone, Features, features_of, mirrored, share_kept
from kagglebot.training.learner import Images, OnShare, Probabilities, Rows, ignore_share, image_shape
from kagglebot.training.scoring.tta import predict_with_tta, shifts_of
from kagglebot.training.settings import TrainingSettings

#: Predicts the given rows of an array of inputs.
PredictRows = Callable[[Any, Rows | None], Probabilities]


@dataclass
class WholeNet:
    """A net that is trained from images; it sees them at ``seen_shape`` where that is smaller."""

    family: Family
    parameters: Parameters
    settings: TrainingSettings
    image_shape: ImageShape
    classes: int
    scaling: Scaling
    #: Whether its batch normalisation has statistics of the images that it learns from, as they are augmented.
    learns_statistics: ClassVar[bool] = True

    def build(self) -> Any:
        """Build what is trained, with new weights: a ``keras.Model`` from inputs to logits."""
        return self._build(self._trained_shape)

    def whole(self, part: Any) -> Any:
        """Return the net from pixels to logits that has the weights of ``part``, which ``build`` built."""
        if self._trained_shape == self.image_shape:
            return part
        model = self._build(self.image_shape)
        model.set_weights(part.get_weights())
        return model

    def rates(self, part: Any) -> list[float]:
        """Return the factor of the learning rate for each trainable variable of ``part``."""
        return [1.0] * len(part.trainable_variables)

    def logits(self, part: Any, inputs: Any) -> Any:
        """Return what ``part`` makes of inputs while it is trained."""
        return part(inputs, training=True)

    def prepare(self, images: Images, on_share: OnShare) -> None:
        """Compute what trainings of this net need before their first epoch, unless it is there."""

    @property
    def _trained_shape(self) -> ImageShape:
        """The shape at which images are augmented: large ones are shrunk before, small ones enlarged after it."""
        return min(self.image_shape, self.family.seen_shape(self.parameters, self.image_shape))

    def _build(self, image_shape: ImageShape) -> Any:
        model = self.family.build(self.parameters, image_shape, self.classes, self.scaling)
        if self.family.initialise is not None:
            self.family.initialise(self.parameters, model)
        return model

    def batch(self, images: Images, rows: Rows, rng: np.random.Generator) -> tuple[NDArray[Any], Augmentation]:
        """Return the inputs of the rows, and how they are augmented."""
        return images[rows], draw_augmentation(rng, len(rows), self._trained_shape, self.settings)

    def predict(self, predict: PredictRows, images: Images, rows: Rows | None) -> Probabilities:
        """Return the class probabilities of the rows."""
        return predict(images, rows)

    def predict_views(
        self, predict: PredictRows, images: Images, rows: Rows
    ) -> tuple[Probabilities, Probabilities]:
        """Return the class probabilities of the rows without and with test-time augmentation."""
        shifts = shifts_of(self.family)
        return predict_with_tta(
            lambda each: predict(each, None), images, rows, flip=self.settings.flip, shifts=shifts
        )


@dataclass
class TunedNet(WholeNet):
    """A net with a pretrained backbone whose last stages are trained, at lower rates than the head."""

    transfer: Transfer
    learns_statistics: ClassVar[bool] = False

    def rates(self, part: Any) -> list[float]:
        """See ``WholeNet``."""
        assert self.transfer.rates is not None
        return self.transfer.rates(self.parameters, part)

    def logits(self, part: Any, inputs: Any) -> Any:
        """See ``WholeNet``; batch normalisation keeps the statistics that the backbone was trained with."""
        features = part.get_layer(BACKBONE)(inputs, training=False)
        return part.get_layer(HEAD)(features, training=True)


@dataclass
class FrozenNet(WholeNet):
    """A net of which only the head is trained, from the features of its backbone."""

    transfer: Transfer
    learns_statistics: ClassVar[bool] = False
    #: The images whose features were opened last, and these; plain and mirrored.
    _opened: dict[bool, tuple[Images, Features]] = field(default_factory=dict)

    def build(self) -> Any:
        """See ``WholeNet``."""
        return self.transfer.head(self.parameters, self.classes)

    def whole(self, part: Any) -> Any:
        """See ``WholeNet``."""
        model = self._build(self.image_shape)
        model.get_layer(HEAD).set_weights(part.get_weights())
        return model

    def batch(self, images: Images, rows: Rows, rng: np.random.Generator) -> tuple[NDArray[Any], Augmentation]:
        """See ``WholeNet``."""
        inputs = self._features(images)[rows]
        if self.settings.flip:
            sides = rng.random(len(rows)) < 0.5
            inputs[sides] = self._features(images, flip=True)[rows[sides]]
        return inputs, draw_augmentation(rng, len(rows), None, self.settings)

    def predict(self, predict: PredictRows, images: Images, rows: Rows | None) -> Probabilities:
        """See ``WholeNet``."""
        return predict(self._features(images), rows)

    def predict_views(
        self, predict: PredictRows, images: Images, rows: Rows
    ) -> tuple[Probabilities, Probabilities]:
        """See ``WholeNet``."""
        plain = self.predict(predict, images, rows)
        if not self.settings.flip:
            return plain, plain
        return plain, (plain + predict(self._features(images, flip=True), rows)) / np.float32(2)

    def prepare(self, images: Images, on_share: OnShare) -> None:
        """See ``WholeNet``."""
        sides = (False, True) if self.settings.flip else (False,)

        def on_side(share: float) -> None:
            on_share((sides.index(flip) + share) / len(sides))

        for flip in sides:
            self._features(images, flip=flip, on_share=on_side)

    def _features(self, images: Images, *, flip: bool = False, on_share: OnShare = ignore_share) -> Features:
        if self._opened.get(flip, (None,))[0] is not images:
            features = features_of(
                images,
                lambda: mirrored(self._backbone) if flip else self._backbone,
                key=_features_key(self.transfer, self.parameters, self.image_shape, flip=flip),
                width=self.transfer.width(self.parameters),
                batch=self.transfer.batch(self.parameters, self.image_shape),
                on_share=on_share,
            )
            self._opened[flip] = images, features
        return self._opened[flip][1]

    @cached_property
    def _backbone(self) -> Backbone:
        backbone = self._build(self.image_shape).get_layer(BACKBONE)
        return lambda images: backbone.predict_on_batch(images.astype(np.float32))


def _features_key(transfer: Transfer, parameters: Parameters, image_shape: ImageShape, *, flip: bool) -> str:
    return transfer.key(parameters, image_shape) + "-mirrored" * flip


def features_kept(transfer: Transfer, parameters: Parameters, images: Images, *, flip: bool) -> float:
    """Return the share that is kept of the features which a frozen net learns from."""
    shape = image_shape(images)
    shares = [
        share_kept(
            images,
            key=_features_key(transfer, parameters, shape, flip=side),
            batch=transfer.batch(parameters, shape),
        )
        for side in ((False, True) if flip else (False,))
    ]
    return sum(shares) / len(shares)


def trained_part(family: Family, parameters: Parameters, settings: TrainingSettings, **shape: Any) -> WholeNet:
    """Return the part of a net that these settings train; ``shape`` are the other attributes of ``WholeNet``."""
    common = (family, parameters, settings)
    if family.transfer is None:
        return WholeNet(*common, **shape)
    kind = FrozenNet if family.is_frozen else TunedNet
    return kind(*common, **shape, transfer=family.transfer)
