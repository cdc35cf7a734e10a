"""The best net is trained again with another seed, once and in time, and is no news to the search."""

import time
from dataclasses import replace
from pathlib import Path

import optuna
import pytest
from optuna.distributions import IntDistribution
from optuna.trial import TrialState, create_trial
from trial_context import trial_context

from kagglebot.datasets.dataset import load_dataset
from kagglebot.metrics.registry import get_metric
from kagglebot.search.storage.attributes import AGAIN, CONTINUES, OTHER_SEED_OF, RESULT, RUN, observations
from kagglebot.search.storage.optuna_study import finish
from kagglebot.search.trial.context import WorkerContext
from kagglebot.search.trial.objective import run_trial
from kagglebot.search.trial.other_seed import train_again
from kagglebot.search.trial.outcome import TrialOutcome
from kagglebot.search.trial.promotion import promote
from kagglebot.search.workers.loop import run_next_trial
from kagglebot.study_config.load import parse_definition
from kagglebot.study_config.set_and_fix import Restriction
from kagglebot.training.files.oof_predictions import oof_path

TEXT = """
family = "{family}"
[final]
nets = {nets}
[pruner]
name = "median"
startup_trials = 0
warmup_epochs = 0
[promotion]
every = 1
[fixed]
layers = 1
schedule = "constant"
[space]
units_1 = {{ low = 2, high = 12 }}
epochs = {{ low = 1, high = 6 }}
"""
SPACE = {"units_1": IntDistribution(2, 12), "epochs": IntDistribution(1, 6)}


def make_context(folder: Path, *, nets: int = 2, family: str = "dense", **others: object) -> WorkerContext:
    text = TEXT.format(nets=nets, family=family)
    if family == "pretrained":
        text = text.replace("layers = 1\n", "").replace("units_1", "dense_units").replace("low = 2", "low = 8")
    definition = parse_definition(text.encode(), Path("mine.toml"), "mine")
    study = optuna.create_study(direction="maximize")
    return trial_context(
        folder, study, "accuracy", others.pop("splits", [((), ())]), definition=definition, **others
    )


def add(context: WorkerContext, value: float, epochs: int = 4, pace: float = 10.0, **attributes: int) -> int:
    """Add a complete trial whose epochs took ``pace`` seconds each."""
    seconds = epochs * pace * len(context.splits)
    result = {"curve": [value] * epochs, "epoch_seconds": pace, "seconds": seconds}
    params = {"units_1": 8, "epochs": epochs}
    attributes |= {RUN: {"seed": 0, "settings": {}}, RESULT: result}
    context.study.add_trial(create_trial(value=value, params=params, distributions=SPACE, user_attrs=attributes))
    return len(context.study.trials) - 1


def add_worse(context: WorkerContext) -> None:
    """Add trials that took most of the search, of a minute each."""
    for _ in range(3):
        add(context, 0.1, epochs=6)


def in_seconds(context: WorkerContext, seconds: float | None) -> WorkerContext:
    deadline = None if seconds is None else time.time() + seconds
    return replace(context, search=replace(context.search, deadline=deadline))


@pytest.mark.parametrize(
    ("left", "due"), [(None, False), (35.0, False), (45.0, True), (99.0, True), (105.0, False)]
)
def test_it_is_due_once_it_fits_and_might_fit_no_more_after_another_trial(
    tmp_path: Path, left: float | None, due: bool
) -> None:
    context = make_context(tmp_path)
    assert not train_again(in_seconds(context, left))  # nothing is trained yet
    add_worse(context)
    best = add(context, 0.9)  # of 40 s
    assert train_again(in_seconds(context, left)) == due
    if due:
        waiting = context.study.trials[-1]
        assert waiting.system_attrs["fixed_params"] == {"units_1": 8, "epochs": 4}
        assert waiting.user_attrs == {OTHER_SEED_OF: best}
        assert not train_again(in_seconds(context, left))


