"""The live view of a real search, in a terminal that changes its size, and where there is no terminal."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from terminal_screen import Screen, need_tmux

DEFINITION = """
family = "cnn"
[pruner]
name = "none"
[fixed]
blocks = 1
[space]
filters = { low = 1, high = 4 }
epochs = { low = 4, high = 8 }
"""
PROGRAM = [sys.executable, "-c", "from kagglebot.cli.main import main; main()"]
ROOT = Path(__file__).parents[3]


@pytest.fixture
def workspace(tmp_path: Path, digits_data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("COLUMNS", raising=False)
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "tiny.toml").write_text(DEFINITION)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "digits-practice").symlink_to(digits_data, target_is_directory=True)
    return tmp_path


@pytest.mark.long
def test_a_search_is_watched_while_the_terminal_changes_its_size(workspace: Path) -> None:
    need_tmux()
    command = f"{shlex.join(PROGRAM)} tune tiny --trials 8 --jobs 2"
    with Screen(command, 80, 24, workspace) as screen:
        screen.wait_for("▸ worker 1")
        for columns, lines in ((120, 40), (60, 12), (80, 24)):
            screen.resize(columns, lines)
            shown = screen.wait_until(
                lambda text, columns=columns: (
                    text.count("Trial  State") == 1
                    and ("Settings" in text) == (columns > 60)
                    and len(re.findall("of 8 trials", text)) == 1
                ),
                30,
            )
            assert shown.count("Trial  State") == 1, shown  # nothing is left of before
            assert max(map(len, shown.splitlines())) <= columns
        ended = screen.wait_for("exit 0", seconds=240)
    assert (
        re.search(r"✓ \d+ complete", ended) and "▸ worker" not in ended
    )  # what came of it stands in the table's place


@pytest.mark.long
def test_without_a_terminal_there_are_plain_lines(workspace: Path) -> None:
    command = [*PROGRAM, "tune", "tiny", "--trials", "2", "--jobs", "1"]
    done = subprocess.run(command, cwd=workspace, capture_output=True, text=True, check=True)
    assert "\x1b" not in done.stdout + done.stderr
    lines = done.stderr.splitlines()
    assert [line for line in lines if re.match(r"trial 1 started: filters=\d epochs=\d$", line)]
    assert [
        line
        for line in lines
        if re.match(r"trial 1 complete 0\.\d+ after \d epochs, .* · 2 of 2 trials · best ", line)
    ]
