"""Time estimates of a training from earlier ones."""

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState
from trial_context import trial_context

from kagglebot.callbacks.events import TrialStarted
from kagglebot.datasets.dataset import load_dataset
from kagglebot.models.base import ImageShape, Work
from kagglebot.models.registry import get_family
from kagglebot.search.storage.attributes import RESULT, RUN, is_skipped
from kagglebot.search.trial import objective
from kagglebot.search.trial.fit.time_budget import MOST_OF_TIME
from kagglebot.search.trial.objective import run_trial
from kagglebot.search.trial.outcome import TrialOutcome
from kagglebot.search.trial.time_estimate import (
    LAYER,
    epoch_seconds,
    epoch_work,
    estimate,
    features_seconds,
    features_work,
    start_seconds,
)
from kagglebot.study_config.load import parse_definition
from kagglebot.training.registry import split_settings
from kagglebot.training.runtime import Runtime

CPU = Runtime("tensorflow", "CPU")


def work(family: str = "cnn", rows: int = 1000, *, device: str = "CPU", **settings: object) -> float:
    found = epoch_work(
        net_work(family, settings, (28, 28, 1)), rows, settings.get("batch_size", 128), device=device
    )
    assert found is not None
    return found


def net_work(family: str, settings: Mapping[str, Any], shape: ImageShape) -> Work | None:
    kind = get_family(family)
    return kind.work and kind.work(split_settings(kind, settings)[0], shape, 10)


def test_work_grows_with_rows_with_the_net_and_with_the_number_of_steps() -> None:
    assert work(rows=2000) == pytest.approx(2 * work())
    assert work(filters=32) > 2.5 * work(filters=16)
    assert work(convolutions=1) < work(convolutions=2)
    assert work(batch_size=32) > work(batch_size=256)
    assert work("dense", units_1=512) > work("dense", units_1=64)


def test_on_a_card_a_step_costs_more_against_its_multiplications() -> None:
    per_step = [
        work(device=device, batch_size=32) / work(device=device, batch_size=256) for device in ("CPU", "GPU")
    ]
    assert 1 < per_step[0] < per_step[1]
    assert work(device="CPU") == work()


def add(study: optuna.Study, run: dict, result: dict) -> None:
    trial = study.ask()
    trial.set_user_attr(RUN, run)
    trial.set_user_attr(RESULT, result)
    study.tell(trial, 0.5)


def test_the_pace_is_the_usual_one_of_trials_with_as_many_threads() -> None:
    study = optuna.create_study()
    assert epoch_seconds(study, 100.0, 1, CPU) is None
    for work_done, seconds in ((10.0, 1.0), (20.0, 2.0), (10.0, 9.0)):
        add(study, {"work": work_done, "threads": 1}, {"epoch_seconds": seconds})
    add(study, {"work": 10.0, "threads": 2, "backend": "TensorFlow on CPU"}, {"epoch_seconds": 0.5})  # by 0.1
    add(study, {"work": None, "threads": 1}, {"epoch_seconds": 0.5})
    add(study, {"work": 10.0, "threads": 2, "backend": "torch", "device": "CPU"}, {"epoch_seconds": 0.3})
    assert epoch_seconds(study, 100.0, 1, CPU) == pytest.approx(10.0)
    assert epoch_seconds(study, 100.0, 2, CPU) == pytest.approx(5.0)
    assert epoch_seconds(study, None, 1, CPU) is None


def test_the_pace_is_that_of_trials_of_the_same_family_once_there_are_any() -> None:
    study = optuna.create_study()
    add(study, {"work": 10.0, "threads": 1, "family": "pretrained"}, {"epoch_seconds": 0.1})
    assert epoch_seconds(study, 100.0, 1, CPU, "cnn") == pytest.approx(1.0)
    add(study, {"work": 10.0, "threads": 1, "family": "cnn"}, {"epoch_seconds": 3.0})
    assert epoch_seconds(study, 100.0, 1, CPU, "cnn") == pytest.approx(30.0)
    assert epoch_seconds(study, 100.0, 1, CPU, "pretrained") == pytest.approx(1.0)


