"""Looks repeat until there is something, or time is over."""

import pytest

from kagglebot.submission.notebooks import polling
from kagglebot.system.progress import no_progress


def test_it_looks_until_there_is_something() -> None:
    looks = iter([None, None, "there"])
    said: list[tuple[str, int, int | None]] = []
    found = polling.poll(lambda: next(looks), "waiting", 60, lambda *each: said.append(each))
    assert (found, said) == ("there", [("waiting", 0, None)] * 2)


@pytest.mark.parametrize("timeout_seconds", [0.0, 0.05])
def test_it_looks_once_more_at_the_end(timeout_seconds: float) -> None:
    looks = []
    assert polling.poll(lambda: looks.append(1), "waiting", timeout_seconds, no_progress) is None
    assert len(looks) >= 1 + (timeout_seconds > 0)
