"""Partial AUC, beside the area itself."""

import math

import numpy as np
import pytest
from sklearn.metrics import roc_curve

from kagglebot.metrics.partial_auc import PARTIAL_AUC


def both(positive: np.ndarray) -> np.ndarray:
    return np.stack([1 - positive, positive], axis=1).astype(np.float32)


def test_it_is_the_area_above_a_rate_of_80_percent() -> None:
    random = np.random.default_rng(0)
    labels = np.arange(400) % 2
    positive = (random.normal(labels, 1.0) / 9 + 0.5).clip(0, 1)
    false, true, _ = roc_curve(labels, positive, drop_intermediate=False)
    heights = np.interp(np.linspace(0, 1, 100_001), false, true)
    assert PARTIAL_AUC.score(labels, both(positive)) == pytest.approx((heights - 0.8).clip(0).mean(), abs=1e-4)


def test_from_chance_to_certainty() -> None:
    labels = np.arange(10) % 2
    assert PARTIAL_AUC.score(labels, both(labels.astype(float))) == pytest.approx(0.2)
    assert PARTIAL_AUC.score(labels, both(np.full(10, 0.5))) == pytest.approx(0.02)
    assert PARTIAL_AUC.score(labels, both(1.0 - labels)) == pytest.approx(0.0, abs=1e-9)
    assert math.isnan(PARTIAL_AUC.score(np.ones(10, int), both(np.full(10, 0.5))))


def test_of_several_classes_it_is_the_mean_of_one_against_the_rest() -> None:
    labels = np.arange(30) % 3
    rows = np.random.default_rng(1).dirichlet(np.ones(3), 30).astype(np.float32)
    each = [PARTIAL_AUC.score((labels == label).astype(int), both(rows[:, label])) for label in range(3)]
    assert PARTIAL_AUC.score(labels, rows) == pytest.approx(np.mean(each))
