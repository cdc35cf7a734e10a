"""`kagglebot notebooks` lists what lies in the account, and removes it only when told to."""

import json

import pytest

from kagglebot.cli.main import run
from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.kernels import Notebooks
from kagglebot.practice import PracticeServer
from kagglebot.submission.notebooks.source import notebook_source


def test_listed_then_removed(server: PracticeServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["notebooks"]) == 0
    assert "made nothing" in capsys.readouterr().out
    slug = "kagglebot-digits-with-a-name-of-80-columns-ok"
    source = notebook_source("0" * 12, "0" * 12, "practice", slug, "inference.py")
    Notebooks(KaggleClient()).push(slug, slug.replace("-", " "), source, competition="digits", datasets=[])
    assert run(["notebooks"]) == 0
    shown = capsys.readouterr()
    assert "notebook" in shown.out and f"/practice/{slug}\n" in shown.out and "--clean" in shown.err
    assert "scores, trials and models" in shown.err  # it may be of a search, which has no submission
    assert run(["notebooks", "--clean"]) == 2  # there is no terminal to ask on
    assert "--yes" in capsys.readouterr().err and server.notebooks
    assert run(["notebooks", "--clean", "--yes", "--json"]) == 0
    shown = capsys.readouterr()
    document = json.loads(shown.out)
    assert (document["notebooks"], [each["name"] for each in document["removed"]]) == ([], [slug])
    assert f"/practice/{slug}\n" in shown.err  # listed before, its address whole
    assert not server.notebooks


def test_yes_alone_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["notebooks", "--yes"]) == 2
    assert "--clean" in capsys.readouterr().err
