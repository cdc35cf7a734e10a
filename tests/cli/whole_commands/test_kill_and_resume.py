"""The whole job killed at random; ``submit`` killed at each step, run twice at once, on a full disk."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from crash_recovery import run_kills

from kagglebot.cli.main import run
from kagglebot.practice import PracticeServer
from kagglebot.submission import upload_once

NAME = "digits-practice"
COMMAND = ("submit", "--file", "out.csv", "--json")
#: What the client asks for, in this order, each of them answered only once the process is dead.
STEPS = (
    "IntrospectToken",
    "ListSubmissions",
    "GetCompetition",
    "GetSubmissionLimits",
    "StartSubmissionUpload",
    "upload",
    "CreateSubmission",
)


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_once, "_LIST_PAUSES", (0.001,))


@pytest.fixture
def fetched(server: PracticeServer, tmp_path: Path) -> Path:
    assert run(["fetch", NAME]) == 0
    (tmp_path / "out.csv").write_text("ImageId,Label\n" + "".join(f"{row},3\n" for row in range(1, 598)))
    server.calls.clear()
    return tmp_path


def kagglebot(*command: str) -> list[str]:
    return [sys.executable, "-c", "from kagglebot.cli.main import main; main()", *command]


def start(*command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(kagglebot(*command), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def entries() -> list[dict]:
    lines = Path("studies", NAME, "submissions.jsonl").read_text().splitlines()
    return list({entry["id"]: entry for entry in map(json.loads, lines)}.values())


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_the_next_run_submits_the_file_once(
    step: str, server: PracticeServer, fetched: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    server.faults.stalled = frozenset({step})
    process = start(*COMMAND)
    deadline = time.monotonic() + 60
    while not server.calls[step] or (step == "CreateSubmission" and not server.submissions):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    arrived = len(server.submissions)
    assert arrived == (step == "CreateSubmission")
    server.faults.stalled = frozenset()
    capfd.readouterr()
    for again in (False, True):
        assert run(COMMAND) == 0
        document = json.loads(capfd.readouterr().out)
        assert document["new"] is (not arrived and not again)
        assert len(server.submissions) == 1
    (entry,) = entries()
    assert (entry["status"], entry["ref"]) == ("complete", 1000)
    assert entry["public_score"] is not None


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_repeated_submission_that_is_killed_is_not_repeated_once_more(
    server: PracticeServer, fetched: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(COMMAND) == 0
    server.faults.stalled = frozenset({"CreateSubmission"})
    process = start(*COMMAND, "--again")
    while len(server.submissions) < 2:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    server.faults.stalled = frozenset()
    capfd.readouterr()
    assert run([*COMMAND, "--again"]) == 0
    document = json.loads(capfd.readouterr().out)
    assert (document["new"], document["ref"], len(server.submissions)) == (False, 1001, 2)
    assert run([*COMMAND, "--again"]) == 0
    assert len(server.submissions) == 3


def test_two_at_once_submit_once(server: PracticeServer, fetched: Path) -> None:
    server.faults.stalled = frozenset({"upload"})
    first, second = start(*COMMAND), start(*COMMAND)
    time.sleep(2)  # both have come as far as they can
    server.faults.stalled = frozenset()
    said = [process.communicate(timeout=60) for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), said
    assert sorted(json.loads(out)["new"] for out, _ in said) == [False, True]
    assert len(server.submissions) == 1
    assert len(entries()) == 1


@pytest.mark.skipif(os.name == "nt", reason="needs a limit on the size of files")
def test_without_room_for_the_ledger_nothing_is_sent(server: PracticeServer, fetched: Path) -> None:
    program = (
        "import resource, sys; from kagglebot.cli.main import main\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)); main()"
    )
    done = subprocess.run([sys.executable, "-c", program, *COMMAND], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "error: Could not write " in done.stderr and "submissions.jsonl: File too large." in done.stderr
    assert "hint: " in done.stderr and "Traceback" not in done.stderr
    assert server.calls["upload"] == 0
    assert run(COMMAND) == 0
    assert len(server.submissions) == 1


@pytest.mark.timeout(900)
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_killed_at_random_the_job_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    most = {"fetch": 2, "tune": 3, "train": 2, "submit": 2}
    figures = run_kills(tmp_path / "job", kills=4, seed=7, cnn_every=0, most=most)
    assert figures.kills.total() >= 4 and {"tune", "submit"} <= figures.kills.keys()
    assert figures.submissions_made == figures.submissions_intended > 0
    assert figures.trials_kept >= 3


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_killed_a_hundred_times_it_does_so_too(tmp_path: Path) -> None:
    figures = run_kills(tmp_path / "job", kills=100, seed=1)
    print(figures)
    assert min(figures.kills[command] for command in ("fetch", "tune", "train", "submit")) > 5
    assert figures.submissions_made == figures.submissions_intended
