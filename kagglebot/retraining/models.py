"""What the steps of the job give back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kagglebot.datasets.schema import Schema
    from kagglebot.kaggle.models import Standing
    from kagglebot.metrics.metric import Metric


@dataclass(frozen=True)
class FetchResult:
    """What ``fetch`` found; ``downloaded`` is False where Kaggle had nothing new."""

    schema: "Schema"
    downloaded: bool
    folder: Path


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
                    "views": model.tta,
                    "seconds": model.seconds,
                    "reused": model.reused,
                }
                for model in self.models
            ],
        }


@dataclass(frozen=True)
class Exported:
    """A folder that predicts in a Kaggle notebook; ``files`` are the names in it."""

    model: TrainedModel
    folder: Path
    files: tuple[str, ...]
    size_bytes: int


@dataclass(frozen=True)
class Submitted:
    """A submission; ``new`` is False where Kaggle had the file, ``status`` "dry-run" where none was made.

    ``metric`` is what the scores are in. ``single_score`` is that of an ensemble's best member alone, on the same
    rows; None where one model predicted. ``why`` is as in ``TrainedModel``.
    """

    competition: str
    study: str | None
    file: Path
    rows: int
    validation_score: float | None
    public_score: float | None
    status: str
    ref: int | None
    metric: str
    model: Mapping[str, Any] = field(default_factory=dict)
    new: bool = True
    single_score: float | None = None
    why: str = ""


@dataclass(frozen=True)
class Leaderboard:
    """A competition's public leaderboard, and the scores submitted from this workspace.

    Attributes:
        competition: Its name.
        standings: The teams as Kaggle lists them, the best first.
        own_scores: Public scores of this workspace's submissions.
        metric: What they are scores of, as far as is known here.
    """

    competition: str
    standings: "list[Standing]"
    own_scores: Sequence[float]
    metric: "Metric"

    @property
    def minimise(self) -> bool:
        """Whether a lower score is better: Kaggle's own order tells, and where all are equal the metric."""
        scores = self._scores
        return scores[0] < scores[-1] if scores and scores[0] != scores[-1] else self.metric.minimise

    @property
    def best_score(self) -> float | None:
        """The best score submitted from here."""
        return (min if self.minimise else max)(self.own_scores, default=None)

    @property
    def rank(self) -> int | None:
        """Where the best score stands, counted from 1; equal scores share the better place."""
        return None if self.best_score is None else 1 + len(self._better)

    @property
    def percentile(self) -> float | None:
        """The rank as a percentage of all teams."""
        return None if self.rank is None else 100 * self.rank / max(self.rank, len(self.standings))

    @property
    def next_score(self) -> float | None:
        """The nearest better score on the board."""
        return (max if self.minimise else min)(self._better, default=None)

    @property
    def _scores(self) -> list[float]:
        return [each.score for each in self.standings if each.score is not None]

    @property
    def _better(self) -> list[float]:
        own = self.best_score
        if own is None:
            return []
        return [score for score in self._scores if (score < own if self.minimise else score > own)]
