"""Trials of a study of two classes, with predictions made by hand."""

from pathlib import Path

import numpy as np

from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.datasets.dataset import Dataset
from kagglebot.datasets.schema import Schema
from kagglebot.training.files.oof_predictions import OofPredictions, oof_path, save_oof, trial_key

COUNT = 1000
LABELS = np.arange(COUNT, dtype=np.int64) % 2
SCHEMA = Schema(
    "deserts",
    layout="folders",
    id_column="id",
    target_column="name",
    metric="accuracy",
    train_rows=COUNT,
    test_rows=1,
    image_shape=(1, 1, 1),
    classes=("no", "yes"),
    digest="0",
)
DATASET = Dataset(SCHEMA, np.zeros((COUNT, 1, 1, 1), np.uint8), LABELS, np.zeros((1, 1, 1, 1), np.uint8), ("1",))


def trial(number: int, value: float, *, seconds: float) -> TrialResult:
    settings = {"filters": number + 1}
    return TrialResult(
        number, "complete", value, settings, settings, epochs=2, curve=(value, value), seconds=seconds, seed=7
    )


Sure = float | list[float]


def keep(folder: Path, trial: TrialResult, wrong: np.ndarray, sure: Sure, rows: np.ndarray | None = None) -> None:
    """Answers that are wrong at some rows, and give what they say a probability of ``sure``, by turns."""
    certainty = np.resize(sure, COUNT)
    said = np.where(np.isin(np.arange(COUNT), wrong), 1 - LABELS, LABELS)
    probabilities = np.where(np.eye(2)[said] == 1, certainty[:, None], 1 - certainty[:, None]).astype(np.float32)
    chosen = np.arange(COUNT) if rows is None else rows
    key = trial_key(trial.settings, trial.seed, "0")
    save_oof(oof_path(folder, trial.number), OofPredictions(chosen, probabilities[chosen]), key)


def summarise(*trials: TrialResult) -> StudySummary:
    return StudySummary("mine", "deserts", "accuracy", "cnn", "", COUNT, trials)
