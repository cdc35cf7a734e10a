"""A competition that takes notebooks only: from `fetch` to the score on hidden rows by three commands."""

import json
from pathlib import Path

import pytest

from kagglebot.cli.main import run
from kagglebot.practice import PracticeServer, write_competition
from kagglebot.submission.notebooks import polling

NAME = "digits-practice"
STUDY = """\
family = "mlp"
[fixed]
layers = 1
units_1 = 32
epochs = 20
"""


def test_fetch_tune_submit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(polling, "FIRST_PAUSE", 0.2)
    workspace = tmp_path / "workspace"
    (workspace / "studies").mkdir(parents=True)
    (workspace / "studies" / "tiny.toml").write_text(STUDY)
    monkeypatch.setenv("KAGGLEBOT_WORKSPACE", str(workspace))

    def done(*command: str) -> dict[str, object]:
        assert run([*command, "--json"]) == 0, capsys.readouterr().err
        shown = capsys.readouterr()
        return dict(json.loads(shown.out)) | {"said": shown.err}

    with PracticeServer([write_competition(tmp_path / "served", notebooks_only=True)]) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        assert done("fetch", NAME)["test_rows"] == 100
        done("tune", "tiny", "--trials", "1", "--jobs", "1")
        dry = done("submit", "--best", "--dry-run")
        assert dry["status"] == "dry-run" and "the dataset practice/kagglebot-digits-practice" in str(dry["said"])
        assert not server.datasets and not server.notebooks
        started = done("submit", "--best", "--no-wait")
        assert started["status"] == "running" and server.notebooks and not server.submissions
        submitted = done("submit", "--best")
        assert (submitted["status"], submitted["rows"]) == ("complete", 100)
        assert (submitted["notebook"], submitted["model"]) == ("practice/kagglebot-digits-practice", {"trial": 0})
        score = float(str(submitted["public_score"]))
        assert abs(score - float(str(submitted["validation_score"]))) < 0.1  # of hidden rows, with the same model
        assert score > 0.5 and len(server.submissions[0].content.splitlines()) == 598
        (entry,) = done("submissions")["submissions"]  # type: ignore[misc]
        assert (entry["public_score"], entry["notebook_version"]) == (score, 1)
        counts = [len(server.datasets[each].versions) for each in server.datasets]
        assert done("submit", "--best")["new"] is False
        assert counts == [1] and len(server.submissions) == 1
