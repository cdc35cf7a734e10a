"""A study to retrain trials of, and its data."""

from pathlib import Path

import numpy as np
import pytest
from retraining_study import ROWS, save_predictions

from kagglebot.datasets.dataset import load_dataset
from kagglebot.training.files.oof_predictions import OofPredictions


@pytest.fixture
def study(tmp_path: Path, data: Path) -> Path:
    """The folder of a study whose trials 0 and 1 are right on a half each, and 2 on a third, less sure."""
    labels = load_dataset(data).train_labels[ROWS]
    for number, right in enumerate((ROWS % 12 == 0, ROWS % 12 != 0, ROWS % 18 == 0)):
        answers = np.where(right, labels, (labels + 1) % 10)
        probabilities = np.full((len(ROWS), 10), 0.05, np.float32)
        probabilities[np.arange(len(ROWS)), labels] += 0.1
        probabilities[np.arange(len(ROWS)), answers] += 0.4
        save_predictions(tmp_path / "study", data, number, OofPredictions(ROWS, probabilities))
    return tmp_path / "study"
