"""Training and validation rows, stratified and seeded: the same labels, groups and seed give the same rows.

Rows of several classes have labels ``(rows, classes)`` of 0 and 1; they are dealt out as groups are.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.grouping.deal import TRAINS, deal
from kagglebot.errors import DataError

#: The group of each row, (rows,) int64; None where every row is one of its own.
Groups = NDArray[np.int64] | None
#: Training and validation row numbers, each sorted, int64.
Split = tuple[NDArray[np.int64], NDArray[np.int64]]


def holdout(labels: NDArray[Any], *, fraction: float, seed: int, groups: Groups = None) -> Split:
    """Split off rows for validation, the same share of every class.

    A class with one row is only in training; one with few rows may be missing from validation. With ``groups`` the
    shares are as near as whole groups come, and a class in one group is only in training.

    Args:
        labels: (rows,) class indices.
        fraction: Share of the rows to validate on, above 0 and below 1.
        seed: The same seed, labels and groups give the same rows.
        groups: (rows,) int64; rows of one group are all in training or all in validation.

    Returns:
        Training and validation row numbers, each sorted, int64; together every row once.

    Raises:
        ValueError: The fraction is not between 0 and 1.
        DataError: Every class has only one row, or the fraction is less than half a row.
    """
    if not 0 < fraction < 1:
        raise ValueError(f"a fraction between 0 and 1 is needed, not {fraction}")
    if not round(fraction * len(labels)):
        raise _nonsense(fraction, len(labels), "hold out none", "larger")
    if groups is not None or labels.ndim == 2:
        groups = np.arange(len(labels)) if groups is None else groups
        parts = deal(labels, groups, {0: fraction, TRAINS: 1 - fraction}, seed=seed)
        return _by_parts(parts, groups, 1)[0]
    classes = _shuffled_classes(labels, seed)
    sizes = np.array([len(rows) for rows in classes])
    limits = sizes - 1
    if not limits.sum():
        raise DataError(
            f"{len(labels)} rows are too few to validate on any.", "At least one class must have two rows or more."
        )
    total = holdout_rows(len(labels), len(classes), fraction=fraction)
    counts = _round_shares(fraction * sizes, limits, total)
    validation = [rows[:count] for rows, count in zip(classes, counts, strict=True)]
    return _split(len(labels), np.concatenate(validation))


def holdout_rows(rows: int, classes: int, *, fraction: float) -> int:
    """Return how many of the rows ``holdout`` validates on; each class keeps one to train on."""
    return min(round(fraction * rows), rows - classes)


def plain_holdout_rows(rows: int, *, fraction: float) -> int:
    """Return how many of ``rows`` rows ``plain_holdout`` validates on."""
    return math.ceil(fraction * rows)


def seal(labels: NDArray[Any], *, fraction: float | None, seed: int, groups: Groups = None) -> Split:
    """Split off rows that no trial may train on or be scored on, the same share of every class.

    Returns:
        The other rows, and the sealed ones, none without a fraction; each sorted, int64.

    Raises:
        DataError: See ``holdout``.
    """
    if fraction is None:
        return np.arange(len(labels)), np.arange(0)
    return holdout(labels, fraction=fraction, seed=seed, groups=groups)


def folds(labels: NDArray[Any], *, count: int, seed: int, groups: Groups = None) -> list[Split]:
    """Split the rows into ``count`` folds, every class spread evenly; each fold validates once.

    Every class is in the training rows of every fold. So a class with one row, or in one group, is never
    validated on.

    Args:
        labels: (rows,) class indices.
        count: Number of folds, at least 2.
        seed: The same seed, labels and groups give the same folds.
        groups: (rows,) int64; rows of one group validate in one fold.

    Returns:
        The training and validation row numbers of each fold, sorted, int64. Without groups every row of a class
        with two rows or more validates in one fold, and the sizes of the folds differ by one at most.

    Raises:
        ValueError: Fewer than two folds.
        DataError: There are fewer rows, or groups, to validate on than folds.
    """
    if count < 2:
        raise ValueError(f"two folds or more are needed, not {count}")
    if groups is not None or labels.ndim == 2:
        groups = np.arange(len(labels)) if groups is None else groups
        parts = deal(labels, groups, dict.fromkeys(range(count), 1 / count), seed=seed)
        return _by_parts(parts, groups, count)
    # Dealing rows out class after class, without starting anew at a class, keeps classes and folds even.
    dealt = np.concatenate([labels[:0], *(rows for rows in _shuffled_classes(labels, seed) if len(rows) > 1)])
    if len(dealt) < count:
        alone = len(labels) - len(dealt)
        reason = f" {alone} of them are the only one of their class, and train in every fold." if alone else ""
        raise DataError(f"{len(labels)} rows cannot be split into {count} folds.{reason}", "Use fewer folds.")
    return [_split(len(labels), dealt[fold::count]) for fold in range(count)]


def plain_holdout(labels: NDArray[Any], *, fraction: float, seed: int) -> Split:
    """Split off rows for validation whatever their class, as scikit-learn's ``train_test_split`` does.

    Only a class that would be left without a training row gets one, in exchange for a row of the largest class.

    Args:
        labels: (rows,) class indices.
        fraction: Share of the rows to validate on, above 0 and below 1.
        seed: Its ``random_state``.

    Returns:
        Training and validation row numbers, each sorted, int64; together every row once.

    Raises:
        DataError: The fraction leaves no row to train on.
    """
    rows = len(labels)
    if plain_holdout_rows(rows, fraction=fraction) >= rows:
        raise _nonsense(fraction, rows, "leave none to train on", "smaller")
    from sklearn.model_selection import train_test_split

    training, validation = train_test_split(np.arange(rows), test_size=fraction, random_state=seed)
    for name in np.setdiff1d(labels[validation], labels[training]) if labels.ndim == 1 else ():
        largest = np.bincount(labels[training]).argmax()
        alone, spare = np.argmax(labels[validation] == name), np.argmax(labels[training] == largest)
        if np.count_nonzero(labels[training] == largest) > 1:
            training[spare], validation[alone] = validation[alone], training[spare]
    return _split(rows, validation)


def _by_parts(parts: NDArray[np.int64], groups: NDArray[np.int64], count: int) -> list[Split]:
    """Return the split in which each of ``count`` parts validates, after checking that each has rows."""
    sizes = np.bincount(parts[parts != TRAINS], minlength=count)
    if not sizes.all():
        number = len(np.unique(groups))
        goal = f"{count} folds." if count > 1 else "rows to train on and rows to validate on."
        if number == len(parts):
            raise DataError(f"{len(parts)} rows cannot be split into {goal}", "Use fewer folds.")
        raise DataError(
            f"{len(parts)} rows in {number} groups cannot be split into {goal}",
            "A class that is in one group only trains. Use fewer folds, or leave the groups out: "
            "`kagglebot fetch NAME --group none`.",
        )
    return [(np.flatnonzero(parts != part), np.flatnonzero(parts == part)) for part in range(count)]


def _nonsense(fraction: float, rows: int, effect: str, better: str) -> DataError:
    return DataError(
        f"Holding out a fraction of {fraction:g} of {rows} rows would {effect}.",
        f"Set a {better} fraction in the study's [validation].",
    )


def _shuffled_classes(labels: NDArray[np.int64], seed: int) -> list[NDArray[np.int64]]:
    generator = np.random.default_rng(seed)
    return [generator.permutation(np.flatnonzero(labels == name)) for name in np.unique(labels)]


def _round_shares(exact: NDArray[np.float64], limits: NDArray[np.int64], total: int) -> NDArray[np.int64]:
    """Round shares so that they sum to ``total``, none above its limit: the largest remainder first."""
    shares = np.minimum(np.floor(exact).astype(np.int64), limits)
    while (left := total - int(shares.sum())) > 0:
        open_classes = np.flatnonzero(shares < limits)
        order = open_classes[np.argsort(-(exact - shares)[open_classes], kind="stable")]
        shares[order[:left]] += 1
    return shares


def _split(rows: int, validation: NDArray[np.int64]) -> Split:
    validates = np.zeros(rows, dtype=bool)
    validates[validation] = True
    return np.flatnonzero(~validates), np.flatnonzero(validates)
