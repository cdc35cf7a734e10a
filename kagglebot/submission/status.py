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
#: The same for a notebook, which Kaggle runs again first.
RERUN_TIMEOUT_SECONDS = 12 * 3600.0
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 30.0


def wait_for_score(
    client: KaggleClient,
    ledger: Ledger,
    entry: LedgerEntry,
    *,
    timeout_seconds: float | None = None,
    on_progress: ProgressCallback = no_progress,
    sleep: Callable[[float], None] = time.sleep,
) -> LedgerEntry:
    """Wait until Kaggle has scored a submission, and record the score.

    Returns:
        The entry with its score, or still ``pending`` after ``timeout_seconds``.

    Raises:
        SubmissionError: Kaggle could not score it, for the reason in the message; or its list of submissions
            cannot be read.
    """
    if timeout_seconds is None:
        timeout_seconds = RERUN_TIMEOUT_SECONDS if entry.notebook else SCORE_TIMEOUT_SECONDS
    waiting = "waiting for the run on hidden data, and the score" if entry.notebook else "waiting for the score"
    started, pause = time.monotonic(), _FIRST_WAIT
    while True:
        try:
            submissions = client.submissions(entry.competition)
        except KaggleError as error:
            raise SubmissionError(
                f"{_what(entry)} was submitted (number {entry.ref}); its score cannot be read: {error.message}",
                "It is not sent again: `kagglebot submissions` shows the score later.",
            ) from error
        remote = next((each for each in submissions if each.ref == entry.ref), None)
        if remote is not None and remote.status != "pending":
            break
        waited = time.monotonic() - started
        if waited >= timeout_seconds:
            return entry
        on_progress(waiting, int(waited), None)
        sleep(min(pause, max(0.0, timeout_seconds - waited)))
        pause = min(pause * 1.6, _LONGEST_WAIT)
    entry = ledger.append(entry.updated(remote))
    if entry.status == "error":
        raise SubmissionError(
            f"Kaggle could not score {_what(entry)}: {(entry.error or 'it gave no reason').rstrip('.')}.",
            _rerun_hint(entry.error)
            if entry.notebook
            else "Correct the file; --again submits the same one once more.",
        )
    return entry


def _what(entry: LedgerEntry) -> str:
    return f"version {entry.notebook_version} of {entry.notebook}" if entry.notebook else entry.file


def _rerun_hint(error: str) -> str:
    """Return what to do about a run on the hidden test data that failed; Kaggle shows no log of it."""
    costs = "An error costs none of the day's submissions; --again submits the same version once more."
    if "timeout" in error.lower():
        return f"The hidden test data is larger than what you see: --cheaper and single models are faster. {costs}"
    if "memory" in error.lower():
        return f"The hidden test data is larger than what you see: single models need less memory. {costs}"
    return f"The hidden test data differs from what you see: look for that on the competition's page. {costs}"


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
