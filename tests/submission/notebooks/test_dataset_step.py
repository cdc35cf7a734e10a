"""A dataset that Kaggle does not process, or does not show, is told; none is made twice."""

import pytest
from tiny_export import Submitting, counts

from kagglebot.errors import SubmissionError
from kagglebot.practice import PracticeServer
from kagglebot.submission.notebooks import dataset_step


def test_one_that_is_processed_for_long_is_told_and_waited_for_by_the_same_command(
    server: PracticeServer, submitting: Submitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset_step, "PROCESSING_SECONDS", 0.1)
    server.faults.processing_polls = 1000
    for _ in range(2):
        with pytest.raises(SubmissionError, match="for more than an hour") as caught:
            submitting()
        assert "waits on" in caught.value.hint
    (version,) = server.datasets["kagglebot-digits-practice"].versions
    version.polls_left = 0
    assert submitting() is not None and counts(server) == (1, 1, 1)


def test_one_that_is_not_shown_is_told_and_found_by_the_same_command(
    server: PracticeServer, submitting: Submitting
) -> None:
    server.faults.unanswered, server.faults.late_shows = {"CreateDataset": 1}, 40
    with pytest.raises(SubmissionError, match="does not show the new version") as caught:
        submitting()
    assert "goes on from there" in caught.value.hint
    server.faults.late_shows = 0
    assert submitting() is not None and counts(server) == (1, 1, 1)
