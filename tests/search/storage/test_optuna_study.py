"""What waits in a study, and what its samplers and its pruner see."""

import optuna
import pytest
from example_definition import THREE_RATES, parse
from optuna.trial import TrialState, create_trial

from kagglebot.metrics.registry import get_metric
from kagglebot.paths import StudyLocation
from kagglebot.search.storage.attributes import AGAIN, CONTINUES, OTHER_SEED_OF, RESULT, RUN, observations
from kagglebot.search.storage.optuna_study import open_study


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
