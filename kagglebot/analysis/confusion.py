"""A trial's confusion matrix and its worst mistakes, on the validation rows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.analysis.trial_result import TrialResult
from kagglebot.datasets.dataset import Dataset
from kagglebot.errors import DataError
from kagglebot.metrics.log_loss import row_losses
from kagglebot.metrics.registry import get_metric
from kagglebot.training.files.oof_predictions import OofPredictions, oof_path, read_oof, trial_key
from kagglebot.training.scoring.standard_error import groups_of

#: Number of the worst mistakes that are listed.
MOST_MISTAKES = 100


@dataclass(frozen=True)
class Pair:
    """Two classes, as indices: how often the first was predicted as the second, and which share of the first."""

    truth: int
    predicted: int
    count: int
    share: float


@dataclass(frozen=True)
class Mistake:
    """One image that was predicted wrongly.

    Attributes:
        row: Its row number in the training set, from 0.
        truth: Index of its class.
        predicted: Index of the predicted class.
        probability: Probability of the predicted class.
        truth_probability: Probability of the true class.
    """

    row: int
    truth: int
    predicted: int
    probability: float
    truth_probability: float


@dataclass(frozen=True)
class NamedMistake:
    """A mistake with the names of its classes, as people see it.

    Attributes:
        row: Its row number in the training set, from 0.
        truth: The class, or the classes, that it has.
        predicted: What was predicted.
        probabilities: The classes of both: name, probability, and whether the image has it.
    """

    row: int
    truth: str
    predicted: str
    probabilities: tuple[tuple[str, float, bool], ...]


@dataclass(frozen=True)
class Confusion:
    """A trial's predictions compared with the labels.

    Attributes:
        trial: The trial's number.
        classes: The labels, in index order.
        matrix: ``(classes, classes)`` int64; how often the class of the row was predicted as that of the column.
        worst: The mistakes with the highest loss, worst first; ``MOST_MISTAKES`` at most.
    """

    trial: int
    classes: tuple[str, ...]
    matrix: NDArray[np.int64]
    worst: tuple[Mistake, ...]

    @property
    def rows(self) -> int:
        """Number of validation rows."""
        return int(self.matrix.sum())

    @property
    def wrong(self) -> int:
        """Number of rows that were predicted wrongly."""
        return self.rows - int(self.matrix.trace())

    @property
    def confusions(self) -> NDArray[np.int64]:
        """The matrix without its diagonal."""
        return self.matrix - np.diag(self.matrix.diagonal())

    @property
    def most_mistaken(self) -> list[int]:
        """All classes, by index, sorted by the mistakes that they take part in, most first."""
        confusions = self.confusions
        involved = confusions.sum(axis=0) + confusions.sum(axis=1)
        return [int(index) for index in np.argsort(-involved, kind="stable")]

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """The pairs of classes that were confused, the most frequent first."""
        totals = self.matrix.sum(axis=1)
        found = [
            Pair(int(truth), int(predicted), int(count), float(count / totals[truth]))
            for (truth, predicted), count in np.ndenumerate(self.matrix)
            if truth != predicted and count
        ]
        return tuple(sorted(found, key=lambda pair: (-pair.count, -pair.share, pair.truth, pair.predicted)))

    @property
    def named_mistakes(self) -> tuple[NamedMistake, ...]:
        """The worst mistakes with the names of their classes; the predicted class first."""
        found = ((each, self.classes[each.truth], self.classes[each.predicted]) for each in self.worst)
        return tuple(
            NamedMistake(
                each.row,
                truth,
                predicted,
                ((predicted, each.probability, False), (truth, each.truth_probability, True)),
            )
            for each, truth, predicted in found
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain values for ``--json``, with the classes by name."""
        return {
            "trial": self.trial,
            "classes": list(self.classes),
            "matrix": self.matrix.tolist(),
            "rows": self.rows,
            "wrong": self.wrong,
            "worst": [
                {
                    "row": each.row,
                    "truth": self.classes[each.truth],
                    "predicted": self.classes[each.predicted],
                    "probability": round(each.probability, 6),
                    "truth_probability": round(each.truth_probability, 6),
                }
                for each in self.worst
            ],
        }


def read_trial_oof(trial: TrialResult, folder: Path, dataset: Dataset) -> OofPredictions:
    """Read a trial's out-of-fold predictions from its study's folder, ``studies/COMPETITION/NAME``.

    Raises:
        DataError: There are none, or they are damaged or of other data.
    """
    schema = dataset.schema
    key = trial_key(trial.settings, trial.seed, schema.digest, trial.made_with.get("weights"))
    path = oof_path(folder, trial.number)
    if not path.is_file():
        raise DataError(
            f"Trial {trial.number} has no out-of-fold predictions.",
            "Run new trials: early versions did not save any.",
        )
    return read_oof(path, key, rows=schema.train_rows, classes=len(schema.classes))


def find_confusion(trial: int, oof: OofPredictions, dataset: Dataset) -> Confusion:
    """Compare a trial's predictions with the labels; classes are decided as in the trial's score."""
    classes = dataset.schema.classes
    truth = dataset.train_labels[oof.rows]
    metric, groups = get_metric(dataset.schema.metric), groups_of(dataset.train_groups, oof.rows)
    predicted = metric.cross_fit(truth, oof.probabilities, groups).argmax(axis=1)
    matrix = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(matrix, (truth, predicted), 1)
    cost = np.where(predicted == truth, -1.0, row_losses(truth, oof.probabilities))
    order = np.argsort(-cost, kind="stable")
    worst = tuple(
        Mistake(
            row=int(oof.rows[location]),
            truth=int(truth[location]),
            predicted=int(predicted[location]),
            probability=float(oof.probabilities[location, predicted[location]]),
            truth_probability=float(oof.probabilities[location, truth[location]]),
        )
        for location in order[:MOST_MISTAKES]
        if predicted[location] != truth[location]
    )
    return Confusion(trial, tuple(map(str, classes)), matrix, worst)
