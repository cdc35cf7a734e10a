"""Trials that a study gained elsewhere come home once, whether it gained some here meanwhile or not."""

import shutil
from pathlib import Path

import optuna
import pytest
from optuna.distributions import FloatDistribution
from optuna.trial import TrialState, create_trial

from kagglebot.errors import DataError
from kagglebot.paths import JOURNAL, StudyLocation
from kagglebot.remote.bring_home import ORIGIN, bring_home, numbers_text
from kagglebot.remote.study_archive import study_files, write_archive
from kagglebot.search.storage.attributes import AGAIN, CONTINUES, OTHER_SEED_OF, RESULT, RUN, is_skipped
from kagglebot.search.storage.journal import load_study, open_storage

KEY = "digits-practice/net"
MARK = "0123456789ab"


class Study:
    """A study in a folder, with made-up trials."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.location = StudyLocation("digits-practice", "net", folder)
        storage = open_storage(folder)
        self.study = load_study(storage, KEY) or optuna.create_study(study_name=KEY, storage=storage)

    def add(self, value: float, kept: str = "", **attributes: object) -> None:
        """Add a complete trial, and files that hold ``kept``."""
        number = len(self.study.trials)
        run = {"seed": number, "continues": attributes.get(CONTINUES)}
        trial = create_trial(
            value=value,
            params={"rate": value},
            distributions={"rate": FloatDistribution(0.0, 1.0)},
            intermediate_values={1: value / 2},
            user_attrs={RUN: run, RESULT: {"seconds": value}, **attributes},
        )
        self.study.add_trial(trial)
        for name in ("predictions/trial", "checkpoints/chosen") if kept else ():
            path = self.folder / f"{name}-{number}.npz"
            path.parent.mkdir(exist_ok=True)
            path.write_text(kept)

    def wait(self, rate: float) -> None:
        self.study.enqueue_trial({"rate": rate})

    def train_waiting(self, value: float) -> None:
        trial = self.study.ask()
        trial.set_user_attr(RUN, {"seed": 9, "continues": None})
        trial.suggest_float("rate", 0.0, 1.0)
        self.study.tell(trial, value)

    def archive(self, target: Path) -> Path:
        write_archive(target, study_files(self.folder), {"error": ""})
        return target

    def shown(self) -> list[tuple[TrialState, float | None]]:
        return [(trial.state, trial.value) for trial in Study(self.folder).study.trials]


@pytest.fixture
def here(tmp_path: Path) -> Study:
    """A study with a trial, and one that waits."""
    study = Study(tmp_path / "here")
    study.add(0.5, "first")
    study.wait(0.25)
    return study


@pytest.fixture
def there(here: Study, tmp_path: Path) -> Study:
    """The same study elsewhere, where the waiting trial was trained, another added, and that one continued."""
    here.archive(tmp_path / "before")
    shutil.copytree(here.folder, tmp_path / "there")
    study = Study(tmp_path / "there")
    study.train_waiting(0.25)
    study.add(0.75, "there")
    study.add(0.875, "further", **{CONTINUES: 2})
    return study


def come_home(here: Study, there: Study) -> dict[int, int]:
    folder = here.folder.parent
    return bring_home(here.location, there.archive(folder / "after"), folder / "before", MARK)


def test_a_journal_that_gained_nothing_goes_on_as_it_did_there(here: Study, there: Study) -> None:
    for _ in range(2):
        assert come_home(here, there) == {}  # all keep their numbers
        assert (here.folder / JOURNAL).read_bytes() == (there.folder / JOURNAL).read_bytes()
    assert here.shown() == there.shown() and len(here.shown()) == 4
    assert (here.folder / "checkpoints/chosen-3.npz").read_text() == "further"
    here.add(0.9)
    come_home(here, there)
    assert len(here.shown()) == 5


def test_a_journal_that_was_cut_while_it_was_extended_is_extended_again(here: Study, there: Study) -> None:
    whole = (there.folder / JOURNAL).read_bytes()
    (here.folder / JOURNAL).write_bytes(whole[:-20])
    come_home(here, there)
    assert (here.folder / JOURNAL).read_bytes() == whole


def test_a_study_without_trials_takes_all(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    write_archive(tmp_path / "before", {}, {})
    there = Study(tmp_path / "there")
    there.add(0.5, "there")
    location = StudyLocation("digits-practice", "net", tmp_path / "here")
    bring_home(location, there.archive(tmp_path / "after"), tmp_path / "before", MARK)
    assert Study(tmp_path / "here").shown() == there.shown()


def test_where_both_gained_trials_the_new_ones_get_numbers_of_their_own(here: Study, there: Study) -> None:
    here.add(0.625, "here")
    there.study.enqueue_trial({"rate": 0.125}, user_attrs={AGAIN: 2})
    for _ in range(2):
        assert come_home(here, there) == {1: 3, 2: 4, 3: 5, 4: 6}
        trials = Study(here.folder).study.trials
        assert [trial.value for trial in trials] == [0.5, None, 0.625, 0.25, 0.75, 0.875, None]
    assert [trial.user_attrs.get(ORIGIN) for trial in trials[3:]] == [f"{MARK}/{n}" for n in (1, 2, 3, 4)]
    withdrawn, own, again = trials[1], trials[5], trials[6]
    assert withdrawn.state == TrialState.FAIL and is_skipped(withdrawn)
    assert own.user_attrs[CONTINUES] == own.user_attrs[RUN]["continues"] == 4
    assert own.intermediate_values == {1: 0.4375} and own.params == {"rate": 0.875}
    assert (again.state, again.user_attrs[AGAIN]) == (TrialState.WAITING, 4)
    kept = {path.name: path.read_text() for path in (here.folder / "predictions").iterdir()}
    assert kept == {
        f"trial-{n}.npz": text for n, text in ((0, "first"), (2, "here"), (4, "there"), (5, "further"))
    }


def test_several_searches_are_merged_and_a_trial_that_both_made_is_there_once(here: Study, tmp_path: Path) -> None:
    here.archive(tmp_path / "before")
    for name, value in (("one", 0.625), ("two", 0.875)):
        shutil.copytree(here.folder, tmp_path / name)
        study = Study(tmp_path / name)
        study.add(0.75, "both")
        study.add(value, name, **{CONTINUES: 2})
        archive = study.archive(tmp_path / f"{name}.zip")
        for _ in range(2):
            numbers = bring_home(here.location, archive, tmp_path / "before", name, merge=True)
    assert numbers == {2: 2, 3: 3, 4: 2, 5: 4}
    assert [value for _, value in here.shown()] == [0.5, None, 0.75, 0.625, 0.875]
    assert [trial.user_attrs.get(CONTINUES) for trial in Study(here.folder).study.trials[2:]] == [None, 2, 2]
    assert (here.folder / "predictions/trial-4.npz").read_text() == "two"
    assert not (here.folder / "predictions/trial-5.npz").exists()


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ({3: 3}, "3 is 3"),
        ({8: 10, 4: 7, 5: 8, 6: 9, 3: 3}, "3 is 3, 4-6 are 7-9, 8 is 10"),
        ({0: 5, 1: 6, 2: 9, 3: 10}, "0-1 are 5-6, 2-3 are 9-10"),
    ],
)
def test_numbers_that_go_up_together_are_told_together(numbers: dict[int, int], text: str) -> None:
    assert numbers_text(numbers) == text


def test_another_seed_of_a_net_names_the_trial_by_its_number_here(here: Study, there: Study) -> None:
    here.add(0.625)
    there.add(0.5, **{OTHER_SEED_OF: 2})
    come_home(here, there)
    *_, best, _, again = Study(here.folder).study.trials
    assert (best.value, again.user_attrs[OTHER_SEED_OF]) == (0.75, best.number)


def test_an_error_page_is_no_study(here: Study, tmp_path: Path) -> None:
    here.archive(tmp_path / "before")
    (tmp_path / "after").write_text("<html>Error 500</html>")
    with pytest.raises(DataError, match="is damaged"):
        bring_home(here.location, tmp_path / "after", tmp_path / "before", MARK)
    assert len(here.shown()) == 2
