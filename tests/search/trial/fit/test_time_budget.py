"""A net too slow for the time left: a sampled one is skipped, an enqueued one runs again later.

Where other families are searched too, it does not stand in their way.
"""

import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pytest
from optuna.trial import TrialState
from trial_context import trial_context

from kagglebot.datasets.dataset import load_dataset
from kagglebot.search.storage.attributes import RESULT
from kagglebot.search.trial.fit import measured_times
from kagglebot.search.trial.fit.callback import TrialCallback
from kagglebot.search.trial.objective import run_trial
from kagglebot.search.trial.outcome import Interrupted, TooLong, TrialOutcome
from kagglebot.search.trial.record import TrialEnd, record_end
from kagglebot.study_config.load import parse_definition
from kagglebot.training.curve import Curve
from kagglebot.training.plan import TrainingPlan

MIXED = """\
family = ["dense", "mlp"]
[fixed]
epochs = 10000
[fixed.dense]
layers = 1
[space.dense]
units_1 = { low = 4, high = 8 }
"""
TEXT = 'family = "dense"\n[fixed]\nlayers = 1\nepochs = 10000\n[space]\nunits_1 = { low = 4, high = 8 }\n'


@pytest.mark.parametrize(
    ("text", "enqueued", "outcome", "waiting"),
    [
        (TEXT, {}, TrialOutcome.SKIPPED, 0),
        (TEXT, {"units_1": 4}, TrialOutcome.INTERRUPTED, 1),
        (MIXED, {"family": "dense", "dense.units_1": 4}, TrialOutcome.SKIPPED, 0),
    ],
)
def test_a_drawn_net_is_skipped_and_an_enqueued_one_waits(
    text: str, enqueued: dict, outcome: TrialOutcome, waiting: int, digits_data: Path, tmp_path: Path
) -> None:
    definition = parse_definition(text.encode(), Path("mine.toml"), "mine")
    dataset = load_dataset(digits_data)
    study = optuna.create_study(direction="maximize")
    study.tell(study.ask(), 0.9)  # the first one would only be shortened
    if enqueued:
        study.enqueue_trial(enqueued)
    context = trial_context(
        tmp_path,
        study,
        "accuracy",
        definition=definition,
        dataset=dataset,
        deadline=time.time() + 5,
    )
    assert run_trial(context, study.ask()) is outcome
    assert study.trials[1].state == TrialState.FAIL
    assert len(study.get_trials(states=(TrialState.WAITING,))) == waiting


def trial_callback(
    digits_data: Path, tmp_path: Path, seconds_left: float, *, first: bool, text: str = TEXT
) -> TrialCallback:
    """Return the callback of a trial of a search that has so many seconds left."""
    definition = parse_definition(text.encode(), Path("mine.toml"), "mine")
    study = optuna.create_study(direction="maximize")
    if not first:
        study.tell(study.ask(), 0.9)
    context = trial_context(
        tmp_path,
        study,
        "accuracy",
        [],
        definition=definition,
        dataset=load_dataset(digits_data),
        deadline=time.time() + seconds_left,
    )
    return TrialCallback(context, study.ask(), TrainingPlan(3))


def test_only_the_first_of_the_trials_that_run_may_overrun(digits_data: Path, tmp_path: Path) -> None:
    callback = trial_callback(digits_data, tmp_path, -1, first=True)
    other = TrialCallback(callback.context, callback.context.study.ask(), TrainingPlan(3))
    callback.step_ended(1, 0.5)
    with pytest.raises(TooLong):
        other.step_ended(1, 0.5)


@pytest.mark.parametrize("splits", [1, 2])
def test_time_that_is_up_ends_later_folds_too(digits_data: Path, tmp_path: Path, splits: int) -> None:
    callback = trial_callback(digits_data, tmp_path, 100, first=True)
    rows = np.arange(4)
    context = replace(callback.context, splits=[(rows, rows)] * splits)
    callback = TrialCallback(context, callback.trial, TrainingPlan(2))
    curve = Curve(context.metric, [0.5, 0.6], [1.0, 1.0])
    callback.epoch_ended(2, curve)
    callback.split_ended()
    late = replace(context, search=replace(context.search, deadline=time.time() - 1))
    callback.budget.context = late
    with pytest.raises(Interrupted, match="after epoch 3 of 4") if splits == 2 else nullcontext():
        callback.epoch_ended(1, Curve(context.metric, [0.5], [1.0]))


