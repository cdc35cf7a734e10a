"""Values of options that are more than a number or a text."""

import pytest
import typer

from kagglebot.cli.options import seconds


@pytest.mark.parametrize(
    ("text", "found"), [("90", 90), ("1.5", 1.5), ("45s", 45), ("90m", 5400), ("8h", 28800), (" 2h ", 7200)]
)
def test_a_time(text: str, found: float) -> None:
    assert seconds(text) == found


@pytest.mark.parametrize("text", ["", "0", "0.5", "-3", "8 hours", "8d", "h", "1e3", "nan", "inf"])
def test_no_time(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="8h"):
        seconds(text)
