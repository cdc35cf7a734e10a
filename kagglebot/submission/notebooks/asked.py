"""What Kaggle was asked to make, written down before it was asked: it may show it only some seconds later."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from kagglebot.errors import DataError
from kagglebot.system.files.json_file import read_json, write_json

Step = Literal["dataset", "notebook"]
#: After this long Kaggle shows what it was asked to make.
LAG_SECONDS = 120.0


@dataclass(frozen=True)
class Asked:
    """What was asked for last.

    Attributes:
        mark: The mark of what was to be made.
        step: What that is.
        time: When it was asked for: UTC, ISO 8601.
        failed: By mark the newest version of the notebook whose run failed, as the user was told.
    """

    mark: str = ""
    step: str = ""
    time: str = ""
    failed: Mapping[str, int] = field(default_factory=dict)


class AskedFile:
    """The file in which that stands; a file that is damaged counts as one that is not there.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Asked:
        """Return what was asked for last."""
        try:
            asked = Asked(**read_json(self._path)) if self._path.is_file() else Asked()
            # Earlier versions of kagglebot wrote one number, whatever the mark.
            return asked if isinstance(asked.failed, Mapping) else replace(asked, failed={"": asked.failed})
        except (DataError, TypeError):
            return Asked()

    def failed(self, mark: str) -> int:
        """Return the newest version with that mark whose run failed, as the user was told; 0 for none."""
        failed = self.read().failed
        return max(failed.get(mark, 0), failed.get("", 0))

    def write(self, mark: str, step: Step) -> None:
        """Write down that Kaggle is asked now.

        Raises:
            DataError: The disk refused.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._save(replace(self.read(), mark=mark, step=step, time=now))

    def write_failed(self, mark: str, version: int) -> None:
        """Write down that the run of a version with that mark failed.

        Raises:
            DataError: The disk refused.
        """
        asked = self.read()
        self._save(replace(asked, failed={**asked.failed, mark: version}))

    def recently(self, mark: str, step: Step) -> bool:
        """Return whether Kaggle was asked for this so recently that it may not show it yet."""
        asked = self.read()
        if (asked.mark, asked.step) != (mark, step):
            return False
        try:
            age = (datetime.now(UTC) - datetime.fromisoformat(asked.time)).total_seconds()
        except (ValueError, TypeError):
            return False
        return age < LAG_SECONDS

    def _save(self, asked: Asked) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_json(self._path, asdict(asked))
