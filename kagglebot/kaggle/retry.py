"""Retries of requests: number of attempts and waits."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import requests
import tenacity
import urllib3

from kagglebot.kaggle.connection.exceptions import BrokenTransfer
from kagglebot.kaggle.records import OnWait

T = TypeVar("T")
_TEMPORARY = {429, 500, 502, 503, 504}


@dataclass(frozen=True)
class RetryPolicy:
    """Number of attempts of a request, and the waits between them.

    Attributes:
        attempts: Attempts in a row that get no further before the last error is raised.
        first_wait_seconds: Wait before the second attempt; doubled each time, up to 8 seconds.
        longest_wait_seconds: The longest ``Retry-After`` that is obeyed; a longer one is an error at once.
    """

    attempts: int = 5
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 60.0

    def repeat(
        self,
        action: Callable[[], T],
        *,
        on_wait: OnWait | None = None,
        amount: Callable[[], int] = lambda: 0,
        retry_on: Callable[[BaseException], bool] | None = None,
    ) -> T:
        """Call ``action`` until it succeeds, and return its result; raise its last error after the last attempt.

        Args:
            action: The request; must be safe to repeat.
            on_wait: Called with the reason before each wait.
            amount: Returns how far it has got, such as bytes downloaded; attempts that got further do not count.
            retry_on: Returns whether to retry after an error; by default after temporary ones.
        """

        def before_wait(state: tenacity.RetryCallState) -> None:
            if on_wait and state.next_action:
                on_wait(f"{_reason(_error(state))}; retrying in {state.next_action.sleep:.0f} s")

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(retry_on or self.is_temporary),
            wait=self._wait,
            stop=_Stop(self.attempts, amount),
            before_sleep=before_wait,
            reraise=True,
        )
        return retrying(action)

    def is_temporary(self, error: BaseException) -> bool:
        """Return whether another attempt may succeed after ``error``."""
        if isinstance(error, requests.HTTPError) and error.response is not None:
            asked = retry_after_seconds(error) or 0.0
            return error.response.status_code in _TEMPORARY and asked <= self.longest_wait_seconds
        if isinstance(error, requests.exceptions.SSLError):
            return False
        return isinstance(
            error,
            BrokenTransfer
            | requests.ConnectionError
            | requests.Timeout
            | requests.exceptions.ChunkedEncodingError
            | urllib3.exceptions.HTTPError,
        )

    def _wait(self, state: tenacity.RetryCallState) -> float:
        asked = retry_after_seconds(_error(state))
        if asked is not None:
            return asked
        first = self.first_wait_seconds
        return float((tenacity.wait_exponential(first, 8) + tenacity.wait_random(0, first / 2))(state))


class _Stop:
    """Stops after so many attempts that got no further."""

    def __init__(self, attempts: int, amount: Callable[[], int]) -> None:
        self._attempts = attempts
        self._amount = amount
        self._furthest = amount()
        self._since = 0

    def __call__(self, state: tenacity.RetryCallState) -> bool:
        reached = self._amount()
        if reached > self._furthest:
            self._furthest, self._since = reached, state.attempt_number
        return state.attempt_number - self._since >= self._attempts


def retry_after_seconds(error: BaseException | None) -> float | None:
    """Return the ``Retry-After`` of the answer behind ``error`` in seconds, or None if it has none."""
    if not isinstance(error, requests.HTTPError) or error.response is None:
        return None
    text = error.response.headers.get("Retry-After", "")
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _error(state: tenacity.RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _reason(error: BaseException | None) -> str:
    if isinstance(error, requests.HTTPError) and error.response is not None:
        status = error.response.status_code
        return "Too many requests to Kaggle" if status == 429 else f"Kaggle answered with HTTP {status}"
    return "The connection to Kaggle broke"
