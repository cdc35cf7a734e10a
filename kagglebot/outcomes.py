"""What the steps of the job give back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kagglebot.datasets.schema import Schema
    from kagglebot.kaggle.records import Standing


@dataclass(frozen=True)
class FetchResult:
    """What ``fetch`` found; ``downloaded`` is False where Kaggle had nothing new."""

    schema: "Schema"
    downloaded: bool
    folder: Path


@dataclass(frozen=True)
class TrainedModel:
    """A model trained on all rows; ``reused`` where it was there already."""

    competition: str
    study: str
    trial: int
    validation_score: float | None
    path: Path
    epochs: int
    seconds: float
    reused: bool


@dataclass(frozen=True)
class Exported:
    """A folder that predicts in a Kaggle notebook; ``files`` are the names in it."""

    model: TrainedModel
    folder: Path
    files: tuple[str, ...]
    size_bytes: int


@dataclass(frozen=True)
class Submitted:
    """A submission; ``new`` is False where Kaggle had the file, ``status`` "dry-run" where none was made."""

    competition: str
    study: str | None
    file: Path
    rows: int
    validation_score: float | None
    public_score: float | None
    status: str
    ref: int | None
    model: Mapping[str, Any] = field(default_factory=dict)
    new: bool = True


@dataclass(frozen=True)
class Leaderboard:
    """A competition's public leaderboard, and the best score submitted from this workspace."""

    competition: str
    standings: "list[Standing]"
    best_score: float | None

    @property
    def rank(self) -> int | None:
        """Where the best score stands, counted from 1; equal scores share the better place."""
        if self.best_score is None:
            return None
        return 1 + sum(each.score is not None and each.score > self.best_score for each in self.standings)

    @property
    def percentile(self) -> float | None:
        """The rank as a percentage of all teams."""
        return None if self.rank is None else 100 * self.rank / max(self.rank, len(self.standings))

    @property
    def next_score(self) -> float | None:
        """The nearest higher score on the board."""
        if self.best_score is None:
            return None
        higher = [each.score for each in self.standings if each.score is not None and each.score > self.best_score]
        return min(higher, default=None)
