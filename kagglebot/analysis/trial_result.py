"""A trial of a study as plain values, independent of its storage."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kagglebot.metrics.ranking import Measured

STATES = ("waiting", "running", "complete", "pruned", "failed", "interrupted")


@dataclass(frozen=True)
class TrialResult:
    """One trial.

    Attributes:
        number: Its number in the study, from 0.
        state: One of ``STATES``.
        value: Validation score after the best epoch; None for a trial that is not complete.
        params: The searched parameters.
        settings: Every setting that the model was built and trained with.
        epochs: The epoch with the best validation score, which the final model is trained for.
        planned: Epochs that the learning rate schedule was laid out for.
        curve: Validation score after each epoch.
        seconds: Wall time of the trial.
        reason: Why it ended early; empty for a complete trial.
        failure_kind: Kind of its failure, as in ``FailureKind``; empty where unknown, or not failed.
        parameter_count: Number of trainable parameters of the model.
        seed: Seed of the initial weights, the order of the rows and the augmentation.
        tta: Whether test-time augmentation is used, as it improved the validation score.
        plain_score: Score on all validation rows without test-time augmentation; None where not measured.
        tta_score: The same score with test-time augmentation.
        adjustment: Numbers that its probabilities are adjusted to the metric by; see ``metric.Adjustment``.
        unadjusted_score: The score of its kept predictions without; None where there is no adjustment.
        continues: Number of the trial whose training it continued; None where it began with a new model.
        part: Epochs, such as 0.5, after which it was last validated within one; 0 where it never was.
        epochs_before: Epochs of the curve that were trained in that earlier trial.
        repeats: Number of the trial whose settings it repeats, as that one was interrupted or out of time.
        other_seed_of: Number of the trial whose net it trains with another seed; None for a net of its own.
        made_with: Versions, threads and data that the weights depend on: see ``training.provenance``.
        family: Its model family.
        pace: Median seconds of an epoch of one fold; 0 where none was run, or an early version did not store it.
        score_error: Standard error of its score; None where an early version did not store it.
        log_loss: Log loss of its out-of-fold predictions at the best temperature; None where not stored.
        rows: Number of validation rows that it was scored on, fewer than all where it was out of time after some
            folds; None where an early version did not store it.
        features_seconds: Seconds that the features of all images take; None where it did not show.
        features_share: Share of the features that was there when it ended; None where it computed none.
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
    adjustment: tuple[float, ...] = ()
    unadjusted_score: float | None = None
    continues: int | None = None
    part: float = 0.0
    epochs_before: int = 0
    repeats: int | None = None
    other_seed_of: int | None = None
    made_with: Mapping[str, Any] = field(default_factory=dict)
    family: str = ""
    pace: float = 0.0
    score_error: float | None = None
    log_loss: float | None = None
    rows: int | None = None
    features_seconds: float | None = None
    features_share: float | None = None

    @property
    def measured(self) -> Measured:
        """Return what it is ranked by."""
        score = math.nan if self.value is None else self.value
        return Measured(score, self.score_error, self.log_loss, self.number, self.continues)

    @property
    def versions(self) -> Mapping[str, str]:
        """Return the versions of Python and of the packages that trained it, by name."""
        return dict(self.made_with.get("versions", {}))

    @property
    def backend(self) -> str | None:
        """Return the id of the backend, such as "tensorflow"; None where an early version did not store it."""
        return self.made_with.get("backend")

    @property
    def epochs_run(self) -> int:
        """Return the number of validated epochs, those of the continued trial included."""
        return len(self.curve)

    @property
    def epochs_done(self) -> float:
        """Return the number of epochs that it was trained for, as far as it was validated."""
        return max(self.epochs_run, self.part)

    @property
    def scores_by_epoch(self) -> dict[int, float]:
        """Return the validation score by epoch, from 1, without epochs whose score is NaN."""
        return {epoch: score for epoch, score in enumerate(self.curve, start=1) if not math.isnan(score)}

    @property
    def last_score(self) -> float | None:
        """Return the last score of the curve that is not NaN; None where there is none."""
        return next(reversed(self.scores_by_epoch.values()), None)

    @property
    def epoch_seconds(self) -> float:
        """Return the wall time of one epoch in seconds; 0 where none was run."""
        own = self.epochs_done - self.epochs_before
        return self.seconds / own if own > 0 else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return plain values for ``--json``."""
        return {
            "number": self.number,
            "state": self.state,
            "family": self.family,
            "value": self.value,
            "score_error": self.score_error,
            "log_loss": self.log_loss,
            "rows": self.rows,
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
            "adjustment": list(self.adjustment),
            "unadjusted_score": self.unadjusted_score,
            "continues": self.continues,
            "other_seed_of": self.other_seed_of,
        }
