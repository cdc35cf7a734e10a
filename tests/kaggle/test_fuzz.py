"""Odd answers of Kaggle: each gives a result that can be printed, or one sentence that names the host.

The long form tries FUZZ_EXAMPLES, 2,000 unless told otherwise:

    pytest -m long tests/kaggle/test_fuzz.py
"""

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from bent_values import bent, leaves, nested
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kagglebot.errors import KagglebotError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.retry import RetryPolicy
from kagglebot.practice import PracticeServer

QUICK, LONG = 60, int(os.environ.get("FUZZ_EXAMPLES", "2000"))
NAME = "digits-practice"
_KEYS = (
    "code message error ref url title date status publicScore score competitions submissions nextPageToken token"
)
keys = st.sampled_from([*_KEYS.split(), "", "é", "__class__", "x" * 300])
values = nested(
    leaves
    | st.none()
    | st.sampled_from(["nan", "inf", "9999-12-31T23:59:59Z", "0001-01-01", "2026-13-01", "1e400"]),
    keys,
)
CALLS: dict[str, Callable[[KaggleClient], object]] = {
    "GetCompetition": lambda client: client.competition(NAME),
    "ListCompetitions": lambda client: client.search(),
    "ListSubmissions": lambda client: client.submissions(NAME),
    "GetSubmissionLimits": lambda client: client.allowance(NAME),
    "GetLeaderboard": lambda client: client.leaderboard(NAME),
    "IntrospectToken": lambda client: client.search(),
}


@pytest.fixture
def sound(server: PracticeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The true answers, by call; what ``odd`` holds is sent instead."""
    answers: dict[str, Any] = {}
    answer = server.api.answer

    def remember(method: str, request: Any) -> Any:
        answers[method] = answer(method, request)
        return answers[method]

    monkeypatch.setattr(server.api, "answer", remember)
    client = KaggleClient()
    (tmp_path / "s.csv").write_text("ImageId,Label\n")
    client.submit(NAME, tmp_path / "s.csv", "x")
    for call in CALLS.values():
        call(client)
    return answers


def check(server: PracticeServer, sound: dict[str, Any], method: str, data: st.DataObject) -> None:
    odd = data.draw(bent(sound[method], values, keys))
    server.api.answer = lambda called, _: odd if called == method else sound[called]  # type: ignore[method-assign]
    try:
        found = CALLS[method](KaggleClient(retry=RetryPolicy(attempts=1)))
    except KagglebotError as error:
        assert error.hint
        assert len(error.message) < 1000
    else:
        records: list[Any] = found if isinstance(found, list) else [found]
        json.dumps([asdict(record) for record in records], default=str, allow_nan=False)


tried = settings(
    max_examples=QUICK, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@tried
@given(method=st.sampled_from(sorted(CALLS)), data=st.data())
def test_odd_answers(server: PracticeServer, sound: dict[str, Any], method: str, data: st.DataObject) -> None:
    check(server, sound, method, data)


@pytest.mark.long
@settings(tried, max_examples=LONG, derandomize=False)
@given(method=st.sampled_from(sorted(CALLS)), data=st.data())
def test_many_odd_answers(server: PracticeServer, sound: dict[str, Any], method: str, data: st.DataObject) -> None:
    check(server, sound, method, data)
