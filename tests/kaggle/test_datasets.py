"""Datasets by the real client: looked up, made, renewed, listed, deleted."""

from pathlib import Path

import pytest

from kagglebot.errors import KaggleError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.datasets import Datasets
from kagglebot.practice import PracticeServer
from kagglebot.system.progress import no_progress

SLUG = "kagglebot-tests"
TITLE = "kagglebot tests"


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for path in paths:
        path.write_text(path.name)
    return paths


def test_a_dataset_is_made_private_renewed_and_deleted(
    client: KaggleClient, server: PracticeServer, files: list[Path]
) -> None:
    datasets = Datasets(client)
    assert datasets.find(SLUG) is None
    assert (datasets.status(SLUG), datasets.file_names(SLUG)) == ("absent", [])
    server.faults.processing_polls, server.faults.page_size = 1, 1
    assert datasets.create(SLUG, TITLE, files, "about it", no_progress)
    assert [datasets.status(SLUG) for _ in range(2)] == ["pending", "ready"]
    assert datasets.file_names(SLUG) == ["a.txt", "b.txt"]
    assert not datasets.create(SLUG, TITLE, files, "about it", no_progress)  # it is there already
    found = datasets.find(SLUG)
    assert found is not None and (found.about, found.private, found.bytes) == (
        "about it\nInitial release",
        True,
        10,
    )
    assert datasets.renew(SLUG, files[:1], "", "notes", no_progress)
    with pytest.raises(KaggleError):  # as long as the version before is processed
        datasets.renew(SLUG, files[:1], "", "notes", no_progress)
    assert datasets.file_names(SLUG) == ["a.txt", "b.txt"]  # of the version before
    assert [datasets.status(SLUG) for _ in range(2)] == ["pending", "ready"]
    assert datasets.file_names(SLUG) == ["a.txt"]
    assert datasets.search("kagglebot-") == [SLUG]
    datasets.delete(SLUG)
    datasets.delete(SLUG)  # it is gone already
    assert datasets.search("kagglebot-") == []
    assert datasets.create(SLUG, TITLE, files, "", no_progress)
    server.faults.refusal, server.faults.methods = "Permission denied", frozenset({"DeleteDataset"})
    with pytest.raises(KaggleError, match="did not delete"):
        datasets.delete(SLUG)


def test_an_answer_that_is_lost_is_no_confirmation(
    client: KaggleClient, server: PracticeServer, files: list[Path]
) -> None:
    server.faults.unanswered = {"CreateDataset": 1}
    assert not Datasets(client).create(SLUG, TITLE, files, "", no_progress)
    assert server.calls["CreateDataset"] == 1 and SLUG in server.datasets


def test_a_name_that_kaggle_does_not_take_is_told(client: KaggleClient, files: list[Path]) -> None:
    with pytest.raises(KaggleError, match="between 6 and 50"):
        Datasets(client).create("short", "short", files, "", no_progress)
