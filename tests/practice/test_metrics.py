import pytest

from kagglebot.practice.metrics import find_metric, lowest_first


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Categorization Accuracy", "accuracy"),
        ("MeanFScore", "accuracy"),
        ("Macro F1 Score", "macro f1"),
        ("Log Loss", "log loss"),
        ("Multi-class Logarithmic Loss", "log loss"),
        ("MulticlassLoss", "log loss"),
        ("Area Under Receiver Operating Characteristic Curve", "auc"),
        ("AUC", "auc"),
        ("Quadratic Weighted Kappa", "kappa"),
    ],
)
def test_kaggles_words(words: str, name: str) -> None:
    metric = find_metric(words)
    assert metric is not None and metric.name == name
    assert lowest_first(words) == (name == "log loss")


def test_other_words_are_no_metric() -> None:
    assert find_metric("Root Mean Squared Logarithmic Error") is None
    assert not lowest_first("")
