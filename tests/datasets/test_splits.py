import numpy as np
import pytest

from kagglebot.datasets.splits import folds, holdout
from kagglebot.errors import DataError

LABELS = np.random.default_rng(7).choice(4, size=1000, p=[0.5, 0.3, 0.19, 0.01]).astype(np.int64)


def test_holdout_takes_every_class_in_its_share() -> None:
    train, valid = holdout(LABELS, fraction=0.15, seed=1)
    assert sorted([*train, *valid]) == list(range(1000))
    assert len(valid) == 150
    for name in range(4):
        assert abs((LABELS[valid] == name).sum() - 0.15 * np.bincount(LABELS)[name]) < 1


def test_the_seed_decides_the_rows() -> None:
    first, again, other = (holdout(LABELS, fraction=0.2, seed=seed)[1].tolist() for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert folds(LABELS, count=3, seed=1)[2][1].tolist() == folds(LABELS, count=3, seed=1)[2][1].tolist()
    assert folds(LABELS, count=3, seed=1)[2][1].tolist() != folds(LABELS, count=3, seed=2)[2][1].tolist()


@pytest.mark.parametrize("fraction", [0.01, 0.5, 0.99])
def test_a_rare_class_keeps_a_row_to_train_on(fraction: float) -> None:
    labels = np.array([0] * 50 + [1] * 2 + [2])
    train, valid = holdout(labels, fraction=fraction, seed=3)
    assert set(labels[train]) == {0, 1, 2}
    assert 1 <= len(valid) <= 50
    assert len(train) + len(valid) == 53


def test_holdout_says_what_it_cannot_do() -> None:
    with pytest.raises(DataError, match="3 rows are too few"):
        holdout(np.array([0, 1, 2]), fraction=0.5, seed=0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        holdout(LABELS, fraction=1.0, seed=0)


def test_folds_are_even_and_validate_every_row_once() -> None:
    cut = folds(LABELS, count=5, seed=1)
    assert sorted(np.concatenate([valid for _, valid in cut])) == list(range(1000))
    for train, valid in cut:
        assert len(valid) == 200
        assert sorted([*train, *valid]) == list(range(1000))
        for name in range(4):
            assert abs((LABELS[valid] == name).sum() - np.bincount(LABELS)[name] / 5) < 1


def test_folds_say_what_they_cannot_do() -> None:
    with pytest.raises(DataError, match="2 rows cannot be split into 3 folds"):
        folds(np.array([0, 1]), count=3, seed=0)
    with pytest.raises(ValueError, match="two folds"):
        folds(LABELS, count=1, seed=0)


def test_the_plain_holdout_is_scikit_learns_own() -> None:
    from sklearn.model_selection import train_test_split

    from kagglebot.datasets.splits import plain_holdout

    train, valid = plain_holdout(500, fraction=0.2, seed=42)
    expected_train, expected_valid = train_test_split(np.arange(500), test_size=0.2, random_state=42)
    assert set(train) == set(expected_train)
    assert set(valid) == set(expected_valid)
