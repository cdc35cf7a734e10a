"""Submitting once, against the practice server with the real client; killed for real."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kagglebot.errors import KaggleError, SubmissionError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.retry import RetryPolicy
from kagglebot.practice.competition import write_competition
from kagglebot.practice.server import PracticeServer
from kagglebot.submission.ledger import Entry, Ledger
from kagglebot.submission.predictions import file_digest
from kagglebot.submission.upload_once import check_possible, refresh, submit_once, wait_for_score

NAME = "digits-practice"
SUBMIT_AND_WAIT = """
import sys
from pathlib import Path
from kagglebot.kaggle.client import KaggleClient
from kagglebot.submission.ledger import Entry, Ledger
from kagglebot.submission.predictions import file_digest
from kagglebot.submission.upload_once import submit_once, wait_for_score
file, ledger = Path(sys.argv[1]), Ledger(Path(sys.argv[2]))
client = KaggleClient()
entry, new = submit_once(client, ledger, Entry("digits-practice", str(file), file_digest(file)))
wait_for_score(client, ledger, entry)
"""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PracticeServer]:
    with PracticeServer([write_competition(tmp_path / "served")]) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "out.csv"
    path.write_text("ImageId,Label\n" + "".join(f"{row},3\n" for row in range(1, 598)))
    return path


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger" / "submissions.jsonl")


def submit(file: Path, ledger: Ledger, **options: bool) -> tuple[Entry, bool]:
    return submit_once(
        KaggleClient(), ledger, Entry(NAME, str(file), file_digest(file), message="by hand"), **options
    )


def test_killed_while_waiting_the_next_run_picks_the_score_up(
    server: PracticeServer, file: Path, ledger: Ledger
) -> None:
    server.faults.pending_polls = 3
    command = [sys.executable, "-c", SUBMIT_AND_WAIT, str(file), str(ledger.path)]
    process = subprocess.Popen(command, env=os.environ)
    deadline = time.monotonic() + 60
    while not (server.submissions and ledger.entries() and ledger.entries()[-1].ref):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    entry, new = submit(file, ledger)
    assert not new
    assert wait_for_score(KaggleClient(), ledger, entry).public_score is not None
    assert len(server.submissions) == 1
    assert len(ledger.entries()) == 1


def test_the_intention_is_written_before_the_upload(server: PracticeServer, file: Path, ledger: Ledger) -> None:
    server.faults.lost_answers = 1
    entry, new = submit(file, ledger)
    assert new and entry.ref == server.submissions[0].ref
    first = ledger.path.read_text().splitlines()[0]
    assert '"status": "intended"' in first


def test_the_same_file_goes_out_again_only_when_asked(server: PracticeServer, file: Path, ledger: Ledger) -> None:
    assert submit(file, ledger)[1]
    assert not submit(file, ledger)[1]
    assert submit(file, ledger, again=True)[1]
    file.write_text(file.read_text().replace("1,3\n", "1,4\n", 1))
    assert submit(file, ledger)[1]
    assert len(server.submissions) == 3


def test_a_file_kaggle_cannot_score_says_why_and_is_not_sent_again(
    server: PracticeServer, file: Path, ledger: Ledger
) -> None:
    server.faults.scoring_error = "Submission must have 597 rows"
    for _ in range(2):
        entry, _new = submit(file, ledger)
        with pytest.raises(SubmissionError, match="must have 597 rows"):
            wait_for_score(KaggleClient(), ledger, entry)
    assert len(server.submissions) == 1


def test_no_score_in_time_leaves_it_pending_and_refresh_fills_it_in(
    server: PracticeServer, file: Path, ledger: Ledger
) -> None:
    server.faults.pending_polls = 1
    entry, _ = submit(file, ledger)
    entry = wait_for_score(KaggleClient(), ledger, entry, timeout_seconds=0)
    assert entry.status == "pending"
    refresh(KaggleClient(), ledger, NAME)
    assert ledger.entries()[0].public_score is not None


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


def test_an_attempt_that_failed_is_one_line_with_the_next(
    server: PracticeServer, file: Path, ledger: Ledger
) -> None:
    server.faults.failed_uploads = 9
    with pytest.raises(KaggleError, match="nothing was submitted"):
        submit_once(KaggleClient(retry=RetryPolicy(attempts=1)), ledger, Entry(NAME, str(file), file_digest(file)))
    (failed,) = ledger.entries()
    assert failed.status == "failed" and "broke off" in failed.error
    server.faults.failed_uploads = 0
    submit(file, ledger)
    (entry,) = ledger.entries()
    assert (entry.id, entry.status, entry.ref, entry.error) == (failed.id, "pending", 1000, "")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"rules_accepted": False}, "rules"),
        ({"notebooks_only": True}, "notebooks"),
        ({"submissions_disabled": True}, "takes no submissions"),
        ({"deadline": datetime.now(UTC) - timedelta(days=1)}, "ended"),
        ({"max_daily_submissions": 0}, "allowance"),
    ],
)
def test_what_cannot_be_submitted_is_said_before(server: PracticeServer, changes: dict, problem: str) -> None:
    server.competitions[NAME] = dataclasses.replace(server.competitions[NAME], **changes)
    with pytest.raises(SubmissionError, match=problem) as caught:
        check_possible(KaggleClient(), NAME)
    assert caught.value.hint
    assert server.calls["upload"] == 0
