import numpy as np
import pytest
from sklearn.metrics import top_k_accuracy_score

from kagglebot.metrics.registry import get_metric
from kagglebot.metrics.top_k import best_classes, map_at

RNG = np.random.default_rng(0)
LABELS = np.concatenate([np.arange(12), RNG.integers(12, size=88)])
PROBABILITIES = RNG.dirichlet(np.ones(12), 100).astype(np.float32)


def test_the_best_classes_stand_first_and_of_equals_the_first() -> None:
    rows = np.array([[0.1, 0.4, 0.1, 0.4], [0.7, 0.1, 0.1, 0.1]], np.float32)
    assert best_classes(rows, 3).tolist() == [[1, 3, 0], [0, 1, 2]]
    assert best_classes(rows, 9).tolist() == [[1, 3, 0, 2], [0, 1, 2, 3]]
    np.testing.assert_array_equal(best_classes(PROBABILITIES, 1)[:, 0], PROBABILITIES.argmax(axis=1))


@pytest.mark.parametrize("k", [1, 3, 5])
def test_top_k_accuracy_is_that_of_scikit_learn(k: int) -> None:
    known = top_k_accuracy_score(LABELS, PROBABILITIES, k=k)
    assert get_metric(f"top_{k}_accuracy").score(LABELS, PROBABILITIES) == pytest.approx(known)
    assert get_metric(f"top_{k}_error").score(LABELS, PROBABILITIES) == pytest.approx(1 - known)
    assert get_metric(f"top_{k}_error").minimise


@pytest.mark.parametrize("k", [1, 3, 5, 20])
def test_map_is_the_mean_of_one_over_the_place_of_the_true_class(k: int) -> None:
    written = best_classes(PROBABILITIES, k).tolist()
    scores = [
        1 / (row.index(label) + 1) if label in row else 0 for row, label in zip(written, LABELS, strict=True)
    ]
    assert map_at(k).score(LABELS, PROBABILITIES) == pytest.approx(np.mean(scores))
    np.testing.assert_allclose(map_at(k).row_scores(LABELS, PROBABILITIES), scores)


def test_equal_probabilities_are_scored_as_they_are_written() -> None:
    even = np.full((12, 12), 1 / 12, np.float32)
    assert map_at(12).score(np.arange(12), even) == pytest.approx(np.mean(1 / np.arange(1, 13)))


def test_the_number_decides_how_many_are_written() -> None:
    assert (get_metric("map@3").labels_a_row, get_metric("map@k").labels_a_row) == (3, 0)
    assert get_metric("top_1_error").labels_a_row == 1
