import pytest

from kagglebot.practice.measures import find_measure, lowest_first


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
    measure = find_measure(words)
    assert measure is not None and measure.name == name
    assert lowest_first(words) == (name == "log loss")


def test_other_words_are_no_measure() -> None:
    assert find_measure("Root Mean Squared Logarithmic Error") is None
    assert not lowest_first("")
