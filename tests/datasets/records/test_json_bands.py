import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kagglebot.datasets.records import json_text
from kagglebot.datasets.records.json_bands import read_json


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
@pytest.mark.parametrize("form", ["array", "indented", "lines"])
def test_lists_of_numbers_are_channels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, chunk: int
) -> None:
    monkeypatch.setattr(json_text, "_CHUNK", chunk)
    rows = _rows(7)
    lines = "\n".join(map(json.dumps, rows)) + "\n"
    text = lines if form == "lines" else json.dumps(rows, indent=2 if form == "indented" else None)
    records = list(read_json(_write(tmp_path, text)))
    assert [record.texts for record in records] == [{"id": row["id"], "angle": "na"} for row in rows]
    assert {(record.ending, record.feature) for record in records} == {(".npy", "band_1 band_2")}
    for row, record in zip(rows, records, strict=True):
        pixels = np.load(io.BytesIO(record.image))
        assert pixels.shape == (5, 5, 2)
        np.testing.assert_array_equal(pixels[..., 1].ravel(), np.float32(row["band_2"]))


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", "7", "[1, 2]", '{"0": "healthy", "1": "rust"}', '[{"bbox": [1, 2, 3, 4]}]', "[[[", "{]"),
        *('{"a": ' * 5000, '{"images": [{"file_name": "a.png"}]}', json.dumps({"a": list(range(17))}), '"\\'),
    ],
)
def test_other_json_holds_no_images(tmp_path: Path, text: str) -> None:
    assert list(read_json(_write(tmp_path, text))) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda rows: json.dumps(rows)[:-40], "cut off"),
        (lambda rows: json.dumps([*rows, {"id": "x"}]), "no channels of one size"),
        (lambda rows: json.dumps([*rows, {**rows[0], "band_2": [0] * 16}]), "no channels of one size"),
        (lambda rows: json.dumps([*rows, 7]), "7 is no object"),
    ],
)
def test_damaged_json_is_refused(tmp_path: Path, change: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        list(read_json(_write(tmp_path, change(_rows(3)))))
