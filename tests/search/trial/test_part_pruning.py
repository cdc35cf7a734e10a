"""A net that is clearly behind others within a long epoch is stopped there."""

import math
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import optuna
import pytest
from example_definition import THREE_RATES, parse
from optuna.trial import TrialState
from trial_context import trial_context

from kagglebot.callbacks.events import EpochEnded, Event, Stepped
from kagglebot.datasets.dataset import load_dataset
from kagglebot.search.storage.attributes import CONTINUES, PART_SCORES, RESULT, RUN
from kagglebot.search.trial.context import WorkerContext
from kagglebot.search.trial.objective import run_trial
from kagglebot.search.trial.outcome import TrialOutcome
from kagglebot.search.trial.part_pruning import clearly_behind
from kagglebot.training.curve import PartScore

NOW = PartScore(0.5, 0.6, 0.02)
PRUNED, RUNNING = TrialState.PRUNED, TrialState.RUNNING


def add(
    study: optuna.Study,
    parts: list[tuple[float, float | None, float | None]],
    epochs: dict[int, float] | None = None,
    *,
    family: str = "cnn",
    state: TrialState = TrialState.COMPLETE,
    **attributes: Any,
) -> int:
    trial = study.ask()
    for name, value in {RUN: {"family": family}, PART_SCORES: parts, **attributes}.items():
        trial.set_user_attr(name, value)
    for epoch, score in (epochs or {}).items():
        trial.report(score, epoch)
    if state != RUNNING:
        study.tell(trial, 0.9 if state == TrialState.COMPLETE else None, state=state)
    return trial.number


def judge(study: optuna.Study, now: PartScore, metric: str = "accuracy", **pruner: Any) -> bool:
    definition = SimpleNamespace(
        pruner=SimpleNamespace(**{"name": "median", "percentile": 50.0, "startup_trials": 1, **pruner})
    )
    context = trial_context(Path(), study, metric, [], definition=definition)
    return clearly_behind(context, add(study, [], state=RUNNING), now)


@pytest.mark.parametrize(
    ("other", "epochs", "behind"),
    [
        ([(0.5, 0.75, 0.02)], {}, True),
        ([(0.5, 0.68, 0.02)], {}, False),  # within chance
        ([(0.5, 0.75, 0.05)], {}, False),
        ([(0.5, 0.5, 0.02)], {}, False),
        ([(0.25, 0.75, 0.02), (0.5, 0.6, 0.02)], {}, False),  # at the same share
        ([(0.25, 0.75, 0.02)], {}, True),  # with less
        ([(0.75, 0.95, 0.02)], {1: 0.95}, False),  # with more
        ([(0.5, None, None)], {}, False),
        ([(0.5, 0.75, None)], {}, True),
        ([], {}, False),
    ],
)
def test_it_is_behind_beyond_chance_what_another_had_with_as_much_or_less(
    other: list[tuple[float, float | None, float | None]], epochs: dict[int, float], behind: bool
) -> None:
    study = optuna.create_study(direction="maximize")
    add(study, other, epochs)
    assert judge(study, NOW) == behind


def test_ends_of_epochs_count_as_well() -> None:
    study = optuna.create_study(direction="maximize")
    add(study, [], {1: 0.9, 2: 0.5})
    assert judge(study, NOW._replace(epochs=1.5))
    assert not judge(study, NOW._replace(epochs=2.5))
    assert not judge(study, NOW)


def test_where_lower_is_better_a_higher_score_is_behind() -> None:
    study = optuna.create_study(direction="minimize")
    add(study, [(0.5, 0.3, 0.02)])
    assert judge(study, NOW, "log_loss")
    assert not judge(study, NOW._replace(score=0.1), "log_loss")


@pytest.mark.parametrize("now", [NOW._replace(score=math.nan), NOW._replace(error=math.nan)])
def test_what_is_not_known_stops_no_trial(now: PartScore) -> None:
    study = optuna.create_study(direction="maximize")
    add(study, [(0.5, 0.99, 0.0)])
    assert not judge(study, now)


