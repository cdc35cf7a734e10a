import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kagglebot.datasets.grouping.joined import join, stay_together


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=40))
def test_rows_that_share_either_are_of_one_group(pairs: list[tuple[int, int]]) -> None:
    groups, others = np.array(pairs, np.int64).T
    joined = join(groups, others)
    for first in range(len(pairs)):
        reached = {first}
        while (
            more := {
                row
                for row in range(len(pairs))
                for near in reached
                if {(0, pairs[row][0]), (1, pairs[row][1])} & {(0, pairs[near][0]), (1, pairs[near][1])}
            }
            - reached
        ):
            reached |= more
        assert reached == set(np.flatnonzero(joined == joined[first]))


def test_rows_of_their_own_need_no_groups() -> None:
    assert stay_together(np.arange(5), np.arange(5)) == (None, ())


def test_copies_alone_are_groups() -> None:
    groups, notes = stay_together(np.arange(4), np.array([0, 1, 0, 3]))
    assert groups is not None and not notes
    assert groups[0] == groups[2] and len(np.unique(groups)) == 3


def test_one_picture_in_most_groups_does_not_make_them_one() -> None:
    groups = np.repeat(np.arange(10), 3)
    copies = np.arange(30)
    copies[::3] = 0  # the same placeholder for every patient
    kept, notes = stay_together(groups, copies)
    assert kept is not None and np.array_equal(kept, groups)
    assert len(notes) == 1 and "most rows would be one group" in notes[0]
