"""Records of trained models: what ``train`` returns."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class TrainedModel:
    """A model trained on all rows.

    Attributes:
        competition: Name of the competition.
        study: Name of the study.
        trial: Number of the trial whose settings it has.
        validation_score: The score of that trial; None if it has none.
        metric: Name of the metric of that score.
        path: The model file.
        epochs: Epochs it was trained for, those of the trial included where it was continued from there.
        seconds: Seconds that took.
        reused: Whether it was there already.
        seed: Seed of its initial weights, the order of rows and the augmentation.
        tta: Whether it predicts with test-time augmentation.
        adjustment: Numbers that its probabilities are adjusted to the metric by, such as a temperature.
        why: Why its trial was chosen over the one with the best score; empty if that one was.
        threads: Threads it was trained with; None if version 0.1 or earlier trained it.
        differences: Sentences on why it may differ in the last bits from what another machine makes of the trial.
        rebuilt: Why it was trained again although its file was there; empty if it was not.
        how: How it was made of the trial: "continued from trial 3's checkpoint, 5 more epochs on all rows".
        note: Why it was trained from nothing now although a checkpoint was looked for; empty if it was not.
        sealed_score: Its own score on the sealed rows, which nothing learned from or was chosen by; None without.
        sealed_error: The standard error of that score; None if it is not known, as of models of early versions.
        sealed_rows: Number of these rows.
        fold: The fold of the trial, from 0, whose net it is; None for one that learned from all rows.
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
    adjustment: tuple[float, ...] = ()
    why: str = ""
    threads: int | None = None
    differences: tuple[str, ...] = ()
    rebuilt: str = ""
    how: str = ""
    note: str = ""
    sealed_score: float | None = None
    sealed_error: float | None = None
    sealed_rows: int = 0
    fold: int | None = None

    @property
    def label(self) -> str:
        """The name that people read: "trial 3"."""
        return f"trial {self.trial}"

    @property
    def models(self) -> "tuple[TrainedModel]":
        """The model alone, where an ensemble has its members."""
        return (self,)

    def to_json(self) -> dict[str, Any]:
        """Return the model as ``export --json`` prints it."""
        return {"trial": self.trial}


@dataclass(frozen=True)
class TrainedEnsemble:
    """Models that predict together, each trained on all rows, or the nets of the folds of trials.

    Attributes:
        competition: Name of the competition.
        study: Name of the study.
        metric: Name of the metric of the scores.
        models: The members; a trial that was chosen more than once has as many, each with another seed. The nets
            of folds are there more than once instead.
        scores: ``scores[n]`` is the validation score of ``n + 1`` choices together, of which each row is scored by
            what is chosen without it; see ``choice_score``. Of the folds of one trial the only one is its score.
        left_out: Sentences on trials that could not be considered.
        adjustment: Numbers that the mean of their probabilities is adjusted by, such as a temperature.
        named: What it is called where that does not follow from the number of its models.
    """

    competition: str
    study: str
    metric: str
    models: tuple[TrainedModel, ...]
    scores: tuple[float, ...]
    left_out: tuple[str, ...] = ()
    adjustment: tuple[float, ...] = ()
    named: str = ""

    @property
    def label(self) -> str:
        """The name that people read: "ensemble 5", "folds of trial 3"."""
        return self.named or f"ensemble {len(self.models)}"

    @property
    def of_one_trial(self) -> bool:
        """Whether its models are the nets of the folds of one trial."""
        return len(self.scores) == 1 and self.models[0].fold is not None

    @property
    def validation_score(self) -> float:
        """The score of all members together."""
        return self.scores[-1]

    @property
    def single_score(self) -> float | None:
        """The score of the first choice alone; None for the folds of one trial."""
        return None if self.of_one_trial else self.scores[0]

    @property
    def differences(self) -> tuple[str, ...]:
        """The differences of all members, each sentence once."""
        return tuple(dict.fromkeys(sentence for model in self.models for sentence in model.differences))

    @property
    def rebuilt(self) -> tuple[str, ...]:
        """Why members were trained again although their files were there."""
        return tuple(model.rebuilt for model in self.models if model.rebuilt)

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes of members."""
        return tuple(model.note for model in self.models if model.note)

    @property
    def reused(self) -> bool:
        """Whether all members existed already."""
        return all(model.reused for model in self.models)

    def to_json(self) -> dict[str, Any]:
        """Return the members as ``train``, ``submit`` and ``export`` print them with ``--json``."""
        count = len(self.models)
        return {
            **({"trial": self.models[0].trial, "folds": count} if self.of_one_trial else {"ensemble": count}),
            "adjustment": list(self.adjustment),
            "members": [
                {
                    "trial": model.trial,
                    "seed": model.seed,
                    "path": str(model.path),
                    "epochs": model.epochs,
                    "tta": model.tta,
                    "seconds": model.seconds,
                    "reused": model.reused,
                    "rebuilt": model.rebuilt,
                    "how": model.how,
                    "sealed_score": model.sealed_score,
                    "sealed_error": model.sealed_error,
                }
                for model in self.models
            ],
        }
