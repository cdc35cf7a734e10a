"""The record of all submissions: JSON lines that survive a crash at any moment."""

import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from filelock import FileLock, Timeout

from kagglebot.errors import SubmissionError
from kagglebot.kaggle.records import RemoteSubmission
from kagglebot.system.files.atomic_write import sync
from kagglebot.system.files.disk_errors import disk_errors

#: intended: it may or may not be uploaded; failed: it certainly is not; the others are as Kaggle says.
Status = Literal["intended", "failed", "pending", "complete", "error"]

APPEND_TIMEOUT_SECONDS = 30.0


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


#: File name of a ledger.
NAME = "submissions.jsonl"


@dataclass(frozen=True)
class LedgerEntry:
    """A submission, from the intention to its score.

    Attributes:
        competition: Name of the competition.
        file: The submitted CSV; only its name for a submission that was made elsewhere.
        digest: SHA-256 of the file's content, in hexadecimal; empty for a submission made elsewhere.
        rows: Number of predictions in the file.
        study: The study whose model predicted; empty for a file submitted as it is.
        model: The model that predicted: "trial 3", "ensemble 5", "file".
        trial: Number of the trial if one trial's model predicted.
        members: Names of an ensemble's models.
        validation_score: The local score, in the competition's metric.
        message: The description on Kaggle.
        status: See ``Status``.
        ref: Kaggle's number of the submission, once known.
        public_score: The score on the public leaderboard's rows, once known.
        private_score: The score on the private rows, once Kaggle shows it.
        error: Why it failed, in Kaggle's words.
        notebook: The notebook that predicted on Kaggle, as ``OWNER/SLUG``; ``digest`` is then that of the dataset
            and the notebook. Its dataset has the same name. Empty for an uploaded file.
        notebook_version: Number of the notebook's version.
        time: When it was started, UTC, ISO 8601.
        id: An id that all lines of the submission share.
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
    notebook: str = ""
    notebook_version: int | None = None
    time: str = field(default_factory=_now)
    id: str = field(default_factory=lambda: uuid4().hex)

    @property
    def age_seconds(self) -> float:
        """Seconds since the submission was started; never negative, even if the clock was set back."""
        return max(0.0, (datetime.now(UTC) - datetime.fromisoformat(self.time)).total_seconds())

    def to_json(self) -> dict[str, Any]:
        """Return the entry as plain JSON values."""
        return asdict(self)

    @property
    def is_open(self) -> bool:
        """Whether Kaggle may know more than the ledger: it may have arrived, or be scored by now."""
        return self.status in ("intended", "pending")

    def updated(self, remote: RemoteSubmission) -> "LedgerEntry":
        """Return the entry with what Kaggle says about it."""
        return replace(
            self,
            ref=remote.ref,
            status=remote.status,
            public_score=remote.public_score,
            private_score=remote.private_score,
            error=remote.error,
        )


_MEMBER = re.compile(r"trial-(\d+)")
_FIELDS = {entry_field.name for entry_field in fields(LedgerEntry)}


class Ledger:
    """An append-only file of submissions, with a JSON line for each change of one.

    The last line of a submission is valid. A line cut off by a crash is ignored.

    Args:
        path: The ledger's file; created with its folder by the first entry.
        locks: Folder of the lock files that a competition's ledgers share; the ledger's own folder by default.
    """

    def __init__(self, path: Path, locks: Path | None = None) -> None:
        self.path = path
        self._locks = locks or path.parent

    def append(self, entry: LedgerEntry) -> LedgerEntry:
        """Append an entry and return it; it is on the disk when this returns.

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
                if stream.read(1) != b"\n":  # cut off by a crash: start a new line
                    line = b"\n" + line
            stream.write(line)
            stream.flush()
            os.fsync(stream.fileno())
            sync(self.path.parent)  # the ledger may have been created just now
        return entry

    def entries(self, competition: str | None = None) -> list[LedgerEntry]:
        """Return each submission in its latest state, oldest first.

        Args:
            competition: Return only submissions to this competition.

        Raises:
            DataError: The ledger cannot be read.
        """
        if not self.path.exists():
            return []
        with disk_errors(f"read {self.path}"):
            lines = self.path.read_bytes().splitlines()
        latest: dict[str, LedgerEntry] = {}
        for line in lines:
            entry = _parse(line)
            if entry is not None and competition in (None, entry.competition):
                latest[entry.id] = entry
        return list(latest.values())

    @contextmanager
    def lock(self, purpose: str, timeout_seconds: float) -> Iterator[None]:
        """Hold the ledger's lock for one purpose; the system frees it if the process dies.

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
                    f"Another kagglebot uses {self.path} and has not finished in {timeout_seconds:.0f} seconds.",
                    "Wait for it to end, or stop it, and run the same command again.",
                ) from error
        try:
            yield
        finally:
            lock.release()


def _parse(line: bytes) -> LedgerEntry | None:
    """Return a line's entry without fields that a newer version added, or None for a line that was cut off."""
    try:
        values = json.loads(line)
        return LedgerEntry(**{name: value for name, value in values.items() if name in _FIELDS})
    except (ValueError, TypeError, AttributeError):
        return None


class Ledgers:
    """The ledgers of a workspace: one for each study, and one for each competition's files submitted as they are.

    Args:
        studies: The workspace's ``studies/``.
    """

    def __init__(self, studies: Path) -> None:
        self._studies = studies

    def of(self, competition: str, study: str = "") -> Ledger:
        """Return a study's ledger, or without a study the competition's.

        All ledgers of a competition share their locks, as the same file may be submitted from two of them.
        """
        folder = self._studies / competition
        return Ledger(folder / study / NAME, locks=folder)

    def all(self, competition: str) -> list[Ledger]:
        """Return all ledgers of a competition."""
        folder = self._studies / competition
        return [Ledger(path, locks=folder) for path in sorted(folder.glob(f"**/{NAME}"))]

    def entries(self, competition: str, study: str | None = None) -> list[LedgerEntry]:
        """Return all submissions to a competition, or those of one study, oldest first.

        Raises:
            DataError: A ledger cannot be read.
        """
        own = self.of(competition, study or "").path  # the study may have had another name
        selected = [
            entry
            for ledger in self.all(competition)
            for entry in ledger.entries(competition)
            if study in (None, entry.study) or (entry.study and ledger.path == own)
        ]
        return sorted(selected, key=lambda entry: entry.time)

    def submitted_models(self, competition: str, study: str) -> set[str]:
        """Return the study's models whose predictions Kaggle has, such as "trial 3"; parts of ensembles too."""
        sent = [entry for entry in self.entries(competition, study) if entry.status not in ("failed", "error")]
        return {entry.model for entry in sent}.union(
            f"trial {found[1]}" for entry in sent for each in entry.members if (found := _MEMBER.match(each))
        )

    def may_include(self, competition: str, study: str, model: str, members: Sequence[str] = ()) -> bool:
        """Return whether that model's predictions were submitted, or an attempt was interrupted."""
        return any(
            (entry.study, entry.model, list(entry.members)) == (study, model, list(members))
            and entry.status != "failed"
            for entry in self.entries(competition)
        )
