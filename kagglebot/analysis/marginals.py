"""Scores by the value of a parameter: what deep nets reached and shallow ones, wide and narrow, long and short."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kagglebot.analysis.results import StudySummary, TrialResult

#: The parameters that a study is about, by what people call them; a family has one of each, or none.
DEPTH, WIDTH, LENGTH = ("blocks", "layers"), ("filters", "units_1"), ("epochs",)
#: More numbers than this, or numbers that hardly ever come twice, are put together in so many ranges.
_APART = 6
_RANGES = 4


@dataclass(frozen=True)
class Level:
    """Trials whose parameter has one value, or lies between two.

    Attributes:
        low: The value, or the lowest that a trial of the range has.
        high: The same, or the highest.
        trials: The complete trials with a score, best first.
        pruned: Trials given up early.
        median: The middle of the complete trials' scores; None where there are none.
    """

    low: Any
    high: Any
    trials: tuple[TrialResult, ...]
    pruned: int
    median: float | None

    @property
    def best(self) -> float | None:
        """The best score."""
        return self.trials[0].value if self.trials else None


@dataclass(frozen=True)
class Marginals:
    """A parameter's levels, in the order of its values."""

    name: str
    marginals: tuple[Level, ...]

    def to_json(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "name": self.name,
            "levels": [
                {
                    "low": level.low,
                    "high": level.high,
                    "complete": len(level.trials),
                    "pruned": level.pruned,
                    "best": level.best,
                    "median": level.median,
                }
                for level in self.marginals
            ],
        }


def by_parameter(summary: StudySummary) -> tuple[Marginals, ...]:
    """Give the levels of every parameter of which complete trials have more than one.

    Depth, width and length come first, then the others, the more important first.
    """
    scored = [trial for trial in summary.top(len(summary.trials)) if trial.params]
    names = dict.fromkeys(name for trial in scored for name in trial.params)
    first = [*DEPTH, *WIDTH, *LENGTH]
    ranked = sorted(
        names,
        key=lambda name: (first.index(name) if name in first else len(first), -summary.importances.get(name, 0.0)),
    )
    found = (_levels(summary, name, scored) for name in ranked)
    return tuple(each for each in found if len(each.marginals) > 1)


def _levels(summary: StudySummary, name: str, scored: Sequence[TrialResult]) -> Marginals:
    having = [trial for trial in scored if name in trial.params]
    pruned = [trial.params[name] for trial in summary.trials if trial.state == "pruned" and name in trial.params]
    values = [trial.params[name] for trial in having]
    ranges = _ranges(values)
    marginals = []
    for low, high in ranges:
        inside = tuple(trial for trial in having if _within(trial.params[name], low, high))
        scores = [trial.value for trial in inside if trial.value is not None]
        given_up = sum(_within(value, low, high) for value in pruned)
        marginals.append(Level(low, high, inside, given_up, statistics.median(scores) if scores else None))
    return Marginals(name, tuple(marginals))


def _ranges(values: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Each value by itself; of many numbers, ranges with about as many trials each, and more than one."""
    distinct = sorted(set(values), key=lambda value: (isinstance(value, str), value))
    few = len(distinct) <= min(_APART, max(3, len(values) // 2))
    if few or any(isinstance(value, str | bool) for value in distinct):
        return [(value, value) for value in distinct]
    count = min(_RANGES, len(values) // 2)
    cuts = np.quantile(values, np.linspace(0, 1, count + 1)[1:-1])
    parts = np.searchsorted(cuts, distinct)  # a value on a cut goes with those below
    groups = [
        [value for value, part in zip(distinct, parts, strict=True) if part == number] for number in range(count)
    ]
    return [(group[0], group[-1]) for group in groups if group]


def _within(value: Any, low: Any, high: Any) -> bool:
    if isinstance(value, str) or isinstance(low, str):
        return bool(value == low)
    return bool(low <= value <= high)
