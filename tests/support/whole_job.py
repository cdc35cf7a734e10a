"""The whole job on a competition of a form: fetch, tune, submit, export, with the real client and a server."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from practice_forms import write_form
from practice_server import serving

from kagglebot.cli.main import run
from kagglebot.practice.competition import PracticeCompetition
from kagglebot.practice.scoring.score import score


@dataclass(frozen=True)
class WholeJob:
    """What the commands printed with ``--json``, and what the exported code predicted."""

    workspace: Path
    competition: PracticeCompetition
    fetched: dict[str, Any]
    tuned: dict[str, Any]
    submitted: dict[str, Any]
    exported: dict[str, Any]
    submission: Path

    @property
    def exported_score(self) -> float:
        """The score of what the exported code predicted, without internet."""
        return score(self.submission.read_bytes(), self.competition)


class Commands:
    """Runs commands in one workspace, on one competition that the practice server serves."""

    def __init__(
        self, folder: Path, layout: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.folder, self.capsys, self.monkeypatch = folder, capsys, monkeypatch
        self.competition = write_form(folder / "served", layout)
        self.workspace = folder / "workspace"
        (self.workspace / "studies").mkdir(parents=True)
        monkeypatch.setenv("KAGGLEBOT_WORKSPACE", str(self.workspace))

    def run(self, *arguments: str) -> dict[str, Any]:
        """Return what a command prints with ``--json``; it must succeed."""
        assert run([*arguments, "--json"]) == 0, self.capsys.readouterr().err
        return dict(json.loads(self.capsys.readouterr().out))

    def whole_job(
        self, study: str, definition: str, tune: Sequence[str], model: Sequence[str] = ("--best",)
    ) -> WholeJob:
        """Run the whole job with a study; ``model`` says what to submit and export."""
        (self.workspace / "studies" / f"{study}.toml").write_text(definition)
        with serving(self.monkeypatch, self.competition):
            fetched = self.run("fetch", self.competition.name)
            tuned = self.run("tune", study, *tune)
            submitted = self.run("submit", *model)
            exported = self.run("export", study, *model)
        submission = self._run_exported(Path(exported["folder"]))
        return WholeJob(self.workspace, self.competition, fetched, tuned, submitted, exported, submission)

    def _run_exported(self, export: Path) -> Path:
        """Run the exported code as a notebook does, which sees the files as they lie in the archive."""
        with zipfile.ZipFile(self.competition.archive) as archive:
            archive.extractall(self.folder / "input" / self.competition.name)
        own = {name: value for name, value in os.environ.items() if not name.startswith(("KAGGLE", "PYTHONPATH"))}
        own |= {"KAGGLEBOT_INPUT": str(self.folder / "input"), "KAGGLEBOT_OUTPUT": str(self.folder)}
        own |= {"KAGGLEBOT_WEIGHTS": str(self.folder / "none")}  # the export holds all weights of its nets
        done = subprocess.run(
            [sys.executable, export / "inference.py"], env=own, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return self.folder / "submission.csv"
