"""A job: work of a kind for a study, from when it is packed until it is home."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from kagglebot.errors import StudyError
from kagglebot.paths import StudyLocation, WorkspacePaths
from kagglebot.remote.there import OPTIONS
from kagglebot.system.files.disk_errors import disk_errors
from kagglebot.system.files.json_file import read_json
from kagglebot.system.storage_url import shown


@dataclass(frozen=True)
class Kind:
    """A kind of work.

    Attributes:
        command: The command that asks for it; datasets and notebooks are named after it.
        folder: In a study's folder: what is packed for it, until it is home.
        noun: What it is called.
        does: What a notebook does.
        kept: What is here although it ended with an error.
    """

    command: str
    folder: str
    noun: str
    does: str
    kept: str


@dataclass(frozen=True)
class Job:
    """Work of a kind for a study."""

    location: StudyLocation
    kind: Kind

    @property
    def folder(self) -> Path:
        """The folder of what is packed for each notebook, by its number from 1 on."""
        return self.location.folder / self.kind.folder

    @property
    def sessions(self) -> list[int]:
        """The numbers of the notebooks whose work is packed, and not home yet."""
        return sorted(int(path.parent.name) for path in self.folder.glob(f"[1-9]/{OPTIONS}"))

    def asked(self) -> dict[str, Any] | None:
        """Return what the work was packed for; None if none is packed."""
        return next((dict(read_json(self.folder / f"{each}" / OPTIONS)) for each in self.sessions), None)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the lock of the work, in a study's folder that is there.

        Raises:
            StudyError: Another command holds it, or the study's trials are not in its folder.
        """
        location, noun = self.location, self.kind.noun
        if location.url is not None:
            raise StudyError(
                f"The trials of '{location.study}' are in {shown(location.url)}, out of reach on Kaggle.",
                f"Run the {noun} here, or on Kaggle for a study whose trials are in its folder.",
            )
        with disk_errors(f"write {location.folder}"):
            location.folder.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(location.folder / f"{self.kind.folder}.lock", timeout=0):
                yield
        except Timeout as error:
            raise StudyError(
                f"Another command follows the {noun} of '{location.study}' on Kaggle.", "Wait for it, or stop it."
            ) from error

    def note_other(self, workspace: WorkspacePaths, what_now: str) -> None:
        """Note that other work than asked for now is packed, and what is done with it."""
        workspace.note(
            f"A {self.kind.noun} of '{self.location.study}' with other options is on Kaggle, or on its way: "
            f"{what_now}. To give it up, delete {self.folder}."
        )
