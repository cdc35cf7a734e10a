from pathlib import Path

import pytest

from kagglebot.datasets.sample import Sample
from kagglebot.errors import SubmissionError
from kagglebot.submission.predictions import check_submission, file_digest, write_submission

SAMPLE = Sample(("ImageId", "Label"), ("007", "1", "2"))
CLASSES = (0, 1, 2)


def test_rows_stand_in_the_samples_columns_and_order(tmp_path: Path) -> None:
    path = tmp_path / "new" / "out.csv"
    write_submission(path, SAMPLE, {"1": 1, "2": 2, "007": 0})
    assert path.read_bytes() == b"ImageId,Label\n007,0\n1,1\n2,2\n"
    assert check_submission(path, SAMPLE, CLASSES) == 3


def test_an_id_without_prediction_is_refused_and_nothing_written(tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match="007"):
        write_submission(tmp_path / "out.csv", SAMPLE, {"1": 1, "2": 2})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "columns"),
        ("id,Label\n007,0\n1,1\n2,2\n", "columns"),
        ("ImageId,Label,more\n007,0,1\n1,1,1\n2,2,1\n", "columns"),
        ("ImageId,Label\n007,0\n1,1\n", "2 rows instead of 3"),
        ("ImageId,Label\n007,0\n1,1\n1,2\n", "line 4: id '1' is there twice"),
        ("ImageId,Label\n007,0\n1,1\n2,2\n3,1\n", "line 5: id '3' is not in"),
        ("ImageId,Label\n7,0\n1,1\n2,2\n", "line 2: id '7' is not in"),
        ("ImageId,Label\n007,\n1,1\n2,2\n", "line 2: Label is empty"),
        ("ImageId,Label\n007,nan\n1,1\n2,2\n", "not a finite number"),
        ("ImageId,Label\n007,9\n1,1\n2,2\n", "no class"),
        ("ImageId,Label\n007,0\n1\n2,2\n", "line 3: 1 value instead of 2"),
        ('ImageId,Label\n"007,0\n', "not a CSV"),
    ],
)
def test_a_file_kaggle_could_not_score_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "out.csv"
    path.write_text(text)
    with pytest.raises(SubmissionError) as caught:
        check_submission(path, SAMPLE, CLASSES)
    assert problem in caught.value.message
    assert str(path) in caught.value.message


def test_the_digest_follows_the_content(tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("x")
    second.write_text("x")
    assert file_digest(first) == file_digest(second)
    second.write_text("y")
    assert file_digest(first) != file_digest(second)
