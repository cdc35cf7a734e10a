from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from made_predictions import COUNT, DATASET, LABELS

from kagglebot.retraining import sealed_score
from kagglebot.retraining.sealed_score import SealedScore, score_rows


@pytest.mark.parametrize(
    ("labels", "score"), [([0, 1, 0, 1], SealedScore(0.5, None, 2)), ([0, 1, 1, 1], SealedScore(None, None, 2))]
)
def test_an_ensemble_is_scored_on_the_sealed_rows_where_its_metric_is_defined(
    labels: list[int], score: SealedScore, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = np.arange(4)
    dataset = SimpleNamespace(
        train_labels=np.array(labels),
        train_groups=None,
        train_images=np.zeros((4, 2, 2, 1), np.uint8),
        schema=SimpleNamespace(classes=(0, 1)),
    )
    recipe = SimpleNamespace(sealed=(0.5, 1), split=lambda *_: (rows[:2], rows[2:]))
    plan: Any = SimpleNamespace(
        members=[(None, SimpleNamespace(recipe=recipe))], summary=SimpleNamespace(metric="auc"), adjustment=None
    )
    monkeypatch.setattr(sealed_score, "model_rule", lambda path: None)
    monkeypatch.setattr(sealed_score, "load_dataset", lambda *_: dataset)
    monkeypatch.setattr(sealed_score, "predict_mean", lambda *_: np.full((2, 2), 0.5))
    assert sealed_score.score_sealed(Path("data"), plan, [Path("model")]) == score
    recipe.sealed = None
    assert sealed_score.score_sealed(Path("data"), plan, [Path("model")]) == SealedScore(None, None, 0)


@pytest.mark.parametrize(
    ("groups", "error"),
    [
        (None, (0.25 / 200) ** 0.5),
        (np.arange(COUNT) // 50, (0.25 * 4 / 3 / 4) ** 0.5),
        (np.zeros(COUNT, np.int64), None),
    ],
    ids=["rows", "four groups", "one group"],
)
def test_the_error_is_of_groups_where_there_are_any(groups: np.ndarray | None, error: float | None) -> None:
    rows = np.arange(100, 300)
    right = rows // 50 % 2 == 0  # whole groups are right, or wrong
    predicted = np.eye(2, dtype=np.float32)[np.where(right, LABELS[rows], 1 - LABELS[rows])]
    found = score_rows("accuracy", replace(DATASET, train_groups=groups), rows, predicted, ())
    assert (found.sealed_score, found.sealed_rows) == (0.5, 200)
    assert found.sealed_error == (error if error is None else pytest.approx(error))


def test_what_is_scored_is_adjusted_first() -> None:
    dim = np.tile(np.array([[0.9, 0.1], [0.8, 0.2]], np.float32), (COUNT // 2, 1))
    plain, adjusted = (score_rows("kappa", DATASET, np.arange(COUNT), dim, each) for each in ((), (0.15,)))
    assert (plain.sealed_score, adjusted.sealed_score) == (0, 1)