def after_folds(callback: TrialCallback, splits: int, scores: Sequence[list[float]]) -> TrialCallback:
    """The same trial with so many folds of four rows, of which some have ended with these scores."""
    rows = np.arange(4)
    context = replace(callback.context, splits=[(rows, rows)] * splits)
    callback = TrialCallback(context, callback.trial, TrainingPlan(4))
    for each in scores:
        callback.epoch_ended(len(each), Curve(context.metric, each, [1.0] * len(each)))
        callback.split_ended()
    return callback


@pytest.mark.parametrize(
    ("splits", "folds", "epochs", "first", "worth"),
    [
        (1, 0, 1, True, True),
        (1, 0, 1, False, False),
        (1, 0, 2, False, True),
        (3, 0, 3, False, False),
        (3, 1, 0, False, True),
        (3, 1, 3, False, True),
    ],
)
def test_a_trial_that_is_out_of_time_keeps_what_is_worth_a_score(
    splits: int, folds: int, epochs: int, first: bool, worth: bool, digits_data: Path, tmp_path: Path
) -> None:
    ended = [[0.5, 0.6, 0.7, 0.8]] * folds
    callback = after_folds(trial_callback(digits_data, tmp_path, 100, first=first), splits, ended)
    if epochs:
        callback.epoch_ended(epochs, Curve(callback.context.metric, [0.1] * epochs, [1.0] * epochs))
    assert callback.budget.is_worth_a_score() == worth
    if worth:
        assert callback.end_in_time() == (folds == 0)
        assert callback.curves.mean().scores == ([0.5, 0.6, 0.7, 0.8] if folds else [0.1] * epochs)


@pytest.mark.parametrize(
    ("splits", "folds", "first", "done", "ends"),
    [
        (1, 0, False, 2.5, "cut"),
        (1, 0, False, 1.5, "out of time after 1.5 epochs"),  # less than half: it waits for another search
        (1, 0, True, 1.5, "cut"),
        (2, 0, True, 2.5, "cut"),
        (2, 0, False, 2.5, "out of time after 2.5 epochs"),
        (2, 1, True, 2.5, "out of time after 6.5 epochs"),  # the fold that has ended counts
    ],
)
def test_time_that_is_up_within_an_epoch_ends_the_training_there(
    splits: int, folds: int, first: bool, done: float, ends: str, digits_data: Path, tmp_path: Path
) -> None:
    callback = after_folds(trial_callback(digits_data, tmp_path, 100, first=first), splits, [[0.5] * 4] * folds)
    context = callback.context
    epochs, share = int(done), done % 1
    callback.epoch_ended(epochs, Curve(context.metric, [0.5] * epochs, [1.0] * epochs))
    callback.step_ended(epochs + 1, share)
    assert callback.plan.length == 4
    callback.budget.context = replace(context, search=replace(context.search, deadline=time.time() - 0.1))
    with pytest.raises(Interrupted, match=ends) if ends != "cut" else nullcontext():
        callback.step_ended(epochs + 1, share)
    assert callback.plan.length == (done if ends == "cut" else 4)


@pytest.mark.parametrize(("seconds", "length"), [([9.0, 5.0], 8), ([9.0, 10.0], 7), ([9.0, 50.0], 8), ([9.0], 8)])
def test_epochs_that_take_longer_than_estimated_are_fewer(
    seconds: list[float], length: float, digits_data: Path, tmp_path: Path
) -> None:
    callback = trial_callback(digits_data, tmp_path, 55, first=False)
    context = replace(callback.context, splits=[(np.arange(10), np.arange(15))])  # TTA takes half an epoch
    callback = TrialCallback(context, callback.trial, TrainingPlan(8))
    callback.epoch_ended(len(seconds), Curve(context.metric, [0.5] * len(seconds), seconds))
    assert callback.plan.length == pytest.approx(length, abs=0.05)


