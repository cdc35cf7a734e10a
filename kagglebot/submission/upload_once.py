"""Submitting once: whatever cuts it off, the same command again finds out whether the file arrived."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from kagglebot.datasets.sample_submission import read_sample
from kagglebot.datasets.schema import read_schema
from kagglebot.errors import KagglebotError, KaggleError, SubmissionError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.models import RemoteSubmission
from kagglebot.submission.arrival import find, find_unconfirmed, look_for, mark, settled_numbers
from kagglebot.submission.csv_check import check_submission
from kagglebot.submission.ledger import Entry, Ledger
from kagglebot.system.progress import ProgressCallback, no_progress

#: How long a score is waited for, unless told otherwise.
SCORE_TIMEOUT_SECONDS = 900.0
#: How long another process may be at the same submission.
LOCK_TIMEOUT_SECONDS = 1800.0
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 30.0
#: An attempt older than this is in the list by now, or never will be.
_LAG_SECONDS = 120.0


def check_possible(client: KaggleClient, competition: str, *, late: bool = False) -> None:
    """Ask Kaggle whether a submission is possible now: before training for one, not after.

    Args:
        client: The door to Kaggle.
        competition: The competition.
        late: Try also after the deadline; many competitions score late submissions, without ranking them.

    Raises:
        SubmissionError: Rules not accepted, deadline over, notebooks only, or the day's allowance is used up.
        KaggleError: Kaggle said no, or cannot be reached.
    """
    card = client.competition(competition)
    if not card.entered:
        raise SubmissionError(
            f"You have not joined {competition}: its rules are not accepted.",
            f"Accept them at {card.rules_url} and run the same command again.",
        )
    if card.submissions_disabled:
        raise SubmissionError(
            f"{competition} takes no submissions.", f"See {card.url}; --dry-run writes the predictions only."
        )
    if card.notebooks_only:
        raise SubmissionError(
            f"{competition} takes submissions from Kaggle notebooks only.",
            f"Run `kagglebot export --competition {competition}`: it writes a notebook and the model for that.",
        )
    if card.deadline is not None and card.deadline < datetime.now(UTC) and not late:
        raise SubmissionError(
            f"{competition} ended on {card.deadline:%Y-%m-%d}.",
            f"If {card.url} says that late submissions are scored, add --late; --dry-run writes the file only.",
        )
    allowance = client.allowance(competition)
    if allowance.allowed_now <= 0:
        raise SubmissionError(
            f"Today's allowance for {competition} is used up ({allowance.today} submissions).",
            "Run the same command again after midnight UTC; the trained model is kept.",
        )


def send(
    client: KaggleClient,
    ledger: Ledger,
    entry: Entry,
    data: Path,
    *,
    dry_run: bool,
    wait: bool,
    again: bool,
    late: bool,
    on_progress: ProgressCallback = no_progress,
) -> tuple[Entry, bool]:
    """Check a file and, unless it is a dry run, submit it once and read its score.

    Args:
        client: The door to Kaggle.
        ledger: Where submissions are written down.
        entry: What is to be submitted.
        data: ``data/COMPETITION``, whose sample and classes the file is held against.
        dry_run: Stop before the upload.
        wait: Wait for the score.
        again: Submit also what Kaggle has already.
        late: Try also after the deadline.
        on_progress: Called with what is being done.

    Returns:
        The entry as it stands now, and whether it was uploaded by this call.
    """
    rows = check_submission(Path(entry.file), read_sample(data), read_schema(data))
    entry = entry.with_changes(rows=rows)
    if dry_run:
        return entry, False
    entry, new = submit_once(client, ledger, entry, again=again, late=late, on_progress=on_progress)
    return (wait_for_score(client, ledger, entry, on_progress=on_progress) if wait else entry), new


def submit_once(
    client: KaggleClient,
    ledger: Ledger,
    entry: Entry,
    *,
    again: bool = False,
    late: bool = False,
    on_progress: ProgressCallback = no_progress,
) -> tuple[Entry, bool]:
    """Upload the entry's file unless Kaggle already has it.

    The intention is written down before the upload and the outcome after it. In between, only Kaggle's own list
    knows: a file that it lists, by the digest in the description, is never sent a second time.

    Args:
        client: The door to Kaggle.
        ledger: Where submissions are written down.
        entry: What is to be submitted; its ``file`` exists and its ``digest`` is that file's.
        again: Submit also what Kaggle has already.
        late: Try also after the deadline.
        on_progress: Called with what is being done.

    Returns:
        The entry as it stands now, and whether it was uploaded by this call.

    Raises:
        SubmissionError: No submission is possible, or Kaggle did not take it.
        KaggleError: Kaggle said no, or cannot be reached.
        DataError: The disk refuses the ledger; before the upload nothing was sent, after it Kaggle's list knows.
    """
    with ledger.lock("submit", LOCK_TIMEOUT_SECONDS):
        on_progress("asking Kaggle what it has", 0, None)
        unsure = _unsure(ledger, entry)
        cut_off = unsure is not None and unsure.status == "intended"
        before = client.submissions(entry.competition)
        settled = settled_numbers(ledger, before, cut_off=cut_off) if again else set[int]()
        known = find(before, entry.digest, settled)
        if known is None and unsure is not None and cut_off and unsure.age_seconds < _LAG_SECONDS:
            known = look_for(client, entry, settled)
        if known is not None:
            earlier = _entry_of(ledger, entry, known.ref)
            return ledger.append(_learn(earlier, known)), False
        check_possible(client, entry.competition, late=late)
        # An attempt that came to nothing and this one are the same submission.
        entry = ledger.append(entry.with_changes(id=unsure.id) if unsure else entry)
        on_progress("uploading", 0, None)
        description = f"{entry.message} {mark(entry.digest)}"
        try:
            ref = client.submit(entry.competition, Path(entry.file), description)
        except KagglebotError as error:
            ledger.append(entry.with_changes(status="failed", error=error.message))
            raise
        if ref is None:
            ref = find_unconfirmed(client, entry, {submission.ref for submission in before})
        return ledger.append(entry.with_changes(ref=ref, status="pending")), True


def wait_for_score(
    client: KaggleClient,
    ledger: Ledger,
    entry: Entry,
    *,
    timeout_seconds: float = SCORE_TIMEOUT_SECONDS,
    on_progress: ProgressCallback = no_progress,
    sleep: Callable[[float], None] = time.sleep,
) -> Entry:
    """Ask with growing pauses until Kaggle has scored a submission, and write the score down.

    Returns:
        The entry with its score; still ``pending`` when the time is up.

    Raises:
        SubmissionError: Kaggle could not score the file; says why in Kaggle's words. Or it could not be asked.
    """
    started, pause = time.monotonic(), _FIRST_WAIT
    while True:
        try:
            submissions = client.submissions(entry.competition)
        except KaggleError as error:
            raise SubmissionError(
                f"{entry.file} was submitted (number {entry.ref}); its score cannot be read: {error.message}",
                "It is not sent again: `kagglebot submissions` picks the score up later.",
            ) from error
        remote = next((each for each in submissions if each.ref == entry.ref), None)
        if remote is not None and remote.status != "pending":
            entry = ledger.append(_learn(entry, remote))
            break
        waited = time.monotonic() - started
        if waited >= timeout_seconds:
            return entry
        on_progress("waiting for the score", int(waited), None)
        sleep(min(pause, max(0.0, timeout_seconds - waited)))
        pause = min(pause * 1.6, _LONGEST_WAIT)
    if entry.status == "error":
        raise SubmissionError(
            f"Kaggle could not score {entry.file}: {entry.error or 'it gave no reason'}.",
            "Correct the file; the same one is sent once more only with --again.",
        )
    return entry


def refresh(client: KaggleClient, ledger: Ledger, competition: str) -> None:
    """Fill in what Kaggle has learned since about submissions of the ledger that were left open."""
    remote = client.submissions(competition)
    for entry in ledger.entries(competition):
        if entry.status not in ("intended", "pending"):
            continue
        found = next((each for each in remote if each.ref == entry.ref), None) or find(remote, entry.digest)
        if found is not None and (found.status != "pending" or entry.ref is None):
            ledger.append(_learn(entry, found))


def _unsure(ledger: Ledger, entry: Entry) -> Entry | None:
    """The latest attempt to submit that file, where it has no number: cut off, or failed."""
    same = [known for known in ledger.entries(entry.competition) if known.digest == entry.digest]
    return same[-1] if same and same[-1].ref is None else None


def _entry_of(ledger: Ledger, entry: Entry, ref: int) -> Entry:
    """The ledger's own entry of a submission that Kaggle has, or a new one where it never got that far."""
    same = [known for known in ledger.entries(entry.competition) if known.digest == entry.digest]
    return next((known for known in same if known.ref == ref), same[-1] if same else entry)


def _learn(entry: Entry, remote: RemoteSubmission) -> Entry:
    return entry.with_changes(
        ref=remote.ref,
        status=remote.status,
        public_score=remote.public_score,
        private_score=remote.private_score,
        error=remote.error,
    )
