"""A submission by a notebook, with the real client, real runs and real faults: nothing is made twice."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from practice_server import serving
from tiny_export import NAME, Submitting, counts, write_export

from kagglebot.errors import KagglebotError, SubmissionError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.connection import session
from kagglebot.kaggle.datasets import Datasets
from kagglebot.kaggle.kernels import Notebooks
from kagglebot.practice import PracticeCompetition, PracticeServer
from kagglebot.submission.ledger import LedgerEntry
from kagglebot.submission.notebooks import notebook_step
from kagglebot.submission.notebooks.dataset_step import ensure_dataset
from kagglebot.submission.notebooks.notebook_step import NotebookStep
from kagglebot.submission.notebooks.source import notebook_source
from kagglebot.submission.status import wait_for_score
from kagglebot.system.progress import no_progress

SLUG = "kagglebot-digits-practice"


class Killed(BaseException):
    """As SIGKILL, nothing of kagglebot's catches it."""


def scored(submitting: Submitting, entry: LedgerEntry) -> LedgerEntry:
    return wait_for_score(KaggleClient(), submitting.ledger, entry)


def test_from_the_export_to_the_score_of_the_hidden_rows(server: PracticeServer, submitting: Submitting) -> None:
    sent = submitting()
    assert sent is not None and sent[1]
    entry = scored(submitting, sent[0])
    assert (entry.status, entry.rows) == ("complete", 100)
    assert entry.public_score == pytest.approx(0.1, abs=0.03)  # a digit of ten
    assert (entry.notebook, entry.notebook_version) == (f"practice/{SLUG}", 1)
    assert len(server.submissions[0].content.splitlines()) == 598  # the hidden rows, in the second run alone
    (version,) = server.notebooks[SLUG].versions
    assert version.request["isPrivate"] and not version.request.get("enableInternet")
    assert "100 rows, rerun: no\n" in [text for _stream, _at, text in version.run.printed]
    assert server.datasets[SLUG].private
    assert len(submitting.notes) == 1 and SLUG in submitting.notes[0]
    again = submitting()
    assert again is not None and not again[1] and again[0].public_score == entry.public_score
    assert counts(server) == (1, 1, 1) and len(submitting.ledger.entries()) == 1


@pytest.fixture
def kill(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, bool], None]:
    """Kill at the request with that number, counted from 1: before it is sent, or before its answer is read."""
    real = session._GuardedAdapter.send
    left, after = 0, False

    def send(self: Any, *arguments: Any, **options: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0 and not after:
            raise Killed
        answer = real(self, *arguments, **options)
        if left == 0:
            answer.close()
            raise Killed
        return answer

    def kill_at(number: int, answered: bool) -> None:
        nonlocal left, after
        left, after = number, answered

    monkeypatch.setattr(session._GuardedAdapter, "send", send)
    return kill_at


@pytest.mark.parametrize("answered", [False, True])
def test_killed_at_each_request_in_turn_nothing_is_made_twice(
    server: PracticeServer, submitting: Submitting, kill: Callable[[int, bool], None], answered: bool
) -> None:
    number, sent = 0, None
    while sent is None:
        number += 1
        assert number < 200
        kill(number, answered)
        try:
            sent = submitting()
        except Killed:
            continue
    kill(0, False)
    assert number > 10
    assert scored(submitting, sent[0]).status == "complete"
    assert counts(server) == (1, 1, 1)
    assert [entry.ref for entry in submitting.ledger.entries()] == [1000]


@pytest.mark.long
@pytest.mark.parametrize("answered", [False, True])
def test_killed_at_any_request_the_next_command_ends_the_job(
    served: PracticeCompetition,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kill: Callable[[int, bool], None],
    answered: bool,
) -> None:
    number, killed = 0, True
    while killed:
        number += 1
        with serving(monkeypatch, served) as server:
            folder = tmp_path / str(number)
            submitting = Submitting(folder, write_export(folder / "export", 9))
            kill(number, answered)
            try:
                killed, sent = False, submitting()
            except Killed:
                killed, sent = True, submitting()
            kill(0, False)
            assert sent is not None and scored(submitting, sent[0]).status == "complete"
            assert counts(server) == (1, 1, 1)
    assert number > 20


FAULTS = {
    "answers lost": {
        "unanswered": {"CreateDataset": 1, "SaveKernel": 1, "CreateCodeSubmission": 1, "StartBlobUpload": 1}
    },
    "shown late": {"late_shows": 3},
    "processed slowly": {"processing_polls": 4},
    "connections cut": {"dropped_calls": 2},
    "listed late": {"late_lists": 1, "pending_polls": 2},
    "small pages": {"page_size": 1},
    "log late": {"late_logs": 2},
    "files not listed": {
        "refusal": "NotFound",
        "refusal_status": 404,
        "methods": frozenset({"ListDatasetFiles"}),
    },
}


@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS)
def test_faults_that_pass_leave_one_of_each(
    server: PracticeServer, submitting: Submitting, faults: dict[str, Any]
) -> None:
    for name, value in faults.items():
        setattr(server.faults, name, value)
    sent = submitting()
    assert sent is not None and scored(submitting, sent[0]).status == "complete"
    assert counts(server) == (1, 1, 1)


