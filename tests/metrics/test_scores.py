import math

import numpy as np
import pytest
from numpy.typing import NDArray

from kagglebot.metrics.metric import METRICS
from kagglebot.metrics.scores import fair_losses, losses, score

LABELS = np.array([0, 1, 2, 1])
RIGHT = np.eye(3, dtype=np.float32)[LABELS]
UNSURE = np.full((4, 3), 1 / 3, np.float32)


def soft(rows: list[list[float]]) -> NDArray[np.float32]:
    return np.array(rows, np.float32)


@pytest.mark.parametrize("metric", METRICS)
def test_the_truth_scores_best(metric: str) -> None:
    perfect, unsure = score(metric, LABELS, RIGHT), score(metric, LABELS, UNSURE)
    assert perfect == pytest.approx(0 if METRICS[metric].minimise else 1, abs=1e-6)
    assert METRICS[metric].better(perfect, unsure)


def test_log_loss_by_hand_and_of_a_certain_mistake() -> None:
    rows = soft([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]])
    assert score("log_loss", np.array([0, 1]), rows) == pytest.approx(math.log(2))
    assert math.isfinite(score("log_loss", np.array([0]), soft([[0, 1, 0]])))


def test_auc_by_hand() -> None:
    rows = soft([[0.9, 0.1], [0.4, 0.6], [0.6, 0.4], [0.2, 0.8]])
    assert score("auc", np.array([0, 0, 1, 1]), rows) == pytest.approx(0.75)


def test_kappa_counts_how_far_off_an_answer_is() -> None:
    near = np.eye(3, dtype=np.float32)[[0, 1, 1, 1]]
    far = np.eye(3, dtype=np.float32)[[0, 1, 0, 1]]
    assert score("kappa", LABELS, near) > score("kappa", LABELS, far)


def test_classes_missing_from_validation_do_not_count() -> None:
    probabilities = np.pad(RIGHT, ((0, 0), (0, 5)))
    for metric in METRICS:
        assert score(metric, LABELS, probabilities) == pytest.approx(score(metric, LABELS, RIGHT), abs=1e-6)


def test_auc_of_one_class_is_no_number() -> None:
    assert math.isnan(score("auc", np.array([1, 1]), soft([[0.5, 0.5], [0.1, 0.9]])))


def test_fair_losses_do_not_hear_how_sure_a_net_is_on_the_whole() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(300, 3))
    labels = np.array([rng.choice(3, p=np.exp(2 * row) / np.exp(2 * row).sum()) for row in logits])

    def answer(sharpness: float, noise: float = 0.0) -> NDArray[np.float32]:
        powers = np.exp(sharpness * (logits + noise * np.random.default_rng(2).normal(size=logits.shape)))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)

    fair = fair_losses("accuracy", labels, answer(2)).mean()
    assert fair == pytest.approx(losses(labels, answer(2)).mean(), rel=0.01)  # it was right about itself
    for sharpness in (0.5, 6):
        assert fair_losses("accuracy", labels, answer(sharpness)).mean() == pytest.approx(fair, rel=1e-3)
        assert losses(labels, answer(sharpness)).mean() > 1.1 * fair
    assert fair_losses("accuracy", labels, answer(2, noise=1)).mean() > 1.1 * fair
    np.testing.assert_array_equal(fair_losses("log_loss", labels, answer(6)), losses(labels, answer(6)))


def test_fair_losses_of_answers_without_a_mistake_and_without_any_sense_are_numbers() -> None:
    assert fair_losses("accuracy", LABELS, RIGHT).mean() == pytest.approx(0, abs=1e-6)
    assert fair_losses("accuracy", LABELS, UNSURE).mean() == pytest.approx(math.log(3), rel=1e-6)
    assert np.isfinite(fair_losses("accuracy", LABELS, np.roll(RIGHT, 1, axis=1))).all()
