"""Status of submissions: scores read back from Kaggle, and the leaderboard."""

import time
from collections.abc import Callable
from contextlib import suppress

from kagglebot.errors import DataError, KaggleError, SubmissionError
from kagglebot.kaggle.client import KaggleClient, open_client
from kagglebot.metrics.registry import get_metric
from kagglebot.paths import WorkspacePaths
from kagglebot.submission.ledger import Ledger, LedgerEntry, Ledgers
from kagglebot.submission.records import Leaderboard
from kagglebot.submission.upload_once import find_by_digest
from kagglebot.system.progress import ProgressCallback, no_progress

#: How long to wait for a score.
SCORE_TIMEOUT_SECONDS = 900.0
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 30.0


def wait_for_score(
    client: KaggleClient,
    ledger: Ledger,
    entry: LedgerEntry,
    *,
    timeout_seconds: float = SCORE_TIMEOUT_SECONDS,
    on_progress: ProgressCallback = no_progress,
    sleep: Callable[[float], None] = time.sleep,
) -> LedgerEntry:
    """Wait until Kaggle has scored a submission, and record the score.

    Returns:
        The entry with its score, or still ``pending`` after ``timeout_seconds``.

    Raises:
        SubmissionError: Kaggle could not score the file, for the reason in the message; or its list of submissions
            cannot be read.
    """
    started, pause = time.monotonic(), _FIRST_WAIT
    while True:
        try:
            submissions = client.submissions(entry.competition)
        except KaggleError as error:
            raise SubmissionError(
                f"{entry.file} was submitted (number {entry.ref}); its score cannot be read: {error.message}",
                "It is not sent again: `kagglebot submissions` shows the score later.",
            ) from error
        remote = next((each for each in submissions if each.ref == entry.ref), None)
        if remote is not None and remote.status != "pending":
            break
        waited = time.monotonic() - started
        if waited >= timeout_seconds:
            return entry
        on_progress("waiting for the score", int(waited), None)
        sleep(min(pause, max(0.0, timeout_seconds - waited)))
        pause = min(pause * 1.6, _LONGEST_WAIT)
    entry = ledger.append(entry.updated(remote))
    if entry.status == "error":
        raise SubmissionError(
            f"Kaggle could not score {entry.file}: {entry.error or 'it gave no reason'}.",
            "Correct the file; --again submits the same one once more.",
        )
    return entry


def refresh(client: KaggleClient, ledger: Ledger, competition: str) -> list[LedgerEntry]:
    """Return what Kaggle now says about the ledger's unfinished submissions, and record it if possible."""
    listed = client.submissions(competition)
    changed = []
    for entry in ledger.entries(competition):
        if entry.is_open:
            same_number = (each for each in listed if each.ref == entry.ref)
            remote = next(same_number, None) or find_by_digest(listed, entry.digest)
            if remote is not None and (remote.status != "pending" or entry.ref is None):
                changed.append(entry.updated(remote))
                with suppress(DataError):  # the disk may be read-only: then Kaggle is asked again next time
                    ledger.append(changed[-1])
    return changed


def read_submissions(
    workspace: WorkspacePaths, competition: str, *, refreshed: bool, on_progress: ProgressCallback | None
) -> list[LedgerEntry]:
    """Return the workspace's submissions to a competition, oldest first, if ``refreshed`` with new scores.

    Raises:
        KaggleError: Kaggle refused, or cannot be reached.
    """
    ledgers = Ledgers(workspace.studies_folder)
    changed: dict[str, LedgerEntry] = {}
    for ledger in ledgers.all(competition):
        if refreshed and any(entry.is_open for entry in ledger.entries(competition)):
            changed |= {entry.id: entry for entry in refresh(open_client(on_progress), ledger, competition)}
    return [changed.get(entry.id, entry) for entry in ledgers.entries(competition)]


def read_leaderboard(
    workspace: WorkspacePaths, competition: str, on_progress: ProgressCallback | None
) -> Leaderboard:
    """Return the competition's public leaderboard, and the scores of the workspace's submissions.

    Raises:
        KaggleError: Kaggle refused, or cannot be reached.
    """
    entries = Ledgers(workspace.studies_folder).entries(competition)
    scores = [entry.public_score for entry in entries if entry.public_score is not None]
    metric = workspace.schema(competition).metric if competition in workspace.fetched() else "accuracy"
    return Leaderboard(competition, open_client(on_progress).leaderboard(competition), scores, get_metric(metric))
