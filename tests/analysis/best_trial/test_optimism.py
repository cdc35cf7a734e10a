"""The optimism of the best of many, on predictions made by hand."""

from pathlib import Path

import numpy as np
import pytest
from made_predictions import COUNT, DATASET, LABELS, keep, summarise, trial

from kagglebot.analysis.best_trial.optimism import _optimism, find_optimism
from kagglebot.metrics.registry import get_metric


def nets(count: int, right: float, first_seed: int = 0, *, same: bool = False) -> list[np.ndarray]:
    """Predictions of nets that are right with one probability: independent of each other, or all the same."""
    found = []
    for seed in range(count):
        rng = np.random.default_rng(first_seed + (0 if same else seed))
        said = np.where(rng.random(COUNT) < right, LABELS, 1 - LABELS)
        found.append(np.where(np.eye(2)[said] == 1, 0.8, 0.2).astype(np.float32))
    return sorted(found, key=lambda each: -(each.argmax(axis=1) == LABELS).mean())


def test_the_luck_of_the_best_of_equal_nets_is_known_on_the_mean() -> None:
    accuracy, lucky, known = get_metric("accuracy"), [], []
    for repetition in range(5):
        equal = nets(12, 0.8, 100 * repetition)
        lucky.append(accuracy.score(LABELS, equal[0]) - 0.8)
        known.append(_optimism(accuracy, LABELS, equal, 0.0))
    assert np.mean(lucky) > 0.015
    assert np.mean(known) == pytest.approx(np.mean(lucky), abs=0.007)


def test_copies_of_rows_in_their_groups_change_nothing() -> None:
    metric, equal = get_metric("accuracy"), nets(6, 0.8)
    labels, *copied = (np.repeat(each, 4, axis=0) for each in (LABELS, *equal))
    groups = np.repeat(np.arange(COUNT), 4)
    alone = _optimism(metric, LABELS, equal, 0.0)
    assert _optimism(metric, labels, copied, 0.0, groups) == pytest.approx(alone, rel=0.3)
    assert _optimism(metric, labels, copied, 0.0) < 0.7 * alone  # as if each row had been seen
    assert _optimism(metric, labels, copied, 0.0, 0 * groups) is None


@pytest.mark.parametrize("name", ["auc", "log_loss"])
def test_every_metric_has_an_optimism_that_comes_from_the_choice(name: str) -> None:
    assert 0.005 < _optimism(get_metric(name), LABELS, nets(6, 0.8), 0.0) < 0.06
    assert _optimism(get_metric(name), LABELS, nets(2, 0.8, same=True), 0.0) < 0.004


def test_it_needs_the_predictions_of_the_best_and_of_another(tmp_path: Path) -> None:
    best, other = trial(0, 0.99, seconds=1.0), trial(1, 0.988, seconds=1.0)
    keep(tmp_path, other, np.arange(12), 0.95)
    assert find_optimism(summarise(best, other), tmp_path, DATASET) is None
    assert find_optimism(summarise(other), tmp_path, DATASET) is None
    keep(tmp_path, best, np.arange(500, 510), 0.95)
    found = find_optimism(summarise(best, other), tmp_path, DATASET)
    assert found is not None and 0 <= found < 0.003
    keep(tmp_path, other, np.arange(12), 0.95, rows=np.arange(500))
    assert find_optimism(summarise(best, other), tmp_path, DATASET) is None
