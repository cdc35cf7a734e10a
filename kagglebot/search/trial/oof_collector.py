"""How a trial ends: whether views of an image help its net, and what it answered for the rows held out."""

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.dataset import Dataset
from kagglebot.training.learner import Learner
from kagglebot.training.oof_predictions import OofPredictions, save_oof
from kagglebot.training.tta import judge, predict_with_tta


class Ending:
    """Takes each split's net as it stands at its end; in cross-validation one verdict for all folds together.

    Args:
        dataset: The competition's images and labels.
        flip: Whether the nets learn from mirrored images.
    """

    def __init__(self, dataset: Dataset, *, flip: bool) -> None:
        self._dataset, self._flip = dataset, flip
        self._split: tuple[Learner, NDArray[np.int64]] | None = None
        self._rows: list[NDArray[np.int64]] = []
        self._plain: list[NDArray[np.float32]] = []
        self._averaged: list[NDArray[np.float32]] = []
        self._kept: OofPredictions | None = None

    def split_began(self, learner: Learner, valid_rows: NDArray[np.int64]) -> None:
        """A net begins to learn, and will be scored on these rows."""
        self._split = learner, valid_rows

    def split_ended(self) -> None:
        """Have the net answer for its rows, without views and with them."""
        assert self._split is not None
        learner, rows = self._split
        plain, averaged = predict_with_tta(learner.predict, self._dataset.train_images, rows, flip=self._flip)
        self._split = None
        self._rows.append(rows)
        self._plain.append(plain)
        self._averaged.append(averaged)

    def found(self) -> dict[str, Any]:
        """Judge the views, and give what the trial's result says of them."""
        rows = np.concatenate(self._rows)
        order = np.argsort(rows)
        rows, plain, averaged = (
            rows[order],
            np.concatenate(self._plain)[order],
            np.concatenate(self._averaged)[order],
        )
        verdict = judge(self._dataset.schema.metric, self._dataset.train_labels[rows], plain, averaged)
        self._kept = OofPredictions(rows, averaged if verdict.approved else plain)
        return {
            "tta": verdict.approved,
            "plain_score": _number(verdict.plain_score),
            "tta_score": _number(verdict.tta_score),
        }

    def keep(self, path: Path, key: str) -> None:
        """Keep the better answers at ``path``: once the trial is closed, as it must not be lost for want of room.

        Raises:
            DataError: The disk refused.
        """
        if self._kept is not None:
            save_oof(path, self._kept, key)


def _number(score: float) -> float | None:
    return None if math.isnan(score) else score
