import pytest

from kagglebot.cli.console import stderr_console


@pytest.mark.parametrize(("variable", "moves"), [("JPY_PARENT_PID", False), ("TERM_PROGRAM", True)])
def test_a_notebook_that_looks_like_a_terminal_gets_plain_lines(
    variable: str, moves: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("JPY_PARENT_PID", "NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")  # as Jupyter sets it for the commands of a cell
    monkeypatch.setenv(variable, "1")
    assert stderr_console().is_terminal is moves
