"""The output in a real terminal, compared with ``captures/``.

After an intended change, run RENEW_CAPTURES=1 pytest tests/report/test_captures.py and review the difference.
"""

import os
import re
import shlex
import sys
from pathlib import Path

import pytest
from terminal_screen import Screen, need_tmux

CAPTURES = Path(__file__).parent / "captures"
ROOT = Path(__file__).parents[2]
PROGRAM = shlex.join([sys.executable, "-c", "from kagglebot.cli.main import main; main()"])
SUPPORT = ROOT / "tests" / "support"


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    need_tmux()
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "COLORTERM", "TMUX"):
        monkeypatch.delenv(name, raising=False)


def kept(name: str) -> str:
    path = CAPTURES / f"{name}.txt"
    return path.read_text() if path.is_file() else ""


def compare_with_capture(name: str, shown: str) -> None:
    path = CAPTURES / f"{name}.txt"
    if os.environ.get("RENEW_CAPTURES"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown)
    assert shown == kept(name), f"{path.name} shows something else; see this file's head"


def without_clocks(shown: str) -> str:
    """Running times, the only thing that is never the same."""
    return re.sub(r"[\d:]+ (left|gone)", r"0:00 \1", shown)


@pytest.mark.parametrize("columns", [80, 120])
def test_studies_and_their_comparison(studied: Path, columns: int) -> None:
    command = f"{PROGRAM} studies net && {PROGRAM} studies && {PROGRAM} compare net wide"
    with Screen(command, columns, 240, studied) as screen:
        shown = screen.wait_for("exit 0")
        assert "\x1b[1m" in screen.text(escapes=True)  # in a terminal it has its colours
    assert max(map(len, shown.splitlines())) <= columns
    compare_with_capture(f"studies-{columns}", shown)


def test_the_worst_mistakes_in_half_blocks(studied: Path) -> None:
    env = "TERM=tmux-256color"
    with Screen(f"{env} {PROGRAM} studies net --mistakes 3 | cat", 80, 240, studied) as screen:
        piped = screen.wait_for("exit 0")
    assert "▀" in piped and "█" in piped
    compare_with_capture("mistakes-piped", piped[piped.index("Worst mistakes") : piped.index("Time\n")])
    with Screen(f"{env} {PROGRAM} studies net --mistakes 3", 80, 240, studied) as screen:
        screen.wait_for("exit 0")
        coloured = screen.text(escapes=True)
    assert re.search(r"\x1b\[38;5;\d+m\x1b\[48;5;\d+m▀|\x1b\[[\d;]*38;5;\d+;48;5;\d+m▀", coloured)


def test_a_search_while_it_runs_and_the_terminal_changes_its_size() -> None:
    with Screen(f"{sys.executable} {SUPPORT / 'live_search.py'}", 80, 24, ROOT) as screen:
        screen.wait_for("6 of 12")
        assert "another takes its place" in screen.text()
        for columns, lines in ((120, 30), (60, 12), (80, 24)):
            screen.resize(columns, lines)
            expected = kept(f"tune-{columns}")
            screen.wait_until(lambda text, expected=expected: without_clocks(text) == expected, 15)
            shown = without_clocks(screen.text())
            assert shown.count("▸ worker 0") == 1 and shown.count("6 of 12") == 1  # nothing is left of before
            compare_with_capture(f"tune-{columns}", shown)
