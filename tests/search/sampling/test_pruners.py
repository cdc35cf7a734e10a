import optuna
import pytest
from optuna.trial import TrialState, create_trial

from kagglebot.search.sampling.pruners import AmongAlike, make_pruner
from kagglebot.study_config.sections import Pruner


def _kind(trial: optuna.trial.FrozenTrial) -> str:
    return str(trial.user_attrs.get("kind"))


@pytest.mark.parametrize("name", ["median", "percentile", "halving", "hyperband"])
@pytest.mark.parametrize(("kind", "pruned"), [("cnn", False), ("frozen", True)])
def test_a_trial_is_compared_with_those_of_its_kind(name: str, kind: str, pruned: bool) -> None:
    pruner = make_pruner(Pruner(name=name, startup_trials=2, warmup_epochs=1), 9)
    study = optuna.create_study(direction="maximize", pruner=AmongAlike(pruner, _kind))
    for number in range(12):  # frozen trials begin at a score that a CNN reaches later
        curve = {epoch: 0.9 + epoch / 1000 for epoch in range(1, 9)}
        rungs = {f"completed_rung_{rung}": 0.9 for rung in range(3)}
        study.add_trial(
            create_trial(
                state=TrialState.COMPLETE,
                value=0.9 + number / 1000,
                intermediate_values=curve,
                user_attrs={"kind": "frozen"},
                system_attrs=rungs,
            )
        )
    ended = False
    for _ in range(4):  # Hyperband judges some trials late
        trial = study.ask()
        trial.set_user_attr("kind", kind)
        for epoch in range(1, 9):
            trial.report(0.5 + epoch / 100, epoch)
            ended = ended or trial.should_prune()
    assert ended == pruned


def test_nothing_of_other_kinds_is_hidden_from_the_study() -> None:
    study = optuna.create_study(pruner=AmongAlike(make_pruner(Pruner(), 9), _kind))
    trial = study.ask()
    trial.report(0.5, 1)
    assert not trial.should_prune() and len(study.get_trials()) == 1
