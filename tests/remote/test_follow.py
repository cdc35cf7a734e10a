"""The log of a run, followed while it lasts."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from kagglebot.remote import follow
from kagglebot.remote.follow import following

EARLIER = ["kagglebot aaa begins", "old", "kagglebot aaa ends"]
OWN = ["kagglebot bbb begins\n", "one\n", "two\n", "three\n"]


class Logs:
    """Gives the log of an earlier run, then its own in parts: each connection begins at the first line."""

    def __init__(self) -> None:
        self.connections = iter([EARLIER, OWN[:2], [], OWN[:3], OWN])

    def stream_log(self, slug: str) -> Iterator[str]:
        assert slug == "name"
        yield from next(self.connections, OWN)


def test_each_line_is_passed_on_once_whatever_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "PAUSE_SECONDS", 0.001)
    lines, complete = list[str](), threading.Event()

    def take(line: str) -> None:
        lines.append(line)
        if line == "three":
            complete.set()

    logs: Any = Logs()
    with following(logs, "name", "kagglebot bbb begins", take) as show_rest:
        assert complete.wait(10)
        show_rest("".join([*OWN, "four\n"]))
    assert lines == ["one", "two", "three", "four"]
