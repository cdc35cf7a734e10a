from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kagglebot.retraining import sealed_score


@pytest.mark.parametrize(("labels", "score"), [([0, 1, 0, 1], 0.5), ([0, 1, 1, 1], None)])
def test_an_ensemble_is_scored_on_the_sealed_rows_where_its_metric_is_defined(
    labels: list[int], score: float | None, monkeypatch: pytest.MonkeyPatch
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
    assert sealed_score.score_sealed(Path("data"), plan, [Path("model")]) == (score, 2)
