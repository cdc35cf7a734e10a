"""What waits in a study, and what its samplers and its pruner see."""

import optuna
import pytest
from example_definition import THREE_RATES, parse
from optuna.trial import TrialState, create_trial

from kagglebot.metrics.registry import get_metric
from kagglebot.paths import StudyLocation
from kagglebot.search.sampling.samplers import FEW_POINTS, SpaceExhausted, is_exhausted
from kagglebot.search.storage.attributes import (
    AGAIN,
    CONTINUES,
    METRIC,
    OTHER_SEED_OF,
    RESULT,
    RUN,
    observations,
)
from kagglebot.search.storage.optuna_study import ask, open_study


def test_first_trials_are_enqueued_once_and_again_if_time_was_short(location: StudyLocation) -> None:
    location.folder.mkdir()
    accuracy = get_metric("accuracy")
    for _ in range(2):
        study, _ = open_study(location, parse(THREE_RATES), accuracy)
        assert len(study.trials) == 3
    for number, result in ((0, {"state": "interrupted"}), (1, {"state": "failed"})):
        trial = study.ask()
        trial.set_user_attr(RESULT, result)
        study.tell(number, state=optuna.trial.TrialState.FAIL)
    study, _ = open_study(location, parse(THREE_RATES), accuracy)
    assert [trial.system_attrs["fixed_params"]["learning_rate"] for trial in study.trials[3:]] == [1e-7]
    study.enqueue_trial({"learning_rate": 1e-2}, user_attrs={AGAIN: 1})
    assert len(open_study(location, parse(THREE_RATES), accuracy)[0].trials) == 5


def test_samplers_and_the_pruner_see_one_trial_a_net(location: StudyLocation) -> None:
    study, _ = open_study(location, parse(THREE_RATES.split("[[", maxsplit=1)[0]), get_metric("accuracy"))
    done, trained = TrialState.COMPLETE, {RUN: {"seed": 1}}

    def add(value: float, curve: list[float], attributes: dict, **result: float) -> None:
        reached = dict(enumerate(curve, start=1))
        attributes = attributes | {RESULT: {"curve": curve, **result}}
        study.add_trial(create_trial(state=done, value=value, user_attrs=attributes, intermediate_values=reached))

    add(0.94, [0.5, 0.8, 0.94], trained, score_error=0.01, log_loss=0.3)
    add(0.96, [0.5, 0.8, 0.94, 0.96], trained | {CONTINUES: 0}, score_error=0.01, log_loss=0.2)
    add(0.97, [0.5, 0.8, 0.94, 0.96, 0.97], trained | {CONTINUES: 1}, score_error=0.01, log_loss=0.1)
    for number in range(3):
        add(0.935, [0.3, 0.4, 0.935 + number / 1e6], trained, score_error=0.01, log_loss=0.25)
    add(0.94, [0.5, 0.8, 0.94], {}, score_error=0.01, log_loss=0.3)  # with the settings of trial 0
    add(0.95, [0.5, 0.8, 0.95], trained | {OTHER_SEED_OF: 0}, score_error=0.01, log_loss=0.3)

    seen = observations(study.get_trials(), get_metric("accuracy"))
    assert [trial.number for trial in seen] == [0, 3, 4, 5]
    assert [trial.value for trial in seen] == pytest.approx([0.93, 0.94, 0.94, 0.94])  # by log loss
    assert [trial.value for trial in study.get_trials()][:4] == [0.94, 0.96, 0.97, 0.935]  # and it stays as it was

    trial = study.ask()
    trial.set_user_attr(RUN, {"seed": 2})
    for epoch, score in enumerate((0.3, 0.45, 0.5), start=1):
        trial.report(score, epoch)
        # The median of the nets after two epochs is 0.4; with each continuation it would be 0.8.
        assert trial.should_prune() == (epoch == 3)


