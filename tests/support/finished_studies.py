"""Finished studies with made-up trials, always the same."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.trial import TrialState, create_trial

from kagglebot.datasets.dataset import Dataset, load_dataset
from kagglebot.metrics.registry import get_metric
from kagglebot.paths import StudyLocation
from kagglebot.search.storage.attributes import RESULT, RUN
from kagglebot.search.storage.optuna_study import open_study
from kagglebot.search.trial.study_splits import make_splits
from kagglebot.study_config.load import load_definition
from kagglebot.study_config.schema import Definition
from kagglebot.study_config.space import ordered
from kagglebot.training.files.oof_predictions import OofPredictions, oof_path, save_oof, trial_key

COMPETITION = "digits-practice"
_DEFINITION = """
family = "cnn"
[validation]
fraction = 0.5
[pruner]
name = "median"
[fixed]
batch_size = {batch}
[space]
blocks = {{ low = 1, high = 3 }}
filters = {{ low = 8, high = 32, step = 4 }}
kernel = {{ choices = [3, 5] }}
dropout = {{ low = 0.0, high = 0.4, step = 0.1 }}
optimizer = {{ choices = ["adam", "adamw", "sgd"] }}
weight_decay = {{ low = 1e-4, high = 3e-2, log = true, when = {{ optimizer = "adamw" }} }}
learning_rate = {{ low = 1e-3, high = 2e-2, log = true }}
epochs = {{ low = 4, high = 24 }}
"""


def make_workspace(folder: Path, digits: Path) -> Path:
    """Write a workspace with the studies ``net`` (36 trials) and ``wide`` (9) of the fetched ``digits``."""
    (folder / "studies").mkdir(parents=True, exist_ok=True)
    (folder / "data").mkdir()
    (folder / "data" / COMPETITION).symlink_to(digits, target_is_directory=True)
    for name, batch, trials, seed in (("net", 64, 36, 7), ("wide", 256, 9, 8)):
        (folder / "studies" / f"{name}.toml").write_text(_DEFINITION.format(batch=batch))
        make_study(folder, name, trials, np.random.default_rng(seed))
    return folder


def make_study(
    workspace: Path, name: str, trials: int, rng: np.random.Generator, url: str | None = None
) -> StudyLocation:
    """Add the trials of a study, in a storage elsewhere if it has a URL."""
    definition = load_definition(workspace, name)
    dataset = load_dataset(workspace / "data" / COMPETITION)
    ((_, rows),) = make_splits(definition, dataset.train_labels, get_metric("accuracy"))
    location = StudyLocation(COMPETITION, name, workspace / "studies" / COMPETITION / name, url)
    study, _ = open_study(location, definition, get_metric("accuracy"))
    for number in range(trials):
        _add_trial(study, definition, number, dataset.schema.digest, len(rows), rng)
    best = study.best_trial
    key = trial_key(best.user_attrs[RUN]["settings"], number := best.number, dataset.schema.digest)
    save_oof(oof_path(location.folder, number), _answers(dataset, rows, best.value or 0.0, rng), key)
    study.enqueue_trial({"blocks": 2})
    location.remember()
    return location


def _add_trial(
    study: optuna.Study, definition: Definition, number: int, digest: str, rows: int, rng: np.random.Generator
) -> None:
    drawn = _draw(definition, rng)
    settings = definition.settings(drawn)
    curve = _curve(settings, rows, rng)
    state, name, reason = TrialState.COMPLETE, "complete", ""
    if number % 17 == 13:
        state, name, reason, curve = TrialState.FAIL, "failed", "The loss is no longer a number.", curve[:1]
    elif number == 31:
        state, name, reason, curve = TrialState.FAIL, "interrupted", "stopped by the user", curve[:2]
    elif epoch := _falls_behind(study, curve):
        state, name, reason, curve = TrialState.PRUNED, "pruned", f"behind after epoch {epoch}", curve[:epoch]
    value = max(curve)
    result = {
        "state": name,
        "reason": reason,
        "seconds": 0.4 * len(curve) * settings["blocks"] * settings["filters"] / 8,
        "planned": settings["epochs"],
        "epoch": curve.index(value) + 1,
        "curve": curve,
        "parameter_count": 220 * settings["blocks"] * settings["filters"],
    }
    study.add_trial(
        create_trial(
            state=state,
            value=value if state == TrialState.COMPLETE else None,
            params=drawn,
            distributions={each: definition.space[each].distribution() for each in drawn},
            user_attrs={RUN: {"settings": settings, "seed": number, "digest": digest}, RESULT: result},
            intermediate_values=dict(enumerate(curve, start=1)),
        )
    )


def _draw(definition: Definition, rng: np.random.Generator) -> dict[str, Any]:
    drawn: dict[str, Any] = {}
    for name in ordered(definition.space):
        dimension = definition.space[name]
        share = float(rng.random())
        if not dimension.applies({**definition.defaults(), **drawn}):
            continue
        if dimension.choices is not None:
            drawn[name] = dimension.choices[int(share * len(dimension.choices))]
        elif dimension.log:
            drawn[name] = dimension.low * (dimension.high / dimension.low) ** share
        else:
            step = dimension.step or 1
            steps = int(share * (round((dimension.high - dimension.low) / step) + 1))
            drawn[name] = round(dimension.low + steps * step, 6)
    return drawn


def _curve(settings: dict[str, Any], rows: int, rng: np.random.Generator) -> list[float]:
    """Scores as the settings deserve them: depth and rate matter most, then filters; the rest is chance."""
    top = 0.985 + 0.005 * (settings["blocks"] - 2) + 0.0006 * (settings["filters"] - 24)
    top -= 0.06 * math.log10(settings["learning_rate"] / 6e-3) ** 2 + 0.02 * settings["dropout"]
    top -= 0.025 * (settings["optimizer"] == "sgd")
    noise = rng.normal(0, 0.004, settings["epochs"])
    scores = [
        min(0.9966, top - 0.3 * math.exp(-epoch / 2.5) + noise[epoch - 1]) for epoch in range(1, len(noise) + 1)
    ]
    return [round(score * rows) / rows for score in scores]


def _falls_behind(study: optuna.Study, curve: list[float]) -> int | None:
    """The epoch after which earlier complete trials leave a curve behind, as the pruner would find."""
    earlier = [trial.intermediate_values for trial in study.get_trials(states=(TrialState.COMPLETE,))]
    for epoch in range(4, len(curve)):
        scores = [values[epoch] for values in earlier if epoch in values]
        if len(scores) >= 4 and max(curve[:epoch]) < np.quantile(scores, 0.3):
            return epoch
    return None


def _answers(dataset: Dataset, rows: NDArray[np.int64], score: float, rng: np.random.Generator) -> OofPredictions:
    """Answers that are right as often as the score says; what looks alike is taken for each other."""
    truth, classes = dataset.train_labels[rows], len(dataset.schema.classes)
    alike = np.array([6, 7, 3, 8, 9, 6, 5, 9, 1, 7])
    hard = np.random.default_rng(0).permutation(len(rows))  # what is hard is so for every net
    wrong = hard[: round((1 - score) * len(rows))]
    chosen = truth.copy()
    chosen[wrong] = alike[truth[wrong]]
    sure = rng.uniform(0.7, 0.999, len(rows))
    probabilities = np.repeat((1 - sure)[:, None] / (classes - 1), classes, axis=1)
    probabilities[np.arange(len(rows)), chosen] = sure
    return OofPredictions(rows, probabilities.astype(np.float32))
