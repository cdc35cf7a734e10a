"""Log loss: the mean negative logarithm of the right class's probability, at the best temperature.

Weighted log loss is the mean over the classes of the mean of their rows: each class counts the same.
"""

from collections.abc import Sequence

from kagglebot.metrics.metric import Adjustment, Labels, Metric, Probabilities, RowScores

#: The least distance of a probability to 0 and 1: a certain mistake costs 16, not infinity. A network's float32
#: rounds to 1 what is much nearer.
EPSILON = 1e-7
#: Probabilities below are taken as this: less would give one certain mistake the say over all other rows.
_FLOOR = 1e-12
#: Standard deviation of the logarithm of a temperature before any rows are seen.
SPREAD = 0.25
#: Least probability of a class, times the rows that a net was validated on: so few rows cannot vouch for less.
_LEAST = 0.1
#: Most steps to the best temperature, the largest one, and one that is small enough to end; in its logarithm.
_STEPS, _LARGEST, _SMALL = 20, 0.5, 1e-3


def row_losses(labels: Labels, probabilities: Probabilities) -> RowScores:
    """Return the log loss of each row ``(n,)``, its probabilities kept ``EPSILON`` from 0 and 1."""
    import numpy as np

    clipped = probabilities.astype(np.float64).clip(EPSILON, 1 - EPSILON)
    clipped /= clipped.sum(axis=1, keepdims=True)
    return np.asarray(-np.log(clipped[np.arange(len(labels)), labels]))


def fit_temperature(
    labels: Labels, probabilities: Probabilities, spread: float = SPREAD, weights: "RowScores | None" = None
) -> tuple[float, ...]:
    """Return the temperature at which the mean loss of these rows is least (Guo et al. 2017, arXiv:1706.04599).

    It is found by Newton's method. Its logarithm is drawn to 0 by a normal prior of the standard deviation
    ``spread``: with few rows that are all right, the temperature would be 0. ``weights`` are those of the rows.
    """
    import numpy as np

    logits = _logits(probabilities)
    each = np.ones(len(labels)) if weights is None else weights
    right, log_inverse = float((each * logits[np.arange(len(labels)), labels]).sum()), 0.0
    prior = 1 / spread**2
    for _ in range(_STEPS):
        inverse = float(np.exp(log_inverse))
        shares = _softmax(inverse * logits)
        means = (shares * logits).sum(axis=1)
        variance = float((each * ((shares * logits**2).sum(axis=1) - means**2)).sum())
        slope = inverse * (float((each * means).sum()) - right) + prior * log_inverse
        step = slope / (inverse**2 * variance + prior)
        log_inverse -= max(-_LARGEST, min(_LARGEST, step))
        if abs(step) < _SMALL:
            break
    return (float(np.exp(-log_inverse)),)


def apply_temperature(probabilities: Probabilities, numbers: Sequence[float]) -> Probabilities:
    """Return probabilities ``(n, classes)`` at a temperature: above 1 they are nearer to each other.

    A second number is the least probability; models of earlier versions have none.
    """
    temperature, *least = numbers
    adjusted = _softmax(_logits(probabilities) / temperature)
    if least:
        adjusted = adjusted.clip(least[0], None)
        adjusted /= adjusted.sum(axis=1, keepdims=True)
    rounded: Probabilities = adjusted.astype("float32")
    return rounded


def _fit(labels: Labels, probabilities: Probabilities) -> tuple[float, ...]:
    return (*fit_temperature(labels, probabilities), _LEAST / len(labels))


def fit_balance(labels: Labels, probabilities: Probabilities) -> tuple[float, ...]:
    """Return the temperature, the least probability, and the class weights with which the weighted loss is least.

    The weights grow as classes are rarer: all the same, by the square root of the inverse of their rows, or by the
    inverse itself.
    """
    import numpy as np

    counts = np.bincount(labels, minlength=probabilities.shape[1])
    rarity = np.where(counts > 0, len(labels) / np.count_nonzero(counts) / counts.clip(1), 1.0)
    found: dict[tuple[float, ...], float] = {}
    for power in (0.0, 0.5, 1.0):
        weights = tuple((rarity**power).tolist())
        weighted = apply_balance(probabilities, (1.0, 0.0, *weights))
        temperature = fit_temperature(labels, weighted, weights=rarity[labels])
        numbers = (*temperature, _LEAST / len(labels), *weights)
        found[numbers] = _weighted_score(labels, apply_balance(probabilities, numbers))
    return min(found, key=lambda numbers: found[numbers])


def apply_balance(probabilities: Probabilities, numbers: Sequence[float]) -> Probabilities:
    """Return probabilities ``(n, classes)`` times the weight of their class, at a temperature and none too low."""
    import numpy as np

    temperature, least, *weights = numbers
    weighted: Probabilities = _softmax(_logits(probabilities) + np.log(weights)).astype("float32")
    return apply_temperature(weighted, (temperature, least))


def _logits(probabilities: Probabilities) -> RowScores:
    import numpy as np

    return np.asarray(np.log(probabilities.astype(np.float64).clip(_FLOOR, 1)))


def _softmax(logits: RowScores) -> RowScores:
    import numpy as np

    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _score(labels: Labels, probabilities: Probabilities) -> float:
    return float(row_losses(labels, probabilities).mean())


def _weighted_score(labels: Labels, probabilities: Probabilities) -> float:
    import numpy as np

    counts = np.bincount(labels)
    sums = np.bincount(labels, weights=row_losses(labels, probabilities))
    return float((sums[counts > 0] / counts[counts > 0]).mean())


LOG_LOSS = Metric(
    "log_loss",
    _score,
    kaggle_names=("logloss", "multiclassloss", "logarithmicloss", "crossentropy"),
    minimise=True,
    row_scores=row_losses,
    needs_probabilities=True,
    rewards_calibration=True,
    adjustment=Adjustment("temperature", _fit, apply_temperature),
)

WEIGHTED_LOG_LOSS = Metric(
    "weighted_log_loss",
    _weighted_score,
    kaggle_names=tuple(f"{word} {name}" for word in ("weighted", "balanced") for name in LOG_LOSS.kaggle_names),
    minimise=True,
    needs_probabilities=True,
    rewards_calibration=True,
    adjustment=Adjustment("temperature and class weights", fit_balance, apply_balance),
)
