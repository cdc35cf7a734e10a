"""What a trial took for what: its confusion matrix and its worst mistakes, on the rows held out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.analysis.results import TrialResult
from kagglebot.datasets.dataset import Dataset
from kagglebot.errors import DataError
from kagglebot.metrics.log_loss import row_losses
from kagglebot.training.oof_predictions import OofPredictions, oof_path, read_oof, trial_key

#: Mistakes that are kept, the worst of them.
MOST = 100


@dataclass(frozen=True)
class Pair:
    """Two classes, as indices, and how often the first was taken for the second; ``share`` of all of the first."""

    truth: int
    predicted: int
    count: int
    share: float


@dataclass(frozen=True)
class Mistake:
    """One image that got the wrong class.

    Attributes:
        row: Its row number in the training set, from 0.
        truth: Index of its class.
        predicted: Index of the class it got.
        probability: What the net gave the class it got.
        truth_probability: What it gave the true one.
    """

    row: int
    truth: int
    predicted: int
    probability: float
    truth_probability: float


@dataclass(frozen=True)
class Confusion:
    """A trial's answers held against the truth.

    Attributes:
        trial: The trial's number.
        classes: The labels, in index order.
        matrix: ``(classes, classes)`` int64, rows of the true class that got the class of the column.
        worst: The mistakes that cost most, worst first; ``MOST`` at most.
    """

    trial: int
    classes: tuple[str, ...]
    matrix: NDArray[np.int64]
    worst: tuple[Mistake, ...]

    @property
    def rows(self) -> int:
        """Rows answered for."""
        return int(self.matrix.sum())

    @property
    def wrong(self) -> int:
        """Rows that got the wrong class."""
        return self.rows - int(self.matrix.trace())

    @property
    def confusions(self) -> NDArray[np.int64]:
        """The matrix without what was right."""
        return self.matrix - np.diag(self.matrix.diagonal())

    @property
    def most_mistaken(self) -> list[int]:
        """All classes, by index: those that take part in the most mistakes first."""
        confusions = self.confusions
        involved = confusions.sum(axis=0) + confusions.sum(axis=1)
        return [int(index) for index in np.argsort(-involved, kind="stable")]

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """The confusions that happened, the most frequent first."""
        totals = self.matrix.sum(axis=1)
        found = [
            Pair(int(truth), int(predicted), int(count), float(count / totals[truth]))
            for (truth, predicted), count in np.ndenumerate(self.matrix)
            if truth != predicted and count
        ]
        return tuple(sorted(found, key=lambda pair: (-pair.count, -pair.share, pair.truth, pair.predicted)))

    def to_json(self) -> dict[str, Any]:
        """For ``--json``; classes by name."""
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
    """Give what a trial's net answered for the rows held out.

    Args:
        trial: The trial.
        folder: ``studies/COMPETITION/NAME``.
        dataset: The competition's data.

    Raises:
        DataError: It kept none, or they are damaged or of other data.
    """
    schema = dataset.schema
    key = trial_key(trial.settings, trial.seed, schema.digest)
    path = oof_path(folder, trial.number)
    if not path.is_file():
        raise DataError(f"Trial {trial.number} kept no validation predictions.", "Only trials run since then do.")
    return read_oof(path, key, rows=schema.train_rows, classes=len(schema.classes))


def find_confusion(trial: int, answers: OofPredictions, dataset: Dataset) -> Confusion:
    """Hold a trial's answers against the truth."""
    classes = dataset.schema.classes
    truth = dataset.train_labels[answers.rows]
    predicted = answers.probabilities.argmax(axis=1)
    matrix = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(matrix, (truth, predicted), 1)
    cost = np.where(predicted == truth, -1.0, row_losses(truth, answers.probabilities))
    order = np.argsort(-cost, kind="stable")
    worst = tuple(
        Mistake(
            row=int(answers.rows[location]),
            truth=int(truth[location]),
            predicted=int(predicted[location]),
            probability=float(answers.probabilities[location, predicted[location]]),
            truth_probability=float(answers.probabilities[location, truth[location]]),
        )
        for location in order[:MOST]
        if predicted[location] != truth[location]
    )
    return Confusion(trial, tuple(map(str, classes)), matrix, worst)
