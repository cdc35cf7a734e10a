import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kagglebot.datasets.splits import folds, holdout, holdout_rows, plain_holdout, plain_holdout_rows
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


def _matrix(rows: int = 1000) -> np.ndarray:
    """Labels of several classes a row, the last of them in 13 rows."""
    shares = np.array([0.5, 0.3, 0.05])
    often = (np.random.default_rng(3).random((rows, 3)) < shares).astype(np.uint8)
    return np.column_stack([often, np.arange(rows) % 80 == 0]).astype(np.uint8)


def test_rows_of_several_classes_are_stratified_by_each() -> None:
    matrix = _matrix()
    train, valid = holdout(matrix, fraction=0.2, seed=1)
    assert sorted([*train, *valid]) == list(range(1000))
    assert len(valid) == pytest.approx(200, abs=2)
    assert matrix[valid].sum(axis=0) == pytest.approx(0.2 * matrix.sum(axis=0), abs=2)
    cut = folds(matrix, count=4, seed=1)
    assert sorted(np.concatenate([valid for _, valid in cut])) == list(range(1000))
    for _, valid in cut:
        assert len(valid) == pytest.approx(250, abs=2)
        assert matrix[valid].sum(axis=0) == pytest.approx(matrix.sum(axis=0) / 4, abs=2)
        assert matrix[valid, 3].sum() in (3, 4)


def test_rows_of_several_classes_stay_in_their_groups() -> None:
    matrix, groups = _matrix(), np.random.default_rng(1).integers(0, 200, 1000)
    for train, valid in [
        holdout(matrix, fraction=0.2, seed=1, groups=groups),
        *folds(matrix, count=3, seed=1, groups=groups),
    ]:
        assert not {*groups[train]} & {*groups[valid]}
        share = len(valid) / 1000
        assert matrix[valid].sum(axis=0) == pytest.approx(share * matrix.sum(axis=0), rel=0.25, abs=3)


def test_a_class_in_one_row_of_several_classes_is_only_trained_on() -> None:
    matrix = np.zeros((40, 2), np.uint8)
    matrix[:20, 0] = matrix[0, 1] = 1
    for train, _ in [holdout(matrix, fraction=0.5, seed=1), *folds(matrix, count=4, seed=1)]:
        assert 0 in train
    assert len(plain_holdout(matrix, fraction=0.25, seed=0)[1]) == 10
    with pytest.raises(DataError, match="1 rows cannot be split into 2 folds"):
        folds(matrix[:1], count=2, seed=0)


def test_folds_say_what_they_cannot_do() -> None:
    with pytest.raises(DataError, match="2 rows cannot be split into 3 folds"):
        folds(np.array([0, 1]), count=3, seed=0)
    with pytest.raises(ValueError, match="two folds"):
        folds(LABELS, count=1, seed=0)


def test_the_plain_holdout_is_scikit_learns_own() -> None:
    from sklearn.model_selection import train_test_split

    train, valid = plain_holdout(np.arange(500) % 5, fraction=0.2, seed=42)
    expected_train, expected_valid = train_test_split(np.arange(500), test_size=0.2, random_state=42)
    assert set(train) == set(expected_train)
    assert set(valid) == set(expected_valid)


@pytest.mark.parametrize("fraction", [0.009, 0.1, 1 / 3, 0.5, 0.95, 0.999, 0.999999])
def test_number_of_held_out_rows_is_known_beforehand(fraction: float) -> None:
    labels = np.array([0, 1, 2] * 20)
    train, valid = holdout(labels, fraction=fraction, seed=0)
    assert len(valid) == holdout_rows(60, 3, fraction=fraction)
    assert set(labels[train]) == {0, 1, 2}
    if fraction < 0.95:
        _, valid = plain_holdout(labels, fraction=fraction, seed=0)
        assert len(valid) == plain_holdout_rows(60, fraction=fraction)


def test_fractions_without_sense_are_refused() -> None:
    labels = np.array([0, 1, 2] * 20)
    with pytest.raises(DataError, match="a fraction of 1e-09 of 60 rows would hold out none"):
        holdout(labels, fraction=1e-9, seed=0)
    with pytest.raises(DataError, match=r"a fraction of 0.999 of 60 rows would leave none to train on"):
        plain_holdout(labels, fraction=0.999, seed=0)


