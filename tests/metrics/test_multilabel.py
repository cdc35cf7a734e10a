import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from kagglebot.errors import DataError
from kagglebot.metrics.calibrated_loss import calibrated_losses
from kagglebot.metrics.multilabel import MULTILABEL_METRICS
from kagglebot.metrics.registry import get_metric, match_metric, variant

ROWS, CLASSES = 300, 5
RNG = np.random.default_rng(0)
LABELS = (RNG.random((ROWS, CLASSES)) < [0.6, 0.4, 0.3, 0.2, 0.05]).astype(np.uint8)
#: Probabilities of a net that is too careful with rare classes.
LOGITS = 3.0 * LABELS - 2.5 + RNG.normal(size=(ROWS, CLASSES))
PROBABILITIES = (1 / (1 + np.exp(-LOGITS))).astype(np.float32)


@pytest.mark.parametrize("beta", [1, 2, 0.5])
@pytest.mark.parametrize("average", ["sample", "micro", "macro"])
def test_f_measures_are_those_of_scikit_learn(average: str, beta: float) -> None:
    name = f"{'' if average == 'sample' else 'multilabel_'}{average}_f{beta:g}"
    average = "samples" if average == "sample" else average
    expected = sklearn_metrics.fbeta_score(
        LABELS, PROBABILITIES >= 0.5, beta=beta, average=average, zero_division=0
    )
    metric = get_metric(name)
    assert metric.score(LABELS, PROBABILITIES) == pytest.approx(expected)
    if metric.row_scores is not None:
        assert metric.row_scores(LABELS, PROBABILITIES).mean() == pytest.approx(expected)


def test_a_class_that_no_row_has_does_not_count() -> None:
    labels = np.hstack([LABELS, np.zeros((ROWS, 1), np.uint8)])
    probabilities = np.hstack([PROBABILITIES, np.zeros((ROWS, 1), np.float32)])
    for name in ("multilabel_macro_f1", "multilabel_auc"):
        metric = get_metric(name)
        assert metric.score(labels, probabilities) == pytest.approx(metric.score(LABELS, PROBABILITIES))


def test_auc_and_log_loss_are_the_means_of_the_columns() -> None:
    columns = [(LABELS[:, each], PROBABILITIES[:, each].astype(float)) for each in range(CLASSES)]
    for name, score in (("auc", sklearn_metrics.roc_auc_score), ("log_loss", sklearn_metrics.log_loss)):
        mean = np.mean([score(truth, values) for truth, values in columns])
        assert get_metric(f"multilabel_{name}").score(LABELS, PROBABILITIES) == pytest.approx(mean, abs=1e-6)


def test_the_temperature_is_that_of_all_cells() -> None:
    metric = get_metric("multilabel_log_loss")
    sure = (1 / (1 + np.exp(-4 * LOGITS))).astype(np.float32)
    numbers = metric.fit(LABELS, sure)
    assert metric.score(LABELS, metric.adjust(sure, numbers)) < metric.score(LABELS, sure)
    assert calibrated_losses(LABELS, sure).mean() == pytest.approx(
        calibrated_losses(LABELS, PROBABILITIES).mean(), abs=0.02
    )


@pytest.mark.parametrize(
    ("kaggle_name", "name"),
    [
        ("MeanFScore", "sample_f1"),
        ("Mean F1-Score", "sample_f1"),
        ("MeanFScoreBeta", "sample_f2"),
        ("F2 Score", "sample_f2"),
        ("MacroFScore", "multilabel_macro_f1"),
        ("Macro F1 Score", "multilabel_macro_f1"),
        ("F-Score Beta (Micro)", "multilabel_micro_f2"),
        ("Micro F1", "multilabel_micro_f1"),
        ("Mean Columnwise Area Under Receiver Operating Characteristic Curve", "multilabel_auc"),
        ("AUC", "multilabel_auc"),
        ("Multi-label Log Loss", "multilabel_log_loss"),
        ("Weighted AUC", ""),
        ("Probabilistic F Score", ""),
        ("F1.5 Score", ""),
        ("F-Beta (beta=1.5)", ""),
        ("Categorization Accuracy", ""),
    ],
)
def test_kaggles_names(kaggle_name: str, name: str) -> None:
    found = match_metric(kaggle_name, "leaves", several=True)
    assert (found.name if found else "") == name


def test_map_is_said_to_be_of_rows_of_one_class() -> None:
    with pytest.raises(DataError, match="MAP@3 only where an image has one") as caught:
        match_metric("MAP@3", "leaves", several=True)
    assert "--labels one" in caught.value.hint
    with pytest.raises(DataError, match="scores detection"):
        match_metric("mAP@0.5", "leaves", several=True)


def test_rows_of_one_class_have_other_metrics() -> None:
    found = [match_metric(name, "leaves") for name in ("MeanFScore", "MacroFScore", "AUC")]
    assert [each.name for each in found if each] == ["accuracy", "macro_f1", "auc"]


def test_a_metric_is_taken_as_rows_need_it() -> None:
    for name in ("macro_f1", "micro_f1", "auc", "log_loss"):
        assert variant(get_metric(name), several=True).name == f"multilabel_{name}"
        assert variant(get_metric(f"multilabel_{name}"), several=False).name == name
    with pytest.raises(DataError, match="'kappa' does not score") as caught:
        variant(get_metric("kappa"), several=True)
    assert "sample_f1" in caught.value.hint and "accuracy" not in caught.value.hint
    with pytest.raises(DataError, match="An image has one class here, which 'sample_f1' does not score"):
        variant(get_metric("sample_f1"), several=False)


def test_all_are_of_several_classes() -> None:
    assert all(metric.several for metric in MULTILABEL_METRICS)


def test_many_cells_are_computed_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    metric = get_metric("multilabel_log_loss")
    whole = metric.score(LABELS, PROBABILITIES), metric.adjust(PROBABILITIES, (1.5,))
    monkeypatch.setattr("kagglebot.metrics.multilabel._MOST_CELLS", 7 * CLASSES)
    assert metric.score(LABELS, PROBABILITIES) == pytest.approx(whole[0])
    np.testing.assert_allclose(metric.adjust(PROBABILITIES, (1.5,)), whole[1])
    assert len(metric.fit(LABELS, PROBABILITIES)) == 2
