"""Trials continued from their checkpoints, with real nets on the practice digits."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pytest
from optuna.trial import FrozenTrial, TrialState
from trial_context import trial_context

from kagglebot.callbacks.events import EpochEnded, Event
from kagglebot.datasets.dataset import Dataset, load_dataset
from kagglebot.search.storage.attributes import CONTINUES, RESULT, RUN, observations, ranked
from kagglebot.search.storage.optuna_study import ask
from kagglebot.search.trial.context import SearchContext, WorkerContext
from kagglebot.search.trial.objective import run_trial
from kagglebot.search.trial.promotion import KEPT, find_start, promote
from kagglebot.study_config.load import parse_definition
from kagglebot.study_config.schema import Definition
from kagglebot.study_config.set_and_fix import Restriction
from kagglebot.training.files import checkpoints
from kagglebot.training.files.checkpoints import checkpoint_path, chosen_path, running_path
from kagglebot.training.files.oof_predictions import oof_path, read_oof, trial_key

TEXT = """
family = "dense"
[pruner]
name = "none"
[promotion]
every = 2
factor = 2.0
[fixed]
layers = 1
schedule = "constant"
warmup_steps = 200
ema_epochs = 1.0
dropout = 0.1
rotation = 5.0
[space]
units_1 = { low = 2, high = 12 }
epochs = { low = 1, high = 6, log = true }
"""


@pytest.fixture
def definition() -> Definition:
    return parse_definition(TEXT.encode(), Path("mine.toml"), "mine")


@pytest.fixture
def dataset(digits_data: Path) -> Dataset:
    return load_dataset(digits_data)


@pytest.fixture
def context(definition: Definition, dataset: Dataset, tmp_path: Path) -> WorkerContext:
    return trial_context(
        tmp_path,
        optuna.create_study(direction="maximize"),
        "accuracy",
        definition=definition,
        dataset=dataset,
        seed=3,
    )


def with_deadline(context: WorkerContext, seconds: float) -> WorkerContext:
    return replace(context, search=replace(context.search, deadline=time.time() + seconds))


def test_the_best_trial_of_two_families_goes_on_unless_its_family_is_left_out(
    dataset: Dataset, tmp_path: Path
) -> None:
    text = """family = ["dense", "cnn"]
