"""Scores are read back, and a submission that has none yet is not lost."""

from dataclasses import replace
from pathlib import Path

import pytest

from kagglebot.errors import DataError, SubmissionError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.retry import RetryPolicy
from kagglebot.practice.server import PracticeServer
from kagglebot.submission.ledger import Ledger, LedgerEntry
from kagglebot.submission.status import refresh, wait_for_score
from kagglebot.submission.upload_once import upload_once
from kagglebot.system.files.digest import file_digest

NAME = "digits-practice"


def submit(file: Path, ledger: Ledger, **options: bool) -> tuple[LedgerEntry, bool]:
    return upload_once(
        KaggleClient(), ledger, LedgerEntry(NAME, str(file), file_digest(file), message="by hand"), **options
    )


def test_a_file_kaggle_cannot_score_says_why_and_is_not_sent_again(
    server: PracticeServer, file: Path, ledger: Ledger
) -> None:
    server.faults.scoring_error = "Submission must have 597 rows"
    for _ in range(2):
        entry, _new = submit(file, ledger)
        with pytest.raises(SubmissionError, match="must have 597 rows"):
            wait_for_score(KaggleClient(), ledger, entry)
    assert len(server.submissions) == 1


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        ("Notebook Threw Exception", "differs from what you see"),
        ("Notebook Timeout", "--cheaper and single models are faster"),
        ("Notebook Exceeded Allowed Memory", "single models need less memory"),
        ("Submission CSV Not Found", "differs from what you see"),
    ],
)
def test_a_rerun_that_failed_says_why_what_it_cost_and_what_to_do(
    server: PracticeServer, file: Path, ledger: Ledger, error: str, hint: str
) -> None:
    server.faults.scoring_error = error
    entry, _new = submit(file, ledger)
    entry = replace(entry, notebook="me/kagglebot-digits", notebook_version=3)
    with pytest.raises(SubmissionError, match=f"version 3 of me/kagglebot-digits: {error}") as caught:
        wait_for_score(KaggleClient(), ledger, entry)
    assert hint in caught.value.hint and "costs none of the day's submissions" in caught.value.hint


def test_no_score_in_time_leaves_it_pending_and_refresh_fills_it_in(
    server: PracticeServer, file: Path, ledger: Ledger
) -> None:
    server.faults.pending_polls = 1
    entry, _ = submit(file, ledger)
    entry = wait_for_score(KaggleClient(), ledger, entry, timeout_seconds=0)
    assert entry.status == "pending"
    refresh(KaggleClient(), ledger, NAME)
    assert ledger.entries()[0].public_score is not None


def test_a_score_that_cannot_be_recorded_is_shown_all_the_same(
    server: PracticeServer, file: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.faults.pending_polls = 1
    entry, _ = submit(file, ledger)

    def refuse(_: object) -> None:
        raise DataError("Could not write: Read-only file system.")

    monkeypatch.setattr(ledger, "append", refuse)
    while not (changed := refresh(KaggleClient(), ledger, NAME)):
        pass
    assert (changed[0].id, changed[0].public_score is not None) == (entry.id, True)


def test_kaggle_out_of_reach_while_the_score_is_waited_for_says_that_it_was_sent(
    server: PracticeServer, file: Path, ledger: Ledger
) -> None:
    server.faults.pending_polls = 9

    def cut_off(_: float) -> None:
        server.faults.dropped_calls = 99

    entry, _ = submit(file, ledger)
    client = KaggleClient(retry=RetryPolicy(attempts=1))
    with pytest.raises(SubmissionError, match=r"was submitted \(number 1000\).*broke off") as caught:
        wait_for_score(client, ledger, entry, sleep=cut_off)
    assert "kagglebot submissions" in caught.value.hint
    assert ledger.entries()[0].status == "pending"
