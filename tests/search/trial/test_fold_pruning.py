"""A trial that is far behind the best one on a fold trains on no other fold."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import optuna
import pytest
from trial_context import trial_context

from kagglebot.search.storage.attributes import RUN
from kagglebot.search.trial.fold_pruning import far_behind
from kagglebot.training.files.oof_predictions import OofPredictions, oof_path, save_oof, trial_key

ROWS, FOLD = 300, np.arange(100, 200)
LABELS = np.arange(ROWS, dtype=np.int64) % 2


def probabilities(right: float, rows: np.ndarray) -> np.ndarray:
    """Return predictions that give the true class a probability of about ``right``."""
    noise = np.random.default_rng(0).uniform(-0.05, 0.05, len(rows))
    true = LABELS[rows] == 1
    ones = np.where(true, right + noise, 1 - right - noise)
    return np.stack([1 - ones, ones], axis=1).astype(np.float32)


@pytest.mark.parametrize(
    ("metric", "best", "own", "pruner", "expected"),
    [
        ("log_loss", 0.9, 0.6, "median", 0),
        ("log_loss", 0.9, 0.8999, "median", None),  # within chance
        ("log_loss", 0.6, 0.9, "median", None),
        ("accuracy", 0.9, 0.3, "median", 0),
        ("accuracy", 0.9, 0.6, "median", None),  # as many rows are right
        ("log_loss", 0.9, 0.6, "none", None),
        ("auc", 0.9, 0.3, "median", None),  # it has no score for a row
    ],
)
def test_only_what_chance_does_not_explain_counts(
    metric: str, best: float, own: float, pruner: str, expected: int | None, tmp_path: Path
) -> None:
    study = optuna.create_study(direction="minimize" if metric == "log_loss" else "maximize")
    schema = SimpleNamespace(digest="0", train_rows=ROWS, classes=("a", "b"))
    context = trial_context(
        tmp_path,
        study,
        metric,
        [],
        definition=SimpleNamespace(pruner=SimpleNamespace(name=pruner)),
        dataset=SimpleNamespace(schema=schema, train_labels=LABELS, train_groups=None),
    )
    assert far_behind(context, FOLD, probabilities(own, FOLD)) is None  # no trial is complete
    trial = study.ask()
    trial.set_user_attr(RUN, {"settings": {"epochs": 2}, "seed": 3})
    study.tell(trial, 0.5)
    assert far_behind(context, FOLD, probabilities(own, FOLD)) is None  # its predictions are not here
    oof = OofPredictions(np.arange(ROWS), probabilities(best, np.arange(ROWS)))
    save_oof(oof_path(tmp_path, 0), oof, trial_key({"epochs": 2}, 3, "0"))
    assert far_behind(context, FOLD, probabilities(own, FOLD)) == expected
    two = replace(context, dataset=SimpleNamespace(schema=schema, train_labels=LABELS, train_groups=LABELS // 2))
    assert far_behind(two, FOLD, probabilities(own, FOLD)) is None  # all rows are of one patient
