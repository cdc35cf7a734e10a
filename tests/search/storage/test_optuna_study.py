"""Studies that are opened again: with another metric, another direction, another definition."""

from pathlib import Path

import optuna
import pytest
from example_definition import parse
from optuna.trial import TrialState, create_trial

from kagglebot.analysis.load import read_summary
from kagglebot.errors import StudyError
from kagglebot.metrics.registry import get_metric
from kagglebot.paths import JOURNAL, RECORD, StudyLocation
from kagglebot.search.storage.journal import open_storage
from kagglebot.search.storage.optuna_study import (
    AGAIN,
    CONTINUES,
    DEFINITION,
    RESULT,
    RUN,
    check_place,
    compare_data,
    failure_kind,
    find_duplicate,
    observations,
    open_study,
)
from kagglebot.system.files import write_json
from kagglebot.training.learner import FailureKind

TEXT = """\
family = "mlp"
[space]
learning_rate = { low = 1e-7, high = 1e-2, log = true }
[fixed]
layers = 1
epochs = 3
[[trials]]
learning_rate = 1e-7
[[trials]]
learning_rate = 1e-2
[[trials]]
learning_rate = 2e-7
"""


def test_a_study_without_a_metric_is_one_of_accuracy(location: StudyLocation) -> None:
    definition = parse(TEXT)
    location.folder.mkdir()
    study = optuna.create_study(
        direction="maximize", storage=open_storage(location.folder), study_name=location.key
    )
    study.set_user_attr(DEFINITION, definition.model_dump(mode="json"))
    study.tell(study.ask(), 0.9)
    assert read_summary(location, rows=1200).metric == "accuracy"
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
        open_study(location, parse(TEXT), get_metric("accuracy"))


def test_before_its_first_trial_a_study_may_change_its_metric(location: StudyLocation) -> None:
    open_study(location, parse(TEXT), get_metric("accuracy"))
    study, _ = open_study(location, parse(TEXT), get_metric("log_loss"))
    assert study.direction == optuna.study.StudyDirection.MINIMIZE
    assert len(study.trials) == 3


def test_other_images_cannot_be_compared(location: StudyLocation) -> None:
    study, _ = open_study(location, parse(TEXT), get_metric("accuracy"))
    study.tell(study.ask(), 0.9)
    with pytest.raises(StudyError, match="changed since its trials were run: images"):
        open_study(location, parse(TEXT + "[images]\nsize = 16\n"), get_metric("accuracy"))


def test_a_study_goes_on_with_other_batch_statistics(location: StudyLocation) -> None:
    before = TEXT.replace("mlp", "dense")
    study, _ = open_study(location, parse(before), get_metric("accuracy"))
    study.tell(study.ask(), 0.9)
    now = before.replace("layers = 1", 'layers = 1\nbatch_statistics = "plain"')
    _, notes = open_study(location, parse(now), get_metric("accuracy"))
    assert ["changed in a compatible way" in note for note in notes] == [True]
    with pytest.raises(StudyError, match="changed since its trials were run: fixed settings"):
        open_study(location, parse(now.replace("layers = 1", "layers = 2")), get_metric("accuracy"))


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        ({"kind": "diverged", "reason": "whatever it reads"}, FailureKind.DIVERGED),
        ({"reason": "memory ran out"}, FailureKind.OUT_OF_MEMORY),
        ({"reason": "its answers are no longer numbers"}, FailureKind.DIVERGED),
        ({"reason": "its process was killed twice, perhaps for want of memory"}, FailureKind.KILLED),
        ({"reason": "blocks: 6 is too deep"}, ""),
        ({}, ""),
    ],
)
def test_the_kind_of_a_failure_is_read_also_where_version_0_1_recorded_only_its_reason(
    result: dict[str, str], kind: str
) -> None:
    assert failure_kind(result) == kind


