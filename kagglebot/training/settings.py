"""How a net is trained: every setting of the fit loop, with its default and limits."""

from typing import Literal

from pydantic import Field

from kagglebot.models.base import Parameters


class CommonSettings(Parameters):
    """What every training has."""

    preprocessing: Literal["raw", "scale255", "scale256", "standardise"] = Field(
        "scale255", description="pixels as they are, divided by 255 or 256, or to mean 0 and deviation 1"
    )
    batch_size: int = Field(128, ge=1, le=65536, description="images a step")
    epochs: int = Field(12, ge=1, le=10000, description="passes over the training rows")

    def scaling(self, pixel_moments: tuple[float, float]) -> tuple[float, float]:
        """Give (scale, offset) of the preprocessing, from the pixels' (mean, standard deviation)."""
        mean, deviation = pixel_moments
        scale = {"raw": 1.0, "scale255": 1 / 255, "scale256": 1 / 256}.get(
            self.preprocessing, 1 / max(deviation, 1e-6)
        )
        return scale, (-mean * scale if self.preprocessing == "standardise" else 0.0)


class SklearnSettings(CommonSettings):
    """How scikit-learn's perceptron is trained; the defaults are its own, but for the epochs it may take."""

    optimizer: Literal["adam", "sgd"] = Field("adam", description="sgd has momentum 0.9")
    learning_rate: float = Field(1e-3, gt=0, le=10, description="the rate of every step")
    batch_size: int = Field(200, ge=1, le=65536, description="images a step")
    epochs: int = Field(200, ge=1, le=10000, description="passes over the training rows, at most")
    tolerance: float = Field(1e-4, ge=0, description="a smaller fall of the training loss counts as none")
    patience: int = Field(10, ge=1, description="epochs without a fall of the training loss that end the training")


class TrainingSettings(CommonSettings):
    """How Keras nets are trained; what a study does not name keeps the default here."""

    optimizer: Literal["adam", "adamw", "rmsprop", "sgd"] = Field("adam", description="sgd has momentum 0.9")
    learning_rate: float = Field(8e-3, gt=0, le=10, description="the highest rate of the schedule")
    schedule: Literal["onecycle", "cosine", "constant", "plateau"] = Field(
        "onecycle",
        description="how the rate moves over the epochs; plateau halves it when the validation score stalls",
    )
    warmup_steps: int = Field(
        0, ge=0, le=100_000, description="steps in which the rate rises to that of the schedule, an epoch at most"
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
    weight_decay: float = Field(0.0, ge=0, le=1)
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    rotation: float = Field(0.0, ge=0, le=180, description="augmentation: largest rotation, in degrees")
    zoom: float = Field(0.0, ge=0, le=0.9, description="augmentation: largest change of size, as a share")
    shift: float = Field(0.0, ge=0, le=0.9, description="augmentation: largest shift, as a share of the side")
    shear: float = Field(0.0, ge=0, le=1, description="augmentation: largest shear, as a share of the side")
    flip: bool = Field(False, description="augmentation: mirror half of the images left to right")
