"""Summaries of studies: data with groups, trials that ended within an epoch."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from example_definition import parse
from finished_studies import COMPETITION, make_workspace
from optuna.trial import TrialState

from kagglebot.analysis.load import read_summary
from kagglebot.datasets.schema import read_schema, save_schema
from kagglebot.datasets.splits import holdout
from kagglebot.metrics.registry import get_metric
from kagglebot.paths import StudyLocation
from kagglebot.search.storage.attributes import PART_SCORES, RESULT, RUN
from kagglebot.search.storage.optuna_study import open_study
from kagglebot.workspace import Workspace


@pytest.fixture
def grouped(tmp_path: Path, digits_data: Path) -> Path:
    """A workspace whose digits were written by 60 writers."""
    data = tmp_path / "data"
    shutil.copytree(digits_data, data)
    schema = read_schema(data)
    groups = np.arange(schema.train_rows) % 60
    np.save(data / "cache" / schema.digest / "train_groups.npy", groups)
    save_schema(data, replace(schema, group="writer", groups=60))
    return make_workspace(tmp_path / "workspace", data)


def test_the_summary_says_by_what_whole_groups_are_held_out(grouped: Path) -> None:
    workspace = Workspace(grouped)
    summary = workspace.summary("net")
    labels = np.load(next(workspace.data(COMPETITION).glob("cache/*/train_labels.npy")))
    _, rows = holdout(labels, fraction=0.5, seed=42, groups=np.arange(len(labels)) % 60)
    assert summary.group == summary.to_json()["group"] == "writer"
    assert summary.validation == "50% of the rows held out, stratified, whole groups by writer, seed 42"
    assert summary.validation_rows == len(rows)
    assert summary.validation_groups == summary.to_json()["validation_groups"] == len(set(rows % 60))
    next(workspace.data(COMPETITION).glob("cache/*/train_groups.npy")).write_bytes(b"cut off")
    assert workspace.summary("net").group == "writer"


def test_without_groups_it_is_as_it_was(studied: Path) -> None:
    document = Workspace(studied).summary("net").to_json()
    assert document["group"] is None
    assert document["validation"] == "50% of the rows held out, stratified, seed 42"


def test_scores_within_epochs_are_no_part_of_a_curve(tmp_path: Path) -> None:
    location = StudyLocation("digits", "mine", tmp_path)
    study, _ = open_study(location, parse(), get_metric("accuracy"))
    trial = study.ask()
    trial.set_user_attr(RUN, {"settings": {"epochs": 4}})
    trial.set_user_attr(PART_SCORES, [[0.5, 0.3, 0.1], [1.5, None, None]])
    trial.report(0.4, 1)
    for result in ({}, {"state": "pruned", "curve": [0.4], "planned": 4, "seconds": 6.0}):
        trial.set_user_attr(RESULT, result)
        (found,) = read_summary(location, rows=100).trials[:1]
        assert (found.curve, found.epochs_run, found.epochs_done) == ((0.4,), 1, 1.5)
    study.tell(trial, state=TrialState.PRUNED)
    assert read_summary(location, rows=100).saved_seconds == pytest.approx(6 / 1.5 * 2.5)