def test_a_net_that_cannot_end_in_time_is_not_begun(digits_data: Path, tmp_path: Path) -> None:
    text = 'family = "cnn"\n[fixed]\nepochs = 8\n[space]\nfilters = { low = 8, high = 64 }\n'
    definition = parse_definition(text.encode(), Path("mine.toml"), "mine")
    dataset = load_dataset(digits_data)
    study = optuna.create_study(direction="maximize")
    add(study, {"work": 1.0, "threads": 1}, {"epoch_seconds": 1.0})  # one second a multiplication
    told: list[object] = []
    context = trial_context(
        tmp_path,
        study,
        "accuracy",
        definition=definition,
        dataset=dataset,
        deadline=2e9 + 1e9,
        emit=told.append,
    )
    assert run_trial(context, study.ask()) is TrialOutcome.SKIPPED
    assert "too much of the time left" in study.trials[1].user_attrs[RESULT]["reason"]
    assert told == []
    assert study.trials[1].state == TrialState.FAIL
    assert study.trials[1].user_attrs[RESULT]["state"] == "passed over"
    assert is_skipped(study.trials[1]) and not is_skipped(study.trials[0])


class Always(optuna.samplers.RandomSampler):
    """Draws the same each time."""

    def __init__(self, drawn: dict[str, int]) -> None:
        super().__init__()
        self.drawn = drawn

    def sample_independent(self, study: object, trial: object, name: str, distribution: object) -> int:
        return self.drawn[name]


@pytest.mark.parametrize(("fits", "begun"), [(2.5, True), (1.5, False)])
def test_late_in_a_search_a_new_net_is_shortened_unless_hardly_anything_would_be_left(
    fits: float, begun: bool, digits_data: Path, tmp_path: Path
) -> None:
    text = """
family = "dense"
[promotion]
[fixed]
schedule = "constant"
layers = 1
[space]
units_1 = { low = 4, high = 5 }
epochs = { low = 2, high = 1000 }
"""
    definition = parse_definition(text.encode(), Path("mine.toml"), "mine")
    dataset = load_dataset(digits_data)
    told: list[object] = []
    study = optuna.create_study(direction="maximize")
    context = trial_context(
        tmp_path,
        study,
        "accuracy",
        definition=definition,
        dataset=dataset,
        deadline=time.time() + 1e9,
        emit=told.append,
    )
    study.sampler = Always({"units_1": 4, "epochs": 900})
    net = net_work("dense", definition.settings(study.sampler.drawn), (8, 8, 1))
    work_done = epoch_work(net, len(context.splits[0][0]), 128)
    add(study, {"work": work_done, "threads": 1}, {"epoch_seconds": MOST_OF_TIME * 1e9 / fits})
    if begun:
        assert run_trial(context, study.ask(), late=True) is TrialOutcome.COMPLETE
        started = next(event for event in told if isinstance(event, TrialStarted))
        assert (started.epochs, started.params["epochs"]) == (2, 2)
        assert study.trials[1].state == TrialState.COMPLETE
        assert len(study.trials[1].user_attrs[RESULT]["curve"]) == 2
    else:
        assert run_trial(context, study.ask(), late=True) is TrialOutcome.SKIPPED


def test_features_take_as_long_as_those_of_earlier_trials_for_their_work() -> None:
    study, family = optuna.create_study(), get_family("pretrained")
    works = [
        features_work(family, {"backbone": f"efficientnet-lite{number}", "flip": flip}, (240, 240, 3), 100)
        for number, flip in ((0, False), (1, False), (1, True))
    ]
    assert works[0] is not None and works[1] is not None and works[2] == 2 * works[1]
    assert works[1] > 1.3 * works[0]
    assert features_work(get_family("finetuned"), {}, (240, 240, 3), 100) is None
    assert features_seconds(study, works[1], 1, CPU, "pretrained") is None
    add(study, {"features_work": works[0], "threads": 1, "family": "pretrained"}, {"features_seconds": 10.0})
    add(study, {"features_work": works[0], "threads": 1, "family": "pretrained"}, {"features_seconds": None})
    expected = 10.0 * works[1] / works[0]
    assert features_seconds(study, works[1], 1, CPU, "pretrained") == pytest.approx(expected)
    assert features_seconds(study, None, 1, CPU, "cnn") is None


