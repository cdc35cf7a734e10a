"""How a net is trained: every setting of the fit loop, with its default and limits."""

from typing import Literal

from pydantic import Field

from kagglebot.models.base import Parameters


class TrainingSettings(Parameters):
    """Settings of the fit loop; what a study does not name keeps the default here."""

    preprocessing: Literal["raw", "scale255", "scale256", "standardise"] = Field(
        "scale255", description="pixels as they are, divided by 255 or 256, or to mean 0 and deviation 1"
    )
    optimizer: Literal["adam", "adamw", "rmsprop", "sgd"] = Field("adam", description="sgd has momentum 0.9")
    learning_rate: float = Field(8e-3, gt=0, le=10, description="the highest rate of the schedule")
    schedule: Literal["onecycle", "cosine", "constant", "plateau"] = Field(
        "onecycle", description="how the rate moves over the epochs; plateau halves it when validation stalls"
    )
    weight_decay: float = Field(0.0, ge=0, le=1)
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    batch_size: int = Field(128, ge=1, le=65536, description="images a step")
    epochs: int = Field(12, ge=1, le=10000, description="passes over the training rows")
    rotation: float = Field(0.0, ge=0, le=180, description="augmentation: largest rotation, in degrees")
    zoom: float = Field(0.0, ge=0, le=0.9, description="augmentation: largest change of size, as a share")
    shift: float = Field(0.0, ge=0, le=0.9, description="augmentation: largest shift, as a share of the side")
    shear: float = Field(0.0, ge=0, le=1, description="augmentation: largest shear, as a share of the side")
