"""Records of what Kaggle answers: competitions, submissions, the leaderboard."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

Status = Literal["pending", "complete", "error"]


@dataclass(frozen=True)
class Competition:
    """A competition as Kaggle describes it; ``deadline`` has a time zone, ``metric`` is Kaggle's name for it."""

    name: str
    title: str
    metric: str
    deadline: datetime | None
    entered: bool
    notebooks_only: bool
    submissions_disabled: bool
    max_daily_submissions: int
    url: str
    rules_url: str

    @classmethod
    def from_api(cls, card: Any) -> "Competition":
        """Convert an ``ApiCompetition``."""
        name = str(card.ref).rstrip("/").rsplit("/", 1)[-1]  # ref is the whole address
        return cls(
            name=name,
            title=str(card.title or name),
            metric=str(card.evaluation_metric or ""),
            deadline=_in_utc(card.deadline),
            entered=bool(card.user_has_entered),
            notebooks_only=bool(card.is_kernels_submissions_only),
            submissions_disabled=bool(card.submissions_disabled),
            max_daily_submissions=int(card.max_daily_submissions or 0),
            url=competition_url(name),
            rules_url=rules_url(name),
        )


@dataclass(frozen=True)
class RemoteSubmission:
    """A submission as Kaggle lists it; ``date`` is in UTC, ``error`` is the reason if there is no score."""

    ref: int
    file_name: str
    description: str
    date: datetime
    status: Status
    public_score: float | None
    private_score: float | None
    error: str

    @classmethod
    def from_api(cls, row: Any) -> "RemoteSubmission":
        """Convert an ``ApiSubmission``."""
        statuses: dict[str, Status] = {"PENDING": "pending", "COMPLETE": "complete", "ERROR": "error"}
        return cls(
            ref=int(row.ref),
            file_name=str(row.file_name or ""),
            description=str(row.description or ""),
            date=_in_utc(row.date) or datetime.fromtimestamp(0, UTC),
            status=statuses[row.status.name],
            public_score=_score(row.public_score),
            private_score=_score(row.private_score),
            error=str(row.error_description or ""),
        )


@dataclass(frozen=True)
class Allowance:
    """The number of submissions made today (UTC), and of those still allowed."""

    today: int
    allowed_now: int

    @classmethod
    def from_api(cls, limits: Any) -> "Allowance":
        """Convert an ``ApiGetSubmissionLimitsResponse``."""
        return cls(int(limits.num_today or 0), int(limits.num_allowed_now or 0))


@dataclass(frozen=True)
class Standing:
    """A team on the public leaderboard.

    Attributes:
        rank: Its rank, from 1.
        team: Its name.
        score: Its public score; None if Kaggle does not show one.
        date: When it submitted that, in UTC.
    """

    rank: int
    team: str
    score: float | None
    date: datetime | None

    @classmethod
    def from_api(cls, rank: int, row: Any) -> "Standing":
        """Convert an ``ApiLeaderboardSubmission``."""
        return cls(rank, str(row.team_name or ""), _score(row.score), _in_utc(row.submission_date))


@dataclass(frozen=True)
class RemoteFile:
    """A file that Kaggle lists: its path in the archive, its size in bytes, and its date as Kaggle writes it."""

    name: str
    size: int
    date: str = ""

    @classmethod
    def from_api(cls, file: Any) -> "RemoteFile":
        """Convert an ``ApiDataFile``."""
        return cls(str(file.name or file.ref), int(file.total_bytes or 0), str(file.creation_date or ""))


@dataclass(frozen=True)
class FileList:
    """The files of a competition; ``whole`` is whether these are all."""

    files: tuple[RemoteFile, ...]
    whole: bool = True

    @property
    def size(self) -> int:
        """Bytes of the files together."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True)
class Download:
    """The complete archive at ``path``; ``new`` is whether it was downloaded just now."""

    path: Path
    new: bool


#: Called before a wait with the reason, such as "Too many requests to Kaggle; retrying in 3 s".
OnWait = Callable[[str], None]


def competition_url(name: str) -> str:
    """Return the address of the competition's page."""
    return f"https://www.kaggle.com/competitions/{name}"


def rules_url(name: str) -> str:
    """Return the address of the page where the rules are accepted."""
    return f"{competition_url(name)}/rules"


def _in_utc(moment: datetime | None) -> datetime | None:
    if not moment:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _score(text: str | None) -> float | None:
    try:
        score = float(text or "nan")
    except ValueError:
        return None
    return score if math.isfinite(score) else None
