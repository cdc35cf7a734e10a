"""Searches scored by other metrics than accuracy, with real worker processes."""

import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pytest
from trial_context import trial_context

from kagglebot.analysis.load import read_summary
from kagglebot.analysis.results import StudySummary
from kagglebot.callbacks.events import Event, SearchStarted
from kagglebot.datasets.schema import read_schema, save_schema
from kagglebot.errors import DataError, StudyError
from kagglebot.metrics.registry import get_metric
from kagglebot.paths import StudyLocation
from kagglebot.search.storage.journal import open_storage
from kagglebot.search.storage.study import DEFINITION, open_study
from kagglebot.search.trial.callback import TrialCallback
from kagglebot.search.trial.outcome import TrialOutcome
from kagglebot.search.trial.record import TrialEnd, record_end
from kagglebot.search.trial.splits import make_splits
from kagglebot.search.tune import tune
from kagglebot.study_config.load import parse_definition
from kagglebot.study_config.schema import Definition
from kagglebot.training.fit import Curve, TrainingPlan

#: The rate decides which trial is good: at 1e-7 a net stays at chance, a log loss of ln 10.
TEXT = """\
family = "mlp"
[space]
learning_rate = { low = 1e-7, high = 1e-2, log = true }
[fixed]
layers = 1
epochs = 3
[pruner]
name = "median"
startup_trials = 1
warmup_epochs = 0
[[trials]]
learning_rate = 1e-7
[[trials]]
learning_rate = 1e-2
[[trials]]
learning_rate = 2e-7
"""


def define(text: str = TEXT) -> Definition:
    return parse_definition(text.encode(), Path("mine.toml"), "mine")


@pytest.fixture
def location(tmp_path: Path) -> StudyLocation:
    return StudyLocation("digits", "mine", tmp_path / "study")


def scored_by(metric: str, digits: Path, folder: Path) -> Path:
    """The practice digits as they are when `fetch --metric` said so."""
    if not folder.exists():
        shutil.copytree(digits, folder)
    save_schema(folder, replace(read_schema(folder), metric=metric))
    return folder


@pytest.fixture
def log_loss_data(digits_data: Path, tmp_path: Path) -> Path:
    return scored_by("log_loss", digits_data, tmp_path / "digits")


def search(
    location: StudyLocation, data: Path, definition: Definition | None = None, trials: int = 1
) -> list[Event]:
    events: list[Event] = []
    tune(
        location, definition or define(), data, trials=trials, timeout_seconds=None, jobs=1, on_event=events.append
    )
    return events


def summarise(location: StudyLocation) -> StudySummary:
    return read_summary(location, rows=1200)


def test_the_lowest_log_loss_is_the_best_and_the_worse_trial_is_pruned(
    location: StudyLocation, log_loss_data: Path
) -> None:
    events = search(location, log_loss_data, trials=3)
    assert events[0] == SearchStarted(
        get_metric("log_loss"), 3, study=location.study, competition=location.competition, folder=location.folder
    )
    summary = summarise(location)
    assert summary.metric == "log_loss"
    chance, good, behind = summary.trials
    assert [trial.state for trial in summary.trials] == ["complete", "complete", "pruned"]
    assert chance.value == pytest.approx(math.log(10), abs=0.5)
    assert behind.epochs_run < 3
    assert good.value == min(good.curve)
    assert good.value is not None and 0 < good.value < 0.7
    assert summary.best == good
    assert summary.top() == [good, chance]
    assert summary.to_json()["best"]["value"] == good.value
    study = optuna.load_study(study_name=location.key, storage=open_storage(location.folder))
    assert study.best_trial.number == good.number


@pytest.mark.parametrize("metric", ["log_loss", "macro_f1"])
def test_trials_scored_by_another_metric_end_the_study_and_stay(
    location: StudyLocation, digits_data: Path, tmp_path: Path, metric: str
) -> None:
    study, _ = open_study(location, define(), get_metric("accuracy"))
    study.tell(study.ask(), 0.9)
    with pytest.raises(StudyError, match=f"scored by accuracy, .* scored by {get_metric(metric).text}") as caught:
        search(location, scored_by(metric, digits_data, tmp_path / "digits"))
    assert "NEW-NAME" in caught.value.hint
    assert "fetch digits --metric accuracy" in caught.value.hint
    summary = summarise(location)
    assert (summary.metric, summary.complete) == ("accuracy", 1)


