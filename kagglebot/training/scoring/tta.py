"""Test-time augmentation (TTA): predictions averaged over an image, its shifts by one pixel and its mirror image.

The mean is often better than the prediction for the image alone (Krizhevsky et al. 2012). It costs one prediction
a view, so validation decides for each trial whether it is used.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kagglebot.datasets.splits import Groups
from kagglebot.metrics.calibrated_loss import calibrated_losses
from kagglebot.metrics.registry import get_metric
from kagglebot.models.base import Family
from kagglebot.training.learner import Images, Labels, Predictor, Probabilities, Rows
from kagglebot.training.scoring.standard_error import mean_error

Shifts = Sequence[tuple[int, int]]
#: (down, right): the image itself first, then its shifts by one pixel.
SHIFTS: Shifts = tuple((down, right) for down in (0, -1, 1) for right in (0, -1, 1))
#: The image itself alone: for photographs, of which a pixel is a small part.
NO_SHIFTS: Shifts = ((0, 0),)
#: Bytes of images to shift at a time.
_BYTES = 1 << 24


def shifts_of(family: Family) -> Shifts:
    """Return the shifts of the views that nets of a family predict: none for those that began with photographs."""
    return NO_SHIFTS if family.transfer else SHIFTS


def count_views(family: Family, *, flip: bool) -> int:
    """Return how many views of an image nets of a family predict, the image itself among them."""
    return len(shifts_of(family)) * (2 if flip else 1)


def predict_with_tta(
    predict: Predictor, images: Images, rows: Rows | None = None, *, flip: bool, shifts: Shifts = SHIFTS
) -> tuple[Probabilities, Probabilities]:
    """Predict images and all their views; a shifted image repeats its edge pixels.

    Args:
        predict: Predicts images as they are.
        images: ``(n, height, width, channels)`` uint8.
        rows: Rows of the images; None for all.
        flip: Whether to mirror each view too: only for nets trained on mirrored images.
        shifts: (down, right) of each view, in pixels; the first is the image itself.

    Returns:
        Class probabilities ``(rows, classes)`` of the images themselves, and their mean over all views.
    """
    chosen = np.arange(len(images)) if rows is None else rows
    size = part_size(images)
    parts = [
        _predict_part(predict, images[chosen[start : start + size]], flip, shifts)
        for start in range(0, len(chosen), size)
    ]
    plain, averaged = zip(*parts, strict=True)
    return np.concatenate(plain), np.concatenate(averaged)


def part_size(images: Images) -> int:
    """Return how many images are predicted with all their views at a time."""
    return max(1, _BYTES // math.prod(images.shape[1:]))


def with_tta(predict: Predictor, *, flip: bool, shifts: Shifts = SHIFTS) -> Predictor:
    """Return a predictor that averages over the views of an image."""
    return lambda images: predict_with_tta(predict, images, flip=flip, shifts=shifts)[1]


def _predict_part(
    predict: Predictor, images: Images, flip: bool, shifts: Shifts
) -> tuple[Probabilities, Probabilities]:
    _, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    predictions = []
    for down, right in shifts:
        view = padded[:, 1 - down : 1 - down + height, 1 - right : 1 - right + width]
        predictions.append(predict(view))
        if flip:
            predictions.append(predict(view[:, :, ::-1]))
    return predictions[0], np.mean(predictions, axis=0, dtype=np.float32)


@dataclass(frozen=True)
class Verdict:
    """Whether TTA is worth its cost: scores of one net on the same rows, without and with it."""

    approved: bool
    plain_score: float
    tta_score: float


def judge(
    metric: str, labels: Labels, plain: Probabilities, averaged: Probabilities, groups: Groups = None
) -> Verdict:
    """Approve of TTA if it helps beyond chance and does not worsen the competition's metric.

    Most metrics count right answers, which says little on a few thousand rows. Log loss says more: TTA must lower
    it by more than one standard error of the difference, taken row by row. This is the one-standard-error rule
    (Breiman et al. 1984): the cheaper of two is kept unless the other is better beyond chance.

    Args:
        metric: Name of the competition's metric.
        labels: ``(n,)`` the true classes.
        plain: ``(n, classes)`` probabilities without TTA.
        averaged: The same with TTA.
        groups: ``(n,)`` int64, the group of each row; None where each is one of its own.
    """
    measure = get_metric(metric)
    before, after = (measure.adjusted_score(labels, each, groups) for each in (plain, averaged))
    gains = calibrated_losses(labels, plain) - calibrated_losses(labels, averaged)
    error = mean_error(gains, np.arange(len(gains)) if groups is None else groups)
    approved = bool(gains.mean() > error) and not measure.better(before, after)
    return Verdict(approved, before, after)
