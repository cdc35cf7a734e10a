"""Names that Kaggle takes, and a mark that changes with any file."""

import json
import re
from pathlib import Path

import pytest

from kagglebot.submission.notebooks.contents import prepare, slug_of


@pytest.mark.parametrize(
    "competition",
    ["digits-practice", "x", "A_Name", "a" * 100, "hubmap-hacking-the-human-vasculature-" + "b" * 20],
)
def test_the_title_leads_to_the_name(competition: str, tmp_path: Path) -> None:
    slug = slug_of(competition)
    assert 6 <= len(slug) <= 50
    contents = prepare(tmp_path, competition, "me")
    assert re.sub("[^a-z0-9]+", "-", contents.title.lower()) == slug == contents.slug


def test_long_names_stay_different() -> None:
    assert slug_of("a" * 60 + "1") != slug_of("a" * 60 + "2")


def test_the_mark_is_that_of_the_contents(tmp_path: Path) -> None:
    (tmp_path / "model.keras").write_bytes(b"1")
    first = prepare(tmp_path, "digits", "me")
    assert prepare(tmp_path, "digits", "me").digest == first.digest  # the marker file is not part of it
    assert first.mark in first.source and first.marker == f"kagglebot-{first.dataset_mark}.json"
    written = json.loads((tmp_path / first.marker).read_text())
    assert written["digest"] == first.dataset_digest and list(written["files"]) == ["model.keras"]
    (tmp_path / "model.keras").write_bytes(b"2")
    second = prepare(tmp_path, "digits", "me")
    assert second.digest != first.digest and not (tmp_path / first.marker).exists()
    assert "kagglebot-digits (2 files" in second.described() and "internet off" in second.described()
    third = prepare(tmp_path, "digits", "me", gpu=True)
    assert third.digest != second.digest
    assert third.dataset_digest == second.dataset_digest != first.dataset_digest


@pytest.mark.parametrize(("gpu", "mark"), [(False, "1b08ee124d6f"), (True, "f29a2f8286ad")])
def test_the_marks_of_earlier_submissions_stay(gpu: bool, mark: str, tmp_path: Path) -> None:
    (tmp_path / "model.keras").write_bytes(b"1")
    assert prepare(tmp_path, "digits", "me", gpu=gpu).mark == mark


def test_the_pushed_notebook_is_one_that_kaggle_runs(tmp_path: Path) -> None:
    notebook = json.loads(prepare(tmp_path, "digits", "me").source)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert all(isinstance(cell["source"], str) for cell in notebook["cells"])
    compile(notebook["cells"][1]["source"], "cell", "exec")