@pytest.mark.parametrize(
    ("other", "counts"),
    [
        ({}, True),
        ({"state": PRUNED}, True),
        ({"state": RUNNING}, True),
        ({"state": TrialState.FAIL}, False),
        ({"family": "finetuned"}, False),
        ({CONTINUES: 0}, False),
    ],
)
def test_nets_of_the_family_count_also_while_they_train(other: dict[str, Any], counts: bool) -> None:
    study = optuna.create_study(direction="maximize")
    add(study, [(0.5, 0.95, 0.01)], **other)
    assert judge(study, NOW) == counts


@pytest.mark.parametrize(
    ("ahead", "level", "pruner", "behind"),
    [
        (1, 1, {}, True),
        (1, 2, {}, False),
        (1, 2, {"name": "percentile", "percentile": 25.0}, True),
        (1, 1, {"name": "percentile", "percentile": 75.0}, False),
        (1, 1, {"name": "hyperband"}, True),
        (1, 0, {"startup_trials": 2}, False),
        (2, 0, {"startup_trials": 2}, True),
        (0, 0, {"startup_trials": 0}, False),
        (2, 0, {"name": "none"}, False),
    ],
)
def test_as_many_must_be_ahead_as_the_pruner_asks_for(
    ahead: int, level: int, pruner: dict[str, Any], behind: bool
) -> None:
    study = optuna.create_study(direction="maximize")
    for score in [0.95] * ahead + [0.6] * level:
        add(study, [(0.5, score, 0.01)])
    assert judge(study, NOW, **pruner) == behind


def long_epochs(digits: Path, folder: Path, text: str, events: list[Event]) -> WorkerContext:
    """The context of a search beside whose time every epoch is long."""
    definition = parse(text)
    study = optuna.create_study(direction="maximize")
    for values in definition.trials:
        study.enqueue_trial(values)
    context = trial_context(
        folder,
        study,
        "accuracy",
        definition=definition,
        dataset=load_dataset(digits),
        deadline=time.time() + 10_000,
        emit=events.append,
    )
    return replace(context, search=replace(context.search, seconds=1e-3))


def test_a_bad_net_is_stopped_within_its_first_epoch_and_a_curve_has_one_score_an_epoch(
    digits_data: Path, tmp_path: Path
) -> None:
    rates = "".join(f"[[trials]]\nlearning_rate = {rate}\n" for rate in (1e-2, 8e-3, 1e-7))
    text = f"{THREE_RATES[: THREE_RATES.index('[[trials]]')]}{rates}[pruner]\nstartup_trials = 2\n"
    text = text.replace("[fixed]", "[fixed]\nbatch_size = 4")
    events: list[Event] = []
    context = long_epochs(digits_data, tmp_path, text, events)
    outcomes = [run_trial(context, context.study.ask()) for _ in range(3)]
    assert outcomes == [TrialOutcome.COMPLETE, TrialOutcome.COMPLETE, TrialOutcome.PRUNED]
    best, _, stopped = context.study.trials
    assert best.intermediate_values.keys() == {1, 2, 3} and len(best.user_attrs[RESULT]["curve"]) == 3
    assert [part[0] for part in best.user_attrs[PART_SCORES]][-1] > 2.5
    assert stopped.state == PRUNED and not stopped.intermediate_values
    result = stopped.user_attrs[RESULT]
    assert result["reason"].startswith("clearly behind other trials after 0.") and result["curve"] == []
    assert result["epoch_seconds"] > 0
    of_best = [event for event in events if isinstance(event, Stepped | EpochEnded) and event.number == 0]
    parts = [event.score for event in of_best if isinstance(event, Stepped) and event.score is not None]
    assert parts == [part[1] for part in best.user_attrs[PART_SCORES]]
    assert sum(isinstance(event, EpochEnded) for event in of_best) == 3


def test_in_later_folds_nothing_is_stored_or_stopped_within_epochs(digits_data: Path, tmp_path: Path) -> None:
    text = THREE_RATES.replace("epochs = 3", "epochs = 1\nbatch_size = 4") + "[validation]\nfolds = 2\n"
    events: list[Event] = []
    context = long_epochs(digits_data, tmp_path, text, events)
    assert run_trial(context, context.study.ask()) is TrialOutcome.COMPLETE
    scores = [event for event in events if isinstance(event, Stepped) and event.score is not None]
    stored = context.study.trials[0].user_attrs[PART_SCORES]
    assert {event.epoch for event in scores} == {1, 2}
    assert [part[1] for part in stored] == [event.score for event in scores if event.epoch == 1]
