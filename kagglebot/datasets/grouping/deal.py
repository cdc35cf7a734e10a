"""Whole groups of rows dealt out to parts, each part with its share of every class."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: The part of the rows that are only trained on.
TRAINS = -1
#: Weight of a part's size beside its share of one class.
_SIZE = 4.0
_NOWHERE, _SEVERAL = -2, -3


def deal(
    labels: NDArray[Any], groups: NDArray[np.int64], shares: Mapping[int, float], *, seed: int
) -> NDArray[np.int64]:
    """Return the part of each row: whole groups, and every class in two parts or more, or in ``TRAINS``.

    The largest groups are dealt first, each to the part whose shares of the group's classes it comes nearest to,
    by the squares of what is missing or too much. That is the algorithm of scikit-learn's ``StratifiedGroupKFold``
    (after J. Wasikowski), which has parts of one size only, leaves classes without a training row, and holds a
    table of groups times classes. Of groups of one size, those with the rarest class are dealt first: so rows of
    several classes, each a group of its own, are stratified as by Sechidis et al. (2011).

    Args:
        labels: (rows,) class indices, or (rows, classes) of 0 and 1.
        groups: (rows,) int64, the same number for the rows of one group.
        shares: The share of the rows that each part is to have; their sum is 1.
        seed: The same seed, labels and groups give the same parts.

    Returns:
        (rows,) int64, keys of ``shares``, or ``TRAINS`` for a group that can be in no other part.
    """
    _, members = np.unique(groups, return_inverse=True)
    sizes = np.bincount(members)
    holders, names = np.nonzero(labels) if labels.ndim == 2 else (np.arange(len(labels)), labels)
    counts = _count_classes(names, members[holders], len(sizes))
    totals = np.bincount(names)
    alone = len(totals)  # the size of a part counts as a class of all rows
    rows = [*totals.tolist(), len(labels)]
    left = np.bincount([name for group in counts for name, _ in group], minlength=alone).tolist()
    only = [_NOWHERE] * alone
    excess = {part: [-share * count for count in rows] for part, share in shares.items()}
    weights = {part: [1 / max(share * count, 1e-9) for count in rows] for part, share in shares.items()}
    for weight in weights.values():
        weight[alone] *= _SIZE
    shuffled = np.random.default_rng(seed).permutation(len(sizes))
    parts = np.full(len(sizes), TRAINS)
    for group in shuffled[np.lexsort((_rarity(labels, counts, totals)[shuffled], -sizes[shuffled]))].tolist():
        last = {only[name] for name, _ in counts[group] if left[name] == 1}
        allowed = [part for part in shares if part == TRAINS or not last & {part, _NOWHERE}]
        added = [*counts[group], (alone, int(sizes[group]))]
        costs = {
            part: sum(count * (2 * excess[part][name] + count) * weights[part][name] for name, count in added)
            for part in allowed
        }
        chosen = min(costs, key=lambda part: costs[part]) if costs else TRAINS
        parts[group] = chosen
        for name, count in added if chosen in excess else ():
            excess[chosen][name] += count
        for name, _ in counts[group]:
            left[name] -= 1
            only[name] = chosen if only[name] in (_NOWHERE, chosen) and chosen != TRAINS else _SEVERAL
    return parts[members]


def _rarity(
    labels: NDArray[Any], counts: list[list[tuple[int, int]]], totals: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the rows of the rarest class of each group; where rows have one class, the same number for all."""
    if labels.ndim == 1:
        return np.zeros(len(counts), np.int64)
    return np.array([min((int(totals[name]) for name, _ in group), default=len(labels)) for group in counts])


def _count_classes(
    labels: NDArray[np.int64], members: NDArray[np.int64], groups: int
) -> list[list[tuple[int, int]]]:
    """Return the classes of each group, with the number of its rows in each."""
    classes = int(labels.max(initial=0)) + 1
    pairs, counts = np.unique(members * classes + labels, return_counts=True)
    found: list[list[tuple[int, int]]] = [[] for _ in range(groups)]
    for pair, count in zip(pairs.tolist(), counts.tolist(), strict=True):
        found[pair // classes].append((pair % classes, count))
    return found
