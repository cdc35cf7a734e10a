"""Studies that are opened again: with another metric, another direction, another definition, other data."""

from pathlib import Path

import optuna
import pytest
from example_definition import THREE_RATES, parse

from kagglebot.analysis.load import read_summary
from kagglebot.errors import StudyError
from kagglebot.metrics.registry import get_metric
from kagglebot.paths import JOURNAL, RECORD, StudyLocation
from kagglebot.search.storage.attributes import DEFINITION, RUN
from kagglebot.search.storage.compatibility import check_place, compare_data
from kagglebot.search.storage.journal import open_storage
from kagglebot.search.storage.optuna_study import find_duplicate, open_study
from kagglebot.system.files.json_file import write_json


def test_a_study_without_a_metric_is_one_of_accuracy(location: StudyLocation) -> None:
    definition = parse(THREE_RATES)
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
        open_study(location, parse(THREE_RATES), get_metric("accuracy"))


def test_before_its_first_trial_a_study_may_change_its_metric(location: StudyLocation) -> None:
    open_study(location, parse(THREE_RATES), get_metric("accuracy"))
    study, _ = open_study(location, parse(THREE_RATES), get_metric("log_loss"))
    assert study.direction == optuna.study.StudyDirection.MINIMIZE
    assert len(study.trials) == 3


def test_other_images_cannot_be_compared(location: StudyLocation) -> None:
    study, _ = open_study(location, parse(THREE_RATES), get_metric("accuracy"))
    study.tell(study.ask(), 0.9)
    with pytest.raises(StudyError, match="changed since its trials were run: images"):
        open_study(location, parse(THREE_RATES + "[images]\nsize = 16\n"), get_metric("accuracy"))


@pytest.mark.parametrize(
    ("compatible", "more", "differs"),
    [
        pytest.param(
            ("layers = 1", 'layers = 1\nbatch_statistics = "plain"'),
            ("layers = 1", "layers = 2"),
            "fixed settings",
            id="batch statistics",
        ),
        pytest.param(
            ("[space]\n", '[space]\nborder = { choices = ["reflect"] }\n'),
            ('border = { choices = ["reflect"]', 'schedule = { choices = ["cosine"]'),
            "searched parameters",
            id="a searched border",
        ),
    ],
)
def test_a_study_goes_on_with_what_its_trials_would_have_had(
    compatible: tuple[str, str], more: tuple[str, str], differs: str, location: StudyLocation
) -> None:
    before = THREE_RATES.replace("mlp", "dense")
    study, _ = open_study(location, parse(before), get_metric("accuracy"))
    study.tell(study.ask(), 0.9)
    now = before.replace(*compatible)
    _, notes = open_study(location, parse(now), get_metric("accuracy"))
    assert ["changed in a compatible way" in note for note in notes] == [True]
    with pytest.raises(StudyError, match=f"changed since its trials were run: {differs}"):
        open_study(location, parse(now.replace(*more)), get_metric("accuracy"))


def test_trials_of_other_data_are_told_and_are_no_duplicates(location: StudyLocation) -> None:
    study, _ = open_study(location, parse(THREE_RATES), get_metric("accuracy"))
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
        open_study(here, parse(THREE_RATES), get_metric("accuracy"))
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
    study, _ = open_study(asked, parse(THREE_RATES), get_metric("accuracy"))
    with pytest.raises(StudyError, match="would overwrite"):  # its trials only wait
        check_place(asked)
    study.ask()
    check_place(asked)


def test_trials_without_the_definition_are_damage(location: StudyLocation) -> None:
    study, _ = open_study(location, parse(THREE_RATES), get_metric("accuracy"))
    journal = location.folder / JOURNAL
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(line for line in lines if f'"{DEFINITION}"' not in line))
    with pytest.raises(StudyError, match="'mine' is damaged: it has trials, and no definition"):
        read_summary(location, rows=1200)
    open_study(location, parse(THREE_RATES), get_metric("accuracy"))  # as the hint says
    assert len(read_summary(location, rows=1200).trials) == len(study.trials)
