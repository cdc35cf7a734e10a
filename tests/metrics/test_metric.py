import math

import pytest

from kagglebot.errors import DataError, UsageError
from kagglebot.metrics.metric import METRICS, get_metric, match_metric


@pytest.mark.parametrize(
    ("kaggles_name", "name"),
    [
        ("Categorization Accuracy", "accuracy"),
        ("CategorizationAccuracy", "accuracy"),
        ("Micro F1", "accuracy"),
        ("Multiclass Loss", "log_loss"),
        ("LogLoss", "log_loss"),
        ("Log Loss", "log_loss"),
        ("Area Under Receiver Operating Characteristic Curve", "auc"),
        ("AUC", "auc"),
        ("Macro F1 Score", "macro_f1"),
        ("MeanFScore", "accuracy"),
        ("QuadraticWeightedKappa", "kappa"),
    ],
)
def test_kaggles_names(kaggles_name: str, name: str) -> None:
    metric = match_metric(kaggles_name, "digits")
    assert metric is not None and metric.name == name


@pytest.mark.parametrize("kaggles_name", ["", "Custom Metric"])
def test_a_name_that_says_nothing_leaves_it_open(kaggles_name: str) -> None:
    assert match_metric(kaggles_name, "digits") is None


@pytest.mark.parametrize("kaggles_name", ["Root Mean Squared Error", "RMSLE", "Mean IoU", "Levenshtein Mean"])
def test_what_is_no_classification_is_said_at_once(kaggles_name: str) -> None:
    with pytest.raises(DataError, match="houses is scored by"):
        match_metric(kaggles_name, "houses")


def test_the_direction_decides_what_is_best() -> None:
    loss, accuracy = get_metric("log_loss"), get_metric("accuracy")
    assert loss.better(0.1, 0.2) and not accuracy.better(0.1, 0.2)
    assert (loss.best([0.3, 0.1, 0.1]), accuracy.best([0.3, 0.1, 0.3])) == (1, 0)
    assert (loss.gain(0.1, 0.3), accuracy.gain(0.1, 0.3)) == (pytest.approx(0.2), pytest.approx(-0.2))


def test_no_number_is_never_best() -> None:
    for metric in METRICS.values():
        assert metric.best([math.nan, 0.5, math.nan]) == 1


def test_an_unknown_metric_lists_the_known() -> None:
    with pytest.raises(UsageError, match="beauty") as caught:
        get_metric("beauty")
    assert "macro_f1" in caught.value.hint
