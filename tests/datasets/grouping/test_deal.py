import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kagglebot.datasets.grouping.deal import TRAINS, deal


def _unevenness(labels: np.ndarray, parts: np.ndarray, count: int) -> float:
    """Return the standard deviation of the shares of classes over the parts, as a mean over classes."""
    shares = np.array([np.bincount(labels[parts == part], minlength=labels.max() + 1) for part in range(count)])
    return float((shares / np.bincount(labels)).std(axis=0).mean())


def test_parts_are_about_as_even_as_those_of_scikit_learn() -> None:
    from sklearn.model_selection import StratifiedGroupKFold

    generator = np.random.default_rng(0)
    labels, groups = generator.choice(3, 900, p=[0.7, 0.25, 0.05]), generator.integers(0, 80, 900)
    parts = deal(labels, groups, dict.fromkeys(range(5), 0.2), seed=1)
    theirs = np.empty(900, np.int64)
    split = StratifiedGroupKFold(5, shuffle=True, random_state=1).split(labels, labels, groups)
    for part, (_, rows) in enumerate(split):
        theirs[rows] = part
    assert _unevenness(labels, parts, 5) <= 1.2 * _unevenness(labels, theirs, 5)
    assert np.bincount(parts).tolist() == pytest.approx([180] * 5, abs=4)


def test_rows_without_company_are_stratified_to_the_row() -> None:
    labels = np.repeat([0, 1], [80, 20])
    parts = deal(labels, np.arange(100), {0: 0.25, TRAINS: 0.75}, seed=0)
    assert np.bincount(labels[parts == 0]).tolist() == [20, 5]


def test_the_seed_decides_the_parts() -> None:
    labels, groups = np.arange(200) % 2, np.arange(200) // 10
    first, again, other = (deal(labels, groups, {0: 0.3, TRAINS: 0.7}, seed=seed).tolist() for seed in (4, 4, 5))
    assert first == again != other


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 12)), min_size=1, max_size=120),
    count=st.integers(1, 6),
    seed=st.integers(0, 2**32 - 1),
)
def test_groups_stay_whole_and_every_class_can_be_trained_on(
    rows: list[tuple[int, int]], count: int, seed: int
) -> None:
    labels, groups = np.array(rows, np.int64).T
    shares = dict.fromkeys(range(count), 1 / count) if count > 1 else {0: 0.4, TRAINS: 0.6}
    parts = deal(labels, groups, shares, seed=seed)
    for group in np.unique(groups):
        assert len(np.unique(parts[groups == group])) == 1
    for part in range(count):
        assert set(labels[parts != part]) == set(labels)
    for name in np.unique(labels):
        if len(np.unique(groups[labels == name])) == 1:
            assert set(parts[labels == name]) == {TRAINS}
