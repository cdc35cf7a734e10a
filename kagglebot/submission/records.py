"""Records of a submission and of the leaderboard: what ``submit`` and ``leaderboard`` return."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kagglebot.kaggle.models import Standing
    from kagglebot.metrics.metric import Metric


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
