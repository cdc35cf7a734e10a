"""Significance of the lead of a study's best trial."""

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kagglebot.analysis.best_trial.shared_rows import Compared
from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult


@dataclass(frozen=True)
class Significance:
    """The best score compared with the others.

    Attributes:
        error: Standard error of the best score on its validation rows; None where it is not known.
        rows: Number of validation rows that the best is scored on.
        groups: Number of groups that these are in, such as patients, of which the error is; 0 where each row is
            one of its own, or where it is not known.
        within: Numbers of the other trials, best first, whose score lies within one standard error of the best.
        lead: By how much the best is better than the next best trial that has other settings and its own model;
            None where there is none, or no row of both.
        over_first: By how much it is better than trial 0; None where that is the best, not complete, or of other
            rows.
        over_median: By how much it is better than the median of the complete trials; None with one trial.
        next_best: Number of the next best trial.
        lead_rows: Number of validation rows of both, which the lead is measured on where the next best trial has
            others than the best; None where both have the same.
    """

    error: float | None
    rows: int
    within: tuple[int, ...]
    lead: float | None
    over_first: float | None
    over_median: float | None
    next_best: int | None = None
    groups: int = 0
    lead_rows: int | None = None

    @property
    def lead_error(self) -> float | None:
        """Standard error of a score on the rows that the lead is measured on: the fewer they are, the larger."""
        if self.error is None or not self.lead_rows:
            return self.error
        return _error_on(self.lead_rows, self.error, self.rows)

    @property
    def significant(self) -> bool | None:
        """Whether no other trial lies within one standard error of the best; None where that is not known."""
        return None if self.error is None or self.lead is None else not self.within


def find_significance(
    summary: StudySummary,
    best: TrialResult,
    error: float | None,
    *,
    groups: int = 0,
    shared: Mapping[int, Compared] = MappingProxyType({}),
) -> Significance:
    """Compare the best trial with the others.

    Its standard error follows from the number of rows, unless the metric is no proportion or whole groups of rows
    are held out. Then it is ``error``, by its out-of-fold predictions, or without these the one that it stored.

    Args:
        summary: The study.
        best: Its best trial.
        error: The standard error by its out-of-fold predictions; None where it is not known.
        groups: Number of groups that its rows are in, if they are.
        shared: The best compared with trials that have other rows; one that is not among them is not compared.
    """
    score, rows = best.value or 0.0, summary.rows_of(best)
    known = None if summary.validation_groups else summary.measure.standard_error(score, rows)
    error = next((each for each in (known, error, best.score_error) if each is not None), None)
    ranked = summary.top(len(summary.trials))
    others: list[TrialResult] = []
    first_of = summary.first_trials
    seen, models = {_key(best)}, {first_of[best.number]}
    for trial in ranked:  # equal settings count once, and so does a continued model
        if _key(trial) not in seen and first_of[trial.number] not in models:
            others.append(trial)
            seen.add(_key(trial))
            models.add(first_of[trial.number])
    alike = {
        trial.number: Compared(summary.measure.gain(score, trial.value or 0.0), rows)
        for trial in ranked
        if summary.rows_of(trial) == rows
    }
    compared = {**alike, **shared}  # a score on other rows says nothing of the lead
    behind = {trial.number: compared[trial.number] for trial in others if trial.number in compared}
    lead = behind.get(others[0].number) if others else None
    return Significance(
        error=error,
        rows=rows,
        groups=groups,
        within=() if error is None else tuple(n for n, each in behind.items() if _is_within(each, error, rows)),
        lead=lead.gain if lead else None,
        next_best=others[0].number if others else None,
        over_first=behind[0].gain if 0 in behind else None,
        over_median=statistics.median(each.gain for each in compared.values()) if behind else None,
        lead_rows=lead.rows if lead and others[0].number in shared else None,
    )


def _is_within(compared: Compared, error: float, rows: int) -> bool:
    """Return whether a trial is behind by at most one standard error, which on fewer rows is larger."""
    return compared.gain <= _error_on(compared.rows, error, rows)


def _error_on(fewer: int, error: float, rows: int) -> float:
    """Return the standard error on some of the rows that ``error`` is of."""
    return error * math.sqrt(rows / fewer)


def _key(trial: TrialResult) -> str:
    return repr(sorted(trial.params.items()))
