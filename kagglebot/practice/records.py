"""Competitions and submissions as Kaggle's API writes them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kagglebot.practice.competition import PracticeCompetition

USER = "practice"
Fields = dict[str, Any]


@dataclass
class Submission:
    """A submission; ``polls_left`` is how often it is still listed as pending."""

    ref: int
    competition: str
    file_name: str
    description: str
    date: datetime
    content: bytes
    public_score: float | None
    error: str
    polls_left: int = 0


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
    pending = submission.polls_left > 0
    submission.polls_left -= pending
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


def now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


def written(moment: datetime) -> str:
    """Return a time as Kaggle writes it."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
