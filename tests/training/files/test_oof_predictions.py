from pathlib import Path

import numpy as np
import pytest

from kagglebot.errors import DataError
from kagglebot.training.files.oof_predictions import OofPredictions, oof_path, read_oof, save_oof, trial_key

ANSWERS = OofPredictions(np.array([1, 4, 7]), np.full((3, 2), 0.5, np.float32))
KEY = trial_key({"filters": 8}, 1, "abc")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = oof_path(tmp_path, 3)
    save_oof(path, ANSWERS, KEY)
    return path


def read(path: Path, key: str = KEY, rows: int = 10, classes: int = 2) -> OofPredictions:
    return read_oof(path, key, rows=rows, classes=classes)


def test_what_is_kept_is_read_again(path: Path) -> None:
    kept = read(path)
    np.testing.assert_array_equal(kept.rows, ANSWERS.rows)
    np.testing.assert_array_equal(kept.probabilities, ANSWERS.probabilities)
    assert [each.name for each in path.parent.iterdir()] == ["trial-3.npz"]


@pytest.mark.parametrize("key", [("filters", 9, 1, "abc"), ("filters", 8, 2, "abc"), ("filters", 8, 1, "abd")])
def test_those_of_another_trial_of_that_number_are_refused(path: Path, key: tuple[str, int, int, str]) -> None:
    name, value, seed, digest = key
    with pytest.raises(DataError, match="of another trial, or of data since replaced"):
        read(path, trial_key({name: value}, seed, digest))


def test_missing_and_damaged_files_are_a_sentence(path: Path) -> None:
    whole = path.read_bytes()
    for content in (b"", b"PK", b"pickle", whole[:-30], whole.replace(b"rows.npy", b"rats.npy")):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"trial-3\.npz is damaged"):
            read(path)
    path.unlink()
    with pytest.raises(DataError, match="is missing"):
        read(path)


@pytest.mark.parametrize(
    "wrong",
    [
        OofPredictions(np.array([1, 4, 4]), ANSWERS.probabilities),
        OofPredictions(np.array([1, 4, 10]), ANSWERS.probabilities),
        OofPredictions(np.array([1.0, 4.0, 7.0]), ANSWERS.probabilities),
        OofPredictions(ANSWERS.rows, np.full((3, 3), 0.3, np.float32)),
        OofPredictions(ANSWERS.rows, np.full((3, 2), np.nan, np.float32)),
        OofPredictions(np.zeros(0, np.int64), np.zeros((0, 2), np.float32)),
    ],
)
def test_rows_that_cannot_be_are_damage(path: Path, wrong: OofPredictions) -> None:
    save_oof(path, wrong, KEY)
    with pytest.raises(DataError, match="is damaged"):
        read(path)


def test_the_key_depends_on_pretrained_weights_where_there_are_some() -> None:
    keys = {trial_key({"filters": 8}, 1, "abc", weights) for weights in (None, "first", "second")}
    assert len(keys) == 3 and KEY in keys
