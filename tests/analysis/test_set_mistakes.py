from dataclasses import replace

import numpy as np
import pytest
from made_predictions import DATASET, SCHEMA

from kagglebot.analysis.set_mistakes import SetMistakes, find_set_mistakes
from kagglebot.training.files.oof_predictions import OofPredictions

TRUTH = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 0]], np.uint8)


@pytest.fixture
def mistakes() -> SetMistakes:
    """Three rows of 1,000 were predicted wrongly: one lacks a class, one has one too many, one is far off."""
    labels = np.zeros((1000, 3), np.uint8)
    labels[:4] = TRUTH
    probabilities = np.full((4, 3), 0.1, np.float32)
    probabilities[0, 0] = 0.9
    probabilities[1] = [0.8, 0.4, 0.1]
    probabilities[2] = [0.9, 0.05, 0.2]
    probabilities[3, 2] = 0.6
    schema = replace(SCHEMA, classes=("bar", "dot", "edge"), metric="sample_f1", several=True)
    dataset = replace(DATASET, schema=schema, train_labels=labels)
    return find_set_mistakes(5, OofPredictions(np.arange(4), probabilities), dataset)


def test_classes_are_counted_one_by_one(mistakes: SetMistakes) -> None:
    assert (mistakes.trial, mistakes.rows, mistakes.wrong) == (5, 4, 3)
    assert [each.tolist() for each in (mistakes.true, mistakes.predicted, mistakes.right)] == [
        [2, 2, 0],
        [3, 0, 1],
        [2, 0, 0],
    ]
    assert (mistakes.precision(0), mistakes.recall(0)) == (pytest.approx(2 / 3), 1.0)
    assert (mistakes.precision(1), mistakes.recall(1)) == (None, 0.0)
    assert (mistakes.precision(2), mistakes.recall(2)) == (0.0, None)
    assert mistakes.most_mistaken == [1, 0, 2]


def test_the_worst_mistake_has_the_highest_loss(mistakes: SetMistakes) -> None:
    shown = [(each.row, each.truth, each.predicted) for each in mistakes.named_mistakes]
    assert shown == [(2, "dot", "bar"), (1, "bar and dot", "bar"), (3, "no class", "edge")]
    assert mistakes.named_mistakes[1].probabilities == (
        ("bar", pytest.approx(0.8), True),
        ("dot", pytest.approx(0.4), True),
    )
    assert mistakes.named_mistakes[0].probabilities[0] == ("bar", pytest.approx(0.9), False)


def test_plain_values_have_the_names(mistakes: SetMistakes) -> None:
    values = mistakes.to_json()
    assert values["classes"] == ["bar", "dot", "edge"] and values["right"] == [2, 0, 0]
    assert values["worst"][0] == {
        "row": 2,
        "truth": ["dot"],
        "predicted": ["bar"],
        "probabilities": {"bar": 0.9, "dot": 0.05},
    }
