from collections.abc import Iterator

import numpy as np
import pytest

from kagglebot.errors import DataError, UsageError
from kagglebot.metrics.accuracy import ACCURACY
from kagglebot.metrics.metric import Metric
from kagglebot.metrics.registry import find_metric, get_metric, known_metrics, match_metric, nearest_metric
from kagglebot.system import plugins


@pytest.mark.parametrize(
    ("kaggles_name", "name"),
    [
        ("Categorization Accuracy", "accuracy"),
        ("CategorizationAccuracy", "accuracy"),
        ("Balanced Accuracy", "balanced_accuracy"),
        ("Mean Per-Class Accuracy", "balanced_accuracy"),
        ("Mean Class Accuracy", "balanced_accuracy"),
        ("Accuracy (average per class)", "balanced_accuracy"),
        ("Unweighted Average Recall", "balanced_accuracy"),
        ("Multi-class Accuracy", "accuracy"),
        ("Micro F1", "micro_f1"),
        ("Micro Averaged F2", "micro_f1"),
        ("Micro F0.5", "micro_f1"),
        ("Micro F-Beta (beta=1.5)", "micro_f1"),
        ("Micro-averaged F-Score", "micro_f1"),
        ("F-Score Beta (Micro)", "micro_f1"),
        ("Mean F-Score", "accuracy"),
        ("MeanFScore", "accuracy"),
        ("Macro F1 Score", "macro_f1"),
        ("MacroFScore", "macro_f1"),
        ("F1", "macro_f1"),
        ("Weighted F1", "weighted_f1"),
        ("F2 Score", "macro_f2"),
        ("F-Score Beta 0.5", "macro_f0.5"),
        ("F1 Score (weighted)", "weighted_f1"),
        ("Multiclass Loss", "log_loss"),
        ("LogLoss", "log_loss"),
        ("Log Loss", "log_loss"),
        ("Weighted Multiclass Loss", "weighted_log_loss"),
        ("Balanced Log Loss", "weighted_log_loss"),
        ("Area Under Receiver Operating Characteristic Curve", "auc"),
        ("AUC", "auc"),
        ("Mean Columnwise AUC", "auc"),
        ("MCAUC", "auc"),
        ("pAUC-aboveTPR", "partial_auc"),
        ("Partial Area Under the ROC Curve", "partial_auc"),
        ("Macro-averaged ROC AUC", "auc"),
        ("AUROC", "auc"),
        ("QWK", "kappa"),
        ("QuadraticWeightedKappa", "kappa"),
        ("Quadratic Weighted Kappa", "kappa"),
        ("Matthews Correlation Coefficient", "mcc"),
        ("MCC", "mcc"),
        ("MAP@5", "map@5"),
        ("Mean Average Precision @ 3", "map@3"),
        ("MAP@{K}", "map@k"),
        ("MeanAveragePrecisionAtK", "map@k"),
        ("Top-5 accuracy", "top_5_accuracy"),
        ("Top-1 error", "top_1_error"),
        ("Categorization Error", "top_1_error"),
        ("Mean Best Error at K", "top_k_error"),
    ],
)
def test_kaggles_names(kaggles_name: str, name: str) -> None:
    metric = match_metric(kaggles_name, "digits")
    assert metric is not None and metric.name == name
    assert get_metric(name).name == name


@pytest.mark.parametrize(
    "kaggles_name",
    [
        "",
        "Custom Metric",
        "Weighted AUC - ALASKA2",
        "Micro-averaged AUC",
        "F_{Beta} (Macro)",
        "Area Under the Precision-Recall Curve",
        "Linear Weighted Kappa",
        "Probabilistic F Score",
        "Probabilistic F1 Score (pF1)",
        "pF1",
        "F1.5 score",
        "F-Beta (beta=1.5)",
        "Linear QWK",
    ],
)
def test_a_name_that_is_of_no_metric_here_leaves_it_open(kaggles_name: str) -> None:
    assert match_metric(kaggles_name, "digits") is None


@pytest.mark.parametrize(
    "kaggles_name",
    [
        "Root Mean Squared Error",
        "RMSLE",
        "MAE",
        "R2",
        "R2 Score",
        "R^2 (Coefficient of Determination)",
        "Mean IoU",
        "Levenshtein Mean",
        "Mean Average Precision",
        "Global Average Precision",
        "Global Average Precision at 20",
        "mAP@0.5",
        "mAP@[.5:.95]",
    ],
)
def test_what_is_no_classification_is_said_at_once(kaggles_name: str) -> None:
    with pytest.raises(DataError, match="houses is scored by"):
        match_metric(kaggles_name, "houses")


def test_what_scores_probabilities_is_no_variant_of_what_scores_classes() -> None:
    assert nearest_metric("Probabilistic F Score") is None
    nearest = nearest_metric("Hierarchical F1")
    assert nearest is not None and nearest.name == "macro_f1"


@pytest.mark.parametrize("name", ["map@0", "map@1000", "map@", "top_x_error", "macro_f3", "log_loss5"])
def test_numbers_that_no_metric_has(name: str) -> None:
    assert find_metric(name) is None


def test_an_unknown_metric_lists_the_known() -> None:
    with pytest.raises(UsageError, match="beauty") as caught:
        get_metric("beauty")
    assert "macro_f1" in caught.value.hint and "map@5" in caught.value.hint


GEOMETRIC = Metric(
    "geometric_accuracy",
    lambda labels, probabilities: 0.5,
    kaggle_names=("geometricaccuracy",),
    needs_two_classes=True,
)


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, object]]:
    """Takes what other packages offer in the entry point group, by name."""
    offered: dict[str, object] = {}
    known_metrics.cache_clear()
    monkeypatch.setattr(plugins, "load_plugins", lambda group: offered if group == "kagglebot.metrics" else {})
    yield offered
    known_metrics.cache_clear()


def test_a_metric_of_another_package_is_found_by_both_names(offer: dict[str, object]) -> None:
    offer["geometric"] = GEOMETRIC
    assert get_metric("geometric_accuracy") is GEOMETRIC
    assert match_metric("Geometric Accuracy Score", "digits") is GEOMETRIC
    assert match_metric("Categorization Accuracy", "digits") is ACCURACY


@pytest.mark.parametrize(("plugin", "problem"), [(np.mean, "is not a Metric"), (ACCURACY, "a second 'accuracy'")])
def test_a_plugin_that_cannot_be_a_metric_is_named(offer: dict[str, object], plugin: object, problem: str) -> None:
    offer["strange"] = plugin
    with pytest.raises(UsageError, match=f"'strange' in kagglebot.metrics .*{problem}"):
        get_metric("log_loss")
