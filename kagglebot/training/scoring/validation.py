"""The validation of a net: on all validation rows after an epoch, on some of them within a long one."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kagglebot.datasets.splits import Groups
from kagglebot.metrics.metric import Metric, Probabilities
from kagglebot.training.curve import PartScore
from kagglebot.training.learner import Images, Labels, Learner, Rows, diverged
from kagglebot.training.scoring.standard_error import adjusted_error, groups_of

#: Most rows that a net is validated on within an epoch, and the most of them for each row that it learns from:
#: to predict these takes about a fiftieth of the epoch.
PART_ROWS, PART_SHARE = 512, 1 / 16
_SEED = 0


def count_part_rows(train_rows: int, valid_rows: int) -> int:
    """Return on how many of so many validation rows a net is validated within an epoch."""
    return min(valid_rows, PART_ROWS, max(1, int(PART_SHARE * train_rows)))


@dataclass(frozen=True)
class Validation:
    """The validation of a net that learns from other rows.

    Attributes:
        learner: The net; predicting changes nothing that its training depends on.
        images: ``(n, height, width, channels)`` uint8.
        labels: ``(n,)`` class indices.
        train_rows: Rows that it learns from.
        rows: Rows to score on.
        metric: The metric.
        groups: ``(n,)`` int64; None where each row is a group of its own.
    """

    learner: Learner
    images: Images
    labels: Labels
    train_rows: Rows
    rows: Rows
    metric: Metric
    groups: Groups = None

    def score_epoch(self) -> tuple[float, float | None]:
        """Return the score, and its standard error where whole groups are held out; else the rows tell it.

        Raises:
            TrainingError: The net has diverged.
        """
        truth, adjusted = self._predict(self.rows)
        groups, error = groups_of(self.groups, self.rows), None
        if groups is not None and self.metric.is_proportion:
            error = adjusted_error(self.metric, truth, adjusted, groups)
        return self.metric.score(truth, adjusted), error

    def score_part(self, epochs: float) -> PartScore:
        """Return the score within an epoch, after so many ``epochs``, on the same few rows for every net.

        Raises:
            TrainingError: The net has diverged.
        """
        truth, adjusted = self._predict(self._part_rows)
        error = adjusted_error(self.metric, truth, adjusted, groups_of(self.groups, self._part_rows))
        return PartScore(epochs, self.metric.score(truth, adjusted), error)

    def _predict(self, rows: Rows) -> tuple[Labels, Probabilities]:
        probabilities = self.learner.predict(self.images, rows)
        if not np.isfinite(probabilities).all():
            raise diverged("the predictions are no longer numbers")
        truth = self.labels[rows]
        return truth, self.metric.cross_fit(truth, probabilities, groups_of(self.groups, rows))

    @cached_property
    def _part_rows(self) -> Rows:
        count = count_part_rows(len(self.train_rows), len(self.rows))
        return np.sort(np.random.default_rng(_SEED).choice(self.rows, count, replace=False))
