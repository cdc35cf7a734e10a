"""Whether studies are at work on this machine: workers and trainings hold locks while they live."""

from pathlib import Path

from kagglebot.errors import StudyError
from kagglebot.search.workers.stale_trials import is_held


def check_idle(folder: Path, study: str = "*") -> None:
    """Check that no study in ``studies/COMPETITION`` is at work, or not the one of that name.

    Raises:
        StudyError: One is.
    """
    locks = (*folder.glob(f"{study}/workers/*.lock"), *folder.glob(f"{study}/models/*.lock"))
    busy = sorted({path.parents[1].name for path in locks if is_held(path)})
    if busy:
        raise StudyError(
            f"The study '{busy[0]}' of {folder.name} is at work.",
            "Wait until it is done, or stop it, and run the same command again.",
        )
