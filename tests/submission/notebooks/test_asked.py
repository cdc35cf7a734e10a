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
    file.write_failed(3)
    assert file.recently("abc", "dataset") and file.read().failed == 3
    monkeypatch.setattr(asked, "LAG_SECONDS", 0.0)
    assert not file.recently("abc", "dataset")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"other": 1}', '{"time": 1}', '{"time": "soon"}'])
def test_a_damaged_file_is_as_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "notebook.json"
    path.write_text(text)
    assert not AskedFile(path).recently("abc", "dataset")
