import pytest

from kagglebot.practice.scoring.metrics import find_beta, find_metric, find_most_labels, lowest_first


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
        ("pAUC-aboveTPR", "partial auc"),
        ("Quadratic Weighted Kappa", "kappa"),
        ("Weighted Multiclass Loss", "weighted log loss"),
        ("Balanced Accuracy", "balanced accuracy"),
        ("F-Score Beta (Micro)", "accuracy"),
        ("Weighted F1", "weighted f"),
        ("F2 Score", "macro f1"),
        ("Matthews Correlation Coefficient", "matthews"),
        ("MAP@{K}", "map at k"),
        ("Mean Average Precision @ 5", "map at k"),
        ("Top-5 Accuracy", "top k accuracy"),
        ("Top-1 Error", "top k error"),
    ],
)
def test_kaggles_words(words: str, name: str) -> None:
    metric = find_metric(words)
    assert metric is not None and metric.name == name
    assert lowest_first(words) == (name in ("log loss", "weighted log loss", "top k error"))


def test_numbers_in_names() -> None:
    betas = {"Macro F1": 1, "F2 Score": 2, "F0.5": 0.5, "F-Score": 1, "Beta 2": 2}
    assert {words: find_beta(words) for words in betas} == betas
    assert [find_most_labels(words) for words in ("MAP@3", "MAP@{K}", "Top-1 Error")] == [3, 5, 1]


@pytest.mark.parametrize(
    ("words", "name", "beta"),
    [
        ("MeanFScore", "sample f", 1),
        ("MeanFScoreBeta", "sample f", 2),
        ("Mean F1-Score", "sample f", 1),
        ("F2 Score", "sample f", 2),
        ("F-Score Beta (Micro)", "micro f", 2),
        ("Macro F0.5", "macro f", 0.5),
        ("Mean Columnwise AUC", "auc", 1),
        ("Multiclass Loss", "log loss", 1),
    ],
)
def test_kaggles_words_where_an_image_has_several_classes(words: str, name: str, beta: float) -> None:
    metric = find_metric(words, several=True)
    assert metric is not None and metric.name == name
    assert find_beta(words, several=True) == beta
    assert metric.minimise == lowest_first(words)


@pytest.mark.parametrize("words", ["Weighted Multi-Label Log Loss", "Weighted F1", "Partial AUC", "Accuracy"])
def test_metrics_of_one_class_are_none_of_several(words: str) -> None:
    assert find_metric(words) is not None and find_metric(words, several=True) is None


def test_other_words_are_no_metric() -> None:
    assert find_metric("Root Mean Squared Logarithmic Error") is None
    assert not lowest_first("")
