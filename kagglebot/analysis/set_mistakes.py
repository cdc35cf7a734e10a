"""What a trial found of each class, and its worst mistakes, where an image may have several classes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.analysis.confusion import MOST_MISTAKES, NamedMistake
from kagglebot.datasets.dataset import Dataset
from kagglebot.metrics.adjustments.thresholds import named
from kagglebot.metrics.multilabel import row_losses_of_sets
from kagglebot.metrics.registry import get_metric
from kagglebot.training.files.oof_predictions import OofPredictions
from kagglebot.training.scoring.standard_error import groups_of


@dataclass(frozen=True)
class SetMistake:
    """One image that was not given the classes it has.

    Attributes:
        row: Its row number in the training set, from 0.
        truth: Indices of its classes.
        predicted: Indices of the classes that it was given.
        probabilities: The probability of each class in one of the two, by index.
    """

    row: int
    truth: tuple[int, ...]
    predicted: tuple[int, ...]
    probabilities: dict[int, float]


@dataclass(frozen=True)
class SetMistakes:
    """A trial's predictions compared with the labels, class by class.

    Attributes:
        trial: The trial's number.
        classes: The labels, in index order.
        true: ``(classes,)`` int64, images that have the class.
        predicted: ``(classes,)`` int64, images that were given it.
        right: ``(classes,)`` int64, images that have it and were given it.
        rows: Number of validation rows.
        wrong: Number of rows that were not given exactly their classes.
        worst: The mistakes with the highest loss, worst first; ``MOST_MISTAKES`` at most.
    """

    trial: int
    classes: tuple[str, ...]
    true: NDArray[np.int64]
    predicted: NDArray[np.int64]
    right: NDArray[np.int64]
    rows: int
    wrong: int
    worst: tuple[SetMistake, ...]

    @property
    def most_mistaken(self) -> list[int]:
        """All classes, by index, sorted by the images that lack them or were given them wrongly, most first."""
        return [int(index) for index in np.argsort(2 * self.right - self.true - self.predicted, kind="stable")]

    def precision(self, index: int) -> float | None:
        """Return the share of the images given a class that have it; None where none was given it."""
        return float(self.right[index] / self.predicted[index]) if self.predicted[index] else None

    def recall(self, index: int) -> float | None:
        """Return the share of the images of a class that were given it; None where none has it."""
        return float(self.right[index] / self.true[index]) if self.true[index] else None

    @property
    def named_mistakes(self) -> tuple[NamedMistake, ...]:
        """The worst mistakes with the names of their classes."""
        return tuple(
            NamedMistake(
                each.row,
                self._names(each.truth),
                self._names(each.predicted),
                tuple((self.classes[at], p, at in each.truth) for at, p in each.probabilities.items()),
            )
            for each in self.worst
        )

    def _names(self, indices: tuple[int, ...]) -> str:
        return " and ".join(self.classes[index] for index in indices) or "no class"

    def to_json(self) -> dict[str, Any]:
        """Return plain values for ``--json``, with the classes by name."""
        return {
            "trial": self.trial,
            "classes": list(self.classes),
            "true": self.true.tolist(),
            "predicted": self.predicted.tolist(),
            "right": self.right.tolist(),
            "rows": self.rows,
            "wrong": self.wrong,
            "worst": [
                {
                    "row": each.row,
                    "truth": [self.classes[index] for index in each.truth],
                    "predicted": [self.classes[index] for index in each.predicted],
                    "probabilities": {self.classes[at]: round(p, 6) for at, p in each.probabilities.items()},
                }
                for each in self.worst
            ],
        }


def find_set_mistakes(trial: int, oof: OofPredictions, dataset: Dataset) -> SetMistakes:
    """Compare a trial's predictions with the labels; classes are decided as in the trial's score."""
    truth = dataset.train_labels[oof.rows].astype(bool)
    metric, groups = get_metric(dataset.schema.metric), groups_of(dataset.train_groups, oof.rows)
    chosen = named(metric.cross_fit(truth.astype(np.uint8), oof.probabilities, groups))
    wrong = (truth != chosen).any(axis=1)
    cost = np.where(wrong, row_losses_of_sets(truth, oof.probabilities), -1.0)
    worst = tuple(
        SetMistake(
            row=int(oof.rows[row]),
            truth=tuple(np.flatnonzero(truth[row]).tolist()),
            predicted=tuple(np.flatnonzero(chosen[row]).tolist()),
            probabilities={
                int(index): float(oof.probabilities[row, index])
                for index in np.flatnonzero(truth[row] | chosen[row])
            },
        )
        for row in np.argsort(-cost, kind="stable")[:MOST_MISTAKES]
        if wrong[row]
    )
    true, predicted, right = (each.sum(axis=0, dtype=np.int64) for each in (truth, chosen, truth & chosen))
    names = tuple(map(str, dataset.schema.classes))
    return SetMistakes(trial, names, true, predicted, right, len(truth), int(wrong.sum()), worst)
