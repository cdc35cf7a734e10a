"""Records of trained models: what ``train`` returns."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class TrainedModel:
    """A model trained on all rows.

    ``reused`` says that it was there already, ``metric`` what validation measured, and ``why`` on what grounds its
    trial was taken where another has the best score. ``differences`` say in sentences why it may not be to the bit
    what another machine makes of the same trial; ``threads`` is how many trained it, None where an earlier version
    did.
    """

    competition: str
    study: str
    trial: int
    validation_score: float | None
    metric: str
    path: Path
    epochs: int
    seconds: float
    reused: bool
    seed: int = 0
    tta: bool = False
    why: str = ""
    threads: int | None = None
    differences: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrainedEnsemble:
    """Models that predict together, each trained on all rows.

    Attributes:
        competition: Name of the competition.
        study: The study that they are from.
        metric: What validation measured.
        models: The members; a trial taken more than once has as many, each of another seed.
        scores: ``scores[n]`` is the validation score of the first ``n + 1`` picks together; the picks were made on
            the same rows, which flatters it.
        left_out: Sentences on trials that could not be considered.
    """

    competition: str
    study: str
    metric: str
    models: tuple[TrainedModel, ...]
    scores: tuple[float, ...]
    left_out: tuple[str, ...] = ()

    @property
    def validation_score(self) -> float:
        """The score of all members together."""
        return self.scores[-1]

    @property
    def single_score(self) -> float:
        """The score of the first pick alone, on the same rows."""
        return self.scores[0]

    @property
    def differences(self) -> tuple[str, ...]:
        """What the models say of theirs, each sentence once."""
        return tuple(dict.fromkeys(said for model in self.models for said in model.differences))

    @property
    def reused(self) -> bool:
        """Whether all members were there already."""
        return all(model.reused for model in self.models)

    def to_json(self) -> dict[str, Any]:
        """Which models it is made of, as ``train --json`` and ``submit --json`` say it."""
        return {
            "ensemble": len(self.models),
            "members": [
                {
                    "trial": model.trial,
                    "seed": model.seed,
                    "path": str(model.path),
                    "epochs": model.epochs,
                    "tta": model.tta,
                    "seconds": model.seconds,
                    "reused": model.reused,
                }
                for model in self.models
            ],
        }
