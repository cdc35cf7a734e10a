from pathlib import Path, PurePosixPath

import pytest

from kagglebot.datasets.sample_submission.find import find_sample, other_samples
from kagglebot.errors import DataError


@pytest.mark.parametrize("name", ["sample_submission.csv", "sampleSubmission.csv", "example_submission.csv"])
def test_finds_the_sample_by_its_usual_names(name: str) -> None:
    paths = [PurePosixPath("train.csv"), PurePosixPath("deep/sample_submission.csv"), PurePosixPath(name)]
    assert find_sample(paths) == PurePosixPath(name)


def test_the_only_table_called_a_submission_is_the_sample() -> None:
    names = ["train.csv", "deep/all_dogs_Submission.csv", "submission.txt"]
    assert find_sample(map(PurePosixPath, names)) == PurePosixPath("deep/all_dogs_Submission.csv")


@pytest.mark.parametrize("names", [["submission_sample.txt"], ["a_submission.csv", "b_submission.csv"]])
def test_an_archive_without_a_sample_is_said(names: list[str]) -> None:
    with pytest.raises(DataError, match=r"no sample_submission\.csv"):
        find_sample(map(PurePosixPath, names))


def test_the_usual_name_goes_before_others_which_are_said(tmp_path: Path) -> None:
    paths = [
        PurePosixPath(name) for name in ("sampleSubmission.csv", "sample_submission.csv", "copies/submission.csv")
    ]
    for path in paths:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(f"id,label\n{path.stem},0\n")
    assert find_sample(paths) == paths[1]
    (note,) = other_samples(tmp_path, paths[1], paths)
    assert note.endswith("like sample_submission.csv, and not like sampleSubmission.csv, copies/submission.csv.")


def test_two_samples_of_the_same_claim_are_named(tmp_path: Path) -> None:
    paths = [PurePosixPath("a/sample_submission.csv"), PurePosixPath("b/sample_submission.csv")]
    for path in paths:
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_text(f"id,label\n{path.parent},0\n")
    with pytest.raises(DataError, match=r"a/sample_submission\.csv and b/sample_submission\.csv differ"):
        other_samples(tmp_path, find_sample(paths), paths)
