import io

import pytest
from rich.console import Console

from kagglebot.cli.console import Screen, stderr_console
from kagglebot.cli.options import Session


@pytest.mark.parametrize(("variable", "moves"), [("JPY_PARENT_PID", False), ("TERM_PROGRAM", True)])
def test_a_notebook_that_looks_like_a_terminal_gets_plain_lines(
    variable: str, moves: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("JPY_PARENT_PID", "NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")  # as Jupyter sets it for the commands of a cell
    monkeypatch.setenv(variable, "1")
    assert stderr_console().is_terminal is moves


@pytest.mark.parametrize(("width", "lines"), [(40, 1), (80, 2)])
def test_an_address_in_a_sentence_is_not_broken(width: int, lines: int) -> None:
    screen, drawn = Screen(), io.StringIO()
    screen.err = Console(file=drawn, force_terminal=True, color_system=None, width=width, highlight=False)
    address = "https://www.kaggle.com/code/practice/kagglebot-digits-practice;"
    screen.note(f"See {address} after that, run the same command again.")
    assert address in drawn.getvalue() and drawn.getvalue().count("\n") == lines


def test_a_note_stands_above_the_bars_that_are_drawn_meanwhile(capsys: pytest.CaptureFixture[str]) -> None:
    screen, drawn = Screen(), io.StringIO()
    screen.err = Console(file=drawn, force_terminal=True, width=60)
    with screen.progress() as report:
        report("waiting", 0, None)
        Session().workspace().note("the notebook runs")
    assert "the notebook runs" in drawn.getvalue() and capsys.readouterr().err == ""
    assert stderr_console() is not screen.err


def test_a_wait_without_an_end_in_sight_says_how_long_it_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    screen, drawn = Screen(), io.StringIO()
    screen.err = Console(file=drawn, width=60)
    with screen.progress() as report:
        for seconds in (100.0, 105.0, 175.0):
            monkeypatch.setattr("kagglebot.cli.console.time.monotonic", lambda now=seconds: now)
            report("waiting", int(seconds) - 100, None)
        monkeypatch.setattr("kagglebot.cli.console.time.monotonic", lambda: 190.0)
        report("waiting", 15, 60)
    assert drawn.getvalue().splitlines() == ["waiting …", "waiting: 1:15 min", "waiting: 25%"]
