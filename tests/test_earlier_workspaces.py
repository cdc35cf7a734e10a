"""Workspaces of earlier versions: every command continues to work on their files."""

import json
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import optuna
import pytest
from practice_server import serving

from kagglebot.analysis.load import find_study
from kagglebot.cli.main import run
from kagglebot.practice.competition import write_competition
from kagglebot.practice.records import Submission
from kagglebot.practice.server import PracticeServer
from kagglebot.practice.storage import StoredFile
from kagglebot.search.storage.attributes import CONTINUES
from kagglebot.search.storage.journal import load_study, open_storage
from kagglebot.study_config.load import load_definition
from kagglebot.training.files.checkpoints import checkpoint_path, read_checkpoint
from kagglebot.training.files.oof_predictions import oof_path, read_oof, trial_key
from kagglebot.training.provenance import versions
from kagglebot.workspace import Workspace

COMPETITION, STUDY = "digits-practice", "small"
#: Keys of a trial in the JSON of 0.1 that are called otherwise now.
RENAMED = {"weights": "parameter_count", "views": "tta", "views_score": "tta_score"}


@dataclass(frozen=True)
class Earlier:
    """A workspace of 0.1, the server that it was made with, and what 0.1 printed."""

    workspace: Workspace
    server: PracticeServer
    printed: dict[str, Any]
    capsys: pytest.CaptureFixture[str]

    def run(self, *command: str) -> dict[str, Any]:
        """Run a command and return its JSON."""
        assert run([*command, "--json"]) == 0, self.capsys.readouterr().err
        document: dict[str, Any] = json.loads(self.capsys.readouterr().out)
        return document

    @property
    def folder(self) -> Path:
        return self.workspace.location(COMPETITION, STUDY).folder


@pytest.fixture
def earlier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Earlier]:
    with zipfile.ZipFile(Path(__file__).parent / "workspaces" / "version-0.1.zip") as packed:
        packed.extractall(tmp_path)
    root = tmp_path / "ws"
    printed = {path.stem: json.loads(path.read_text()) for path in tmp_path.glob("*.json")}
    data = root / "data" / COMPETITION
    download = json.loads((data / ".download" / f"{COMPETITION}.json").read_text())
    os.utime(data / f"{COMPETITION}.zip", ns=(download["local_mtime_ns"],) * 2)  # as an unpacked archive has it
    monkeypatch.setattr(StoredFile, "etag", lambda file: download["tag"])  # the server still has that archive
    monkeypatch.setattr(StoredFile, "last_modified", lambda file: download["date"])
    sent, (listed,) = printed["submit"], printed["submissions"]["submissions"]
    with serving(monkeypatch, write_competition(tmp_path / "served")) as server:
        server.submissions.append(
            Submission(
                ref=sent["ref"],
                competition=COMPETITION,
                file_name=Path(sent["file"]).name,
                description=f"{listed['message']} [{listed['digest'][:12]}]",  # the mark that 0.1 ended it with
                date=datetime.now(UTC),
                content=(root / sent["file"]).read_bytes(),
                public_score=sent["public_score"],
                error="",
            )
        )
        monkeypatch.setenv("KAGGLEBOT_WORKSPACE", str(root))
        yield Earlier(Workspace(root), server, printed, capsys)


def current(trial: dict[str, Any]) -> dict[str, Any]:
    trial = {RENAMED.get(key, key): value for key, value in trial.items()}
    assert trial["backend"] == "TensorFlow on CPU"
    new = {"family": "cnn", "score_error": None, "log_loss": None, "adjustment": [], "unadjusted_score": None}
    return trial | new | {"backend": "tensorflow", "device": "CPU", "other_seed_of": None}


def test_studies_say_what_they_said(earlier: Earlier) -> None:
    now, then = earlier.run("studies", STUDY), earlier.printed["studies"]
    same = then.keys() & {*earlier.printed["tune"], "importances", "settings", "history", "chosen"}
    assert {key: now[key] for key in same} == {key: then[key] for key in same}
    counted, *others = [trial.pop("rows") for trial in now["top"]]
    assert counted == 240 and set(others) == {None}  # only the best trial's predictions are read
    assert now["top"] == [current(trial) for trial in then["top"]]
    (study,) = earlier.run("studies")["studies"]
    assert (study["study"], study["complete"], study["best"]) == (STUDY, 5, then["best"])
    assert run(["studies", STUDY]) == 0 and run(["studies", STUDY, "--csv"]) == 0
    assert "770" in earlier.capsys.readouterr().out  # trainable weights of the best net


def test_settings_of_stored_trials_have_todays_names(earlier: Earlier) -> None:
    definition = load_definition(earlier.workspace.root, STUDY)
    for trial in find_study(earlier.workspace, COMPETITION, STUDY).trials:
        # Only a setting that 0.1 did not have may be missing from what the definition comes to today.
        today = definition.settings(trial.params)
        assert {name: today[name] for name in trial.settings} == trial.settings
        assert (trial.settings["schedule"], trial.settings["warmup_steps"]) == ("constant", 200)
        assert (trial.settings["ema_epochs"], trial.settings["min_steps_per_epoch"]) == (1.5, 16)


