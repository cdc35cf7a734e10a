"""The states of the nets that the final model may be made of are kept: of the chosen epoch, of the best trials."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import optuna
import pytest
from trial_context import trial_context

from kagglebot.datasets.dataset import Dataset, load_dataset
from kagglebot.metrics.registry import get_metric
from kagglebot.models.registry import get_family
from kagglebot.search.storage.attributes import RESULT, RUN
from kagglebot.search.trial.context import WorkerContext
from kagglebot.search.trial.fit.checkpoints import TrialCheckpoints
from kagglebot.search.trial.fit.curves import FoldCurves
from kagglebot.search.trial.kept_checkpoints import KEPT, keep_checkpoints
from kagglebot.search.trial.objective import run_trial
from kagglebot.study_config.load import parse_definition
from kagglebot.training.files.checkpoints import (
    Checkpoint,
    checkpoint_key,
    chosen_path,
    read_checkpoint,
    save_checkpoint,
)
from kagglebot.training.files.oof_predictions import oof_path, read_oof, trial_key
from kagglebot.training.learner import image_shape
from kagglebot.training.registry import make_learner

TEXT = """
family = "dense"
[validation]
{validation}
[pruner]
name = "none"
[fixed]
layers = 1
units_1 = 16
schedule = "onecycle"
learning_rate = 0.02
epochs = 3
batch_norm = true
batch_statistics = "{statistics}"
rotation = 30.0
[space]
ema_epochs = {{ low = 0.0, high = 1.0 }}
"""


def make_context(
    folder: Path, dataset: Dataset, validation: str = "fraction = 0.3", statistics: str = "augmented"
) -> WorkerContext:
    text = TEXT.format(validation=validation, statistics=statistics)
    definition = parse_definition(text.encode(), folder / "mine.toml", "mine")
    return trial_context(
        folder,
        optuna.create_study(direction="maximize"),
        "accuracy",
        definition=definition,
        dataset=dataset,
    )


@pytest.mark.parametrize(
    ("validation", "statistics"),
    [("fraction = 0.3", "augmented"), ("folds = 2", "augmented"), ("folds = 2", "plain")],
)
def test_the_net_of_the_chosen_epoch_is_kept_of_the_last_fold_without_promotion_under_any_schedule(
    tmp_path: Path, digits_data: Path, validation: str, statistics: str
) -> None:
    dataset = load_dataset(digits_data)
    context = make_context(tmp_path, dataset, validation, statistics)
    run_trial(context, context.study.ask())
    (trial,) = context.study.trials
    run, result = trial.user_attrs[RUN], trial.user_attrs[RESULT]
    key = checkpoint_key(run["settings"], run["seed"], dataset.schema.digest, run)
    checkpoint = read_checkpoint(chosen_path(tmp_path, 0), key)
    assert checkpoint is not None
    shape = image_shape(dataset.train_images)
    net = make_learner(get_family("dense"), run["settings"], shape, 10, seed=9, pixel_moments=(0.0, 1.0))
    net.restore(checkpoint.state)
    _, rows = context.splits[-1]
    answers = net.predict(dataset.train_images, rows)
    if statistics == "augmented":  # otherwise the score is of the same weights with other statistics
        assert get_metric("accuracy").score(dataset.train_labels[rows], answers) == checkpoint.scores[-1]
    assert len(checkpoint.scores) == result["epoch"]
    trained = trial_key(run["settings"], run["seed"], dataset.schema.digest)
    every = {"rows": len(dataset.train_labels), "classes": 10}
    kept = read_oof(oof_path(tmp_path, 0), trained, **every)
    views = net.predict_views(dataset.train_images, rows)
    predicted = kept.probabilities[np.searchsorted(kept.rows, rows)]
    np.testing.assert_allclose(views[result["tta"]], predicted, atol=1e-5)


def test_the_nets_of_all_folds_are_kept_and_predict_what_the_trial_did(tmp_path: Path, digits_data: Path) -> None:
    dataset = load_dataset(digits_data)
    context = make_context(tmp_path, dataset, "folds = 2")
    run_trial(context, context.study.ask())
    (trial,) = context.study.trials
    run = trial.user_attrs[RUN]
    key = checkpoint_key(run["settings"], run["seed"], dataset.schema.digest, run)
    checkpoint = read_checkpoint(chosen_path(tmp_path, 0), key)
    assert checkpoint is not None and len(checkpoint.nets) == 2
    trained = trial_key(run["settings"], run["seed"], dataset.schema.digest)
    kept = read_oof(oof_path(tmp_path, 0), trained, rows=len(dataset.train_labels), classes=10)
    shape = image_shape(dataset.train_images)
    for net, (_, rows) in zip(checkpoint.nets, context.splits, strict=True):
        mean, deviation = net.moments.tolist()
        own = make_learner(
            get_family("dense"), run["settings"], shape, 10, seed=9, pixel_moments=(mean, deviation)
        )
        own.set_weights(net.weights)
        views = own.predict_views(dataset.train_images, rows)
        np.testing.assert_allclose(views[trial.user_attrs[RESULT]["tta"]], kept.probabilities[rows], atol=1e-5)


def complete(context: WorkerContext, value: float, **result: float) -> int:
    """A complete trial of a value, whose checkpoint is a kilobyte."""
    trial = context.study.ask()
    trial.set_user_attr(RUN, {"seed": 1})
    trial.set_user_attr(RESULT, result)
    context.study.tell(trial, value)
    checkpoints = TrialCheckpoints(context, FoldCurves(context.metric, context.splits))
    checkpoints.chosen = Checkpoint({"0": np.zeros(1000, np.uint8)}, (value,), (1.0,))
    keep_checkpoints(context, trial.number, checkpoints, "key")
    return trial.number


def kept(folder: Path) -> set[int]:
    return {int(path.stem.removeprefix("chosen-")) for path in (folder / "checkpoints").iterdir()}


def test_the_best_trials_are_kept_as_many_as_there_is_room_for(
    tmp_path: Path, digits_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = make_context(tmp_path, load_dataset(digits_data))
    for number in range(KEPT + 2):
        complete(context, 0.5 + number / 100)
    assert kept(tmp_path) == set(range(2, KEPT + 2))
    complete(context, 0.1)
    assert kept(tmp_path) == set(range(2, KEPT + 2))
    size = chosen_path(tmp_path, 2).stat().st_size
    monkeypatch.setattr("kagglebot.search.trial.kept_checkpoints.BYTES", 2.5 * size)
    best = complete(context, 0.9)
    assert kept(tmp_path) == {KEPT + 1, best}
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=12 * size))
    best = complete(context, 0.95)
    assert kept(tmp_path) == {best}


def test_what_another_worker_saves_meanwhile_is_kept(
    tmp_path: Path, digits_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = make_context(tmp_path, load_dataset(digits_data))
    saved = chosen_path(tmp_path, 7)

    def may_go_on(*_: object) -> list[int]:  # after the trials were read
        save_checkpoint(saved, Checkpoint({}, (), ()), "key")
        return []

    monkeypatch.setattr("kagglebot.search.trial.kept_checkpoints.may_go_on", may_go_on)
    complete(context, 0.5)
    assert kept(tmp_path) == {0, 7}


def test_of_scores_that_differ_by_chance_those_with_the_lowest_log_loss_are_kept(
    tmp_path: Path, digits_data: Path
) -> None:
    context = make_context(tmp_path, load_dataset(digits_data))
    for number in range(KEPT + 1):
        complete(context, 0.9 + number / 1000, score_error=0.05, log_loss=0.1 + number / 100)
    assert kept(tmp_path) == set(range(KEPT))