def test_a_study_without_a_metric_is_one_of_accuracy(location: StudyLocation) -> None:
    definition = define()
    location.folder.mkdir()
    study = optuna.create_study(
        direction="maximize", storage=open_storage(location.folder), study_name=location.key
    )
    study.set_user_attr(DEFINITION, definition.model_dump(mode="json"))
    study.tell(study.ask(), 0.9)
    assert summarise(location).metric == "accuracy"
    with pytest.raises(StudyError, match="scored by accuracy"):
        open_study(location, definition, get_metric("log_loss"))
    _, notes = open_study(location, definition, get_metric("accuracy"))
    assert notes == []


def test_a_study_that_takes_the_wrong_direction_does_not_go_on(location: StudyLocation) -> None:
    location.folder.mkdir()
    study = optuna.create_study(
        direction="minimize", storage=open_storage(location.folder), study_name=location.key
    )
    study.tell(study.ask(), 0.9)
    with pytest.raises(StudyError, match="takes lower scores for better, which is wrong for accuracy"):
        open_study(location, define(), get_metric("accuracy"))


def test_before_its_first_trial_a_study_may_change_its_metric(location: StudyLocation) -> None:
    open_study(location, define(), get_metric("accuracy"))
    study, _ = open_study(location, define(), get_metric("log_loss"))
    assert study.direction == optuna.study.StudyDirection.MINIMIZE
    assert len(study.trials) == 3


def test_other_images_cannot_be_compared(location: StudyLocation) -> None:
    study, _ = open_study(location, define(), get_metric("accuracy"))
    study.tell(study.ask(), 0.9)
    with pytest.raises(StudyError, match="changed since its trials were run: images"):
        open_study(location, define(TEXT + "[images]\nsize = 16\n"), get_metric("accuracy"))


def test_a_metric_that_says_nothing_of_the_rows_held_out_is_refused() -> None:
    labels = np.array([0] * 20 + [1])  # the only row of its class trains
    (split,) = make_splits(define(), labels, get_metric("log_loss"))
    assert set(labels[split[1]]) == {0}
    for metric in ("auc", "kappa"):
        with pytest.raises(DataError, match=r"All 4 validation rows are of one class, and .* needs two"):
            make_splits(define(), labels, get_metric(metric))


def test_what_cannot_be_validated_leaves_no_study(
    location: StudyLocation, digits_data: Path, tmp_path: Path
) -> None:
    one_row = define(TEXT + "[validation]\nfraction = 0.0001\n")
    with pytest.raises(DataError, match="AUC needs two"):
        search(location, scored_by("auc", digits_data, tmp_path / "digits"), one_row)
    assert not location.folder.exists()


@pytest.mark.parametrize(
    ("scores", "state", "value"),
    [([math.nan, math.nan], "FAIL", None), ([math.nan, 0.7, 0.4, math.nan], "COMPLETE", 0.4)],
)
def test_a_score_that_is_no_number_is_never_the_best(
    scores: list[float], state: str, value: float | None, tmp_path: Path
) -> None:
    study = optuna.create_study(direction="minimize")
    trial = study.ask()
    told: list[Event] = []
    splits = [(np.arange(4), np.arange(4, 8))]
    context = trial_context(tmp_path, study, "log_loss", splits, emit=told.append)
    callback = TrialCallback(context, trial, TrainingPlan(len(scores)))
    curve = Curve(get_metric("log_loss"))
    for epoch, score in enumerate(scores, start=1):
        curve.scores.append(score)
        curve.seconds.append(1.0)
        callback.epoch_ended(epoch, curve)
    outcome = record_end(callback, TrialEnd(TrialOutcome.COMPLETE), {})
    assert outcome is (TrialOutcome.FAILED if value is None else TrialOutcome.COMPLETE)
    (closed,) = study.trials
    assert (closed.state.name, closed.value) == (state, value)
    assert bool(closed.user_attrs["result"]["reason"]) == (value is None)
    assert told[-1].value == value
