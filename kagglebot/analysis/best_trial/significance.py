"""Significance of the lead of a study's best trial."""

import statistics
from dataclasses import dataclass

from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult


@dataclass(frozen=True)
class Significance:
    """The best score compared with the others.

    Attributes:
        error: Standard error of the best score on its validation rows; None where it is not known.
        rows: Number of validation rows.
        groups: Number of groups that these are in, such as patients, of which the error is; 0 where each row is
            one of its own.
        within: Numbers of the other trials, best first, whose score lies within one standard error of the best.
        lead: By how much the best is better than the next best trial that has other settings and its own model;
            None where there is none.
        over_first: By how much it is better than trial 0; None where that is the best, or not complete.
        over_median: By how much it is better than the median of the complete trials; None with one trial.
        next_best: Number of the next best trial.
    """

    error: float | None
    rows: int
    within: tuple[int, ...]
    lead: float | None
    over_first: float | None
    over_median: float | None
    next_best: int | None = None
    groups: int = 0

    @property
    def significant(self) -> bool | None:
        """Whether no other trial lies within one standard error of the best; None where that is not known."""
        return None if self.error is None or self.lead is None else not self.within


def find_significance(summary: StudySummary, best: TrialResult, error: float | None) -> Significance:
    """Compare the best trial with the others.

    Its standard error follows from the number of rows, unless the metric is no proportion or whole groups of rows
    are held out. Then it is ``error``, by its out-of-fold predictions, or without these the one that it stored.
    """
    score = best.value or 0.0
    known = None if summary.validation_groups else summary.measure.standard_error(score, summary.validation_rows)
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
    behind = {trial.number: summary.measure.gain(score, trial.value or 0.0) for trial in others}
    gains = list(behind.values())
    scores = [trial.value for trial in ranked if trial.value is not None]
    return Significance(
        error=error,
        rows=summary.validation_rows,
        groups=summary.validation_groups,
        within=() if error is None else tuple(number for number, gain in behind.items() if gain <= error),
        lead=gains[0] if gains else None,
        next_best=others[0].number if others else None,
        over_first=behind.get(0),
        over_median=summary.measure.gain(score, statistics.median(scores)) if others else None,
    )


def _key(trial: TrialResult) -> str:
    return repr(sorted(trial.params.items()))