def test_predictions_and_checkpoints_are_recognised(earlier: Earlier) -> None:
    definition = load_definition(earlier.workspace.root, STUDY)
    schema = earlier.workspace.schema(COMPETITION)
    for trial in find_study(earlier.workspace, COMPETITION, STUDY).trials:
        settings = definition.settings(trial.params)
        key = trial_key(settings, trial.seed, schema.digest)
        path = oof_path(earlier.folder, trial.number)
        assert len(read_oof(path, key, rows=1200, classes=10).rows) == 240
        if trial.number in (2, 4):  # the best that have not gone on yet
            made = {"versions": trial.made_with["versions"], "backend": trial.backend}
            key = trial_key({**settings, "epochs": 0, **made}, trial.seed, schema.digest)
            assert read_checkpoint(checkpoint_path(earlier.folder, trial.number), key) is not None


def test_tune_goes_on_and_a_promoted_trial_finds_its_checkpoint(earlier: Earlier) -> None:
    location = earlier.workspace.location(COMPETITION, STUDY)
    study = load_study(open_storage(location.folder, None), location.key)
    assert isinstance(study, optuna.Study)
    study.enqueue_trial({**study.trials[2].params, "epochs": 4}, user_attrs={CONTINUES: 2})
    assert run(["tune", "--trials", "2", "--json"]) == 0
    printed = earlier.capsys.readouterr()
    tuned = json.loads(printed.out)
    assert "averaging is ema_epochs" in " ".join(printed.err.split())
    assert (tuned["study"], tuned["trials"], tuned["complete"] + tuned["pruned"]) == (STUDY, 7, 7)
    summary = find_study(earlier.workspace, COMPETITION, STUDY)
    assert [trial.number for trial in summary.trials] == list(range(7))
    first, *_, promoted, drawn = summary.trials
    assert (first.value, first.params["filters"]) == (earlier.printed["studies"]["top"][1]["value"], 8)
    assert promoted.continues == 2
    same = dict(summary.trials[2].versions) == versions()  # else it starts over, and comes to the same
    assert promoted.epochs_before == (3 if same else 0)
    assert (drawn.settings["ema_epochs"], drawn.settings["warmup_steps"]) == (1.5, 200)
    assert "averaging" not in drawn.settings


def test_the_model_is_not_trained_again(earlier: Earlier) -> None:
    path = earlier.folder / "models" / "trial-3.keras"
    before = path.stat().st_mtime_ns, path.with_suffix(".json").read_bytes()
    trained = earlier.run("train", "--best")
    assert (trained["trial"], trained["reused"], Path(trained["path"])) == (3, True, path)
    assert (path.stat().st_mtime_ns, path.with_suffix(".json").read_bytes()) == before


def test_nothing_is_submitted_twice(earlier: Earlier) -> None:
    dry = earlier.run("submit", "--best", "--dry-run")
    assert (dry["status"], dry["rows"], dry["model"]) == ("dry-run", 597, {"trial": 3})
    again = earlier.run("submit", "--best")
    then = earlier.printed["submit"]
    assert again == then | {"new": False, "file": again["file"]} | {key: again[key] for key in again.keys() - then}
    assert earlier.server.calls["CreateSubmission"] == 0
    assert len(earlier.server.submissions) == 1


def test_submissions_and_report(earlier: Earlier) -> None:
    (entry,) = earlier.run("submissions")["submissions"]
    (then,) = earlier.printed["submissions"]["submissions"]
    assert {key: entry[key] for key in then} == then
    assert run(["report", STUDY]) == 0
    page = (earlier.folder / "report.html").read_text()
    assert "ema_epochs" in page and "averaging" not in page and "0.5528" in page


def test_fetch_downloads_nothing(earlier: Earlier) -> None:
    fetched = earlier.run("fetch", COMPETITION)
    then = dict(earlier.printed["fetch"])
    then["prediction_kind"] = then.pop("answer")
    assert {key: fetched[key] for key in then} == then | {"downloaded": False, "folder": fetched["folder"]}


SEARCHED = """\
family = "cnn"

[fixed]
blocks = 1
filters = 4
epochs = 2

[space]
schedule = { choices = ["steady", "cosine"] }
averaging = { low = 0.5, high = 2.0, when = { schedule = "steady" } }
least_steps = { choices = [8, 16] }

[[trials]]
schedule = "steady"
averaging = 1.0
least_steps = 8

[[trials]]
schedule = "cosine"
least_steps = 16
"""


def test_a_study_that_searches_old_names_goes_on_under_them(earlier: Earlier) -> None:
    (earlier.workspace.root / "studies" / "searched.toml").write_text(SEARCHED)
    for trials in (1, 2):
        tuned = earlier.run("tune", "searched", "--trials", "1")
        assert tuned["trials"] == trials
    steady, cosine = find_study(earlier.workspace, COMPETITION, "searched").trials
    assert steady.params == {"schedule": "steady", "averaging": 1.0, "least_steps": 8}
    assert cosine.params == {"schedule": "cosine", "least_steps": 16}
    names = ("schedule", "warmup_steps", "ema_epochs", "min_steps_per_epoch")
    assert [steady.settings[name] for name in names] == ["constant", 200, 1.0, 8]
    assert [cosine.settings[name] for name in names] == ["cosine", 0, 0.0, 16]
    settings = {each["name"]: each for each in earlier.run("studies", "searched")["settings"]}
    assert settings["least_steps"]["default"] == 32
    trained = earlier.run("train", "searched", "--trial", "0")
    assert (trained["trial"], trained["reused"]) == (0, False)
    assert earlier.run("train", "searched", "--trial", "0")["reused"]
