"""The analysis of a study as plain values; terminal and page draw them."""

from dataclasses import asdict, dataclass
from typing import Any

from kagglebot.analysis.best_trial.one_standard_error import SelectedTrial
from kagglebot.analysis.best_trial.significance import Significance
from kagglebot.analysis.confusion import Confusion
from kagglebot.analysis.marginals import Marginals
from kagglebot.analysis.recommendations import Recommendation
from kagglebot.analysis.set_mistakes import SetMistakes
from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult

#: Number of best trials in ``--json``.
TOP = 10


@dataclass(frozen=True)
class Setting:
    """A searched setting of the best trial beside the default of the study."""

    name: str
    value: Any
    default: Any

    @property
    def differs(self) -> bool:
        """Whether the best trial has another value than the default."""
        return bool(self.value != self.default)


@dataclass(frozen=True)
class Pruning:
    """Savings by pruning.

    Attributes:
        pruner: Name of the pruner.
        trials: Number of trials that were trained and pruned.
        epochs_run: Epochs that these were trained for, whole ones.
        epochs_planned: Epochs that they would have been trained for.
        spent_seconds: Time spent on all trials of the study.
        saved_seconds: Time that the remaining epochs would have taken.
        ahead: Numbers of the pruned trials whose last score was better than the best trial's at that epoch.
    """

    pruner: str
    trials: int
    epochs_run: int
    epochs_planned: int
    spent_seconds: float
    saved_seconds: float
    ahead: tuple[int, ...]

    @property
    def share(self) -> float:
        """Saved time as a share of the time without pruning."""
        total = self.spent_seconds + self.saved_seconds
        return self.saved_seconds / total if total else 0.0


@dataclass(frozen=True)
class StudyAnalysis:
    """The analysis of a study.

    Attributes:
        summary: The trials.
        settings: The best trial's searched settings; empty where no trial is complete.
        significance: The best trial compared with the others; None where no trial is complete.
        history: The improvements: each trial's number and score.
        marginals: Scores by the value of each parameter: depth, width and epochs first.
        typical_pruned: The pruned trial with the median number of epochs.
        pruning: What pruning saved.
        confusion: The best trial's confusion matrix, or where an image may have several classes what it found of
            each; None where ``no_confusion`` says why.
        no_confusion: Why there is none.
        failures: Reasons of failed trials, each with how many, the most frequent first.
        recommendations: What to do next, the most promising first.
        selected: The trial that ``--best`` takes; None where no trial is complete.
        optimism: By how much the best score is too good, as it was chosen; None where that is not known.
    """

    summary: StudySummary
    settings: tuple[Setting, ...]
    significance: Significance | None
    history: tuple[tuple[int, float], ...]
    marginals: tuple[Marginals, ...]
    typical_pruned: TrialResult | None
    pruning: Pruning
    confusion: Confusion | SetMistakes | None
    no_confusion: str
    failures: tuple[tuple[str, int], ...]
    recommendations: tuple[Recommendation, ...]
    selected: SelectedTrial | None = None
    optimism: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the summary's plain values with more keys, for ``--json``."""
        significance = self.significance
        return {
            **self.summary.to_json(top=TOP),
            "settings": [{**asdict(each), "differs": each.differs} for each in self.settings],
            "significance": None
            if significance is None
            else {
                "standard_error": significance.error,
                "rows": significance.rows,
                "groups": significance.groups or None,
                "within_one_standard_error": list(significance.within),
                "lead": significance.lead,
                "lead_rows": significance.lead_rows,
                "next_best": significance.next_best,
                "over_first": significance.over_first,
                "over_median": significance.over_median,
            },
            "optimism": self.optimism,
            "chosen": None if self.selected is None else self.selected.to_json(),
            "history": [{"number": number, "value": value} for number, value in self.history],
            "marginals": [each.to_json() for each in self.marginals],
            "curves": {
                str(trial.number): list(trial.curve) for trial in (self.summary.best, self.typical_pruned) if trial
            },
            "pruning": {
                "pruner": self.pruning.pruner,
                "trials": self.pruning.trials,
                "epochs_run": self.pruning.epochs_run,
                "epochs_planned": self.pruning.epochs_planned,
                "saved_seconds": round(self.pruning.saved_seconds, 1),
                "share": round(self.pruning.share, 4),
                "ahead_of_best": list(self.pruning.ahead),
            },
            "confusion": None if self.confusion is None else self.confusion.to_json(),
            "failures": [{"reason": reason, "trials": trials} for reason, trials in self.failures],
            "recommendations": [asdict(each) for each in self.recommendations],
        }
