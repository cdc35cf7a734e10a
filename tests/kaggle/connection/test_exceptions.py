"""Kaggle's failures are told as Kaggle's, with a cause that is safe to show; bugs of ours stay what they are."""

import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from kagglebot.cli.main import run
from kagglebot.errors import KaggleError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.connection.exceptions import UnreadableAnswer, masked, parsing
from kagglebot.practice import PracticeServer

NAME = "digits-practice"
INNER = "https://storage.example/upload?signature=1, token canary"
OUTER = "Max retries exceeded with url: /up?signature=1 (x)"


@pytest.mark.parametrize(
    "error", [TypeError("ours"), AttributeError("ours"), KeyError("ours"), ValueError("ours")]
)
def test_a_bug_in_a_progress_callback_comes_out_as_itself(
    client: KaggleClient, tmp_path: Path, error: Exception
) -> None:
    def progress(phase: str, done: int, total: int | None) -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        client.download(NAME, tmp_path, on_progress=progress)
    assert caught.value is error


def test_a_bug_in_a_wait_callback_comes_out_as_itself(server: PracticeServer) -> None:
    def on_wait(reason: str) -> None:
        raise TypeError("ours")

    server.faults.server_errors = 1
    with pytest.raises(TypeError, match="ours"):
        KaggleClient(on_wait=on_wait).competition(NAME)


def test_a_broken_answer_is_told_as_kaggles_with_its_cause(client: KaggleClient, server: PracticeServer) -> None:
    server.faults.unreadable_answers = 99
    with pytest.raises(KaggleError, match="cannot be read") as caught:
        client.competition(NAME)
    assert "UnreadableAnswer" in str(caught.value.__cause__)
    assert caught.value.__cause__ is not None and caught.value.__cause__.__cause__ is not None


def test_debug_prints_the_cause(
    client: KaggleClient, server: PracticeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.faults.unreadable_answers = 99
    assert run(["--debug", "fetch", NAME]) == 1
    told = capsys.readouterr().err
    assert "Error: UnreadableAnswer" in told and "session.py" in told
    assert "error: 127.0.0.1" in told


def test_debug_shows_a_bug_of_ours_as_one(
    server: PracticeServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def broken(*_: object) -> None:
        raise TypeError("no such bar")

    monkeypatch.setattr("kagglebot.cli.console._PlainProgress.__call__", broken)
    assert run(["--debug", "--workspace", str(tmp_path), "fetch", NAME]) == 1
    told = capsys.readouterr().err
    assert "Something broke inside kagglebot: TypeError: no such bar" in told and "Traceback" in told


def test_a_masked_copy_keeps_type_causes_and_place_but_no_secret() -> None:
    error = failing()
    text = "".join(traceback.format_exception(masked(error, lambda text: text.replace("canary", "…"))))
    assert "ConnectionError: Max retries exceeded with url: /… (" in text
    assert "MaskedError: ValueError: https://storage.example/… token …" in text
    assert "in failing" in text and "signature" not in text and "canary" not in text


def failing() -> BaseException:
    try:
        try:
            raise ValueError(INNER)
        except ValueError as error:
            raise requests.ConnectionError(OUTER) from error
    except requests.ConnectionError as error:
        return error


@pytest.mark.parametrize("error", [ValueError, KeyError, TypeError, AttributeError, RecursionError])
def test_parsing_marks_what_an_unexpected_answer_raises(error: type[Exception]) -> None:
    with pytest.raises(UnreadableAnswer) as caught, parsing():
        raise error("field")
    assert isinstance(caught.value.__cause__, error)


@pytest.fixture(autouse=True)
def rich_width(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("COLUMNS", "200")
    yield
