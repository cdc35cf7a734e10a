"""Submitting once, with the real client against the practice server, with real kills."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kagglebot.errors import KaggleError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.retry import RetryPolicy
from kagglebot.practice.server import PracticeServer
from kagglebot.submission.ledger import Ledger, LedgerEntry
from kagglebot.submission.status import wait_for_score
from kagglebot.submission.upload_once import upload_once
from kagglebot.system.files.digest import file_digest

NAME = "digits-practice"
SUBMIT_AND_WAIT = """
import sys
from pathlib import Path
from kagglebot.kaggle.client import KaggleClient
from kagglebot.submission.ledger import Ledger, LedgerEntry
from kagglebot.system.files.digest import file_digest
from kagglebot.submission.status import wait_for_score
from kagglebot.submission.upload_once import upload_once
file, ledger = Path(sys.argv[1]), Ledger(Path(sys.argv[2]))
client = KaggleClient()
entry, new = upload_once(client, ledger, LedgerEntry("digits-practice", str(file), file_digest(file)))
wait_for_score(client, ledger, entry)
"""


def submit(file: Path, ledger: Ledger, **options: bool) -> tuple[LedgerEntry, bool]:
    return upload_once(
        KaggleClient(), ledger, LedgerEntry(NAME, str(file), file_digest(file), message="by hand"), **options
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


def test_an_attempt_that_failed_is_one_line_with_the_next(
    server: PracticeServer, file: Path, ledger: Ledger
) -> None:
    server.faults.failed_uploads = 9
    with pytest.raises(KaggleError, match="nothing was submitted"):
        upload_once(
            KaggleClient(retry=RetryPolicy(attempts=1)), ledger, LedgerEntry(NAME, str(file), file_digest(file))
        )
    (failed,) = ledger.entries()
    assert failed.status == "failed" and "broke off" in failed.error
    server.faults.failed_uploads = 0
    submit(file, ledger)
    (entry,) = ledger.entries()
    assert (entry.id, entry.status, entry.ref, entry.error) == (failed.id, "pending", 1000, "")
