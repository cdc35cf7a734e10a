import math
import pickle

import numpy as np
import pytest

from kagglebot.metrics.metric import Adjustment, Labels, Metric, Probabilities
from kagglebot.metrics.registry import get_metric, known_metrics

LABELS = np.array([0, 1, 2, 1])
RIGHT = np.eye(3, dtype=np.float32)[LABELS]
UNSURE = np.full((4, 3), 1 / 3, np.float32)
#: Those of rows of several classes are in test_multilabel.
METRICS = [metric for metric in known_metrics().values() if not metric.several]


def test_the_direction_decides_what_is_best() -> None:
    loss, accuracy = get_metric("log_loss"), get_metric("accuracy")
    assert loss.better(0.1, 0.2) and not accuracy.better(0.1, 0.2)
    assert (loss.best([0.3, 0.1, 0.1]), accuracy.best([0.3, 0.1, 0.3])) == (1, 0)
    assert (loss.gain(0.1, 0.3), accuracy.gain(0.1, 0.3)) == (pytest.approx(0.2), pytest.approx(-0.2))


def test_no_number_is_never_best() -> None:
    for metric in METRICS:
        assert metric.best([math.nan, 0.5, math.nan]) == 1


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_the_truth_scores_best(metric: Metric) -> None:
    metric = metric.of_number(1) if metric.of_number else metric
    perfect, unsure = metric.score(LABELS, RIGHT), metric.score(LABELS, UNSURE)
    best = {"partial_auc": 0.2}.get(metric.name, 1.0)
    assert perfect == pytest.approx(0 if metric.minimise else best, abs=1e-6)
    assert metric.better(perfect, unsure)


def test_classes_missing_from_validation_do_not_count() -> None:
    probabilities = np.pad(RIGHT, ((0, 0), (0, 5)))
    for metric in METRICS:
        assert metric.score(LABELS, probabilities) == pytest.approx(metric.score(LABELS, RIGHT), abs=1e-6)


def test_of_rows_of_one_class_a_score_warns_of_nothing() -> None:
    certain = np.tile(np.array([[0.9, 0.1]], np.float32), (20, 1))
    scores = {each.name: each.score(np.zeros(20, np.int64), certain) for each in METRICS if not each.of_number}
    assert math.isnan(scores["kappa"]) and math.isnan(scores["auc"]) and scores["mcc"] == 0


def test_the_score_is_the_mean_of_the_rows_where_there_are_such() -> None:
    probabilities = np.random.default_rng(0).dirichlet(np.ones(3), 4).astype(np.float32)
    rows = {metric.name: metric.row_scores for metric in METRICS}
    top = {"map@k", "top_k_accuracy", "top_k_error", "top_1_error"}
    assert {name for name, scores in rows.items() if scores} == {"accuracy", "micro_f1", "log_loss", *top}
    for metric in METRICS:
        if metric.row_scores:
            each = metric.row_scores(LABELS, probabilities)
            assert each.shape == (4,)
            assert each.mean() == pytest.approx(metric.score(LABELS, probabilities))


@pytest.mark.parametrize("groups", [None, np.arange(60) // 6], ids=["rows", "groups"])
def test_a_row_is_adjusted_by_what_was_fitted_to_other_groups(groups: np.ndarray | None) -> None:
    own = np.arange(60) if groups is None else groups
    fitted: list[set[int]] = []

    def fit(labels: Labels, probabilities: Probabilities) -> tuple[float, ...]:
        fitted.append({*own[labels].tolist()})
        return (float(len(fitted)),)

    metric = Metric(
        "m", lambda labels, p: 0.0, adjustment=Adjustment("n", fit, lambda p, n: np.full_like(p, n[0]))
    )
    adjusted = metric.cross_fit(np.arange(60), np.zeros((60, 2), np.float32), groups)
    assert len(fitted) == 5
    assert all(own[row] not in fitted[int(adjusted[row, 0]) - 1] for row in range(60))


def test_of_one_group_nothing_is_adjusted() -> None:
    labels, probabilities = np.tile([0, 1], 20), np.tile(np.array([[0.9, 0.1], [0.8, 0.2]], np.float32), (20, 1))
    kappa, one = get_metric("kappa"), np.zeros(40, np.int64)
    assert kappa.fit(labels, probabilities) and kappa.adjusted_score(labels, probabilities) == 1
    assert kappa.fit(labels, probabilities, one) == ()
    assert kappa.adjusted_score(labels, probabilities, one) == 0


@pytest.mark.parametrize("metric", ["kappa", "macro_f1"])
def test_what_fits_the_images_of_a_patient_is_no_better_for_other_patients(metric: str) -> None:
    """Each patient has 20 equal images, of which the net knows nothing."""
    measure, by_row, by_patient = get_metric(metric), [], []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        patients = np.repeat(np.arange(25), 20)
        labels = rng.choice(4, 25, p=[0.4, 0.3, 0.2, 0.1])[patients]
        probabilities = rng.dirichlet(np.ones(4), 25).astype(np.float32)[patients]
        before = measure.score(labels, probabilities)
        by_row.append(measure.gain(measure.adjusted_score(labels, probabilities), before))
        by_patient.append(measure.gain(measure.adjusted_score(labels, probabilities, patients), before))
    assert np.mean(by_patient) < np.mean(by_row) / 2


def test_only_a_proportion_has_a_standard_error_that_the_score_tells() -> None:
    assert get_metric("accuracy").standard_error(0.9, 100) == pytest.approx(0.03)
    assert get_metric("accuracy").standard_error(0.98, 100) == pytest.approx(0.014)
    assert get_metric("accuracy").standard_error(1.0, 100) == pytest.approx(0.0114, abs=1e-4)
    assert get_metric("log_loss").standard_error(0.9, 100) is None


def test_worker_processes_get_equal_metrics() -> None:
    for metric in METRICS:
        assert pickle.loads(pickle.dumps(metric)) == metric


def test_names_for_people() -> None:
    wanted = "log loss, weighted log loss, AUC, partial AUC, kappa, Matthews correlation coefficient, macro F1, "
    wanted += "weighted F1, macro F2, weighted F2, macro F0.5, weighted F0.5, micro F1, accuracy, "
    wanted += "balanced accuracy, MAP@K, top-k accuracy, top-k error, top-1 error"
    assert ", ".join(metric.text for metric in METRICS) == wanted
