"""``submissions``, ``leaderboard`` and ``competitions`` against the practice server."""

import csv
import dataclasses
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kagglebot.cli.main import run
from kagglebot.practice.server import PracticeServer
from kagglebot.workspace import Workspace


@pytest.fixture
def workspace(server: PracticeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("KAGGLEBOT_WORKSPACE", str(tmp_path / "workspace"))
    workspace = Workspace(tmp_path / "workspace")
    workspace.fetch("digits-practice")
    return workspace


def submit_sample(workspace: Workspace, **options: bool) -> None:
    workspace.submit(file=workspace.data("digits-practice") / "files" / "sample_submission.csv", **options)


def test_before_anything_was_submitted(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["submissions"]) == 0
    assert capsys.readouterr().err.endswith("Next: kagglebot submit --best\n")
    assert run(["leaderboard", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rank"] is None


def test_a_score_that_came_later_is_listed(
    server: PracticeServer, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    server.faults.pending_polls = 1
    submit_sample(workspace, wait=False)
    run(["submissions", "--no-refresh"])
    assert "pending" in capsys.readouterr().out
    for _ in range(2):
        assert run(["submissions", "--json"]) == 0
        (entry,) = json.loads(capsys.readouterr().out)["submissions"]
    assert entry["status"] == "complete"
    assert 0 < entry["public_score"] < 0.3


def test_csv_has_a_line_a_submission(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    submit_sample(workspace)
    assert run(["submissions", "--csv"]) == 0
    (line,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    submissions, board = workspace.submissions(), workspace.leaderboard()
    assert list(line) == list(submissions) and line["status"] == "complete"
    assert float(line["public_score"]) == submissions["public_score"].iloc[0]
    assert board["rank"].tolist() == list(range(1, len(board) + 1)) and board["score"].is_monotonic_decreasing
    assert run(["submissions", "--csv", "--json"]) == 2
    assert "exclude each other" in capsys.readouterr().err


def test_the_best_score_is_placed_on_the_leaderboard(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    submit_sample(workspace)
    assert run(["leaderboard", "--json"]) == 0
    board = json.loads(capsys.readouterr().out)
    better = [each for each in board["top"] if each["score"] > board["best_score"]]
    assert board["rank"] == len(better) + 1
    assert board["next_score"] == min((each["score"] for each in better), default=None)
    assert run(["leaderboard"]) == 0
    assert f"{board['rank']} of {board['teams']} teams" in capsys.readouterr().out


def test_competitions_are_listed_with_what_stands_in_the_way(
    server: PracticeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    for changes, remark in (
        ({}, ""),
        ({"rules_accepted": False}, "rules not accepted"),
        ({"notebooks_only": True}, "notebooks only"),
        ({"deadline": datetime.now(UTC) - timedelta(days=1)}, "over"),
    ):
        server.competitions["digits-practice"] = dataclasses.replace(
            server.competitions["digits-practice"], **changes
        )
        assert run(["competitions", "digits", "--json"]) == 0
        (found,) = json.loads(capsys.readouterr().out)["competitions"]
        assert (found["name"], found["remark"]) == ("digits-practice", remark)
        assert run(["competitions"]) == 0
        assert remark in capsys.readouterr().out
    assert run(["competitions", "nothing-of-that-name"]) == 0
    assert "no competition" in capsys.readouterr().out
