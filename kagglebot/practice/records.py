"""Competitions and submissions as Kaggle's API writes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kagglebot.practice.competition import PracticeCompetition

USER = "practice"
Fields = dict[str, Any]


class Refusal(Exception):
    """An error that Kaggle would answer with: HTTP status and message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass
class Submission:
    """A submission.

    ``polls_left`` is how often it is still listed as pending, and ``reruns`` is whether its notebook runs.
    """

    ref: int
    competition: str
    file_name: str
    description: str
    date: datetime
    content: bytes
    public_score: float | None
    error: str
    polls_left: int = 0
    by_notebook: bool = False
    reruns: bool = False

    @property
    def counts(self) -> bool:
        """Whether it is one of the day's; a notebook's that ended in an error is not."""
        return not (self.by_notebook and self.error)


def competition_card(competition: PracticeCompetition) -> Fields:
    """Return a competition as GetCompetition and ListCompetitions show it."""
    address = f"https://www.kaggle.com/competitions/{competition.name}"
    return {
        "id": 1,
        "ref": address,
        "title": competition.title,
        "url": address,
        "category": "Practice",
        "deadline": written(competition.deadline),
        "userHasEntered": competition.rules_accepted,
        "maxDailySubmissions": competition.max_daily_submissions,
        "evaluationMetric": competition.metric,
        "isKernelsSubmissionsOnly": competition.notebooks_only,
        "submissionsDisabled": competition.submissions_disabled,
    }


def submission_row(submission: Submission) -> Fields:
    """Return a submission as ListSubmissions shows it; and count one poll of a pending one."""
    pending = submission.reruns or submission.polls_left > 0
    submission.polls_left -= submission.polls_left > 0
    scored = not pending and submission.public_score is not None
    return {
        "ref": submission.ref,
        "totalBytes": len(submission.content),
        "date": written(submission.date),
        "description": submission.description,
        "fileName": submission.file_name,
        "status": "PENDING" if pending else "ERROR" if submission.error else "COMPLETE",
        "errorDescription": "" if pending else submission.error,
        "publicScore": f"{submission.public_score:.5f}" if scored else "",
        "privateScore": "",
        "submittedBy": USER,
        "teamName": USER,
    }


def page(key: str, records: Sequence[Fields], request: Fields, longest: int) -> Fields:
    """Return the page of ``records`` that a request asks for, with at most ``longest`` of them."""
    size = min(int(request.get("pageSize") or longest), longest)
    start = int(request.get("pageToken") or 0)
    answer: Fields = {key: list(records[start : start + size])}
    if start + size < len(records):
        answer["nextPageToken"] = str(start + size)
    return answer


def now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


def written(moment: datetime) -> str:
    """Return a time as Kaggle writes it."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
