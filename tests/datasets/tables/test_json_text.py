import io
import json
from pathlib import Path
from typing import Any

import pytest

from kagglebot.datasets.tables import json_text
from kagglebot.datasets.tables.json_text import JsonText, read_lists


@pytest.mark.parametrize("chunk", [1, 3, 1 << 20])
def test_values_are_read_one_by_one(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(json_text, "_CHUNK", chunk)
    text = JsonText(io.StringIO(' 12345 "a\\u00e9" [1, {"b": [2.5e3]}, []]  '))
    assert (text.value(), text.value(), text.peek()) == (12345, "a\u00e9", "[")
    assert list(text.items()) == [1, {"b": [2500.0]}, []]
    assert text.peek() == ""


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("chunk", [2, 1 << 20])
def test_lists_of_an_object(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int, indent: int | None
) -> None:
    monkeypatch.setattr(json_text, "_CHUNK", chunk)
    path = tmp_path / "a.json"
    content: dict[str, Any] = {
        "info": {"images": [1]},
        "images": [{"id": 1}, 2],
        "none": [],
        "year": 2020,
        "x": ["]"],
    }
    path.write_text(json.dumps(content, indent=indent))
    assert list(read_lists(path)) == [("images", {"id": 1}), ("images", 2), ("x", "]")]
    path.write_text(json.dumps([7, {"a": 1}], indent=indent))
    assert list(read_lists(path)) == [("", 7), ("", {"a": 1})]


@pytest.mark.parametrize("content", ["", "7", '"text"', "{}"])
def test_other_values_have_no_lists(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content)
    assert list(read_lists(path)) == []


@pytest.mark.parametrize("content", ["[1, 2", '{"a": [1, 2', '{"a": [1', '{"a"', "{1 2 3", "[1 2 }", "[[[[[["])
def test_what_is_cut_off_or_damaged_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(ValueError, match="cut off, damaged or too long"):
        list(read_lists(path))


def test_a_value_that_is_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "_CHUNK", 10)
    monkeypatch.setattr(json_text, "_LONGEST", 100)
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"a": ["x" * 500]}))
    with pytest.raises(ValueError, match="too long"):
        list(read_lists(path))
