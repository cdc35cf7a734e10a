"""Trials that go on from where they stood, with real nets on the practice digits."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pytest
from optuna.trial import FrozenTrial, TrialState
from trial_context import trial_context

from kagglebot.datasets.dataset import Dataset, load_dataset
from kagglebot.metrics.registry import get_metric
from kagglebot.search.storage.study import CONTINUES, RESULT, RUN
from kagglebot.search.trial.callback import Conditions
from kagglebot.search.trial.objective import make_splits, run_trial
from kagglebot.search.trial.promotion import KEPT, promote, start_of
from kagglebot.study_config.load import parse_definition
from kagglebot.study_config.schema import Definition
from kagglebot.training.checkpoints import checkpoint_path

TEXT = """
family = "cnn"
[pruner]
name = "none"
[promotion]
every = 2
factor = 2.0
[fixed]
blocks = 1
convolutions = 1
schedule = "constant"
warmup_steps = 200
ema_epochs = 1.0
dropout = 0.1
rotation = 5.0
[space]
filters = { low = 2, high = 8 }
epochs = { low = 1, high = 6, log = true }
"""


@pytest.fixture
def definition() -> Definition:
    return parse_definition(TEXT.encode(), Path("mine.toml"), "mine")


@pytest.fixture
def dataset(digits_data: Path) -> Dataset:
    return load_dataset(digits_data)


@pytest.fixture
def conditions(definition: Definition, dataset: Dataset, tmp_path: Path) -> Conditions:
    return trial_context(
        tmp_path,
        "accuracy",
        make_splits(definition, np.asarray(dataset.train_labels), get_metric("accuracy")),
        seed=3,
    )


def run_next(study: optuna.Study, definition: Definition, dataset: Dataset, conditions: Conditions) -> FrozenTrial:
    run_trial(study, study.ask(), definition, dataset, conditions)
    return study.trials[-1]


def test_a_promoted_trial_goes_on_as_one_long_training_would_have_gone(
    definition: Definition, dataset: Dataset, conditions: Conditions, tmp_path: Path
) -> None:
    study = optuna.create_study(direction="maximize")
    for filters in (5, 6):
        assert not promote(study, definition, conditions, late=False)  # none or one is not two
        study.enqueue_trial({"filters": filters, "epochs": 2})
        run_next(study, definition, dataset, conditions)
    short = study.best_trial
    assert promote(study, definition, conditions, late=False)
    assert not promote(study, definition, conditions, late=False)  # it has gone on, and two more are due first
    long = run_next(study, definition, dataset, conditions)
    assert long.user_attrs[CONTINUES] == short.number
    assert long.params == {**short.params, "epochs": 4}
    curve = long.user_attrs[RESULT]["curve"]
    assert curve[:2] == short.user_attrs[RESULT]["curve"]
    assert [long.intermediate_values[epoch] for epoch in (1, 2, 3, 4)] == curve
    assert long.user_attrs[RESULT]["epochs_before"] == 2

    # From the same start without the checkpoint: the same seed, and the same scores.
    assert not checkpoint_path(tmp_path, short.number).exists()  # nothing else goes on from there
    study.enqueue_trial({**short.params, "epochs": 5}, user_attrs={CONTINUES: short.number})
    straight = run_next(study, definition, dataset, conditions)
    assert straight.user_attrs[RUN]["seed"] == short.user_attrs[RUN]["seed"]
    assert straight.user_attrs[RESULT]["epochs_before"] == 0
    np.testing.assert_allclose(straight.user_attrs[RESULT]["curve"][:4], curve, atol=0.005)


def finished(
    study: optuna.Study, folder: Path, value: float, *, epochs: int, seconds: float, continues: int | None = None
) -> int:
    """A complete trial that stands at its end, without training it."""
    study.enqueue_trial({"filters": 2 + len(study.trials), "epochs": epochs})
    trial = study.ask()
    trial.suggest_int("filters", 2, 99)
    trial.suggest_int("epochs", 1, 6, log=True)
    trial.set_user_attr(RUN, {"seed": 1})
    result = {"curve": [value] * epochs, "seconds": seconds, "epoch_seconds": seconds / epochs}
    trial.set_user_attr(RESULT, result)
    if continues is not None:
        trial.set_user_attr(CONTINUES, continues)
    study.tell(trial, value)
    path = checkpoint_path(folder, trial.number)
    path.parent.mkdir(exist_ok=True)
    path.touch()
    return trial.number


def waiting(study: optuna.Study) -> list[tuple[int, int]]:
    trials = study.get_trials(states=(TrialState.WAITING,))
    return [(trial.user_attrs[CONTINUES], trial.system_attrs["fixed_params"]["epochs"]) for trial in trials]


def test_a_net_does_not_go_on_where_another_backend_left_it(
    conditions: Conditions, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = optuna.create_study()
    trial = study.ask()
    here = start_of(study, trial, {}, "digest", conditions)
    assert start_of(study, trial, {"epochs": 9}, "digest", conditions) == here
    monkeypatch.setattr("kagglebot.search.trial.promotion.current_backend", lambda: "torch")
    there = start_of(study, trial, {}, "digest", conditions)
    assert there.seed == here.seed and there.key != here.key


@pytest.mark.parametrize(("left", "expected"), [(36.0, [(1, 6)]), (18.0, [(1, 5)]), (11.0, []), (500.0, [])])
def test_near_the_end_the_best_goes_on_as_long_as_there_is_time(
    left: float, expected: list[tuple[int, int]], definition: Definition, conditions: Conditions, tmp_path: Path
) -> None:
    study = optuna.create_study(direction="maximize")
    finished(study, tmp_path, 0.90, epochs=3, seconds=40.0)
    finished(study, tmp_path, 0.95, epochs=3, seconds=18.0)  # 6 s an epoch, of which one is left to spare
    finished(study, tmp_path, 0.95, epochs=3, seconds=40.0)
    definition = definition.model_copy(update={"promotion": definition.promotion.model_copy(update={"every": 9})})
    promote(study, definition, replace(conditions, deadline=time.time() + left + 0.5), late=False)
    assert waiting(study) == expected


def test_where_a_new_trial_does_not_fit_the_next_best_goes_on(
    definition: Definition, conditions: Conditions, tmp_path: Path
) -> None:
    study = optuna.create_study(direction="maximize")
    best = [finished(study, tmp_path, 0.9 + 0.01 * number, epochs=2, seconds=2.0) for number in range(3)]
    conditions = replace(conditions, deadline=time.time() + 1000)
    while promote(study, definition, conditions, late=True):
        pass
    assert waiting(study) == [(best[2], 4), (best[1], 4), (best[0], 4)]


def test_those_that_went_on_and_those_at_their_end_take_no_place_among_the_best(
    definition: Definition, conditions: Conditions, tmp_path: Path
) -> None:
    study = optuna.create_study(direction="maximize")
    worst = finished(study, tmp_path, 0.5, epochs=2, seconds=2.0)
    for _ in range(KEPT):
        begun = finished(study, tmp_path, 0.8, epochs=2, seconds=2.0)
        finished(study, tmp_path, 0.9, epochs=6, seconds=6.0, continues=begun)  # 6 are the most
    assert promote(study, definition, replace(conditions, deadline=time.time() + 1000), late=True)
    assert waiting(study) == [(worst, 4)]


def test_one_that_goes_on_is_not_pruned(
    definition: Definition, dataset: Dataset, conditions: Conditions, tmp_path: Path
) -> None:
    study = optuna.create_study(direction="maximize", pruner=optuna.pruners.ThresholdPruner(lower=2.0))
    study.enqueue_trial({"filters": 5, "epochs": 3})
    assert run_next(study, definition, dataset, conditions).state == TrialState.PRUNED
    study.enqueue_trial({"filters": 5, "epochs": 4}, user_attrs={CONTINUES: 0})
    assert run_next(study, definition, dataset, conditions).state == TrialState.COMPLETE


def test_only_the_ends_of_the_best_trials_are_kept(
    definition: Definition, dataset: Dataset, conditions: Conditions, tmp_path: Path
) -> None:
    study = optuna.create_study(direction="maximize")
    for _ in range(KEPT):
        finished(study, tmp_path, 1.1, epochs=2, seconds=2.0)
    worse = finished(study, tmp_path, 0.1, epochs=2, seconds=2.0)
    study.enqueue_trial({"filters": 2, "epochs": 1})
    behind = run_next(study, definition, dataset, conditions)
    assert behind.value is not None
    there = [checkpoint_path(tmp_path, number).is_file() for number in range(behind.number + 1)]
    assert there == [True] * KEPT + [False, False]
    assert worse == KEPT