def test_rows_stay_those_of_earlier_versions() -> None:
    """Trials of one study are compared on the same rows, also after an update."""
    rows = [holdout(LABELS, fraction=0.15, seed=1)[1], *(valid for _, valid in folds(LABELS, count=5, seed=1))]
    assert hashlib.sha256(np.concatenate(rows).tobytes()).hexdigest()[:16] == "f9db054b5d5ed8a5"


@settings(max_examples=150, deadline=None)
@given(
    counts=st.lists(st.integers(1, 4) | st.integers(1, 60), min_size=2, max_size=40),
    count=st.integers(2, 8),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_class_trains_in_every_fold(counts: list[int], count: int, seed: int) -> None:
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    shared = [number for number, size in enumerate(counts) if size > 1]
    if sum(counts[number] for number in shared) < count:
        with pytest.raises(DataError, match=f"cannot be split into {count} folds"):
            folds(labels, count=count, seed=seed)
        return
    cut = folds(labels, count=count, seed=seed)
    validated = np.concatenate([valid for _, valid in cut])
    assert sorted(validated) == np.flatnonzero(np.isin(labels, shared)).tolist()  # each once
    assert max(len(valid) for _, valid in cut) - min(len(valid) for _, valid in cut) <= 1
    for train, valid in cut:
        assert set(labels[train]) == set(labels)
        assert sorted([*train, *valid]) == list(range(len(labels)))
        assert {number for number, size in enumerate(counts) if size >= max(2, count)} <= set(labels[valid])


@settings(max_examples=150, deadline=None)
@given(
    counts=st.lists(st.integers(1, 4) | st.integers(1, 60), min_size=2, max_size=40),
    fraction=st.floats(0.01, 0.95),
    seed=st.integers(0, 2**32 - 1),
    stratified=st.booleans(),
)
def test_every_class_trains_beside_a_holdout(
    counts: list[int], fraction: float, seed: int, stratified: bool
) -> None:
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    try:
        train, valid = (holdout if stratified else plain_holdout)(labels, fraction=fraction, seed=seed)
    except DataError:
        return  # other tests say when
    assert sorted([*train, *valid]) == list(range(len(labels)))
    assert len(set(labels[train])) == min(len(train), len(counts))


def test_a_class_left_out_of_the_training_rows_takes_the_place_of_a_common_one() -> None:
    labels = np.zeros(100, np.int64)
    _, expected = plain_holdout(labels, fraction=0.2, seed=3)
    labels[expected[:2]] = 1, 2
    train, valid = plain_holdout(labels, fraction=0.2, seed=3)
    assert set(labels[train]) == {0, 1, 2}
    assert len(valid) == 20
    assert set(expected[2:]) < set(valid)


def test_groups_are_held_out_whole() -> None:
    groups = np.random.default_rng(1).integers(0, 70, 1000)
    train, valid = holdout(LABELS, fraction=0.2, seed=1, groups=groups)
    assert sorted([*train, *valid]) == list(range(1000))
    assert not set(groups[train]) & set(groups[valid])
    assert len(valid) == pytest.approx(200, abs=10)
    cut = folds(LABELS, count=5, seed=1, groups=groups)
    assert sorted(np.concatenate([valid for _, valid in cut])) == list(range(1000))
    for train, valid in cut:
        assert not set(groups[train]) & set(groups[valid])
        assert set(LABELS[train]) == set(LABELS)


def test_groups_that_leave_nothing_to_validate_on_are_refused() -> None:
    labels = np.repeat(np.arange(3), 10)
    with pytest.raises(DataError, match="30 rows in 3 groups cannot be split into rows to train on") as caught:
        holdout(labels, fraction=0.2, seed=0, groups=labels)
    assert "--group none" in caught.value.hint
    with pytest.raises(DataError, match="30 rows in 2 groups cannot be split into 3 folds"):
        folds(labels, count=3, seed=0, groups=np.arange(30) % 2)