def test_another_model_renews_both_and_an_earlier_status_does_not_count(
    server: PracticeServer, submitting: Submitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebook_step, "LOG_SECONDS", 30.0)  # on a machine under load, looks take their time
    submitting()
    port = urlsplit(server.url).port
    assert port is not None
    write_export(submitting.export, port, label=7)
    server.faults.stale_statuses, server.faults.processing_polls = 3, 2
    server.faults.unanswered = {"CreateDatasetVersion": 1, "SaveKernel": 1}
    sent = submitting()
    assert sent is not None and sent[1] and sent[0].notebook_version == 2
    assert counts(server) == (2, 2, 2)
    assert (submitting.folder / "out.csv").read_text().splitlines()[1] == "1,7"


def test_each_is_made_once_and_found_again_by_its_own_mark(
    server: PracticeServer, submitting: Submitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebook_step, "_VERSIONS", 1)
    write_export(submitting.export, 9)
    submitting()
    submitting.gpu = True  # another notebook, which reads the same dataset
    submitting()
    assert counts(server) == (1, 2, 2)
    submitting.gpu = False
    write_export(submitting.export, 9, label=7)
    submitting()
    assert counts(server) == (2, 3, 3)
    write_export(submitting.export, 9)
    server.faults.failing_runs = 1  # no run comes: all is there of the first model
    sent = submitting(again=True)
    assert sent is not None and sent[1] and sent[0].notebook_version == 1
    assert counts(server) == (2, 3, 4)
    assert "once more, if it was submitted already" in submitting.notes[-1]
    assert submitting.notes[0].endswith(
        "submitted to digits-practice once. `kagglebot notebooks --clean` removes both."
    )


def test_a_run_that_failed_does_not_count_for_another_model(
    server: PracticeServer, submitting: Submitting
) -> None:
    write_export(submitting.export, 9)
    submitting()
    write_export(submitting.export, 9, label=7)
    server.faults.failing_runs = 1
    with pytest.raises(SubmissionError, match="a fault of the practice server"):
        submitting()
    write_export(submitting.export, 9)
    sent = submitting(again=True)
    assert sent is not None and sent[0].notebook_version == 1
    assert counts(server) == (2, 2, 2)


def test_what_an_earlier_version_made_with_one_mark_for_both_goes_on(
    server: PracticeServer, submitting: Submitting
) -> None:
    now = submitting.contents()
    source = notebook_source(now.mark, now.mark, now.owner, now.slug, "inference.py")
    marker = now.files[-1].rename(submitting.export / f"kagglebot-{now.mark}.json")
    then = replace(now, dataset_digest=now.digest, source=source, files=(*now.files[:-1], marker))
    client = KaggleClient()
    ensure_dataset(Datasets(client), then, submitting.asked, no_progress)
    NotebookStep(Notebooks(client), then, submitting.asked, no_progress).ensure()
    sent = submitting()
    assert sent is not None and scored(submitting, sent[0]).status == "complete"
    assert counts(server) == (1, 1, 1)


