from pathlib import Path

import pytest
from filelock import FileLock

from kagglebot.errors import StudyError
from kagglebot.search.at_work import check_idle


@pytest.mark.parametrize("place", ["workers/1.lock", "models/trial-3.lock"])
def test_a_study_whose_lock_is_held_is_at_work(tmp_path: Path, place: str) -> None:
    lock = tmp_path / "digits/mine" / place
    lock.parent.mkdir(parents=True)
    with FileLock(lock), pytest.raises(StudyError, match="The study 'mine' of digits is at work"):
        check_idle(tmp_path / "digits")
    check_idle(tmp_path / "digits")
