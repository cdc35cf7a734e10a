"""Notebooks by the real client: looked up, pushed, followed, read, listed, deleted."""

import json
import time

import pytest

from kagglebot.errors import KaggleError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.kernels import Notebooks
from kagglebot.practice import PracticeServer

SLUG = "kagglebot-tests"
TITLE = "kagglebot tests"


def source(code: str) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "source": code}]})


def test_a_notebook_is_pushed_run_read_and_deleted(client: KaggleClient, server: PracticeServer) -> None:
    notebooks = Notebooks(client)
    assert notebooks.find(SLUG) is None and notebooks.run(SLUG, 1) is None
    for number in (1, 2):
        code = source(f"print({number})\nopen('out.txt', 'w').write('out')")
        pushed = notebooks.push(SLUG, TITLE, code, competition="digits-practice", datasets=["practice/none"])
        assert pushed is not None and (pushed.version, pushed.left_out) == (number, ("practice/none",))
    while (run := notebooks.run(SLUG, 1)) is None or run.status in ("queued", "running"):
        time.sleep(0.02)
    output = notebooks.output(SLUG, 1)
    assert (run.status, output.log) == ("complete", "1\n")
    assert "".join(notebooks.stream_log(SLUG)) == "2\n" and not list(notebooks.stream_log("another"))
    assert notebooks.read_file(output.files["out.txt"], 10) == b"out"
    with pytest.raises(KaggleError, match="longer than 2 bytes"):
        notebooks.read_file(output.files["out.txt"], 2)
    newest, first = notebooks.find(SLUG), notebooks.find(SLUG, 1)
    assert newest is not None and first is not None
    assert (newest.version, newest.private) == (2, True)
    assert "print(1)" in first.source and "print(2)" in newest.source
    assert notebooks.search("kagglebot-") == [SLUG]
    notebooks.delete(SLUG)
    assert notebooks.find(SLUG) is None


@pytest.mark.parametrize(
    ("title", "gpu", "told"),
    [
        ("other title", False, "cannot have the id"),
        ("kagglebot " + "long " * 10, False, "too long"),
        (TITLE, True, "weekly GPU quota"),
    ],
)
def test_what_a_push_is_refused_for_is_told(
    client: KaggleClient, server: PracticeServer, title: str, gpu: bool, told: str
) -> None:
    server.faults.gpu_seconds_used = 30 * 3600
    assert Notebooks(client).gpu_seconds_left() == 0
    with pytest.raises(KaggleError, match=told) as caught:
        Notebooks(client).push(SLUG, title, source(""), competition="digits-practice", datasets=[], gpu=gpu)
    assert caught.value.hint
    assert not server.notebooks


def test_a_notebook_that_kaggle_names_otherwise_cannot_be_followed(
    client: KaggleClient, server: PracticeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {"ref": "/code/practice/kagglebot-tests-2", "versionNumber": 1}
    monkeypatch.setitem(server.api._methods, "SaveKernel", lambda _: answer)
    with pytest.raises(KaggleError, match="kagglebot-tests-2 instead of kagglebot-tests") as caught:
        Notebooks(client).push(SLUG, TITLE, source(""), competition="digits-practice", datasets=[])
    assert "Delete it" in caught.value.hint


@pytest.mark.parametrize(
    ("read", "version", "file_name", "told"),
    [
        ("digits-practice", 9, "submission.csv", "kernelSessions.get"),
        ("digits-practice", 1, "other.csv", "must be named"),
        ("another", 1, "submission.csv", "must include this competition"),
    ],
)
def test_what_a_submission_is_refused_for_is_told(
    client: KaggleClient, server: PracticeServer, read: str, version: int, file_name: str, told: str
) -> None:
    Notebooks(client).push(SLUG, TITLE, source(""), competition=read, datasets=[])
    with pytest.raises(KaggleError, match=told) as caught:
        client.submit_notebook("digits-practice", f"practice/{SLUG}", version, file_name, "")
    assert caught.value.hint
    assert not server.submissions
