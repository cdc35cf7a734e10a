"""What a study found, as plain values that outlive the storage."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.errors import StudyError
from kagglebot.metrics.metric import Metric
from kagglebot.metrics.registry import get_metric
from kagglebot.study_config.space import Dimension

if TYPE_CHECKING:
    from kagglebot.study_config.schema import Validation

STATES = ("waiting", "running", "complete", "pruned", "failed", "interrupted")


@dataclass(frozen=True)
class TrialResult:
    """One trial.

    Attributes:
        number: Its number in the study, from 0.
        state: One of ``STATES``.
        value: Its validation score: that of the epoch validation chose; None where there is none.
        params: The searched parameters.
        settings: Every setting the net was built and trained with.
        epochs: The epochs that validation chose.
        planned: The epochs its schedule was laid out for.
        curve: Validation score after each epoch.
        seconds: Wall time spent on it.
        reason: Why it ended other than complete.
        failure_kind: Kind of its failure, as ``FailureKind`` has it; empty if unknown or not failed.
        parameter_count: Number of trainable parameters of the net.
        seed: Seed of its weights, order and augmentation.
        tta: Whether validation approved of averaging predictions over views of an image.
        plain_score: Score of the net as it ended, on all rows held out together; None where it was not taken.
        tta_score: The same with test-time augmentation.
        continues: Number of the trial that it went on from; None where it began with a new net.
        epochs_before: Epochs of its curve that it took over from there.
        made_with: What else decided its weights: see ``training.versions``; what is not known is left out.
    """

    number: int
    state: str
    value: float | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    epochs: int | None = None
    planned: int | None = None
    curve: tuple[float, ...] = ()
    seconds: float = 0.0
    reason: str = ""
    failure_kind: str = ""
    parameter_count: int | None = None
    seed: int = 0
    tta: bool = False
    plain_score: float | None = None
    tta_score: float | None = None
    continues: int | None = None
    epochs_before: int = 0
    made_with: Mapping[str, Any] = field(default_factory=dict)

    @property
    def versions(self) -> Mapping[str, str]:
        """Versions of Python and of the packages that trained it, by name."""
        return dict(self.made_with.get("versions", {}))

    @property
    def backend(self) -> str | None:
        """Id of what computed it, "tensorflow" or another; None where an early version did not store it."""
        return self.made_with.get("backend")

    @property
    def epochs_run(self) -> int:
        """Epochs that were trained and validated, those it took over included."""
        return len(self.curve)

    @property
    def epoch_seconds(self) -> float:
        """Wall time of an epoch; 0 where none was run."""
        own = self.epochs_run - self.epochs_before
        return self.seconds / own if own > 0 else 0.0

    def to_json(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "number": self.number,
            "state": self.state,
            "value": self.value,
            "params": dict(self.params),
            "epochs": self.epochs,
            "epochs_run": self.epochs_run,
            "seconds": round(self.seconds, 1),
            "parameter_count": self.parameter_count,
            "reason": self.reason,
            "backend": self.backend,
            "device": self.made_with.get("device"),
            "tta": self.tta,
            "plain_score": self.plain_score,
            "tta_score": self.tta_score,
            "continues": self.continues,
        }


@dataclass(frozen=True)
class StudySummary:
    """A study's trials and what they say together.

    Attributes:
        study: Its name.
        competition: The competition it is of.
        metric: Name of what its scores are, in ``metrics.registry``.
        family: The model family.
        validation: Which rows its trials are scored on, in words.
        validation_rows: How many these are.
        trials: All of them, by number.
        importances: How much each parameter mattered, as shares of 1; empty where too little is known.
        defaults: Every setting's value where the search does not decide.
        images: How images are brought to one shape.
        space: What is searched, by name.
        pruner: Name of the pruner.
        split: How the validation rows are drawn; None where that is not known.
    """

    study: str
    competition: str
    metric: str
    family: str
    validation: str
    validation_rows: int
    trials: tuple[TrialResult, ...]
    importances: Mapping[str, float] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    images: ImageRule = field(default_factory=ImageRule)
    space: Mapping[str, Dimension] = field(default_factory=dict)
    pruner: str = ""
    split: "Validation | None" = None

    @property
    def measure(self) -> Metric:
        """What its scores are, and which of two is better."""
        return get_metric(self.metric)

    def count(self, state: str) -> int:
        """Number of trials in a state."""
        return sum(trial.state == state for trial in self.trials)

    @property
    def complete(self) -> int:
        """Trials that ran to their end."""
        return self.count("complete")

    @property
    def pruned(self) -> int:
        """Trials given up early."""
        return self.count("pruned")

    @property
    def failed(self) -> int:
        """Trials that could not be trained."""
        return self.count("failed")

    @property
    def interrupted(self) -> int:
        """Trials cut off from outside, whose settings run again."""
        return self.count("interrupted")

    @property
    def running(self) -> int:
        """Trials being trained now."""
        return self.count("running")

    @property
    def best(self) -> TrialResult | None:
        """The complete trial with the best score; the earlier of equals."""
        return next(iter(self.top(1)), None)

    def top(self, count: int = 10) -> list[TrialResult]:
        """The best complete trials, best first."""
        scored = {
            trial.number: trial.value
            for trial in self.trials
            if trial.state == "complete" and trial.value is not None and not math.isnan(trial.value)
        }
        ranked = [trial for trial in self.trials if trial.number in scored]
        return sorted(ranked, key=lambda trial: (self.measure.gain(0, scored[trial.number]), trial.number))[:count]

    @property
    def nets(self) -> dict[int, int]:
        """By a trial's number that of the trial its net began with, one for all that went on from each other."""
        found: dict[int, int] = {}
        for trial in self.trials:  # by number, so what a trial goes on from comes before it
            found[trial.number] = (
                trial.number if trial.continues is None else found.get(trial.continues, trial.continues)
            )
        return found

    def choose(self, number: int | None = None) -> TrialResult:
        """Return the trial to make a model of: the one of that number, else the best.

        Raises:
            StudyError: There is none, or it was never scored.
        """
        chosen = self.best if number is None else next((t for t in self.trials if t.number == number), None)
        if chosen is None:
            what = "no complete trial" if number is None else f"no trial {number}"
            raise StudyError(
                f"The study '{self.study}' has {what} for {self.competition}.",
                f"Run: kagglebot tune {self.study} --trials 10",
            )
        if chosen.epochs is None:
            raise StudyError(
                f"Trial {chosen.number} of '{self.study}' ended before it was scored ({chosen.state}).",
                f"Choose another: kagglebot studies {self.study}",
            )
        return chosen

    @property
    def seconds(self) -> float:
        """Time spent on all trials, added up over workers."""
        return sum(trial.seconds for trial in self.trials)

    @property
    def saved_seconds(self) -> float:
        """Time that pruning saved: the epochs pruned trials were spared, each at that trial's own pace."""
        return sum(
            trial.epoch_seconds * max(0, (trial.planned or 0) - trial.epochs_run)
            for trial in self.trials
            if trial.state == "pruned"
        )

    def to_json(self, *, top: int = 0) -> dict[str, Any]:
        """For ``--json``; with ``top``, that many best trials and the importances too."""
        best = self.best
        document: dict[str, Any] = {
            "study": self.study,
            "competition": self.competition,
            "metric": self.metric,
            "family": self.family,
            "trials": sum(trial.state != "waiting" for trial in self.trials),
            **{state: self.count(state) for state in STATES},
            "best": None
            if best is None
            else {"number": best.number, "value": best.value, "params": dict(best.params), "epochs": best.epochs},
            "seconds": round(self.seconds, 1),
            "saved_seconds": round(self.saved_seconds, 1),
            "validation": self.validation,
            "validation_rows": self.validation_rows,
        }
        if top:
            document["top"] = [trial.to_json() for trial in self.top(top)]
            document["importances"] = dict(self.importances)
        return document


def best_study(studies: Iterable[StudySummary], metric: Metric, competition: str) -> StudySummary:
    """Give the study with the best complete trial, of those scored by ``metric``.

    Raises:
        StudyError: None of them has one.
    """
    found = [(study.best.value, study) for study in studies if study.best and study.best.value is not None]
    scored = [(value, study) for value, study in found if study.metric == metric.name]
    if not scored:
        raise StudyError(
            f"No trial for {competition} that was scored by {metric.text} is complete yet.",
            "Run: kagglebot tune --trials 10",
        )
    return scored[metric.best([value for value, _ in scored])][1]
