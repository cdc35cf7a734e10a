import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score

from kagglebot.metrics.confusion.kappa import KAPPA, apply_thresholds, fit_thresholds


def graded(rows: int, seed: int = 0) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Five grades, most of them 0, and the probabilities of a net that sees them dimly and says 0 too often."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(5, rows, p=[0.5, 0.1, 0.25, 0.07, 0.08])
    seen = labels + rng.normal(size=rows)
    powers = np.exp(-((seen[:, None] - np.arange(5)) ** 2) / 2) * [0.5, 0.1, 0.25, 0.05, 0.05]
    return labels, np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def test_kappa_counts_how_far_off_an_answer_is() -> None:
    labels = np.array([0, 1, 2, 1])
    near = np.eye(3, dtype=np.float32)[[0, 1, 1, 1]]
    far = np.eye(3, dtype=np.float32)[[0, 1, 0, 1]]
    assert KAPPA.score(labels, near) > KAPPA.score(labels, far)


def test_the_expected_grade_decides_by_thresholds() -> None:
    probabilities = np.array([[0.6, 0, 0.4], [0.5, 0.5, 0], [0, 0.1, 0.9]], np.float32)
    decided = apply_thresholds(probabilities, (0.5, 1.5))
    assert decided.dtype == np.float32 and decided.argmax(axis=1).tolist() == [1, 1, 2]
    assert apply_thresholds(probabilities, (0.6, 1.95)).argmax(axis=1).tolist() == [1, 0, 1]


def test_thresholds_raise_kappa_of_rows_that_they_were_not_fitted_to() -> None:
    (labels, probabilities), (others, of_others) = graded(1500), graded(1500, seed=1)
    thresholds = KAPPA.fit(labels, probabilities)
    assert len(thresholds) == 4 and list(thresholds) == sorted(thresholds)
    assert KAPPA.score(others, KAPPA.adjust(of_others, thresholds)) > KAPPA.score(others, of_others) + 0.01
    plain, honest = KAPPA.score(labels, probabilities), KAPPA.adjusted_score(labels, probabilities)
    assert plain < honest < KAPPA.score(labels, KAPPA.adjust(probabilities, thresholds)) + 0.005


def test_the_best_thresholds_of_three_grades_are_found() -> None:
    labels, probabilities = graded(400)
    labels, probabilities = labels.clip(0, 2), np.column_stack([probabilities[:, :2], probabilities[:, 2:].sum(1)])
    grades = probabilities @ np.arange(3)
    tried = np.arange(1, 20) / 10
    best = max(
        cohen_kappa_score(labels, np.searchsorted((low, high), grades, side="right"), weights="quadratic")
        for low in tried
        for high in tried[tried >= low]
    )
    fitted = apply_thresholds(probabilities, fit_thresholds(labels, probabilities))
    assert best - 1e-3 < KAPPA.score(labels, fitted) < best + 0.02


def test_no_row_has_a_part_in_its_own_grade() -> None:
    labels, probabilities = graded(600)
    before = KAPPA.cross_fit(labels, probabilities)
    assert before is not probabilities
    for grade in range(5):
        changed = labels.copy()
        changed[0] = grade
        np.testing.assert_array_equal(KAPPA.cross_fit(changed, probabilities)[0], before[0])


def test_what_thresholds_do_not_improve_is_left_as_it_is() -> None:
    labels = np.tile(np.arange(5), 20)
    right = np.eye(5, dtype=np.float32)[labels]
    assert KAPPA.fit(labels, right) == () and KAPPA.cross_fit(labels, right) is right
    few = graded(9)
    assert KAPPA.fit(*few) == ()
