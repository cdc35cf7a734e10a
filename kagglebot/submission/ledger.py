"""What was submitted, kept as JSON lines that survive a crash at any moment."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from filelock import FileLock, Timeout

from kagglebot.errors import SubmissionError
from kagglebot.system.files import disk_errors, sync

#: intended: the upload may or may not have happened; failed: it certainly did not; the others are Kaggle's word.
Status = Literal["intended", "failed", "pending", "complete", "error"]

APPEND_TIMEOUT_SECONDS = 30.0


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


#: File name of a ledger.
NAME = "submissions.jsonl"


@dataclass(frozen=True)
class Entry:
    """One submission, from the intention to Kaggle's score.

    Attributes:
        competition: Its name on Kaggle.
        file: The submitted CSV; only its name for a submission that was made elsewhere.
        digest: SHA-256 of the file's content, in hexadecimal; empty for a submission made elsewhere.
        rows: Predictions in the file.
        study: The study whose model predicted; empty for a file submitted as it is.
        model: What predicted, in words: "trial 3", "ensemble 5", "file".
        trial: Number of the trial, where one trial's model predicted.
        members: What the models of an ensemble are called.
        validation_score: The local score, in the competition's metric.
        message: What the user reads about it on Kaggle's page.
        status: See ``Status``.
        ref: Kaggle's number for it, once known.
        public_score: The score on the public leaderboard's rows, once known.
        private_score: The score on the private rows, once Kaggle shows it.
        error: Why it failed, in Kaggle's words.
        time: When it was begun, UTC, ISO 8601.
        id: What holds the lines of one submission together.
    """

    competition: str
    file: str
    digest: str
    rows: int = 0
    study: str = ""
    model: str = ""
    trial: int | None = None
    members: Sequence[str] = ()
    validation_score: float | None = None
    message: str = ""
    status: Status = "intended"
    ref: int | None = None
    public_score: float | None = None
    private_score: float | None = None
    error: str = ""
    time: str = field(default_factory=_now)
    id: str = field(default_factory=lambda: uuid4().hex)

    @property
    def age_seconds(self) -> float:
        """Seconds since the submission was begun; never negative, should the clock have been set back."""
        return max(0.0, (datetime.now(UTC) - datetime.fromisoformat(self.time)).total_seconds())

    def to_json(self) -> dict[str, Any]:
        """The entry as plain JSON values."""
        return asdict(self)

    def with_changes(self, **changes: Any) -> "Entry":
        """The same submission with new facts about it."""
        return replace(self, **changes)


_FIELDS = {entry_field.name for entry_field in fields(Entry)}


class Ledger:
    """The submissions of a workspace, one JSON line for each new fact about one of them.

    Nothing is ever rewritten: the last line of a submission holds. A line torn by a crash is passed over.

    Args:
        path: The ledger's file; it and its folder appear with the first entry.
        locks: Folder of the lock files, where it is shared with other ledgers of the competition; else beside it.
    """

    def __init__(self, path: Path, locks: Path | None = None) -> None:
        self.path = path
        self._locks = locks or path.parent

    def append(self, entry: Entry) -> Entry:
        """Write what is now known of a submission; on the disk when this returns.

        Raises:
            DataError: The disk refused.
        """
        line = (json.dumps(entry.to_json(), ensure_ascii=False) + "\n").encode()
        with (
            self.lock("append", APPEND_TIMEOUT_SECONDS),
            disk_errors(f"write {self.path}"),
            self.path.open("ab+") as stream,
        ):
            if stream.tell() > 0:
                stream.seek(-1, os.SEEK_END)
                if stream.read(1) != b"\n":  # torn by a crash: keep it from swallowing this line
                    line = b"\n" + line
            stream.write(line)
            stream.flush()
            os.fsync(stream.fileno())
            sync(self.path.parent)  # which the ledger may just have been born into
        return entry

    def entries(self, competition: str | None = None) -> list[Entry]:
        """Every submission as last known, oldest first.

        Args:
            competition: Only those of this one.

        Raises:
            DataError: The ledger cannot be read.
        """
        if not self.path.exists():
            return []
        with disk_errors(f"read {self.path}"):
            lines = self.path.read_bytes().splitlines()
        latest: dict[str, Entry] = {}
        for line in lines:
            entry = _parse(line)
            if entry is not None and competition in (None, entry.competition):
                latest[entry.id] = entry
        return list(latest.values())

    @contextmanager
    def lock(self, purpose: str, timeout_seconds: float) -> Iterator[None]:
        """Hold the ledger's lock for one purpose; the system frees it when the process dies, however it dies.

        Raises:
            SubmissionError: Another process held it for all of ``timeout_seconds``.
            DataError: The disk refused.
        """
        with disk_errors(f"write to {self.path.parent}"):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self._locks / f".{self.path.name}.{purpose}.lock")
            try:
                lock.acquire(timeout=timeout_seconds)
            except Timeout as error:
                raise SubmissionError(
                    f"Another kagglebot is at work on {self.path} and has not finished "
                    f"in {timeout_seconds:.0f} seconds.",
                    "Wait for it to end, or stop it, and run the same command again.",
                ) from error
        try:
            yield
        finally:
            lock.release()


def _parse(line: bytes) -> Entry | None:
    """One line's entry, without what a newer version wrote beside it; None for a torn line."""
    try:
        values = json.loads(line)
        return Entry(**{name: value for name, value in values.items() if name in _FIELDS})
    except (ValueError, TypeError, AttributeError):
        return None


class Ledgers:
    """The ledgers of a workspace: one a study, and one a competition for files that were submitted as they are.

    Args:
        studies: The workspace's ``studies/``.
    """

    def __init__(self, studies: Path) -> None:
        self._studies = studies

    def of(self, competition: str, study: str = "") -> Ledger:
        """Give a study's ledger; without one that of the competition.

        It takes turns with the others of its competition: the same file may be meant in two.
        """
        folder = self._studies / competition
        return Ledger(folder / study / NAME, locks=folder)

    def all(self, competition: str) -> list[Ledger]:
        """Give every ledger of a competition."""
        folder = self._studies / competition
        return [Ledger(path, locks=folder) for path in sorted(folder.glob(f"**/{NAME}"))]

    def entries(self, competition: str) -> list[Entry]:
        """Give every submission to a competition, oldest first.

        Raises:
            DataError: A ledger cannot be read.
        """
        found = [entry for ledger in self.all(competition) for entry in ledger.entries(competition)]
        return sorted(found, key=lambda entry: entry.time)

    def may_hold(self, competition: str, study: str, model: str, members: Sequence[str] = ()) -> bool:
        """Tell whether a submission of that model was made or cut off: then Kaggle's list decides."""
        return any(
            (entry.study, entry.model, list(entry.members)) == (study, model, list(members))
            and entry.status != "failed"
            for entry in self.entries(competition)
        )
