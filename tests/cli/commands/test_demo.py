"""The whole job on the practice competition, as a new user sees it."""

from itertools import pairwise
from pathlib import Path

import pytest

from kagglebot.cli.main import run


def test_the_demo_comes_to_a_score_and_says_what_to_do_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run(["--workspace", str(tmp_path / "practice"), "demo", "--trials", "1", "--jobs", "1"]) == 0
    said = capfd.readouterr().out
    assert "The public score is 0.9" in said
    lines = [line.rstrip() for line in said.partition("For a real competition")[2].splitlines()]
    lines[0] = f"For a real competition{lines[0]}"
    hint = lines[: next(number for number, line in enumerate(lines) if line.endswith("digit-recognizer")) + 1]
    for line, after in pairwise(hint):
        assert len(f"{line} {after.split()[0]}") > 80  # no line ends early
    assert f"kagglebot --workspace {tmp_path / 'practice'} studies cnn" in said.replace("\n", "")
