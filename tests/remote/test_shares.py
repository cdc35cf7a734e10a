"""What each of several sessions has of a study."""

from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState, create_trial

from kagglebot.paths import JOURNAL, StudyLocation
from kagglebot.remote.shares import share_files
from kagglebot.search.storage.attributes import CONTINUES, is_skipped
from kagglebot.search.storage.journal import load_study, open_storage

KEY = "digits-practice/net"
W, R, C, F = TrialState.WAITING, TrialState.RUNNING, TrialState.COMPLETE, TrialState.FAIL


@pytest.fixture
def location(tmp_path: Path) -> StudyLocation:
    """A study with two complete trials, one that a killed worker left, and three that wait."""
    folder = tmp_path / "net"
    study = optuna.create_study(study_name=KEY, storage=open_storage(folder))
    for number in range(2):
        study.add_trial(create_trial(value=0.5))
        for name in ("checkpoints/trial", "checkpoints/chosen", "predictions/trial"):
            path = folder / f"{name}-{number}.npz"
            path.parent.mkdir(exist_ok=True)
            path.touch()
    study.ask()
    study.enqueue_trial({"rate": 0.25})
    study.enqueue_trial({"rate": 0.5})
    study.enqueue_trial({"rate": 0.75}, user_attrs={CONTINUES: 0})
    return StudyLocation("digits-practice", "net", folder)


@pytest.mark.parametrize(
    ("number", "states", "may_go_on"), [(0, [C, C, R, F, W, W], [0]), (1, [C, C, F, W, F, F], [1])]
)
def test_a_trial_that_waits_is_left_to_one_session_with_its_checkpoint(
    location: StudyLocation, tmp_path: Path, number: int, states: list[TrialState], may_go_on: list[int]
) -> None:
    (tmp_path / "copy").mkdir()
    files = share_files(location, tmp_path / "copy" / JOURNAL, number, 2)
    study = load_study(open_storage(files[JOURNAL].parent), KEY)
    assert study is not None and [trial.state for trial in study.trials] == states
    assert all(is_skipped(trial) for trial in study.trials[3:] if trial.state == F)
    names = {f"{kind}-{n}.npz" for kind in ("checkpoints/chosen", "predictions/trial") for n in (0, 1)}
    assert set(files) == {JOURNAL, *names, *(f"checkpoints/trial-{n}.npz" for n in may_go_on)}
    here = load_study(open_storage(location.folder), KEY)
    assert here is not None and [trial.state for trial in here.trials] == [C, C, R, W, W, W]


def test_one_session_has_all(location: StudyLocation, tmp_path: Path) -> None:
    files = share_files(location, tmp_path / "none" / JOURNAL, 0, 1)
    assert files[JOURNAL] == location.folder / JOURNAL and len(files) == 7
