"""Each way in which Kaggle refuses or fails a notebook is one sentence, and what to do."""

from typing import Any

import pytest
from tiny_export import Submitting, counts

from kagglebot.errors import KagglebotError, SubmissionError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.practice import PracticeServer
from kagglebot.submission.notebooks import notebook_step
from kagglebot.submission.notebooks.flow import LOGIN_NOTE

SLUG = "kagglebot-digits-practice"


def test_a_run_that_was_cancelled_is_told_and_pushed_again(server: PracticeServer, submitting: Submitting) -> None:
    server.faults.cancelled_runs = 1
    with pytest.raises(SubmissionError, match=f"{SLUG} was cancelled: it left no log") as caught:
        submitting()
    assert "pushes a new version" in caught.value.hint
    assert submitting() is not None and counts(server) == (1, 2, 1)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("import no_such_module", "have no package no_such_module: choose another trial with --trial"),
        ("raise ValueError('four lines' + chr(10) + 'of a traceback')", "after mending the cause"),
    ],
)
def test_the_last_lines_of_a_failed_run_are_shown(
    server: PracticeServer, submitting: Submitting, line: str, hint: str
) -> None:
    program = submitting.export / "inference.py"
    program.write_text(f"{program.read_text()}\n{line}\n")
    with pytest.raises(SubmissionError, match=f"The run of version 1 of the notebook {SLUG} failed: ") as caught:
        submitting()
    assert "100 rows, rerun: no | " in caught.value.message
    assert line.partition("(")[0].split()[-1] in caught.value.message
    assert "exit code" not in caught.value.message  # which is the notebook's own error
    assert "\n" not in caught.value.message and hint in caught.value.hint


def test_a_run_that_writes_no_submission_is_told(server: PracticeServer, submitting: Submitting) -> None:
    (submitting.export / "inference.py").write_text("print('nothing to do')\n")
    with pytest.raises(SubmissionError, match=r"Version 1 .* ran, and wrote no submission\.csv") as caught:
        submitting()
    assert SLUG in caught.value.hint and not server.submissions


def test_a_run_that_does_not_end_is_told(
    server: PracticeServer, submitting: Submitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebook_step, "RUN_SECONDS", 0.0)
    with pytest.raises(SubmissionError, match="has not ended in 13 hours") as caught:
        submitting()
    assert "goes on from there" in caught.value.hint
    assert counts(server) == (1, 1, 0)


@pytest.mark.parametrize("method", ["CreateDataset", "SaveKernel"])
def test_a_refusal_without_a_reason_names_the_phone(
    server: PracticeServer, submitting: Submitting, method: str
) -> None:
    server.faults.refusal, server.faults.methods = "Permission 'kernels.save' was denied", frozenset({method})
    with pytest.raises(KagglebotError, match=r"Permission 'kernels\.save' was denied") as caught:
        submitting()
    assert "Verify your phone number" in caught.value.hint


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("Your Notebook cannot use internet access in this competition.", "internet off"),
        ("Your Notebook must include this competition as a data source.", "inputs"),
        ("Your team has used its daily Submission allowance (5) today.", "midnight UTC"),
        ("Permission 'kernelSessions.get' was denied", "after midnight UTC"),
    ],
)
def test_a_refused_submission_is_told_and_nothing_is_made_twice(
    server: PracticeServer, submitting: Submitting, said: str, hint: str
) -> None:
    server.faults.methods = frozenset({"CreateCodeSubmission"})
    server.faults.refusal, server.faults.refusal_status = said, 403 if "Permission" in said else 400
    with pytest.raises(KagglebotError) as caught:
        submitting()
    assert said.rstrip(".") in caught.value.message and hint in caught.value.hint
    server.faults.refusal = ""
    assert submitting() is not None and counts(server) == (1, 1, 1)


def test_kaggles_machine_is_asked_for_by_a_name_that_it_has(
    server: PracticeServer, submitting: Submitting
) -> None:
    machines: list[Any] = []
    for gpu in (False, True):
        submitting.gpu = gpu
        submitting()
        machines.append(server.notebooks[SLUG].versions[-1].request.get("machineShape"))
    assert machines == [None, "NvidiaTeslaT4"]  # P100 is replaced without a word, and an unknown name ignored


def test_a_login_that_may_end_before_the_run_is_told(
    server: PracticeServer, submitting: Submitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KaggleClient, "login_expires", True)
    submitting(wait=False)
    assert submitting.notes[1:] == [LOGIN_NOTE] and "https://www.kaggle.com/settings/api" in LOGIN_NOTE
