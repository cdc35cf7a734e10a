"""Final models trained elsewhere, by what runs on Kaggle's machine, from what is packed to the study's folder."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from optuna.trial import create_trial

from kagglebot.errors import DataError, StudyError
from kagglebot.metrics.registry import get_metric
from kagglebot.paths import WorkspacePaths
from kagglebot.practice import PracticeCompetition
from kagglebot.remote import pack, there, training
from kagglebot.remote.job import Job
from kagglebot.remote.study_archive import kept_files, read_note
from kagglebot.remote.there import OPTIONS, RESULT, STUDY
from kagglebot.remote.training import TRAINING, train_on_kaggle
from kagglebot.retraining.choice.planning import plan
from kagglebot.retraining.model_card import card_path, read_card
from kagglebot.retraining.plan import Plan
from kagglebot.retraining.records import TrainedModel
from kagglebot.search.storage.attributes import RESULT as TRIAL_RESULT
from kagglebot.search.storage.attributes import RUN
from kagglebot.search.storage.optuna_study import open_study
from kagglebot.study_config.load import load_definition
from kagglebot.system.files.json_file import read_json, write_json

COMPETITION = "digits-practice"
DEFINITION = """\
family = "mlp"
[fixed]
layers = 1
epochs = 1
[space]
units_1 = { low = 16, high = 64 }
"""


@pytest.fixture
def study(workspace: WorkspacePaths) -> Path:
    """The folder of a study with two trials, and files that are kept of them."""
    (workspace.studies_folder / "tiny.toml").write_text(DEFINITION)
    definition = load_definition(workspace.root, "tiny")
    location, schema = workspace.location(COMPETITION, "tiny"), workspace.schema(COMPETITION)
    added, _ = open_study(location, definition, get_metric("accuracy"))
    for number, units in enumerate((16, 32)):
        params = {"units_1": units}
        run = {"settings": definition.settings(params), "seed": number, "digest": schema.digest, "family": "mlp"}
        result = {"state": "complete", "epoch": 1, "planned": 1, "curve": [units / 64], "seconds": 1.0}
        distributions = {name: definition.space[name].distribution() for name in params}
        attributes = {RUN: run, TRIAL_RESULT: result}
        added.add_trial(
            create_trial(value=units / 64, params=params, distributions=distributions, user_attrs=attributes)
        )
        for kept in ("checkpoints/chosen", "checkpoints/trial", "predictions/trial"):
            path = location.folder / f"{kept}-{number}.npz"
            path.parent.mkdir(exist_ok=True)
            path.write_text("damaged")
    return location.folder


@pytest.fixture
def runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, digits_competition: PracticeCompetition
) -> list[dict[str, Any]]:
    """What was asked for in each run, which is in this process, with the inputs that Kaggle mounts."""
    inputs, done = tmp_path / "input", list[dict[str, Any]]()
    with zipfile.ZipFile(digits_competition.archive) as archive:
        archive.extractall(inputs / "competitions" / COMPETITION)
    monkeypatch.setenv("KAGGLEBOT_INPUT", str(inputs))
    monkeypatch.setenv("KAGGLE_KERNEL_RUN_TYPE", "Batch")
    monkeypatch.setattr(pack, "download_packages", lambda folder: None)
    monkeypatch.setattr(training, "log_in", lambda *_: None)

    class Here:
        def __init__(self, job: Job) -> None:
            self.packed = job.folder / "1"
            self.options = read_json(self.packed / OPTIONS)
            self.archive = job.folder / "1.zip"

    def carry_out(_: object, job: Job, __: object, take: Callable[[Any], None], ___: object) -> None:
        output = tmp_path / f"output-{len(done)}"
        output.mkdir()
        here = Here(job)
        done.append(here.options)
        there.carry_out(here.packed, output)
        (output / RESULT).rename(here.archive)
        take(here)
        (here.packed / OPTIONS).unlink()
        if error := read_note(here.archive)["error"]:
            raise StudyError(error)

    monkeypatch.setattr(training, "carry_out", carry_out)
    return done


def train(workspace: WorkspacePaths, planned: Plan, *, from_scratch: bool = False) -> tuple[TrainedModel, ...]:
    return train_on_kaggle(
        workspace, planned, threads=None, from_scratch=from_scratch, gpu=False, on_progress=None
    )


@pytest.mark.usefixtures("study")
def test_the_model_is_here_with_its_card_as_if_it_were_trained_here(
    workspace: WorkspacePaths, runs: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    planned = plan(workspace, COMPETITION, "tiny", 1)
    (model,) = train(workspace, planned)
    assert (model.trial, model.reused, model.path) == (1, False, planned.members[0][1].path)
    card = read_card(model.path)
    assert card["trial"] == 1 and card["recipe"]["settings"]["units_1"] == 32
    assert "training: 100 %" in capsys.readouterr().out
    (asked,) = runs
    assert asked["training"] == {"trials": [1], "from_scratch": False, "threads": None}
    (again,) = train(workspace, plan(workspace, COMPETITION, "tiny", 1))
    assert again.reused and len(runs) == 1


def test_models_that_are_here_stay_and_the_others_of_an_ensemble_come(
    workspace: WorkspacePaths, study: Path, runs: list[dict[str, Any]]
) -> None:
    (first,) = train(workspace, plan(workspace, COMPETITION, "tiny", 0))
    before = card_path(first.path).read_bytes()
    both = there.plan_trials(
        plan(workspace, COMPETITION, "tiny", 0).summary, [0, 0], study, workspace.data(COMPETITION)
    )
    models = train(workspace, both)
    assert [model.reused for model in models] == [True, False] and len(runs) == 2
    assert models[0].path != models[1].path and models[0].seed != models[1].seed
    assert card_path(first.path).read_bytes() == before


def test_the_journal_and_the_checkpoints_of_the_trials_alone_go_along(
    workspace: WorkspacePaths, study: Path, runs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "carry_out", lambda *_: None)
    with pytest.raises(StudyError, match="trained no trial-1"):
        train(workspace, plan(workspace, COMPETITION, "tiny", 1))
    packed = study / TRAINING.folder / "1"
    assert [kept.name for kept in kept_files(packed / STUDY)] == ["checkpoints/chosen-1.npz"]
    assert sorted(path.name for path in packed.iterdir()) == [
        "job.json",
        "job.py",
        "kagglebot.pyz",
        "study.archive",
    ]
    assert json.loads((packed / OPTIONS).read_text())["study"] == "tiny"


@pytest.mark.usefixtures("study")
def test_a_training_that_is_on_its_way_comes_home_first(
    workspace: WorkspacePaths, runs: list[dict[str, Any]], notes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as killed, pytest.raises(StudyError):
        killed.setattr(training, "carry_out", lambda *_: None)
        train(workspace, plan(workspace, COMPETITION, "tiny", 0))
    (model,) = train(workspace, plan(workspace, COMPETITION, "tiny", 1))
    assert model.trial == 1 and [asked["training"]["trials"] for asked in runs] == [[0], [1]]
    assert any("A training of 'tiny' with other options is on Kaggle" in note for note in notes)
    (first,) = train(workspace, plan(workspace, COMPETITION, "tiny", 0))
    assert first.reused and len(runs) == 2


@pytest.mark.usefixtures("study")
def test_an_error_there_is_told_and_what_was_finished_is_here(
    workspace: WorkspacePaths, runs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StudyError("trial-1 cannot be trained on all rows.", "Take another one.")

    monkeypatch.setattr(there, "train_planned", fail)
    with pytest.raises(StudyError, match="cannot be trained on all rows"):
        train(workspace, plan(workspace, COMPETITION, "tiny", 1))
    assert len(runs) == 1


def test_other_files_there_are_an_error_before_the_training(
    workspace: WorkspacePaths, study: Path, runs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = study / TRAINING.folder / "1"
    with monkeypatch.context() as killed, pytest.raises(StudyError):
        killed.setattr(training, "carry_out", lambda *_: None)
        train(workspace, plan(workspace, COMPETITION, "tiny", 0))
    write_json(packed / OPTIONS, {**read_json(packed / OPTIONS), "digest": "another"})
    with pytest.raises(DataError, match="are not the same on Kaggle as here"):
        train(workspace, plan(workspace, COMPETITION, "tiny", 0))


def test_what_cannot_be_trained_there_is_refused_before_anything_is_packed(
    workspace: WorkspacePaths, study: Path, runs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = plan(workspace, COMPETITION, "tiny", 1)
    with pytest.raises(StudyError, match="out of reach on Kaggle"):
        train(WorkspacePaths(workspace.root, storage="sqlite:///trials.db"), planned)

    class Family:
        fetch = staticmethod(lambda *_: None)

    monkeypatch.setattr(training, "get_family", lambda name: Family)
    monkeypatch.setattr(training, "split_settings", lambda *_: (None, None))
    with pytest.raises(StudyError, match="weights that are a folder"):
        train(workspace, planned)
    assert not (study / TRAINING.folder).exists() and not runs
