"""What Kaggle would refuse is found before anything is trained or uploaded."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from kagglebot.errors import SubmissionError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.practice.server import PracticeServer
from kagglebot.submission.preconditions import check_preconditions

NAME = "digits-practice"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"rules_accepted": False}, "rules"),
        ({"notebooks_only": True}, "notebooks"),
        ({"submissions_disabled": True}, "takes no submissions"),
        ({"deadline": datetime.now(UTC) - timedelta(days=1)}, "ended"),
        ({"max_daily_submissions": 0}, "allowance"),
    ],
)
def test_what_cannot_be_submitted_is_said_before(server: PracticeServer, changes: dict, problem: str) -> None:
    server.competitions[NAME] = dataclasses.replace(server.competitions[NAME], **changes)
    with pytest.raises(SubmissionError, match=problem) as caught:
        check_preconditions(KaggleClient(), NAME)
    assert caught.value.hint
    assert server.calls["upload"] == 0