def test_time_for_the_predictions_is_left(digits_data: Path, tmp_path: Path) -> None:
    callback = trial_callback(digits_data, tmp_path, 100, first=True)
    context = replace(callback.context, splits=[(np.arange(10), np.arange(15))])
    callback = TrialCallback(context, callback.trial, TrainingPlan(3))
    callback.limit_epochs(0.5, 3, 20.0)
    callback.budget.context = replace(context, search=replace(context.search, deadline=time.time() + 9))
    callback.step_ended(2, 0.5)  # they take ten seconds
    assert callback.plan.length == 1.5


@pytest.mark.parametrize(
    ("search", "left", "epoch", "parts"),
    [
        (100, 90, 10, 1),  # a tenth
        (100, 90, 11, 2),
        (100, 90, 30, 4),
        (100, 90, 70, 8),
        (100, 90, 200, 8),
        (None, None, 900, 1),  # no limit: nothing is long
        (100, 9, 30, 1),  # the end brings a score
    ],
)
def test_an_epoch_that_is_long_beside_the_searchs_time_is_validated_in_parts(
    search: float | None, left: float | None, epoch: float, parts: int, digits_data: Path, tmp_path: Path
) -> None:
    callback = trial_callback(digits_data, tmp_path, 100, first=True)
    deadline = None if left is None else time.time() + left
    context = replace(
        callback.context,
        splits=[(np.arange(800), np.arange(200))],
        search=replace(callback.context.search, seconds=search, deadline=deadline),
    )
    callback = TrialCallback(context, callback.trial, TrainingPlan(3))
    assert callback.parts_of_epoch() == 1  # nothing is known yet
    callback.budget.times.epoch_estimated(epoch)
    assert callback.parts_of_epoch() == parts


def test_the_estimate_of_a_long_epoch_has_the_time_to_validate_its_parts(
    digits_data: Path, tmp_path: Path
) -> None:
    callback = trial_callback(digits_data, tmp_path, 1000, first=True)
    search = replace(callback.context.search, seconds=100.0)
    context = replace(callback.context, splits=[(np.arange(800), np.arange(200))], search=search)
    callback = TrialCallback(context, callback.trial, TrainingPlan(3))
    callback.limit_epochs(0.1, 3, 9.0)
    assert callback.budget.times.epoch_seconds == 9
    callback.limit_epochs(0.1, 3, 30.0)
    assert callback.budget.times.epoch_seconds == pytest.approx(30 * (1 + 3 * 50 / 2400))


@pytest.mark.parametrize("seconds_left", [-1, 100])
def test_a_net_without_an_epoch_at_the_end_of_the_time_stops_within_it(
    seconds_left: float, digits_data: Path, tmp_path: Path
) -> None:
    callback = trial_callback(digits_data, tmp_path, seconds_left, first=False)
    with pytest.raises(TooLong, match="not one epoch") if seconds_left < 0 else nullcontext():
        callback.step_ended(1, 0.5)


def test_features_stop_at_the_end_of_the_search(digits_data: Path, tmp_path: Path) -> None:
    callback = trial_callback(digits_data, tmp_path, -1, first=True)
    with pytest.raises(Interrupted, match="out of time while features"):
        callback.preparing(0.1)
    assert record_end(callback, TrialEnd(TrialOutcome.INTERRUPTED), {}) is TrialOutcome.INTERRUPTED
    (trial,) = callback.context.study.get_trials()
    assert trial.user_attrs[RESULT]["features_share"] == 0.1


