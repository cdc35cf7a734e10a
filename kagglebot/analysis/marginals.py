"""The scores of a study by the values of one parameter at a time."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.study_config.space import FAMILY, plain_name

#: The parameters that are shown first, by their names in the families; a family has one of each, or none.
DEPTH, WIDTH, LENGTH = ("blocks", "layers"), ("filters", "units_1"), ("epochs",)
#: More different numbers than this, or numbers that hardly ever repeat, are put into ``_RANGES`` bins.
_SINGLE_VALUES = 6
_RANGES = 4


@dataclass(frozen=True)
class Bin:
    """The trials whose parameter has one value, or lies in a range.

    Attributes:
        low: The value, or the lowest value that a trial of the range has.
        high: The value, or the highest value.
        trials: The complete trials with a score, best first.
        pruned: Number of pruned trials.
        median: Median score of the complete trials; None where there are none.
    """

    low: Any
    high: Any
    trials: tuple[TrialResult, ...]
    pruned: int
    median: float | None

    @property
    def best(self) -> float | None:
        """The best score; None without a complete trial."""
        return self.trials[0].value if self.trials else None


@dataclass(frozen=True)
class Marginals:
    """Scores by the value of one parameter.

    Attributes:
        name: Name of the parameter.
        bins: Ranges of its values, in order, each with its trials.
    """

    name: str
    bins: tuple[Bin, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain values for ``--json``."""
        return {
            "name": self.name,
            "bins": [
                {
                    "low": each.low,
                    "high": each.high,
                    "complete": len(each.trials),
                    "pruned": each.pruned,
                    "best": each.best,
                    "median": each.median,
                }
                for each in self.bins
            ],
        }


def find_marginals(summary: StudySummary) -> tuple[Marginals, ...]:
    """Return the bins of every parameter that has more than one among the complete trials.

    The family, depth, width and epochs come first, then the others by importance.
    """
    scored = [trial for trial in summary.top(len(summary.trials)) if trial.params]
    names = dict.fromkeys(name for trial in scored for name in trial.params)
    first = [FAMILY, *DEPTH, *WIDTH, *LENGTH]
    places = {name: first.index(plain) if (plain := plain_name(name)) in first else len(first) for name in names}
    ranked = sorted(names, key=lambda name: (places[name], -summary.importances.get(name, 0.0)))
    found = (_bins(summary, name, scored) for name in ranked)
    return tuple(each for each in found if len(each.bins) > 1)


def _bins(summary: StudySummary, name: str, scored: Sequence[TrialResult]) -> Marginals:
    having = [trial for trial in scored if name in trial.params]
    pruned = [trial.params[name] for trial in summary.trials if trial.state == "pruned" and name in trial.params]
    values = [trial.params[name] for trial in having]
    ranges = _ranges(values)
    bins = []
    for low, high in ranges:
        inside = tuple(trial for trial in having if _within(trial.params[name], low, high))
        scores = [trial.value for trial in inside if trial.value is not None]
        count = sum(_within(value, low, high) for value in pruned)
        bins.append(Bin(low, high, inside, count, statistics.median(scores) if scores else None))
    return Marginals(name, tuple(bins))


def _ranges(values: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Return each value by itself; for many numbers, ranges with about as many trials each."""
    distinct = sorted(set(values), key=lambda value: (isinstance(value, str), value))
    few = len(distinct) <= min(_SINGLE_VALUES, max(3, len(values) // 2))
    if few or any(isinstance(value, str | bool) for value in distinct):
        return [(value, value) for value in distinct]
    count = min(_RANGES, len(values) // 2)
    cuts = np.quantile(values, np.linspace(0, 1, count + 1)[1:-1])
    parts = np.searchsorted(cuts, distinct)  # a value on a cut belongs to the range below
    groups = [
        [value for value, part in zip(distinct, parts, strict=True) if part == number] for number in range(count)
    ]
    return [(group[0], group[-1]) for group in groups if group]


def _within(value: Any, low: Any, high: Any) -> bool:
    if isinstance(value, str) or isinstance(low, str):
        return bool(value == low)
    return bool(low <= value <= high)
