"""What Kaggle was asked for is written before it is asked, and forgotten when it must have appeared."""

from pathlib import Path

import pytest

from kagglebot.submission.notebooks import asked
from kagglebot.submission.notebooks.asked import AskedFile


def test_it_counts_for_its_contents_and_step_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = AskedFile(tmp_path / "folder" / "notebook.json")
    assert not file.recently("abc", "dataset")
    file.write("abc", "dataset")
    assert file.recently("abc", "dataset")
    assert not file.recently("abc", "notebook") and not file.recently("def", "dataset")
    file.write_failed("abc", 3)
    assert file.recently("abc", "dataset") and (file.failed("abc"), file.failed("def")) == (3, 0)
    monkeypatch.setattr(asked, "LAG_SECONDS", 0.0)
    assert not file.recently("abc", "dataset")


def test_of_earlier_files_a_failed_version_counts_for_every_mark(tmp_path: Path) -> None:
    path = tmp_path / "notebook.json"
    path.write_text('{"mark": "abc", "step": "notebook", "time": "", "failed": 3}')
    file = AskedFile(path)
    file.write_failed("abc", 5)
    assert (file.failed("abc"), file.failed("def")) == (5, 3)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"other": 1}', '{"time": 1}', '{"time": "soon"}'])
def test_a_damaged_file_is_as_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "notebook.json"
    path.write_text(text)
    assert not AskedFile(path).recently("abc", "dataset")
