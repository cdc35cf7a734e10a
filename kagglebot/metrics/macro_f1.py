"""Macro F1: the mean of the F1 scores of the classes that occur or were predicted."""

from kagglebot.metrics.metric import Labels, Metric, Probabilities


def _score(labels: Labels, probabilities: Probabilities) -> float:
    from sklearn.metrics import f1_score

    return float(f1_score(labels, probabilities.argmax(axis=1), average="macro", zero_division=0))


MACRO_F1 = Metric("macro_f1", _score, kaggle_names=("f1", "fscore"), display_name="macro F1")