def test_trials_of_other_data_are_told_and_are_no_duplicates(location: StudyLocation) -> None:
    study, _ = open_study(location, parse(TEXT), get_metric("accuracy"))
    for digest in ("old", "old", "new"):
        trial = study.ask()
        trial.suggest_float("learning_rate", 1e-7, 1e-2, log=True)
        trial.set_user_attr(RUN, {"digest": digest, "weights": "a"})
        study.tell(trial, 0.9)
    study.enqueue_trial({"learning_rate": 1e-7})
    trial = study.ask()
    trial.suggest_float("learning_rate", 1e-7, 1e-2, log=True)
    assert find_duplicate(study, trial, {"digest": "new"}) is None
    earlier = find_duplicate(study, trial, {"digest": "old"})
    assert earlier is not None and earlier.number == 0
    assert find_duplicate(study, trial, {"digest": "old", "weights": "a"}) == earlier
    assert find_duplicate(study, trial, {"digest": "old", "weights": "b"}) is None
    (note,) = compare_data(study, "new", location)
    assert "2 trials of 'mine' learned from other data than is here now" in note
    assert len(compare_data(study, "old", location)) == 1


@pytest.mark.parametrize("before", ["journal", "postgresql+psycopg://me:canary@db/trials"])
@pytest.mark.parametrize("kept", ["predictions", "checkpoints", "models"])
def test_files_of_trials_elsewhere_are_not_overwritten(before: str, kept: str, tmp_path: Path) -> None:
    folder = tmp_path / "studies/digits/mine"
    here = StudyLocation("digits", "mine", folder, None if before == "journal" else before)
    if here.url is None:
        open_study(here, parse(TEXT), get_metric("accuracy"))
    else:
        folder.mkdir(parents=True)
        write_json(folder / RECORD, {"study": here.key, "storage": before})
    asked = StudyLocation("digits", "mine", folder, f"sqlite:///{tmp_path}/new.db")
    check_place(asked)  # there is nothing to overwrite
    (folder / kept).mkdir()
    (folder / kept / "trial-0.npz").touch()
    with pytest.raises(StudyError, match=f"{kept} in .* would overwrite") as caught:
        check_place(asked)
    assert str(JOURNAL if before == "journal" else "postgresql+psycopg://me:***@db/trials") in caught.value.message
    assert f"sqlite:///{tmp_path}/new.db" in caught.value.message
    assert not (tmp_path / "new.db").exists()
    check_place(here)
    study, _ = open_study(asked, parse(TEXT), get_metric("accuracy"))
    with pytest.raises(StudyError, match="would overwrite"):  # its trials only wait
        check_place(asked)
    study.ask()
    check_place(asked)


def test_trials_without_the_definition_are_damage(location: StudyLocation) -> None:
    study, _ = open_study(location, parse(TEXT), get_metric("accuracy"))
    journal = location.folder / JOURNAL
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(line for line in lines if f'"{DEFINITION}"' not in line))
    with pytest.raises(StudyError, match="'mine' is damaged: it has trials, and no definition"):
        read_summary(location, rows=1200)
    open_study(location, parse(TEXT), get_metric("accuracy"))  # as the hint says
    assert len(read_summary(location, rows=1200).trials) == len(study.trials)


def test_first_trials_are_enqueued_once_and_again_if_time_was_short(location: StudyLocation) -> None:
    location.folder.mkdir()
    accuracy = get_metric("accuracy")
    for _ in range(2):
        study, _ = open_study(location, parse(TEXT), accuracy)
        assert len(study.trials) == 3
    for number, result in ((0, {"state": "interrupted"}), (1, {"state": "failed"})):
        trial = study.ask()
        trial.set_user_attr(RESULT, result)
        study.tell(number, state=optuna.trial.TrialState.FAIL)
    study, _ = open_study(location, parse(TEXT), accuracy)
    assert [trial.system_attrs["fixed_params"]["learning_rate"] for trial in study.trials[3:]] == [1e-7]
    study.enqueue_trial({"learning_rate": 1e-2}, user_attrs={AGAIN: 1})
    assert len(open_study(location, parse(TEXT), accuracy)[0].trials) == 5


def test_samplers_and_the_pruner_see_one_trial_a_net(location: StudyLocation) -> None:
    study, _ = open_study(location, parse(TEXT.split("[[", maxsplit=1)[0]), get_metric("accuracy"))
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
