"""A study with three trials whose out-of-fold predictions are made by hand, and one with a checkpoint."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.schema import read_schema
from kagglebot.models.registry import get_family
from kagglebot.training.files.checkpoints import Checkpoint, checkpoint_key, chosen_path, save_checkpoint
from kagglebot.training.files.oof_predictions import OofPredictions, oof_path, save_oof, trial_key
from kagglebot.training.learner import Learner, image_shape
from kagglebot.training.provenance import versions
from kagglebot.training.registry import make_learner

ROWS = np.arange(0, 1200, 6)
SETTINGS = {"layers": 1, "units_1": 8}


def trial(number: int, value: float) -> TrialResult:
    return TrialResult(
        number,
        "complete",
        value,
        settings=SETTINGS,
        epochs=1,
        planned=1,
        curve=(value,),
        seed=number,
        family="mlp",
    )


def summarise(*trials: TrialResult, metric: str = "accuracy") -> StudySummary:
    return StudySummary("mine", "digits-practice", metric, "mlp", "a sixth held out", len(ROWS), trials)


def save_predictions(
    study: Path,
    data: Path,
    number: int,
    oof: OofPredictions,
    seed: int | None = None,
    settings: Mapping[str, Any] = SETTINGS,
) -> None:
    key = trial_key(settings, number if seed is None else seed, read_schema(data).digest)
    save_oof(oof_path(study, number), oof, key)


def trained_trial(study: Path, data: Path, number: int = 0, **settings: object) -> tuple[TrialResult, Learner]:
    """A trial of Keras that took minutes, with a checkpoint; and its net as it is there."""
    own = {"layers": 1, "units_1": 8, "schedule": "constant", "ema_epochs": 1.0, **settings}
    made = {"versions": versions(), "backend": "tensorflow"}
    short = replace(trial(number, 0.5 + number / 100), family="dense", settings=own, made_with=made, pace=300.0)
    dataset = load_dataset(data)
    images, labels = dataset.train_images, dataset.train_labels
    learner = make_learner(
        get_family("dense"), own, image_shape(images), 10, seed=short.seed, pixel_moments=(0.0, 1.0)
    )
    learner.run_epoch(images, labels, np.arange(900), schedule_position=float)
    state = learner.state()
    assert state is not None
    key = checkpoint_key(own, short.seed, dataset.schema.digest, made)
    save_checkpoint(chosen_path(study, number), Checkpoint(state, short.curve, (1.0,)), key)
    return short, learner


TRIALS = (trial(0, 0.52), trial(1, 0.5), trial(2, 0.33))