def test_the_sampler_draws_as_if_no_net_had_gone_on() -> None:
    """What follows another trial leads it as little as one that failed; within chance log loss leads it."""
    definition = parse(THREE_RATES.split("[[", maxsplit=1)[0] + "[sampler]\nstartup_trials = 9\n")
    rate = definition.space["learning_rate"].distribution()
    nets, of_own, lucky = range(20), {RUN: {"seed": 1}}, [{CONTINUES: 0}, {CONTINUES: 20}, {OTHER_SEED_OF: 0}]

    def draw(*, follow: bool, misleading: bool = False) -> float:
        study = optuna.create_study(direction="maximize")
        study.set_user_attr(METRIC, "accuracy")

        def add(place: int, value: float | None, attributes: dict) -> None:
            study.add_trial(
                create_trial(
                    state=TrialState.FAIL if value is None else TrialState.COMPLETE,
                    value=value,
                    params={"learning_rate": 10 ** (-2 - place / 4)},
                    distributions={"learning_rate": rate},
                    user_attrs=of_own | attributes,
                )
            )

        for place in nets:
            better = -place if misleading else place
            add(place, 0.9 + better / 10_000, {RESULT: {"score_error": 0.02, "log_loss": 0.5 - place / 100}})
        for attributes in lucky:
            add(0, 0.99 if follow else None, attributes)
        return ask(study, definition, 0, {}).suggest_float("learning_rate", rate.low, rate.high, log=True)

    assert draw(follow=True) == draw(follow=False) == draw(follow=False, misleading=True)


def test_a_trial_that_follows_another_is_none_of_the_first_that_are_drawn_at_random() -> None:
    definition = parse(
        THREE_RATES.split("[[", maxsplit=1)[0] + "[sampler]\nstartup_trials = 2\nstartup_prior = 0.9\n"
        "[[trials]]\nlearning_rate = 1e-4\n"
    )
    study = optuna.create_study(direction="maximize")
    for number in range(3):
        trial = study.ask({"learning_rate": definition.space["learning_rate"].distribution()})
        trial.set_user_attr(RUN, {"seed": 1})
        if number:
            trial.set_user_attr(CONTINUES, 0)
        study.tell(trial, 0.9)
    study.set_user_attr(METRIC, "accuracy")
    trial = ask(study, definition, 0, {})
    assert (
        trial.suggest_float("learning_rate", 1e-7, 1e-2, log=True) == 1e-4
    )  # still near the first that was given


@pytest.mark.parametrize(
    ("run", "ends"),
    [
        ({"digest": "this"}, True),
        ({"digest": "other"}, False),  # on other data a trial is another one
        ({"digest": "this", "weights": "some"}, False),  # with other weights, too
        ({}, True),  # early versions stored no digest
    ],
)
def test_a_small_space_that_is_used_up_draws_nothing(run: dict[str, str], ends: bool) -> None:
    definition = parse('family = "mlp"\n[fixed]\nlayers = 1\n[space]\nunits_1 = { low = 8, high = 10 }')
    study = optuna.create_study()
    for units in (8, 9, 10):
        study.enqueue_trial({"units_1": units})
        definition.suggest(trial := ask(study, definition, 0, {}, digest="this"), {})
        trial.set_user_attr(RUN, run)
        study.tell(trial, 0.5)
    if ends:
        with pytest.raises(SpaceExhausted):
            ask(study, definition, 0, {}, digest="this")
    else:
        ask(study, definition, 0, {}, digest="this")
    assert len(study.trials) == 3 + (not ends)


@pytest.mark.parametrize(("points", "ends"), [(FEW_POINTS, True), (FEW_POINTS + 1, False)])
def test_a_space_of_many_points_is_not_gone_through(points: int, ends: bool) -> None:
    definition = parse(f'family = "mlp"\n[fixed]\nlayers = 1\n[space]\nunits_1 = {{ low = 1, high = {points} }}')
    units = definition.space["units_1"].distribution()
    tried = [
        create_trial(params={"units_1": number}, distributions={"units_1": units}, value=0.5)
        for number in range(1, points + 1)
    ]
    assert is_exhausted(definition, tried, {}) is ends
