"""A study and its trials as plain values, independent of its storage."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kagglebot.analysis.trial_result import STATES, TrialResult
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.errors import StudyError
from kagglebot.metrics.metric import Metric
from kagglebot.metrics.ranking import rank
from kagglebot.metrics.registry import get_metric
from kagglebot.study_config.sections import Final, Validation
from kagglebot.study_config.space import Dimension
from kagglebot.training.learner import REMEDIES, FailureKind

#: Seconds of a search that are recommended where none of its trials had the time to end.
_MORE_SECONDS = 600
_ONCE = "features of a pretrained net are computed before the first epoch, once for all trials"


@dataclass(frozen=True)
class StudySummary:
    """A study's trials.

    Attributes:
        study: Its name.
        competition: Name of the competition.
        metric: Name of what its scores are, in ``metrics.registry``.
        family: The model family; of several their names, with commas.
        validation: How the validation rows are drawn, in words.
        validation_rows: Number of validation rows.
        trials: All of them, by number.
        importances: Importance of each parameter, as shares of 1; empty with too few trials.
        defaults: Value of every setting that is not searched.
        images: How images are resized to one shape.
        space: The search space, by parameter.
        pruner: Name of the pruner.
        split: How the validation rows are drawn; None where that is not known.
        digest: Key of the data that is here now; empty where that is not known. Trials that learned from other
            data are ranked only as long as no trial learned from this.
        group: What tells the rows that stay on one side of the split, such as the column of patients; empty where
            nothing does.
        validation_groups: Number of these groups among the validation rows; 0 without any.
        final: How the final model is made.
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
    split: Validation | None = None
    digest: str = ""
    group: str = ""
    validation_groups: int = 0
    final: Final = field(default_factory=Final)

    @property
    def measure(self) -> Metric:
        """Return the metric of its scores."""
        return get_metric(self.metric)

    def count(self, state: str) -> int:
        """Return the number of trials in a state."""
        return sum(trial.state == state for trial in self.trials)

    @property
    def complete(self) -> int:
        """Return the number of complete trials."""
        return self.count("complete")

    @property
    def pruned(self) -> int:
        """Return the number of pruned trials."""
        return self.count("pruned")

    @property
    def failed(self) -> int:
        """Return the number of failed trials."""
        return self.count("failed")

    @property
    def interrupted(self) -> int:
        """Return the number of interrupted trials, whose settings run again."""
        return self.count("interrupted")

    @property
    def running(self) -> int:
        """Return the number of trials being trained now."""
        return self.count("running")

    @property
    def best(self) -> TrialResult | None:
        """Return the first of ``top``; None where no trial is complete."""
        return next(iter(self.top(1)), None)

    def top(self, count: int = 10) -> list[TrialResult]:
        """Return the best complete trials, best first: by score beyond a standard error, then by log loss.

        A trial that was out of time after some folds counts until another has gone on with the others. Another
        seed of a net comes after the trial that it repeats: what it scores more is chance.
        """
        repeated = {trial.repeats for trial in self.trials if trial.state == "complete"}
        scored = [
            trial
            for trial in self.trials
            if trial.state == "complete"
            and trial.number not in repeated
            and trial.value is not None
            and not math.isnan(trial.value)
        ]
        scored = [trial for trial in scored if not self.is_of_other_data(trial)] or scored
        order = [scored[index] for index in rank(self.measure, [trial.measured for trial in scored])]
        place = {trial.number: place for place, trial in enumerate(order)}

        def earliest(trial: TrialResult) -> tuple[int, bool]:
            own = place[trial.number]
            repeated = own if trial.other_seed_of is None else place.get(trial.other_seed_of, own)
            return max(own, repeated), repeated > own

        return sorted(order, key=earliest)[:count]

    def rows_of(self, trial: TrialResult) -> int:
        """Return the number of validation rows that a trial was scored on; all where that is not stored."""
        return self.validation_rows if trial.rows is None else trial.rows

    def groups_of(self, trial: TrialResult) -> int:
        """Return the number of groups that these rows are in; 0 without any, or of fewer rows than all."""
        return self.validation_groups if self.rows_of(trial) == self.validation_rows else 0

    def is_of_other_data(self, trial: TrialResult) -> bool:
        """Return whether a trial learned from other data than is here now, so that its score does not compare."""
        return bool(self.digest) and trial.made_with.get("digest", self.digest) != self.digest

    @property
    def first_trials(self) -> dict[int, int]:
        """Return, by trial number, the number of the trial in which the training of its model began."""
        found: dict[int, int] = {}
        for trial in self.trials:  # sorted by number, so a continued trial comes first
            found[trial.number] = (
                trial.number if trial.continues is None else found.get(trial.continues, trial.continues)
            )
        return found

    def choose(self, number: int | None = None) -> TrialResult:
        """Return the trial of that number, or the best one.

        Raises:
            StudyError: There is none, or it has no score.
        """
        chosen = self.best if number is None else next((t for t in self.trials if t.number == number), None)
        if chosen is None and number is None:
            raise self.none_complete()
        if chosen is None:
            raise StudyError(
                f"The study '{self.study}' has no trial {number} for {self.competition}.",
                f"Choose another: kagglebot studies {self.study}",
            )
        if chosen.epochs is None:
            raise StudyError(
                f"Trial {chosen.number} of '{self.study}' ended before it was scored ({chosen.state}).",
                f"Choose another: kagglebot studies {self.study}",
            )
        return chosen

    def none_complete(self) -> StudyError:
        """Return the error for a study without a complete trial: why there is none, and what to do."""
        parts, tune = [], f"kagglebot tune {self.study}"
        longer = f"{tune} --timeout {_MORE_SECONDS}"
        hint = f"Give it more time (`{longer}`), or fewer epochs or smaller models in its definition."
        for state in ("running", "interrupted", "pruned", "failed"):
            causes = Counter((each.reason, each.failure_kind) for each in self.trials if each.state == state)
            if not causes:
                continue
            (reason, kind), most = causes.most_common(1)[0]
            share = f"{most} times: " if 1 < most < causes.total() else "for example: " if len(causes) > 1 else ""
            parts.append(f"{causes.total()} {state}" + (f" ({share}{reason.rstrip('.')})" if reason else ""))
            if state == "interrupted":
                hint = self._features_hint() or hint
            elif state == "pruned":
                hint = f'Run more trials, or set name = "none" under [pruner] in its definition: {tune}'
            elif state == "failed":
                remedy = f"Try {REMEDIES[FailureKind(kind)]}" if kind else "Correct that in its definition"
                hint = f"{remedy}, then run `{tune} --trials 10`; `kagglebot studies {self.study}` has more."
        why = "; ".join(reversed(parts))
        if not why:  # fewer epochs would not help
            why = "none had the time to begin"
            hint = f"Give it more time, as workers take seconds to start: {longer}"
        return StudyError(f"The study '{self.study}' has no complete trial for {self.competition}: {why}.", hint)

    def _features_hint(self) -> str:
        """Return what to do where trials ended while they computed features; nothing where none did."""
        stopped = [each for each in self.trials if each.state == "interrupted" and each.features_share is not None]
        if not stopped or stopped[-1].features_share == 1:
            return ""
        share = stopped[-1].features_share or 0.0
        missing = (1 - share) * (stopped[-1].features_seconds or 0.0)
        timeout = max(_MORE_SECONDS, math.ceil(2 * missing / 60) * 60)  # nets are to be trained after them
        kept = f"{share:.0%} of the features are on disk and are not computed again" if share else _ONCE
        return f"Give it more time, as {kept}: kagglebot tune {self.study} --timeout {timeout}"

    @property
    def seconds(self) -> float:
        """Return the seconds spent on all trials, summed over workers."""
        return sum(trial.seconds for trial in self.trials)

    @property
    def saved_seconds(self) -> float:
        """Return the seconds that pruning saved: the remaining epochs of each pruned trial at its pace."""
        return sum(
            trial.epoch_seconds * max(0, (trial.planned or 0) - trial.epochs_done)
            for trial in self.trials
            if trial.state == "pruned"
        )

    def to_json(self, *, top: int = 0) -> dict[str, Any]:
        """Return plain values for ``--json``; with ``top``, also that many best trials and the importances."""
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
            "group": self.group or None,
            "validation_groups": self.validation_groups or None,
        }
        if top:
            document["top"] = [trial.to_json() for trial in self.top(top)]
            document["importances"] = dict(self.importances)
        return document


def best_study(studies: Iterable[StudySummary], metric: Metric, competition: str) -> StudySummary:
    """Return the study with the best complete trial, of those scored by ``metric``.

    Raises:
        StudyError: None of them has one.
    """
    found = [(study.best.measured, study) for study in studies if study.best and study.metric == metric.name]
    if not found:
        raise StudyError(
            f"No trial for {competition} that was scored by {metric.text} is complete yet.",
            "Run: kagglebot tune --trials 10",
        )
    return found[rank(metric, [measured for measured, _ in found])[0]][1]
