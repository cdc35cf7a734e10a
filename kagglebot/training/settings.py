"""The settings of a training, with their defaults and limits."""

from typing import Literal

import numpy as np
from pydantic import Field

from kagglebot.models.base import Parameters, Scaling

ClassWeights = Literal["none", "balanced", "root"]


class CommonSettings(Parameters):
    """The settings that every engine has."""

    preprocessing: Literal["raw", "scale255", "scale256", "standardise"] = Field(
        "scale255",
        description="pixels as they are, divided by 255 or 256, or to mean 0 and deviation 1 by channel",
    )
    batch_size: int = Field(128, ge=1, le=65536, description="images in a step")
    epochs: int = Field(12, ge=1, le=10000, description="passes over the training rows")

    def images_in_step(self, rows: int) -> int:
        """Return the number of images in a step where the net learns from so many rows."""
        return min(self.batch_size, rows)

    def scaling(self, pixel_moments: Scaling) -> Scaling:
        """Return (scale, offset) of the preprocessing, from the pixels' (mean, standard deviation)."""
        if self.preprocessing != "standardise":
            return {"raw": 1.0, "scale255": 1 / 255, "scale256": 1 / 256}[self.preprocessing], 0.0
        mean, deviation = map(np.asarray, pixel_moments)
        scale = 1 / np.maximum(deviation, 1e-6)
        return scale.tolist(), (-mean * scale).tolist()


class SklearnSettings(CommonSettings):
    """The settings of scikit-learn's perceptron, with its own defaults except for ``epochs``."""

    optimizer: Literal["adam", "sgd"] = Field("adam", description="sgd has momentum 0.9")
    learning_rate: float = Field(1e-3, gt=0, le=10, description="learning rate of every step")
    batch_size: int = Field(200, ge=1, le=65536, description="images in a step")
    epochs: int = Field(200, ge=1, le=10000, description="passes over the training rows, at most")
    tolerance: float = Field(
        1e-4, ge=0, description="the training loss must fall by more than this to count as better"
    )
    patience: int = Field(
        10, ge=1, description="epochs without a better training loss after which the training ends"
    )


class TrainingSettings(CommonSettings):
    """The settings of Keras nets."""

    optimizer: Literal["adam", "adamw", "rmsprop", "sgd"] = Field("adam", description="sgd has momentum 0.9")
    learning_rate: float = Field(8e-3, gt=0, le=10, description="highest learning rate of the schedule")
    schedule: Literal["onecycle", "cosine", "constant", "plateau"] = Field(
        "onecycle", description="course of the learning rate; plateau halves it when the validation score stalls"
    )
    warmup_steps: int = Field(
        0,
        ge=0,
        le=100_000,
        description="steps in which the learning rate rises to that of the schedule, at most an epoch",
    )
    ema_epochs: float = Field(
        0.0,
        ge=0,
        le=1000,
        description="epochs that the exponential moving average (EMA) of the weights spans; 0 for no average",
    )
    min_steps_per_epoch: int = Field(
        32, ge=1, le=10000, description="fewest steps in an epoch: with too few images for it, batches are smaller"
    )
    batch_statistics: Literal["augmented", "plain"] = Field(
        "augmented",
        description="images whose mean and variance batch normalisation predicts with: those it learned from, "
        "or some of them as they are",
    )
    weight_decay: float = Field(0.0, ge=0, le=1)
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    class_weights: ClassWeights = Field(
        "none",
        description="weight of a class in the loss, for classes in unequal numbers: falls with its training rows, "
        "or with their square root",
    )
    rotation: float = Field(0.0, ge=0, le=180, description="augmentation: largest rotation, in degrees")
    zoom: float = Field(0.0, ge=0, le=0.9, description="augmentation: largest change of size, as a fraction")
    shift: float = Field(0.0, ge=0, le=0.9, description="augmentation: largest shift, as a fraction of the side")
    shear: float = Field(0.0, ge=0, le=1, description="augmentation: largest shear, as a fraction of the side")
    flip: bool = Field(False, description="augmentation: mirror half of the images left to right")
    crop: float = Field(
        1.0,
        gt=0,
        le=1,
        description="augmentation: least share of the area that a random crop keeps and enlarges; 1 for none",
    )
    border: Literal["zero", "reflect"] = Field(
        "zero", description="augmentation: black beyond the border of a moved image, or its mirror image"
    )
    jitter: float = Field(
        0.0,
        ge=0,
        le=1,
        description="augmentation: largest change of brightness, contrast and saturation, as a fraction",
    )
    erasing: float = Field(
        0.0, ge=0, le=1, description="augmentation: share of images in which a random rectangle is erased"
    )
    mixup: float = Field(
        0.0,
        ge=0,
        le=100,
        description="augmentation: mix images in shares from the beta distribution of this alpha; 0 for none",
    )
    cutmix: float = Field(
        0.0,
        ge=0,
        le=100,
        description="augmentation: paste rectangles of other images, with areas as shares of mixup; 0 for none",
    )

    def images_in_step(self, rows: int) -> int:
        """See ``CommonSettings``; there are ``min_steps_per_epoch`` steps."""
        return max(1, min(self.batch_size, rows // self.min_steps_per_epoch))
