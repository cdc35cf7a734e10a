"""Cells of a sample submission that hold several labels, best first: ``new_whale w_1287fbc w_98baff9``."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from kagglebot.datasets.name_spellings import match_spellings

_SEPARATORS = (r"\s*[|;,]\s*", r"\s+")


@dataclass(frozen=True)
class LabelLists:
    """Labels in the cells of a sample submission.

    Attributes:
        separator: What stands between two labels.
        length: The most labels in a cell.
        labels: The different labels, in the order of their first use.
        known: How many of them are classes.
    """

    separator: str
    length: int
    labels: tuple[str, ...]
    known: int

    @property
    def are_likely(self) -> bool:
        """Whether they are labels, and not the words of names that no class has, such as "Common wheat"."""
        return 2 * self.known > len(self.labels) or (self.known > 0 and self.length > 2)


def read_label_lists(cells: Sequence[str], classes: Sequence[str]) -> LabelLists | None:
    """Return the labels in the cells; None where a cell holds one label, as "Sugar beet" does."""
    cells = [cell for cell in cells if cell]
    for separator in _SEPARATORS:
        lists = [re.split(separator, cell) for cell in cells]
        first = re.search(separator, cells[0]) if cells else None
        if first is None or any(len({*labels}) < 2 for labels in lists):
            continue
        if any(index is not None for index in match_spellings(cells, classes)):
            return None
        labels = [*dict.fromkeys(chain.from_iterable(lists))]
        known = sum(index is not None for index in match_spellings(labels, classes))
        return LabelLists(first[0], max(map(len, lists)), tuple(labels), known)
    return None
