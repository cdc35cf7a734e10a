"""What kagglebot made is listed and removed; what it did not make is left alone."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_export import NAME, Submitting

from kagglebot.errors import SubmissionError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.datasets import Datasets
from kagglebot.kaggle.kernels import Notebooks
from kagglebot.practice import PracticeServer
from kagglebot.submission.ledger import Ledgers
from kagglebot.system.progress import no_progress
from kagglebot.workspace import Workspace

SLUG = "kagglebot-digits-practice"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "data" / NAME).mkdir(parents=True)
    (tmp_path / "data" / NAME / "competition.json").write_text("{}")
    return Workspace(tmp_path)


@pytest.fixture
def own() -> Callable[[str], None]:
    """Make a dataset and a notebook that are the user's own."""

    def make(slug: str) -> None:
        file = Path("note.txt")
        file.write_text("mine")
        client, title = KaggleClient(), slug.replace("-", " ")
        Datasets(client).create(slug, title, [file], "mine", no_progress)
        Notebooks(client).push(slug, title, '{"cells": []}', competition=NAME, datasets=[])

    return make


def test_both_are_listed_and_removed(
    server: PracticeServer,
    submitting: Submitting,
    workspace: Workspace,
    own: Callable[[str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert workspace.notebooks() == []
    own("kagglebot-of-mine")
    submitting.ledger = Ledgers(workspace.studies_folder).of(NAME, "net")
    server.faults.pending_polls = 1000
    submitting()
    made = workspace.notebooks()
    assert [(each.kind, each.name, each.private, each.in_use) for each in made] == [
        ("notebook", SLUG, True, True),
        ("dataset", SLUG, True, True),
    ]
    assert workspace.remove_notebooks(made) == []  # Kaggle may be running it again
    elsewhere = Workspace(tmp_path / "elsewhere").notebooks()  # where nothing is known of the submission
    assert elsewhere == made
    server.submissions[0].polls_left = 0
    while server.submissions[0].reruns:
        time.sleep(0.01)
    workspace.submission_records(NAME)
    made = workspace.notebooks()
    assert workspace.remove_notebooks(made) == made and not any(each.in_use for each in made)
    assert [*server.notebooks, *server.datasets] == ["kagglebot-of-mine"] * 2
    assert workspace.notebooks() == []


def test_what_is_the_users_own_is_not_renewed(
    server: PracticeServer,
    submitting: Submitting,
    own: Callable[[str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    own(SLUG)
    with pytest.raises(SubmissionError, match="a notebook practice/kagglebot-digits-practice already"):
        submitting()
    assert len(server.notebooks[SLUG].versions) == 1
    Notebooks(KaggleClient()).delete(SLUG)
    with pytest.raises(SubmissionError, match="a dataset practice/kagglebot-digits-practice already"):
        submitting()
    assert len(server.datasets[SLUG].versions) == 1 and not server.notebooks and not server.submissions
