"""Out-of-fold predictions of a trial, with and without test-time augmentation."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.dataset import Dataset
from kagglebot.metrics.calibrated_loss import calibrated_losses
from kagglebot.metrics.metric import defined
from kagglebot.metrics.registry import get_metric
from kagglebot.training.files.checkpoints import EndedFold
from kagglebot.training.files.oof_predictions import OofPredictions, save_oof
from kagglebot.training.learner import Learner
from kagglebot.training.scoring.standard_error import groups_of, score_error
from kagglebot.training.scoring.tta import judge, part_size


class OofCollector:
    """Collects the predictions of each fold's net, and decides for all folds together whether TTA helps."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._split: tuple[Learner, NDArray[np.int64]] | None = None
        self._rows: list[NDArray[np.int64]] = []
        self._plain: list[NDArray[np.float32]] = []
        self._averaged: list[NDArray[np.float32]] = []
        self._predictions: OofPredictions | None = None

    def split_began(self, learner: Learner, valid_rows: NDArray[np.int64]) -> None:
        """Take note of the net that trains now, and of its validation rows."""
        self._split = learner, valid_rows

    def split_ended(self, *, tta: Callable[[float], bool] = lambda share: True) -> NDArray[np.float32]:
        """Predict the validation rows with the net as it is now, without TTA and with it; return the first.

        ``tta`` is asked before each part of the rows whether there is time for it, by its share of them; if not,
        the second are as the first.
        """
        assert self._split is not None
        (learner, rows), images = self._split, self._dataset.train_images
        plain, averaged, size = [], [], part_size(images)
        for start in range(0, len(rows), size):
            part = rows[start : start + size]
            if not tta(len(part) / len(rows)):
                plain.append(learner.predict(images, rows[start:]))
                break
            both = learner.predict_views(images, part)
            plain.append(both[0])
            averaged.append(both[1])
        whole = np.concatenate(plain)
        self._split = None
        self._rows.append(rows)
        self._plain.append(whole)
        self._averaged.append(np.concatenate(averaged) if len(averaged) == len(plain) else whole)
        return whole

    def fold_ended_before(self, rows: NDArray[np.int64], fold: EndedFold) -> None:
        """Take over the predictions of a fold that ended in an earlier try of the trial."""
        self._rows.append(rows)
        self._plain.append(fold.plain)
        self._averaged.append(fold.averaged)

    @property
    def latest(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The predictions of the fold that ended last, without TTA and with it."""
        return self._plain[-1], self._averaged[-1]

    def judge(self) -> dict[str, Any]:
        """Decide whether TTA helps, and how to adjust what is kept; return what the result records about both."""
        rows = np.concatenate(self._rows)
        order = np.argsort(rows)
        plain, averaged = np.concatenate(self._plain)[order], np.concatenate(self._averaged)[order]
        rows = rows[order]
        metric, labels = get_metric(self._dataset.schema.metric), self._dataset.train_labels
        groups = self._dataset.train_groups
        own = groups_of(groups, rows)
        verdict = judge(metric.name, labels[rows], plain, averaged, own)
        kept = averaged if verdict.approved else plain
        self._predictions = OofPredictions(rows, kept)
        numbers = metric.fit(labels[rows], kept, own)
        adjusted = {"adjustment": list(numbers), "unadjusted_score": defined(metric.score(labels[rows], kept))}
        return {
            "rows": len(rows),
            "score_error": defined(score_error(metric.name, labels, self._predictions, groups)),
            "log_loss": defined(float(calibrated_losses(labels[rows], kept).mean())),
            "tta": verdict.approved,
            "plain_score": defined(verdict.plain_score),
            "tta_score": defined(verdict.tta_score),
            **(adjusted if numbers else {}),
        }

    def save(self, path: Path, key: str) -> None:
        """Save the better predictions, if ``judge`` was called.

        Raises:
            DataError: The disk refused.
        """
        if self._predictions is not None:
            save_oof(path, self._predictions, key)
