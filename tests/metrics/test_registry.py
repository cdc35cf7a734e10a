from collections.abc import Iterator

import numpy as np
import pytest

from kagglebot.errors import DataError, UsageError
from kagglebot.metrics.accuracy import ACCURACY
from kagglebot.metrics.metric import Metric
from kagglebot.metrics.registry import get_metric, known_metrics, match_metric
from kagglebot.system import plugins


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
        ("Micro-averaged F-Score", "accuracy"),
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


def test_an_unknown_metric_lists_the_known() -> None:
    with pytest.raises(UsageError, match="beauty") as caught:
        get_metric("beauty")
    assert "macro_f1" in caught.value.hint


BALANCED = Metric(
    "balanced_accuracy",
    lambda labels, probabilities: 0.5,
    kaggle_names=("balancedaccuracy",),
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
    offer["balanced"] = BALANCED
    assert get_metric("balanced_accuracy") is BALANCED
    assert match_metric("Balanced Accuracy Score", "digits") is BALANCED
    assert match_metric("Categorization Accuracy", "digits") is ACCURACY


@pytest.mark.parametrize(("plugin", "problem"), [(np.mean, "is not a Metric"), (ACCURACY, "a second 'accuracy'")])
def test_a_plugin_that_cannot_be_a_metric_is_named(offer: dict[str, object], plugin: object, problem: str) -> None:
    offer["strange"] = plugin
    with pytest.raises(UsageError, match=f"'strange' in kagglebot.metrics .*{problem}"):
        get_metric("log_loss")
