"""Search spaces: ranges and choices, some of them under conditions."""

import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

import optuna
from pydantic import BaseModel, ConfigDict, Field, model_validator

Value = bool | int | float | str

#: Conditions may name facts of the competition besides parameters: its metric, the training rows of its largest
#: class over those of its smallest, and how bright the edges of its images are, from 0 to 1.
METRIC, IMBALANCE, BACKGROUND = "metric", "imbalance", "background"
FACTS = frozenset({METRIC, IMBALANCE, BACKGROUND})
#: A trial may name this fact: it is only for competitions whose number of labelled rows compares so.
ROWS = "rows"
#: The parameter by which a study of several model families draws that of a trial.
FAMILY = "family"

_COMPARISONS = {">=": operator.ge, "<=": operator.le, "!=": operator.ne, ">": operator.gt, "<": operator.lt}
_COMPARISON = re.compile(r"^(>=|<=|!=|>|<)\s*(.+)$")


class Dimension(BaseModel):
    """One searched parameter: a range (``low``, ``high``, and ``step`` or ``log``) or ``choices``.

    ``when`` maps other parameters, or ``FACTS``, to a value, a list of values or a comparison (">= 3"): this one
    is searched where all of these hold.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    low: int | float | None = None
    high: int | float | None = None
    step: int | float | None = Field(None, gt=0)
    log: bool = False
    choices: tuple[Value, ...] | None = None
    when: dict[str, Value | list[Value]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_one_kind(self) -> "Dimension":
        if self.choices is not None:
            if self.low is not None or self.high is not None or self.step is not None or self.log:
                raise ValueError("choices go without low, high, step and log")
            if not self.choices:
                raise ValueError("choices is empty")
            if len(set(map(repr, self.choices))) < len(self.choices):
                raise ValueError("a choice is there twice")
            return self
        if self.low is None or self.high is None:
            raise ValueError("needs low and high, or choices")
        if self.low > self.high:
            raise ValueError(f"low ({self.low}) is above high ({self.high})")
        if self.log and (self.low <= 0 or self.step is not None):
            raise ValueError("a log range needs low above 0 and no step")
        return self

    def distribution(self, limit: int | None = None) -> optuna.distributions.BaseDistribution:
        """Return Optuna's distribution, with ranges cut off at ``limit``."""
        if self.choices is not None:
            return optuna.distributions.CategoricalDistribution(self.choices)
        assert self.low is not None and self.high is not None
        if isinstance(self.low, int) and isinstance(self.high, int) and not isinstance(self.step, float):
            high = self.high if limit is None else self.highest(limit)
            return optuna.distributions.IntDistribution(self.low, high, log=self.log, step=int(self.step or 1))
        return optuna.distributions.FloatDistribution(
            float(self.low), float(self.high), log=self.log, step=self.step
        )

    def highest(self, limit: int) -> int:
        """Return the largest value of a range of whole numbers up to a limit; ``low`` if that is above it."""
        assert isinstance(self.low, int) and isinstance(self.high, int)
        room = max(0, min(self.high, limit) - self.low)
        return self.low + room - room % int(self.step or 1)

    def spans(self, value: float) -> bool:
        """Return whether a number lies in the range, on a step or not."""
        return self.low is not None and self.high is not None and self.low <= value <= self.high

    @property
    def is_continuous(self) -> bool:
        """Whether it is a range of floats without steps."""
        return self.step is None and isinstance(self.distribution(), optuna.distributions.FloatDistribution)

    def applies(self, settings: Mapping[str, Any]) -> bool:
        """Return whether the conditions hold for these settings."""
        return all(holds(wanted, settings.get(name)) for name, wanted in self.when.items())

    def given(self, name: str, value: Value) -> "Dimension | None":
        """Return the dimension where the value of ``name`` is known, without the condition on it.

        Returns:
            None where the condition excludes the value.
        """
        if name not in self.when:
            return self
        if not holds(self.when[name], value):
            return None
        return self.model_copy(update={"when": {other: self.when[other] for other in self.when if other != name}})

    def contains(self, value: Any) -> bool:
        """Return whether a value lies in the range, on a step, or is one of the choices."""
        distribution = self.distribution()
        try:
            return distribution._contains(distribution.to_internal_repr(value))
        except (ValueError, TypeError, OverflowError):
            return False


def plain_name(stored: str) -> str:
    """Return a parameter's name without the family in front: "filters" for "cnn.filters"."""
    return stored.rpartition(".")[2]


def suggest(
    trial: optuna.Trial,
    space: Mapping[str, Dimension],
    defaults: Mapping[str, Any],
    limits: Mapping[str, int] | None = None,
    stored_name: Callable[[str], str] = str,
) -> dict[str, Any]:
    """Draw the values of a trial, of the parameters whose conditions hold.

    Conditions may be on ``defaults``, which are not searched; ``limits`` are what images of this size allow, by
    the name that ``stored_name`` returns for a parameter in Optuna's storage.
    """
    drawn: dict[str, Any] = {}
    for name in ordered(space):
        dimension = space[name]
        if dimension.applies({**defaults, **drawn}):
            stored = stored_name(name)
            drawn[name] = trial._suggest(stored, dimension.distribution((limits or {}).get(stored)))
    return drawn


def ordered(space: Mapping[str, Dimension]) -> list[str]:
    """Return the names in an order in which conditions come before what depends on them.

    Raises:
        ValueError: The conditions form a circle.
    """
    order: list[str] = []
    waiting = list(space)
    while waiting:
        ready = [name for name in waiting if all(other not in waiting for other in space[name].when)]
        if not ready:
            raise ValueError(f"the conditions of {', '.join(waiting)} go round in a circle")
        order += ready
        waiting = [name for name in waiting if name not in ready]
    return order


def is_comparison(wanted: Value) -> bool:
    """Return whether a condition compares with a number: ">= 3"."""
    match = _COMPARISON.match(wanted) if isinstance(wanted, str) else None
    try:
        return match is not None and math.isfinite(float(match[2]))
    except ValueError:
        return False


def holds(wanted: Value | list[Value], value: Any) -> bool:
    """Return whether a value is the one wanted, one of those, or compares so."""
    if isinstance(wanted, list):
        return value in wanted
    if isinstance(wanted, str) and (match := _COMPARISON.match(wanted)):
        sign, limit = match.groups()
        try:
            return value is not None and bool(_COMPARISONS[sign](float(value), float(limit)))
        except ValueError:
            return bool(sign == "!=" and str(value) != limit)
    return bool(value == wanted)
