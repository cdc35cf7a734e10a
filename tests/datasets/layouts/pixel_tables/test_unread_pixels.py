import json
from pathlib import Path

import pytest
from competition_files import ImageCompetition

_COLUMNS = ",".join(f"p{number}" for number in range(64))


@pytest.mark.parametrize(
    ("name", "text", "seen"),
    [
        ("train.csv", f"label,{_COLUMNS}\na{',7' * 64}\n", "64 columns of numbers, such as 'p62' and 'p63'"),
        ("train.csv", f"label,px\na,{' '.join('7' * 16)}\n", "lists of 16 numbers in the column 'px'"),
        ("train.csv", f'label,pixels\na,"{",".join("7" * 16)}"\n', "lists of 16 numbers in the column 'pixels'"),
        (
            "train.json",
            json.dumps({"columns": ["id", "band"], "data": [[1, list(range(16))]]}),
            "lists of numbers",
        ),
        ("train.json", json.dumps({"meta": [{"of": 1}], "data": [{"band": list(range(16))}]}), "lists of numbers"),
        ("train.csv", "label,a,b\na,1,2\n", ""),
    ],
)
def test_what_may_be_pixels_is_named(tmp_path: Path, name: str, text: str, seen: str) -> None:
    competition = ImageCompetition(tmp_path)
    competition.files[name] = text
    competition.table("sample_submission.csv", "id,label", "1,a")
    error = competition.refused(
        f"{name} has {seen}, which are not read" if seen else "no pixel columns in these files"
    )
    assert ("pixel0, pixel1" in error.hint) == bool(seen)