@pytest.mark.parametrize(
    ("first", "share", "text", "stops"),
    [
        (False, 0.11, TEXT, True),
        (False, 0.99, TEXT, False),
        (True, 0.11, TEXT, False),
        (True, 0.11, MIXED, True),  # nets of the other family may have a score
        (True, 0.2, MIXED, False),  # 80 seconds more, and 50 are left
        (False, 0.2, MIXED, True),
    ],
)
def test_features_that_cannot_be_there_in_time_are_not_begun(
    digits_data: Path,
    tmp_path: Path,
    first: bool,
    share: float,
    text: str,
    stops: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [100.0]
    callback = trial_callback(digits_data, tmp_path, 50, first=first, text=text)
    monkeypatch.setattr(measured_times.time, "monotonic", lambda: clock[0])
    callback.preparing(0.05)
    callback.preparing(0.1)
    clock[0] += 10
    with pytest.raises(TooLong, match=r"features need (890|80) s more") if stops else nullcontext():
        callback.preparing(share)


@pytest.mark.parametrize(
    ("left", "features", "first", "text", "said"),
    [
        (21, 0, False, TEXT, None),
        (19, 0, False, TEXT, "20 s to its first step"),
        (21, 30, False, TEXT, "features need 30 s"),
        (1, 30, True, TEXT, None),
        (11, 0, True, MIXED, None),
        (9, 0, True, MIXED, "20 s to its first step"),  # nets of the other family may have a score
    ],
)
def test_a_net_is_not_begun_that_would_not_come_to_its_first_step(
    left: float, features: float, first: bool, text: str, said: str | None, digits_data: Path, tmp_path: Path
) -> None:
    budget = trial_callback(digits_data, tmp_path, left, first=first, text=text).budget
    with pytest.raises(TooLong, match=said) if said else nullcontext():
        budget.check_before(20.0, features)


@pytest.mark.parametrize(
    ("late", "minimum", "seconds", "error"),
    [
        (False, None, 20.0, TooLong),  # three epochs take more than a third of 100 seconds
        (True, None, 20.0, None),
        (True, None, 80.0, TooLong),
        (True, 2, 20.0, TooLong),  # a net that can go on later leaves time for others
    ],
)
def test_where_no_lighter_net_was_drawn_one_may_take_all_of_the_time(
    late: bool,
    minimum: int | None,
    seconds: float,
    error: type[Interrupted] | None,
    digits_data: Path,
    tmp_path: Path,
) -> None:
    callback = after_folds(trial_callback(digits_data, tmp_path, 100, first=False), 1, [])
    callback = TrialCallback(callback.context, callback.trial, TrainingPlan(3, minimum))
    with pytest.raises(error) if error else nullcontext():
        callback.budget.check_start(0, seconds, late=late)


def test_an_enqueued_net_that_is_too_slow_is_trained_as_far_as_there_is_time(
    digits_data: Path, tmp_path: Path
) -> None:
    callback = after_folds(trial_callback(digits_data, tmp_path, 30, first=False), 1, [])
    study = callback.context.study
    study.enqueue_trial({"units_1": 4})
    enqueued = TrialCallback(callback.context, study.ask(), TrainingPlan(3))
    assert enqueued.limit_epochs(0.5, 3, 40.0) == 3
    with pytest.raises(TooLong):
        callback.limit_epochs(0.5, 3, 40.0)


def test_a_later_fold_is_not_begun_where_the_first_one_took_long_to_begin(
    digits_data: Path, tmp_path: Path
) -> None:
    callback = trial_callback(digits_data, tmp_path, 10, first=True)
    callback.budget.times.start_seconds = 20.0
    callback.budget.check_before(0.0)
    callback.curves.ended.append(Curve(callback.context.metric, [0.5], [1.0]))
    with pytest.raises(Interrupted, match="takes 20 s to its first step"):
        callback.budget.check_before(0.0)


@pytest.mark.parametrize(("deadline", "length"), [(104, 0.1), (105, 3)])
def test_a_step_is_not_begun_that_would_end_late(
    deadline: float, length: float, digits_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step takes a second, a twentieth of an epoch; validation and predictions take 1.33 s each."""
    clock = [50.0]
    for name in ("monotonic", "time"):
        monkeypatch.setattr(measured_times.time, name, lambda: clock[0])
    callback = trial_callback(digits_data, tmp_path, deadline - clock[0], first=True)
    rows = np.arange(10)
    callback = TrialCallback(replace(callback.context, splits=[(rows, rows[:2])]), callback.trial, TrainingPlan(3))
    clock[0] = 100.0  # compiled
    callback.step_ended(1, 0.05)
    clock[0] += 1
    callback.step_ended(1, 0.1)
    assert callback.plan.length == length


def test_the_time_of_an_epoch_is_known_before_its_end(digits_data: Path, tmp_path: Path) -> None:
    callback = trial_callback(digits_data, tmp_path, 30, first=False)
    context = replace(callback.context, splits=[(np.arange(4), np.arange(4))])
    callback = TrialCallback(context, callback.trial, TrainingPlan(3))
    assert callback.budget.times.epoch_seconds is None
    with pytest.raises(TooLong, match="3 epochs of about 40 s"):
        callback.limit_epochs(1, 3, 40.0)
    assert callback.budget.times.epoch_seconds == 40.0
    callback.epoch_ended(1, Curve(context.metric, [0.5], [20.0]))
    assert callback.budget.times.epoch_seconds == 20.0


@pytest.mark.parametrize(("left", "fits"), [(0.5, 36.2), (34, 36.7)])
def test_of_an_epoch_that_has_begun_as_much_is_run_as_there_is_time_for(
    left: float, fits: float, tmp_path: Path
) -> None:
    study = optuna.create_study(direction="maximize")
    study.tell(study.ask(), 0.5)
    splits = [(np.arange(100), np.arange(100, 120))]
    context = trial_context(tmp_path, study, "accuracy", splits, deadline=time.time() + left)
    callback = TrialCallback(context, study.ask(), TrainingPlan(41))
    assert callback.limit_epochs(36.2, 41, 60.0) == pytest.approx(fits, abs=0.01)


@pytest.mark.parametrize(("views", "fits"), [(1, 9.85), (18, 8.72)])
def test_the_views_of_tta_take_their_time(views: int, fits: float, tmp_path: Path) -> None:
    study = optuna.create_study(direction="maximize")
    study.tell(study.ask(), 0.5)
    splits = [(np.arange(100), np.arange(100, 120))]
    context = trial_context(tmp_path, study, "accuracy", splits, deadline=time.time() + 595)
    callback = TrialCallback(context, study.ask(), TrainingPlan(12), views)
    assert callback.limit_epochs(0, 12, 60.0) == pytest.approx(fits, abs=0.01)


@pytest.mark.parametrize(
    ("left", "share", "seconds", "time_for_it"),
    [(11, 1, None, True), (9, 1, None, False), (6, 0.5, None, True), (9, 1, 100, True), (7, 1, 100, False)],
)
def test_tta_is_begun_where_it_ends_in_time_or_hardly_later(
    left: float, share: float, seconds: float | None, time_for_it: bool, digits_data: Path, tmp_path: Path
) -> None:
    callback = trial_callback(digits_data, tmp_path, left, first=True)
    search = replace(callback.context.search, seconds=seconds)
    context = replace(callback.context, search=search, splits=[(np.arange(12), np.arange(6))])
    budget = TrialCallback(context, callback.trial, TrainingPlan(3), 3).budget
    assert budget.has_time_for_tta(share)  # nothing is known yet
    budget.limit_epochs(0.5, 3, 20.0)  # three views of half as many rows take half an epoch
    assert budget.has_time_for_tta(share) == time_for_it


def test_time_is_left_for_the_statistics_of_plain_images_too(digits_data: Path, tmp_path: Path) -> None:
    callback = trial_callback(digits_data, tmp_path, 100, first=True)
    context, lengths = replace(callback.context, splits=[(np.arange(12), np.arange(6))]), []
    for rows in (0, 12):
        callback = TrialCallback(context, callback.trial, TrainingPlan(9), statistics=rows)
        lengths.append(callback.limit_epochs(0, 9, 20.0))
    assert lengths[0] - lengths[1] == pytest.approx(1 / 3, abs=0.01)
