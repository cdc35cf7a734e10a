"""The list of what lies in the account."""

import pytest
from rich.console import Console, RenderableType

from kagglebot.cli.console import Screen
from kagglebot.report.terminal.notebooks import list_notebooks
from kagglebot.submission.notebooks.made import OnKaggle

URL = "https://www.kaggle.com/code/me/kagglebot-digits"
NOTEBOOK = OnKaggle("notebook", "kagglebot-digits", URL, private=True, size=0, in_use=True)
DATASET = OnKaggle("dataset", "kagglebot-digits", URL, private=False, size=2_500_000, in_use=False)


def drawn(shown: RenderableType, width: int = 120) -> str:
    console = Console(width=width)
    with console.capture() as captured:
        console.print(shown)
    return captured.get()


def test_each_has_a_line_and_its_address_another() -> None:
    first, address, second, *_ = drawn(list_notebooks([NOTEBOOK, DATASET])).splitlines()
    assert "being scored" in first and address == f"  {URL}"
    assert "2.5 MB" in second and "public" in second  # what is not private is told


@pytest.mark.parametrize("made", [NOTEBOOK, DATASET])
def test_an_address_is_whole_on_a_narrow_screen(
    made: OnKaggle, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    Screen().result(list_notebooks([made]), {})
    assert f"  {URL}\n" in capsys.readouterr().out


def test_what_was_removed_is_counted() -> None:
    assert drawn(list_notebooks([], removed=2)) == "2 removed from your Kaggle account.\n"
    assert "made nothing" in drawn(list_notebooks([]))
