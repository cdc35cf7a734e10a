"""Records of a submission and of the leaderboard: what ``submit`` and ``leaderboard`` return."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kagglebot.kaggle.records import Standing
    from kagglebot.metrics.metric import Metric


@dataclass(frozen=True)
class Submitted:
    """A submission that was made, found on Kaggle, or only written (a dry run).

    Attributes:
        competition: Name of the competition.
        study: The study whose model predicted; None for a file submitted as it is.
        file: The CSV.
        rows: Number of predictions in it.
        validation_score: The local score, in ``metric``.
        public_score: Kaggle's public score; None until it is known.
        status: "pending", "complete", "running" while a notebook runs that will be submitted, or "dry-run" if
            nothing was uploaded.
        ref: Kaggle's number of the submission.
        metric: Name of the competition's metric.
        model: The model that predicted, as in ``submit --json``: {"trial": 3}, an ensemble's members, or a file.
        label: What that model is called: "trial 3", or "checkpoint of ensemble 2"; empty for a file.
        new: Whether it was uploaded just now; False if Kaggle already had the file.
        single_score: The score of an ensemble's best member alone, on the same rows; None for one trial.
        why: See ``TrainedModel``.
        rebuilt: Sentences on models that were trained again although their files were there, or from nothing
            although a checkpoint was looked for.
        left_out: Sentences on trials that could not be considered for an ensemble.
        how: See ``TrainedModel``; empty for an ensemble or a file.
        sealed_score: The score of the model, or of the ensemble, on the sealed rows; None without, and for a file.
        sealed_error: See ``TrainedModel``.
        sealed_rows: Number of the rows it is of.
        notebook: The notebook that predicted on Kaggle, as ``OWNER/SLUG``; empty for an uploaded file.
        optimism: By how much the validation score is too good, as the best trial was chosen for it; None where
            that is not known, or another model was asked for.
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
    label: str = ""
    new: bool = True
    single_score: float | None = None
    why: str = ""
    rebuilt: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    how: str = ""
    optimism: float | None = None
    sealed_score: float | None = None
    sealed_error: float | None = None
    sealed_rows: int = 0
    notebook: str = ""


@dataclass(frozen=True)
class Leaderboard:
    """A competition's public leaderboard, and the scores submitted from this workspace.

    Attributes:
        competition: Name of the competition.
        standings: The teams, best first.
        own_scores: Public scores of this workspace's submissions.
        metric: The competition's metric, or accuracy if it was not fetched.
    """

    competition: str
    standings: "list[Standing]"
    own_scores: Sequence[float]
    metric: "Metric"

    @property
    def minimise(self) -> bool:
        """Whether a lower score is better: by the leaderboard's order, or by the metric if all are equal."""
        scores = self._scores
        return scores[0] < scores[-1] if scores and scores[0] != scores[-1] else self.metric.minimise

    @property
    def best_score(self) -> float | None:
        """The best public score of this workspace's submissions."""
        return (min if self.minimise else max)(self.own_scores, default=None)

    @property
    def rank(self) -> int | None:
        """The rank of the best score, from 1; equal scores share the better rank."""
        return None if self.best_score is None else 1 + len(self._better)

    @property
    def percentile(self) -> float | None:
        """The rank as a percentage of all teams."""
        return None if self.rank is None else 100 * self.rank / max(self.rank, len(self.standings))

    @property
    def next_score(self) -> float | None:
        """The next better score on the leaderboard."""
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