def test_who_does_not_wait_goes_on_later(server: PracticeServer, submitting: Submitting) -> None:
    tried = 0
    while (sent := submitting(wait=False)) is None:
        tried += 1
        assert tried < 100
    assert tried and sent[1] and counts(server) == (1, 1, 1)


FAILURES = {
    "a failing run": ({"failing_runs": 1}, "a fault of the practice server", "pushes a new version"),
    "a crash called complete": ({"crashing_runs": 1}, "a fault of the practice server", "pushes a new version"),
    "an input left out": ({"lost_inputs": 1}, f"without practice/{SLUG}", "same command again"),
    "a dataset that fails": ({"failed_datasets": 1}, "could not process the dataset", "another version"),
}


@pytest.mark.parametrize(("faults", "cause", "hint"), FAILURES.values(), ids=FAILURES)
def test_a_failure_is_told_and_mended_by_the_same_command(
    server: PracticeServer, submitting: Submitting, faults: dict[str, Any], cause: str, hint: str
) -> None:
    for name, value in faults.items():
        setattr(server.faults, name, value)
    with pytest.raises(SubmissionError, match=cause) as caught:
        submitting()
    assert hint in caught.value.hint
    assert not server.submissions
    sent = submitting()
    assert sent is not None and sent[1] and len(server.submissions) == 1


REFUSALS = {
    "quota": ("Maximum weekly GPU quota of 30.00 hours reached.", "Saturday"),
    "sessions": ("Maximum batch CPU session count of 5 reached.", "Stop one"),
    "title": ("A notebook with this title already exists", "Rename or delete"),
    "phone": ("You do not have permission", "Verify your phone number"),
}


@pytest.mark.parametrize(("said", "hint"), REFUSALS.values(), ids=REFUSALS)
def test_a_refused_push_is_one_sentence(
    server: PracticeServer, submitting: Submitting, said: str, hint: str
) -> None:
    server.faults.push_error = said
    with pytest.raises(KagglebotError, match=f"notebook {SLUG}: {said.rstrip('.')}") as caught:
        submitting()
    assert hint in caught.value.hint
    assert counts(server) == (1, 0, 0)


def test_a_gpu_is_asked_for_only_while_there_is_time_left(server: PracticeServer, submitting: Submitting) -> None:
    submitting.gpu = True
    server.faults.gpu_seconds_used = 30 * 3600
    with pytest.raises(SubmissionError, match="GPU time on Kaggle is used up") as caught:
        submitting()
    assert "Saturday" in caught.value.hint and counts(server) == (0, 0, 0)  # before anything is uploaded
    server.faults.gpu_seconds_used = 0
    assert submitting() is not None
    request = server.notebooks[SLUG].versions[0].request
    assert (request["enableGpu"], request["machineShape"]) == (True, "NvidiaTeslaT4")


def test_an_error_page_is_not_taken_for_the_output(server: PracticeServer, submitting: Submitting) -> None:
    server.faults.output_pages = 1
    with pytest.raises(SubmissionError, match=r"wrote cannot be submitted: .*html") as caught:
        submitting()
    assert "downloads it once more" in caught.value.hint and not server.submissions
    sent = submitting()
    assert sent is not None and counts(server) == (1, 1, 1)


def test_a_rerun_that_fails_is_told_and_submitted_again_only_when_asked(
    server: PracticeServer, submitting: Submitting
) -> None:
    server.faults.failing_reruns = 1
    for _ in range(2):
        sent = submitting()
        assert sent is not None
        with pytest.raises(SubmissionError, match="Notebook Threw Exception") as caught:
            scored(submitting, sent[0])
        assert "costs none" in caught.value.hint
    assert len(server.submissions) == 1
    sent = submitting(again=True)
    assert sent is not None and scored(submitting, sent[0]).status == "complete"
    assert counts(server) == (1, 1, 2)


def test_what_is_not_allowed_is_said(server: PracticeServer, submitting: Submitting) -> None:
    server.competitions[NAME] = replace(server.competitions[NAME], max_daily_submissions=0)
    with pytest.raises(SubmissionError, match="allowance"):
        submitting()
