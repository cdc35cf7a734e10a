"""Trials and out-of-fold predictions as DataFrames: columns, dtypes, and what is missing."""

import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kagglebot.analysis.dataframes import oof_dataframe, trials_dataframe
from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.cli.main import run
from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.splits import folds
from kagglebot.errors import DataError, StudyError
from kagglebot.study_config.sections import Validation
from kagglebot.training.files.oof_predictions import OofPredictions, oof_path, save_oof, trial_key
from kagglebot.workspace import Workspace


def test_trials_have_the_documented_columns_and_dtypes(studied: Path) -> None:
    trials = Workspace(studied).trials("net")
    documented = trials_dataframe.__doc__ or ""
    for name, dtype in trials.dtypes.items():
        row = r".*params_NAME.*\b" if str(name).startswith("params_") else rf" *{name} +"
        assert re.search(rf"^{row}{re.escape(str(dtype))}\b", documented, re.M), (name, dtype)
    assert trials["number"].tolist() == list(range(len(trials)))
    assert set(trials["state"]) == {"complete", "pruned", "failed", "interrupted", "waiting"}
    assert (trials["value"].notna() == (trials["state"] == "complete")).all()
    assert trials.loc[trials["state"] == "waiting", "epochs"].isna().all()


def test_trials_can_be_filtered_sorted_and_joined(studied: Path) -> None:
    workspace = Workspace(studied)
    trials = workspace.trials("net")
    complete = trials[trials["state"] == "complete"].sort_values("value", ascending=False)
    summary = workspace.summary("net")
    assert complete["number"].tolist()[:10] == [trial.number for trial in summary.top(10)]
    assert str(trials["params_filters"].dtype) == "Int64" and str(trials["params_dropout"].dtype) == "float64"
    assert trials["params_weight_decay"].isna().any()  # only adamw has one
    by_optimizer = complete.groupby("params_optimizer")["value"].max()
    assert by_optimizer.idxmax() == "adamw"


def test_a_study_without_trials_has_the_same_columns(studied: Path) -> None:
    empty = trials_dataframe(StudySummary("cnn", "digits", "accuracy", "cnn", "20 % held out", 240, ()))
    full = Workspace(studied).trials("net")
    fixed = [name for name in full if not name.startswith("params_")]
    assert list(empty) == fixed and (empty.dtypes == full[fixed].dtypes).all()


def test_parameters_of_several_kinds_become_text() -> None:
    trials = (
        TrialResult(0, "complete", params={"pool": 2, "batch_norm": True}),
        TrialResult(1, "complete", params={"pool": "none"}),
    )
    frame = trials_dataframe(StudySummary("cnn", "digits", "accuracy", "cnn", "20 % held out", 240, trials))
    assert frame["params_pool"].tolist() == ["2", "none"]
    assert str(frame["params_batch_norm"].dtype) == "boolean" and frame["params_batch_norm"].isna().tolist() == [
        False,
        True,
    ]


def test_csv_is_the_dataframe(studied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--workspace", str(studied), "studies", "net", "--csv"]) == 0
    read = pd.read_csv(io.StringIO(capsys.readouterr().out))
    trials = Workspace(studied).trials("net")
    assert list(read) == list(trials)
    assert np.allclose(read["value"], trials["value"], equal_nan=True)
    assert (read["epochs"].astype("Int64") == trials["epochs"]).dropna().all()


def test_out_of_fold_predictions_agree_with_the_score(studied: Path) -> None:
    workspace = Workspace(studied)
    best = workspace.summary("net").best
    assert best is not None
    oof = workspace.oof("net")
    dtypes = {name: str(dtype) for name, dtype in oof.dtypes.items()}
    probabilities = [name for name in oof if name.startswith("probability_")]
    assert probabilities == [f"probability_{digit}" for digit in range(10)]
    assert dtypes == {
        "row": "int64",
        "label": "category",
        "predicted": "category",
        "fold": "Int64",
        **dict.fromkeys(probabilities, "float32"),
    }
    assert (oof["label"] == oof["predicted"]).mean() == pytest.approx(best.value)
    assert np.allclose(oof[probabilities].sum(axis=1), 1, atol=1e-5)
    labels = load_dataset(workspace.data("digits-practice")).train_labels
    assert oof["label"].astype(int).tolist() == labels[oof["row"]].tolist()
    assert oof["fold"].isna().all()  # one part was held out


def test_each_row_has_the_fold_it_was_validated_in(digits_data: Path, tmp_path: Path) -> None:
    dataset = load_dataset(digits_data)
    rows = np.arange(len(dataset.train_labels))
    trial = TrialResult(0, "complete", value=1.0, epochs=1)
    probabilities = np.eye(10, dtype=np.float32)[dataset.train_labels]
    key = trial_key({}, 0, dataset.schema.digest)
    save_oof(oof_path(tmp_path, 0), OofPredictions(rows, probabilities), key)
    split = Validation(folds=3, seed=5)
    summary = StudySummary("cnn", "digits", "accuracy", "cnn", "3 folds", len(rows), (trial,), split=split)
    oof = oof_dataframe(summary, trial, tmp_path, dataset)
    for number, (_, held_out) in enumerate(folds(dataset.train_labels, count=3, seed=5)):
        assert oof.loc[oof["fold"] == number, "row"].tolist() == held_out.tolist()


def test_whole_groups_are_validated_in_one_fold(digits_data: Path, tmp_path: Path) -> None:
    dataset = load_dataset(digits_data)
    groups = np.arange(len(dataset.train_labels)) // 7
    dataset = replace(dataset, train_groups=groups)
    rows = np.arange(len(groups))
    trial = TrialResult(0, "complete", value=1.0, epochs=1)
    probabilities = np.eye(10, dtype=np.float32)[dataset.train_labels]
    save_oof(oof_path(tmp_path, 0), OofPredictions(rows, probabilities), trial_key({}, 0, dataset.schema.digest))
    split = Validation(folds=3, seed=5)
    summary = StudySummary("cnn", "digits", "accuracy", "cnn", "3 folds", len(rows), (trial,), split=split)
    oof = oof_dataframe(summary, trial, tmp_path, dataset)
    assert oof.groupby(groups)["fold"].nunique().max() == 1
    assert sorted(oof["fold"].unique()) == [0, 1, 2]


def test_a_trial_without_predictions_is_named(studied: Path) -> None:
    workspace = Workspace(studied)
    second = workspace.summary("net").top(2)[1].number
    with pytest.raises(DataError, match=f"Trial {second} "):
        workspace.oof("net", trial=second)
    with pytest.raises(StudyError, match="no trial 999"):
        workspace.oof("net", trial=999)