def test_folds_are_trained_one_after_another(tmp_path: Path) -> None:
    context = make_context(tmp_path, splits=[((), ())] * 3)
    add_worse(context)
    add(context, 0.9)
    assert not train_again(in_seconds(context, 115)) and train_again(in_seconds(context, 125))


def test_a_net_is_trained_again_once_however_long_it_went_on(tmp_path: Path) -> None:
    context = make_context(tmp_path)
    add_worse(context)
    first = add(context, 0.8)
    assert train_again(in_seconds(context, 50))
    context.study.tell(context.study.ask(), state=TrialState.FAIL)
    add(context, 0.9, **{CONTINUES: first})
    assert not train_again(in_seconds(context, 50))
    add(context, 0.95)
    assert train_again(in_seconds(context, 50))


@pytest.mark.parametrize("reason", ["one net", "frozen", "restricted", "another waits", "too dear"])
def test_where_it_is_of_no_use_it_is_not_trained(tmp_path: Path, reason: str) -> None:
    family = "pretrained" if reason == "frozen" else "dense"
    context = make_context(tmp_path, nets=1 if reason == "one net" else 2, family=family)
    if reason == "restricted":
        parts = {"units_1": Restriction((2, 3))}
        context = replace(context, search=replace(context.search, restrictions=parts))
    if reason != "too dear":
        add_worse(context)
    add(context, 0.9)
    if reason == "another waits":
        context.study.enqueue_trial({"units_1": 3})
    assert not train_again(in_seconds(context, 50))


def test_it_is_no_news_to_sampler_and_promotion_and_goes_on_as_what_it_is(tmp_path: Path) -> None:
    context = make_context(tmp_path)
    best = add(context, 0.9)
    add_worse(context)
    train_again(in_seconds(context, 50))
    trial = context.study.ask()
    finish(context.study, trial.number, TrialState.FAIL, result={"state": "interrupted"}, run_again=True)
    again = context.study.trials[-1]
    assert again.user_attrs[AGAIN] == trial.number and again.user_attrs[OTHER_SEED_OF] == best
    add(context, 0.95, **{OTHER_SEED_OF: best})
    seen = observations(context.study.get_trials(), get_metric("accuracy"))
    assert [each.number for each in seen] == [best, 1, 2, 3]
    assert not promote(context, late=True)


def test_it_has_a_seed_and_predictions_of_its_own_and_is_not_pruned(tmp_path: Path, digits_data: Path) -> None:
    dataset = load_dataset(digits_data)
    context = make_context(tmp_path, splits=None, dataset=dataset)
    context.study.enqueue_trial({"units_1": 12, "epochs": 2})
    assert run_trial(context, context.study.ask()) is TrialOutcome.COMPLETE
    best = context.study.trials[0]
    # Its last scores are so high that the median of the trials prunes all that follow.
    for number in range(3):
        reached = dict.fromkeys((1, 2), 1.0)
        user = {OTHER_SEED_OF: number, RUN: {"seed": 7}, RESULT: {"curve": [1.0, 1.0]}}
        context.study.add_trial(create_trial(value=0.1, user_attrs=user, intermediate_values=reached))
    context.study.enqueue_trial(dict(best.params), user_attrs={OTHER_SEED_OF: 0})
    assert run_trial(context, context.study.ask(), late=True) is TrialOutcome.COMPLETE
    again = context.study.trials[-1]
    assert again.user_attrs[RUN]["seed"] != best.user_attrs[RUN]["seed"]
    assert again.user_attrs[RUN]["settings"] == best.user_attrs[RUN]["settings"]
    assert oof_path(tmp_path, again.number).is_file()


def test_a_worker_whose_time_it_is_takes_it_next(tmp_path: Path, digits_data: Path) -> None:
    context = make_context(tmp_path, splits=None, dataset=load_dataset(digits_data))
    add_worse(context)
    best = add(context, 0.9, epochs=2)
    assert run_next_trial(in_seconds(context, 25)) is TrialOutcome.COMPLETE
    assert context.study.trials[-1].user_attrs[OTHER_SEED_OF] == best
