"""Which rows validate: stratified, seeded, and the same for everybody who asks with the same labels."""

import numpy as np
from numpy.typing import NDArray

from kagglebot.errors import DataError

Split = tuple[NDArray[np.int64], NDArray[np.int64]]


def holdout(labels: NDArray[np.int64], *, fraction: float, seed: int) -> Split:
    """Hold rows out for validation, every class in its share.

    A class with one row trains; a class with few may be missing from validation, never from training.

    Args:
        labels: (rows,) class indices.
        fraction: Share of the rows to hold out, above 0 and below 1.
        seed: The same seed and labels give the same rows.

    Returns:
        Training and validation row numbers, each sorted, int64; together every row once.

    Raises:
        ValueError: The fraction is not between 0 and 1.
        DataError: No row can be held out without taking the last one of a class.
    """
    if not 0 < fraction < 1:
        raise ValueError(f"a fraction between 0 and 1 is needed, not {fraction}")
    groups = _shuffled_classes(labels, seed)
    sizes = np.array([len(rows) for rows in groups])
    spare = sizes - 1
    if not spare.sum():
        raise DataError(
            f"{len(labels)} rows are too few to hold any out for validation.",
            "Two rows or more of at least one class are needed.",
        )
    wanted = min(max(round(fraction * len(labels)), 1), int(spare.sum()))
    quotas = _shares(fraction * sizes, spare, wanted)
    held_out = [rows[:quota] for rows, quota in zip(groups, quotas, strict=True)]
    return _split(len(labels), np.concatenate(held_out))


def folds(labels: NDArray[np.int64], *, count: int, seed: int) -> list[Split]:
    """Cut the rows into ``count`` folds, every class spread evenly; each fold validates once.

    Args:
        labels: (rows,) class indices.
        count: Number of folds, 2 or more.
        seed: The same seed and labels give the same folds.

    Returns:
        For each fold its training and validation row numbers, sorted, int64. The validation rows of all folds
        are every row once, and their numbers differ by one at most.

    Raises:
        ValueError: Fewer than two folds.
        DataError: There are fewer rows than folds.
    """
    if count < 2:
        raise ValueError(f"two folds or more are needed, not {count}")
    if len(labels) < count:
        raise DataError(f"{len(labels)} rows cannot be cut into {count} folds.", "Use fewer folds.")
    # Dealing out class after class like cards, without starting anew, keeps classes and folds even at once.
    dealt = np.concatenate(_shuffled_classes(labels, seed))
    return [_split(len(labels), dealt[fold::count]) for fold in range(count)]


def plain_holdout(rows: int, *, fraction: float, seed: int) -> Split:
    """Hold rows out whatever their class, the very ones that scikit-learn's ``train_test_split`` takes.

    Args:
        rows: How many there are.
        fraction: Share of the rows to hold out, above 0 and below 1.
        seed: Its ``random_state``.

    Returns:
        Training and validation row numbers, each sorted, int64; together every row once.
    """
    from sklearn.model_selection import train_test_split

    _, held_out = train_test_split(np.arange(rows), test_size=fraction, random_state=seed)
    return _split(rows, held_out)


def _shuffled_classes(labels: NDArray[np.int64], seed: int) -> list[NDArray[np.int64]]:
    generator = np.random.default_rng(seed)
    return [generator.permutation(np.flatnonzero(labels == name)) for name in np.unique(labels)]


def _shares(exact: NDArray[np.float64], limits: NDArray[np.int64], wanted: int) -> NDArray[np.int64]:
    """Round each class's share so that they sum to ``wanted``, none above its limit: largest remainder first."""
    shares = np.minimum(np.floor(exact).astype(np.int64), limits)
    while (left := wanted - int(shares.sum())) > 0:
        open_classes = np.flatnonzero(shares < limits)
        order = open_classes[np.argsort(-(exact - shares)[open_classes], kind="stable")]
        shares[order[:left]] += 1
    return shares


def _split(rows: int, validation: NDArray[np.int64]) -> Split:
    held_out = np.zeros(rows, dtype=bool)
    held_out[validation] = True
    return np.flatnonzero(~held_out), np.flatnonzero(held_out)
