import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kagglebot.datasets.records.json_bands import read_json
from kagglebot.datasets.tables import json_text


def _write(folder: Path, text: str) -> Path:
    path = folder / "train.json"
    path.write_text(text)
    return path


def _rows(count: int, side: int = 5) -> list[dict[str, Any]]:
    bands = np.random.default_rng(0).normal(-20, 5, (count, 2, side * side)).round(4)
    return [
        {"id": f"{row:04x}", "band_1": bands[row, 0].tolist(), "band_2": bands[row, 1].tolist(), "angle": "na"}
        for row in range(count)
    ]


@pytest.mark.parametrize("chunk", [10, 333, 1 << 20])
@pytest.mark.parametrize("form", ["array", "indented", "lines", "wrapped", "columns", "by id"])
def test_lists_of_numbers_are_channels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, chunk: int
) -> None:
    monkeypatch.setattr(json_text, "_CHUNK", chunk)
    rows = _rows(7)
    lines = "\n".join(map(json.dumps, rows)) + "\n"
    forms: dict[str, Any] = {
        "wrapped": {"version": 1, "files": ["a"], "data": rows, "count": 7},
        "columns": {name: {str(row): each[name] for row, each in enumerate(rows)} for name in rows[0]},
        "by id": {each["id"]: {name: each[name] for name in each if name != "id"} for each in rows},
    }
    text = (
        lines if form == "lines" else json.dumps(forms.get(form, rows), indent=2 if form == "indented" else None)
    )
    records = list(read_json(_write(tmp_path, text)))
    assert [record.texts for record in records] == [{"id": row["id"], "angle": "na"} for row in rows]
    assert {(record.ending, record.feature) for record in records} == {(".npy", "band_1 band_2")}
    for row, record in zip(rows, records, strict=True):
        pixels = np.load(io.BytesIO(record.image))
        assert pixels.shape == (5, 5, 2)
        np.testing.assert_array_equal(pixels[..., 1].ravel(), np.float32(row["band_2"]))


def test_objects_by_id_may_hold_channels_alone(tmp_path: Path) -> None:
    rows = {row["id"]: {"band_1": row["band_1"]} for row in _rows(7)}
    assert [record.texts for record in read_json(_write(tmp_path, json.dumps(rows)))] == [
        {"id": name} for name in rows
    ]


def test_objects_by_id_may_lack_a_name(tmp_path: Path) -> None:
    rows = {
        f"z{row}": {"band_1": each["band_1"], **({"angle": "3.5"} if row % 3 else {})}
        for row, each in enumerate(_rows(7))
    }
    texts = [record.texts for record in read_json(_write(tmp_path, json.dumps(rows)))]
    assert texts == [{"id": name, **({"angle": "3.5"} if "angle" in row else {})} for name, row in rows.items()]


def test_the_first_of_several_lines_keeps_what_the_others_do(tmp_path: Path) -> None:
    rows = [{**row, "tags": ["a", "b"], "more": {"a": [1] * 16}, "boxes": [{"x": 1}]} for row in _rows(3)]
    texts = [record.texts for record in read_json(_write(tmp_path, "\n".join(map(json.dumps, rows))))]
    assert [each.keys() for each in texts] == [rows[0].keys() - {"band_1", "band_2"}] * 3
    assert {each["tags"] for each in texts} == {'["a", "b"]'}


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", "7", "[1, 2]", '{"0": "healthy", "1": "rust"}', '[{"bbox": [1, 2, 3, 4]}]', "[[[", "{]"),
        *('{"a": ' * 5000, '{"images": [{"file_name": "a.png"}]}', json.dumps({"a": list(range(17))}), '"\\'),
        *(
            '{"a": {"0": 1, "1": 2}, "b": {"0": 3}}',
            '{"a": {}}',
            '{"a": {"0": "x"}}',
            '{"a": [{"b": 1}',
            '{"a": [',
        ),
        json.dumps({"annotations": [{"segmentation": [list(range(20))], "bbox": [1, 2, 3, 4]}]}),
    ],
)
def test_other_json_holds_no_images(tmp_path: Path, text: str) -> None:
    assert list(read_json(_write(tmp_path, text))) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda rows: json.dumps(rows)[:-40], "cut off"),
        (lambda rows: json.dumps({"data": rows})[:-40], "cut off"),
        (lambda rows: json.dumps([*rows, {"id": "x"}]), "no channels of one size"),
        (lambda rows: json.dumps([*rows, {**rows[0], "band_2": [0] * 16}]), "no channels of one size"),
        (lambda rows: json.dumps([*rows, 7]), "7 is no object"),
    ],
)
def test_damaged_json_is_refused(tmp_path: Path, change: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        list(read_json(_write(tmp_path, change(_rows(3)))))