[pruner]
name = "none"
[promotion]
every = 2
factor = 2.0
[fixed]
schedule = "constant"
[fixed.cnn]
blocks = 1
convolutions = 1
[space.dense]
epochs = { low = 1, high = 6 }
[space.cnn]
epochs = { low = 1, high = 8 }
"""
    definition = parse_definition(text.encode(), Path("mixed.toml"), "mixed")
    study = optuna.create_study(direction="maximize")
    context = trial_context(tmp_path, study, "accuracy", definition=definition, dataset=dataset, seed=3)
    for family in ("dense", "cnn"):
        study.enqueue_trial({"family": family, f"{family}.epochs": 2})
        run_next(context)
    assert [trial.user_attrs[RUN]["family"] for trial in study.trials] == ["dense", "cnn"]
    best = study.best_trial
    (left,) = {"dense", "cnn"} - {best.params["family"]}
    restricted = replace(context.search, restrictions={"family": Restriction((left,))})
    assert promote(replace(context, search=restricted), late=False)
    assert study.trials[-1].system_attrs["fixed_params"] == {"family": left, f"{left}.epochs": 4}
    study.tell(study.ask(), state=TrialState.FAIL)
    assert promote(context, late=True)
    assert study.trials[-1].system_attrs["fixed_params"][f"{best.params['family']}.epochs"] == 4


def run_next(context: WorkerContext) -> FrozenTrial:
    run_trial(context, context.study.ask())
    return context.study.trials[-1]


def test_a_promoted_trial_goes_on_as_one_long_training_would_have_gone(
    context: WorkerContext, tmp_path: Path
) -> None:
    study = context.study
    for units in (8, 9):
        assert not promote(context, late=False)  # none or one is not two
        study.enqueue_trial({"units_1": units, "epochs": 2})
        run_next(context)
    short = study.best_trial
    assert promote(context, late=False)
    assert not promote(context, late=False)  # it has gone on, and two more are due first
    long = run_next(context)
    assert long.user_attrs[CONTINUES] == short.number
    assert long.params == {**short.params, "epochs": 4}
    curve = long.user_attrs[RESULT]["curve"]
    assert curve[:2] == short.user_attrs[RESULT]["curve"]
    assert [long.intermediate_values[epoch] for epoch in (1, 2, 3, 4)] == curve
    assert long.user_attrs[RESULT]["epochs_before"] == 2

    # From the same start without the checkpoint: the same seed, and the same scores.
    assert not checkpoint_path(tmp_path, short.number).exists()  # nothing else goes on from there
    study.enqueue_trial({**short.params, "epochs": 5}, user_attrs={CONTINUES: short.number})
    straight = run_next(context)
    assert straight.user_attrs[RUN]["seed"] == short.user_attrs[RUN]["seed"]
    assert straight.user_attrs[RESULT]["epochs_before"] == 0
    np.testing.assert_allclose(straight.user_attrs[RESULT]["curve"][:4], curve, atol=0.005)


def finished(
    study: optuna.Study,
    folder: Path,
    value: float,
    *,
    epochs: int,
    seconds: float,
    continues: int | None = None,
    **measured: float,
) -> int:
    """A complete trial that stands at its end, without training it."""
    study.enqueue_trial({"units_1": 2 + len(study.trials), "epochs": epochs})
    trial = study.ask()
    trial.suggest_int("units_1", 2, 99)
    trial.suggest_int("epochs", 1, 6, log=True)
    trial.set_user_attr(RUN, {"seed": 1})
    result = {"curve": [value] * epochs, "seconds": seconds, "epoch_seconds": seconds / epochs, **measured}
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


@pytest.mark.parametrize(
    ("schedule", "validation", "ended"),
    [("cosine", "fraction = 0.3", 1), ("plateau", "fraction = 0.3", 3), ("constant", "folds = 2", 6)],
)
def test_a_trial_that_was_stopped_goes_on_from_its_last_state(
    schedule: str,
    validation: str,
    ended: int,
    dataset: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Within an epoch, after so many that have ended; folds that have ended are not trained again."""
    monkeypatch.setattr(checkpoints, "CHECKPOINT_SECONDS", 0)
    text = TEXT.replace("constant", schedule).replace("[promotion]\nevery = 2\nfactor = 2.0\n", "")
    text = text.replace("[pruner]", f"[validation]\n{validation}\n[pruner]")
    definition = parse_definition(text.encode(), Path("mine.toml"), "mine")
    curves, kept = [], []
    for name in ("stopped", "straight"):
        folder, study = tmp_path / name, optuna.create_study(direction="maximize")
        running = running_path(folder, 0)
        context = trial_context(folder, study, "accuracy", definition=definition, dataset=dataset, seed=3)
        study.enqueue_trial({"units_1": 4, "epochs": 4})
        if name == "stopped":
            seen: list[Event] = []
            stopping = replace(
                context,
                emit=seen.append,
                stopped=lambda seen=seen: sum(isinstance(each, EpochEnded) for each in seen) == ended,
            )
            run_trial(stopping, study.ask())
            assert study.trials[0].user_attrs[RESULT]["curve"] and running.exists()
        trial = run_next(context)
        assert trial.state is TrialState.COMPLETE and not running.exists()
        single = len(context.splits) == 1
        assert trial.user_attrs[RESULT]["epochs_before"] == (ended if name == "stopped" and single else 0)
        run = trial.user_attrs[RUN]
        key = trial_key(run["settings"], run["seed"], dataset.schema.digest)
        rows, classes = len(dataset.train_labels), len(dataset.schema.classes)
        kept.append(read_oof(oof_path(folder, trial.number), key, rows=rows, classes=classes))
        curves.append(trial.user_attrs[RESULT]["curve"])
    assert len(curves[0]) == 4
    np.testing.assert_allclose(*curves, atol=0.005)
    np.testing.assert_array_equal(kept[0].rows, kept[1].rows)
    np.testing.assert_allclose(kept[0].probabilities, kept[1].probabilities, atol=0.02)


def ended(events: list[Event]) -> int:
    """Return how many epochs have ended."""
    return sum(isinstance(each, EpochEnded) for each in events)


