"""Test-time augmentation: a net's answers averaged over an image and its nearest shifts.

A net answers each of them a little differently, and their mean is often a better answer than any one (Krizhevsky
et al. 2012). It costs a prediction a view, so validation has to approve of it, trial by trial.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kagglebot.metrics.calibration import calibrated_losses
from kagglebot.metrics.registry import get_metric
from kagglebot.training.learner import Predictor

#: (down, right): the image itself first, then its shifts by one pixel.
SHIFTS = tuple(itertools.product((0, -1, 1), repeat=2))
#: Bytes of images that are shifted at a time.
_BYTES = 1 << 24


def predict_with_tta(
    predict: Predictor, images: NDArray[np.uint8], rows: NDArray[np.int64] | None = None, *, flip: bool
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Predict every view of some images, a part of them at a time.

    A shifted image repeats its edge where it would be empty.

    Args:
        predict: Predicts images as they are.
        images: ``(n, height, width, channels)`` uint8, mapped into memory perhaps.
        rows: Which of them; all where None.
        flip: Look at each view in the mirror too: only for nets that learned from mirrored images.

    Returns:
        Class probabilities ``(rows, classes)`` of the images themselves, and their mean over all views.
    """
    chosen = np.arange(len(images)) if rows is None else rows
    size = max(1, _BYTES // math.prod(images.shape[1:]))
    parts = [
        _predict_part(predict, images[chosen[start : start + size]], flip=flip)
        for start in range(0, len(chosen), size)
    ]
    plain, averaged = zip(*parts, strict=True)
    return np.concatenate(plain), np.concatenate(averaged)


def with_tta(predict: Predictor, *, flip: bool) -> Predictor:
    """Make a predictor that averages over the views of an image."""
    return lambda images: predict_with_tta(predict, images, flip=flip)[1]


def _predict_part(
    predict: Predictor, images: NDArray[np.uint8], *, flip: bool
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    _, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    answers = []
    for down, right in SHIFTS:
        view = padded[:, 1 - down : 1 - down + height, 1 - right : 1 - right + width]
        answers.append(predict(view))
        if flip:
            answers.append(predict(view[:, :, ::-1]))
    return answers[0], np.mean(answers, axis=0, dtype=np.float32)


@dataclass(frozen=True)
class Verdict:
    """Whether views are worth their cost: scores of the same rows without and with them, by one net."""

    approved: bool
    plain_score: float
    tta_score: float


def judge(
    metric: str, labels: NDArray[np.int64], plain: NDArray[np.float32], averaged: NDArray[np.float32]
) -> Verdict:
    """Approve of views where they help beyond chance and the competition's metric does not suffer.

    Most metrics count whole answers, and say little of a few thousand rows. Log loss says more: the views have to
    lower it, row by row, by more than one standard error of that difference. It is the rule of one standard error
    (Breiman et al. 1984), by which the cheaper of two stays unless the other is better beyond what chance does.

    Args:
        metric: Name of the competition's metric.
        labels: ``(n,)`` the true classes.
        plain: ``(n, classes)`` probabilities without views.
        averaged: The same with them.
    """
    measure = get_metric(metric)
    before, after = measure.score(labels, plain), measure.score(labels, averaged)
    gains = calibrated_losses(measure, labels, plain) - calibrated_losses(measure, labels, averaged)
    error = gains.std(ddof=1) / math.sqrt(len(gains)) if len(gains) > 1 else math.inf
    approved = bool(gains.mean() > error) and not measure.better(before, after)
    return Verdict(approved, before, after)
