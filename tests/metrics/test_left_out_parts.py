import numpy as np
import pytest
from numpy.typing import NDArray

from kagglebot.metrics.left_out_parts import left_out_parts, number_groups


@pytest.mark.parametrize(
    ("groups", "count"),
    [(None, 5), (np.arange(60) // 6 - 3, 5), (np.arange(60) % 3, 3)],
    ids=["rows", "ten groups", "three groups"],
)
def test_each_row_is_left_out_once_with_all_of_its_group(groups: NDArray[np.int64] | None, count: int) -> None:
    parts = left_out_parts(60, groups)
    assert len(parts) == count and (np.sum(parts, axis=0) == 1).all()
    assert all(part.any() for part in parts)
    if groups is not None:
        assert all(len(set(part[groups == each])) == 1 for part in parts for each in np.unique(groups))


@pytest.mark.parametrize("groups", [np.arange(60), 7 * np.arange(60) - 9])
def test_groups_of_one_row_are_left_out_as_rows_are(groups: NDArray[np.int64]) -> None:
    np.testing.assert_array_equal(left_out_parts(60, groups), left_out_parts(60))


@pytest.mark.parametrize(
    ("rows", "groups"), [(0, None), (9, None), (9, np.arange(9)), (60, np.zeros(60, np.int64))]
)
def test_of_few_rows_or_one_group_none_are_left_out(rows: int, groups: NDArray[np.int64] | None) -> None:
    assert left_out_parts(rows, groups) == []


def test_groups_are_counted_from_0() -> None:
    positions, count = number_groups(4, np.array([9, -2, 9, 5]))
    assert (positions.tolist(), count) == ([2, 0, 2, 1], 3)
