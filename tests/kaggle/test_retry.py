from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests

from kagglebot.kaggle.retry import RetryPolicy, retry_after_seconds

QUICK = RetryPolicy(attempts=3, first_wait_seconds=0)


def refusal(status: int, retry_after: str | None = None) -> requests.HTTPError:
    response = requests.Response()
    response.status_code = status
    if retry_after is not None:
        response.headers["Retry-After"] = retry_after
    return requests.HTTPError("no", response=response)


class Failing:
    def __init__(self, error: Exception, times: int) -> None:
        self.error, self.left, self.calls = error, times, 0

    def __call__(self) -> str:
        self.calls += 1
        self.left -= 1
        if self.left >= 0:
            raise self.error
        return "done"


@pytest.mark.parametrize("error", [refusal(429), refusal(503), requests.ConnectionError(), requests.Timeout()])
def test_what_passes_is_repeated(error: Exception) -> None:
    action = Failing(error, 2)
    assert QUICK.repeat(action) == "done"
    assert action.calls == 3


@pytest.mark.parametrize("error", [refusal(400), refusal(404), requests.exceptions.SSLError(), ValueError()])
def test_what_does_not_pass_is_raised_at_once(error: Exception) -> None:
    action = Failing(error, 1)
    with pytest.raises(type(error)):
        QUICK.repeat(action)
    assert action.calls == 1


def test_attempts_are_bounded() -> None:
    action = Failing(requests.ConnectionError(), 99)
    with pytest.raises(requests.ConnectionError):
        QUICK.repeat(action)
    assert action.calls == 3


def test_getting_further_is_not_counted_as_failing() -> None:
    action = Failing(requests.ConnectionError(), 10)
    assert QUICK.repeat(action, amount=lambda: min(action.calls, 9)) == "done"


def test_retry_after_in_both_forms() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert retry_after_seconds(refusal(429, "2.5")) == 2.5
    assert retry_after_seconds(refusal(429, soon)) == pytest.approx(90, abs=5)
    assert retry_after_seconds(refusal(429, "Thu, 01 Jan 1970 00:00:00 GMT")) == 0
    assert retry_after_seconds(refusal(429, "soon")) is None
    assert retry_after_seconds(refusal(429)) is None
