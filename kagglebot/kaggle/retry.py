"""How long to go on when Kaggle or the network does not answer: bounded, and as Kaggle asks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import requests
import tenacity
import urllib3

from kagglebot.kaggle.models import OnWait

T = TypeVar("T")
_PASSING = {429, 500, 502, 503, 504}


class BrokenTransfer(Exception):
    """A file did not get through whole; the text says which."""


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how long to try again.

    Attributes:
        attempts: How often something is tried without getting further.
        first_wait_seconds: Wait before the second attempt; doubled each time, up to 8 seconds.
        longest_wait_seconds: The longest wait that Kaggle may ask for with ``Retry-After``; when it asks for
            more, that is an error at once.
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
        worth_it: Callable[[BaseException], bool] | None = None,
    ) -> T:
        """Do ``action`` until it works, and raise its last error when there is no point in going on.

        Args:
            action: What to do; must be safe to repeat.
            on_wait: Told before each wait.
            amount: How far it has got; attempts that got further are not counted.
            worth_it: Which errors to repeat after; without, those that pass by themselves.
        """

        def wait(state: tenacity.RetryCallState) -> float:
            return self._wait(state)

        def tell(state: tenacity.RetryCallState) -> None:
            if on_wait and state.next_action:
                on_wait(f"{_reason(_error(state))}; trying again in {state.next_action.sleep:.0f} s")

        worth_it = worth_it or self.passes
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(worth_it),
            wait=wait,
            stop=_Stop(self.attempts, amount),
            before_sleep=tell,
            reraise=True,
        )
        return retrying(action)

    def passes(self, error: BaseException) -> bool:
        """Say whether ``error`` may be gone at another attempt."""
        if isinstance(error, requests.HTTPError) and error.response is not None:
            asked = retry_after_seconds(error) or 0.0
            return error.response.status_code in _PASSING and asked <= self.longest_wait_seconds
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
    """Return how long the answer behind ``error`` asks to wait, None if it does not say."""
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
        return "Kaggle is asked too often" if status == 429 else f"Kaggle answers with HTTP {status}"
    return "the connection to Kaggle broke"