def test_a_net_begins_as_fast_as_the_usual_one_of_its_family() -> None:
    study = optuna.create_study()
    assert start_seconds(study, 1, CPU, "cnn") is None
    for seconds in (1.0, 2.0, 9.0, None):
        add(study, {"threads": 1, "family": "pretrained"}, {"start_seconds": seconds})
    assert start_seconds(study, 1, CPU, "cnn") == 2.0
    add(study, {"threads": 1, "family": "cnn"}, {"start_seconds": 4.0})
    assert start_seconds(study, 1, CPU, "cnn") == 4.0


def test_the_first_net_of_a_family_takes_as_long_to_begin_as_its_layers_need() -> None:
    study = optuna.create_study()
    assert start_seconds(study, 1, CPU, "finetuned", compiling=5.0) == 5.0
    add(study, {"threads": 1, "family": "pretrained"}, {"start_seconds": 1.0})
    assert start_seconds(study, 1, CPU, "finetuned", compiling=5.0) == 5.0
    assert start_seconds(study, 1, CPU, "pretrained", compiling=5.0) == 1.0
    add(study, {"threads": 1, "family": "cnn"}, {"start_seconds": 19.0})
    assert start_seconds(study, 1, CPU, "finetuned", compiling=5.0) == 5.0
    assert start_seconds(study, 1, CPU, "finetuned") == 10.0


def test_a_net_with_more_layers_takes_longer_to_compile(digits_data: Path, tmp_path: Path) -> None:
    definition = parse_definition(b'family = "cnn"\n[fixed]\nepochs = 8\n', Path("mine.toml"), "mine")
    study, dataset = optuna.create_study(direction="maximize"), load_dataset(digits_data)
    context = trial_context(tmp_path, study, "accuracy", definition=definition, dataset=dataset, open_seconds=10.0)

    def start(family: str, **settings: object) -> float:
        return estimate(context, get_family(family), settings).start

    assert start("cnn", blocks=2, convolutions=3) == pytest.approx(10 * LAYER * 7)
    assert start("pretrained") < start("cnn") < start("finetuned", trained_stages=1)
    assert start("finetuned", trained_stages=1) < start("finetuned")
    assert start("mlp") == 0  # TensorFlow trains none


def test_the_operations_of_a_net_are_counted_once(digits_data: Path, tmp_path: Path) -> None:
    definition = parse_definition(b'family = "cnn"\n[fixed]\nepochs = 8\n', Path("mine.toml"), "mine")
    study, dataset = optuna.create_study(direction="maximize"), load_dataset(digits_data)
    context = trial_context(tmp_path, study, "accuracy", definition=definition, dataset=dataset, open_seconds=10.0)
    family, counted = get_family("cnn"), []

    def work(*given: Any) -> Work:
        counted.append(given)
        assert family.work is not None
        return family.work(*given)

    found = estimate(context, replace(family, work=work), {})
    assert found == estimate(context, family, {}) and found.work and found.start
    assert len(counted) == 1


@pytest.mark.parametrize(
    ("family", "enqueued", "outcome"),
    [("cnn", False, "skipped"), ("cnn", True, "interrupted"), ("dense", False, "skipped")],
)
def test_a_net_that_cannot_begin_in_time_is_not_built(
    family: str,
    enqueued: bool,
    outcome: str,
    digits_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = 'family = "cnn"\n[fixed]\nepochs = 8\n[space]\nfilters = { low = 8, high = 64 }\n'
    definition = parse_definition(text.encode(), Path("mine.toml"), "mine")
    study = optuna.create_study(direction="maximize")
    add(study, {"threads": 1, "family": family}, {"start_seconds": 60.0 if family == "cnn" else 1.0})
    if enqueued:
        study.enqueue_trial({"filters": 8})
    monkeypatch.setattr(objective, "make_learner", lambda *arguments, **options: pytest.fail("it is built"))
    dataset = load_dataset(digits_data)
    deadline = time.time() + 50
    context = trial_context(tmp_path, study, "accuracy", definition=definition, dataset=dataset, deadline=deadline)
    context = replace(context, open_seconds=1000.0)
    assert run_trial(context, study.ask()) is TrialOutcome[outcome.upper()]
    assert " s to its first step" in study.trials[1].user_attrs[RESULT]["reason"]
    assert [trial.state for trial in study.trials[2:]] == [TrialState.WAITING] * enqueued