@pytest.mark.parametrize("family", ["dense", "mlp"])
def test_after_some_folds_a_trial_out_of_time_has_a_score_and_the_next_search_trains_on_the_others(
    family: str, dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"""family = "{family}"
[validation]
folds = 3
[pruner]
name = "none"
[fixed]
layers = 1
epochs = 2
[space]
units_1 = {{ low = 4, high = 8 }}
"""
    definition = parse_definition(text.encode(), Path("mine.toml"), "mine")
    results = {}
    for name in ("late", "straight"):
        seen: list[Event] = []
        study = optuna.create_study(direction="maximize")
        context = trial_context(
            tmp_path / name, study, "accuracy", definition=definition, dataset=dataset, seed=3, emit=seen.append
        )
        study.enqueue_trial({"units_1": 4})
        with monkeypatch.context() as late:
            if name == "late":  # the time is up within the second fold
                late.setattr(SearchContext, "seconds_left", lambda search, seen=seen: 149.0 - 50 * ended(seen))
            trial = run_next(context)
        if name == "late":
            short, waiting = study.trials
            assert short.state is TrialState.COMPLETE and "out of time" in short.user_attrs[RESULT]["reason"]
            assert chosen_path(tmp_path / name, 0).is_file()
            assert waiting.state is TrialState.WAITING
            assert (waiting.user_attrs[CONTINUES], waiting.system_attrs["fixed_params"]) == (0, {"units_1": 4})
            seen.clear()
            trial = run_next(context)
            assert ended(seen) == 3  # of six
            assert ranked(study.get_trials(), context.metric) == [trial]
            assert [each.number for each in observations(study.get_trials(), context.metric)] == [0]
        assert trial.state is TrialState.COMPLETE and not trial.user_attrs[RESULT]["reason"]
        results[name] = trial.user_attrs[RESULT]
    np.testing.assert_allclose(results["late"]["curve"], results["straight"]["curve"], atol=0.005)
    assert results["late"]["log_loss"] == pytest.approx(results["straight"]["log_loss"], rel=0.01)


def test_a_net_does_not_go_on_where_another_backend_left_it(
    context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = context.study.ask()
    here = find_start(context, trial, {})
    assert find_start(context, trial, {"epochs": 9}) == here
    monkeypatch.setattr("kagglebot.search.trial.promotion.current_backend", lambda: "torch")
    there = find_start(context, trial, {})
    assert there.seed == here.seed and there.key != here.key


@pytest.mark.parametrize(("left", "expected"), [(36.0, [(1, 6)]), (18.0, [(1, 5)]), (11.0, []), (500.0, [])])
def test_near_the_end_the_best_goes_on_as_long_as_there_is_time(
    left: float, expected: list[tuple[int, int]], definition: Definition, context: WorkerContext, tmp_path: Path
) -> None:
    study = context.study
    finished(study, tmp_path, 0.90, epochs=3, seconds=40.0)
    finished(study, tmp_path, 0.95, epochs=3, seconds=18.0)  # 6 s an epoch, of which one is left to spare
    finished(study, tmp_path, 0.95, epochs=3, seconds=40.0)
    definition = definition.model_copy(update={"promotion": definition.promotion.model_copy(update={"every": 9})})
    context = replace(context, search=replace(context.search, definition=definition))
    promote(with_deadline(context, left + 0.5), late=False)
    assert waiting(study) == expected


@pytest.mark.parametrize(("left", "expected"), [(600.0, []), (400.0, [(1, 6), (0, 6)])])
def test_in_the_last_share_of_the_time_each_worker_continues_one_of_the_best(
    left: float, expected: list[tuple[int, int]], definition: Definition, context: WorkerContext, tmp_path: Path
) -> None:
    study = context.study
    finished(study, tmp_path, 0.90, epochs=2, seconds=8.0)
    finished(study, tmp_path, 0.95, epochs=3, seconds=9.0)
    assert definition.promotion is not None
    promotion = definition.promotion.model_copy(update={"every": 9, "last_share": 0.5})
    definition = definition.model_copy(update={"promotion": promotion})
    context = replace(context, search=replace(context.search, definition=definition, seconds=1000.0))
    context = with_deadline(context, left)
    while promote(context, late=False):
        pass
    assert waiting(study) == expected
    assert not promote(replace(context, search=replace(context.search, deadline=None)), late=False)


def test_where_a_new_trial_does_not_fit_the_next_best_goes_on(context: WorkerContext, tmp_path: Path) -> None:
    study = context.study
    best = [finished(study, tmp_path, 0.9 + 0.01 * number, epochs=2, seconds=2.0) for number in range(3)]
    context = with_deadline(context, 1000)
    while promote(context, late=True):
        pass
    assert waiting(study) == [(best[2], 4), (best[1], 4), (best[0], 4)]


def test_of_trials_within_chance_that_with_the_lowest_log_loss_goes_on(
    context: WorkerContext, tmp_path: Path
) -> None:
    study = context.study
    for value, loss in ((0.951, 0.3), (0.95, 0.1), (0.9, 0.01)):
        finished(study, tmp_path, value, epochs=2, seconds=2.0, score_error=0.01, log_loss=loss)
    assert promote(with_deadline(context, 1000), late=True)
    assert waiting(study) == [(1, 4)]


def test_no_trial_goes_on_beyond_the_epochs_that_the_search_is_restricted_to(
    context: WorkerContext, tmp_path: Path
) -> None:
    finished(context.study, tmp_path, 0.9, epochs=2, seconds=2.0)
    context = with_deadline(context, 1000)
    restricted = replace(context.search, restrictions={"epochs": Restriction(low=1, high=3)})
    assert not promote(replace(context, search=restricted), late=True)
    assert promote(context, late=True)


def test_a_continued_trial_may_have_more_epochs_than_new_ones(context: WorkerContext, tmp_path: Path) -> None:
    definition = parse_definition(
        TEXT.replace("factor = 2.0", "factor = 2.0\nmax_epochs = 9").encode(), Path("mine.toml"), "mine"
    )
    context = replace(context, search=replace(context.search, definition=definition))
    context.study.enqueue_trial({"units_1": 5, "epochs": 6})
    run_next(context)
    assert promote(context, late=True)
    assert run_next(context).params["epochs"] == 9
    assert len(context.study.trials[-1].user_attrs[RESULT]["curve"]) == 9
    assert not promote(context, late=True)
    drawn = ask(context.study, definition, 3, context.limits)
    run_trial(context, drawn)
    assert drawn.params["epochs"] <= 6


def test_those_that_went_on_and_those_at_their_end_take_no_place_among_the_best(
    context: WorkerContext, tmp_path: Path
) -> None:
    study = context.study
    worst = finished(study, tmp_path, 0.5, epochs=2, seconds=2.0)
    for _ in range(KEPT):
        begun = finished(study, tmp_path, 0.8, epochs=2, seconds=2.0)
        finished(study, tmp_path, 0.9, epochs=6, seconds=6.0, continues=begun)  # 6 are the most
    assert promote(with_deadline(context, 1000), late=True)
    assert waiting(study) == [(worst, 4)]


def test_one_that_goes_on_is_not_pruned(context: WorkerContext, tmp_path: Path) -> None:
    study = context.study
    study.pruner = optuna.pruners.ThresholdPruner(lower=2.0)
    study.enqueue_trial({"units_1": 5, "epochs": 3})
    assert run_next(context).state == TrialState.PRUNED
    study.enqueue_trial({"units_1": 5, "epochs": 4}, user_attrs={CONTINUES: 0})
    assert run_next(context).state == TrialState.COMPLETE


def test_only_the_ends_of_the_best_trials_are_kept(context: WorkerContext, tmp_path: Path) -> None:
    study = context.study
    for _ in range(KEPT):
        finished(study, tmp_path, 1.1, epochs=2, seconds=2.0)
    worse = finished(study, tmp_path, 0.1, epochs=2, seconds=2.0)
    study.enqueue_trial({"units_1": 2, "epochs": 1})
    behind = run_next(context)
    assert behind.value is not None
    there = [checkpoint_path(tmp_path, number).is_file() for number in range(behind.number + 1)]
    assert there == [True] * KEPT + [False, False]
    assert worse == KEPT
