"""One trial from its settings to its validation score."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.trial import TrialState

from kagglebot.callbacks.events import TrialEnded, TrialStarted
from kagglebot.datasets.dataset import Dataset
from kagglebot.datasets.splits import Split, folds, holdout, plain_holdout
from kagglebot.errors import DataError
from kagglebot.metrics.metric import Metric
from kagglebot.models.base import ParameterError
from kagglebot.models.registry import get_family
from kagglebot.search.storage.study import PASSED_OVER, RUN, find_duplicate, finish, is_given
from kagglebot.search.trial.callback import Conditions, Interrupted, TooLong, TrialWatcher
from kagglebot.search.trial.oof_collector import Ending
from kagglebot.search.trial.promotion import Start, least_epochs, save_end, start_of
from kagglebot.search.trial.time_estimate import epoch_seconds, epoch_work
from kagglebot.study_config.schema import Definition
from kagglebot.study_config.space import suggest
from kagglebot.training.fit import fit
from kagglebot.training.learner import TrainingError, image_shape, pixel_moments
from kagglebot.training.oof_predictions import oof_path, trial_key
from kagglebot.training.out_of_memory import memory_errors
from kagglebot.training.provenance import made_with, runtime_of
from kagglebot.training.registry import make_learner


def run_trial(
    study: optuna.Study,
    trial: optuna.Trial,
    definition: Definition,
    dataset: Dataset,
    conditions: Conditions,
    *,
    late: bool = False,
) -> bool:
    """Train and score one trial, and close it in the study whatever comes.

    Args:
        study: The study.
        trial: As ``study.ask`` gave it.
        definition: What is drawn.
        dataset: The competition's images and labels.
        conditions: Of the worker.
        late: Whether the last nets that were drawn would have taken too much of the time left: where a short
            training is the beginning of a long one, this one is then shortened rather than passed over.

    Returns:
        Whether it was worked on; False for settings that had been tried before.

    Raises:
        TooLong: The sampler drew a net that cannot be trained in the time that is left; it is not kept.
        Interrupted: The user or the clock stopped it; its settings wait in the study.
    """
    drawn = suggest(trial, definition.space, definition.written_defaults(), conditions.limits)
    settings = definition.settings(drawn)
    if (other := find_duplicate(study, trial)) is not None:
        _close_as_duplicate(study, trial, other, conditions)
        return False
    start = start_of(study, trial, settings, dataset.schema.digest, conditions)
    watcher = TrialWatcher(study, trial, conditions)
    work = _work(definition, settings, dataset, conditions)
    pace = epoch_seconds(study, work, conditions.threads, runtime_of(get_family(definition.family)))
    least = least_epochs(definition) if late else None
    try:
        watcher.foresee(start.epochs, int(settings["epochs"]), pace, least)
    except TooLong as too_long:
        if not is_given(study, trial):  # what was given may be lighter than it looks: training will tell
            finish(study, trial.number, TrialState.FAIL, result={"state": PASSED_OVER, "reason": str(too_long)})
            raise
    trial.set_user_attr(RUN, _circumstances(definition, settings, start, dataset, conditions) | {"work": work})
    epochs = watcher.planned or int(settings["epochs"])
    told = {name: epochs if name == "epochs" else value for name, value in drawn.items()}
    conditions.emit(TrialStarted(trial.number, conditions.worker, told, epochs))
    ending = Ending(dataset, flip=bool(settings.get("flip")))
    try:
        with memory_errors():
            _train(definition, settings, start, dataset, watcher, ending=ending)
        watcher.close(TrialState.COMPLETE, "complete", "", found=ending.found())
    except optuna.TrialPruned as pruned:
        watcher.close(TrialState.PRUNED, "pruned", str(pruned))
    except (ParameterError, TrainingError) as error:
        watcher.close(TrialState.FAIL, "failed", error.message)
    except TooLong as too_long:
        given = is_given(study, trial)
        watcher.close(TrialState.FAIL, "interrupted", str(too_long), run_again=given)
        if given:  # it comes next again, so nothing lighter can be drawn
            raise Interrupted(str(too_long)) from None
        raise
    except Interrupted as interruption:
        if conditions.stopped() or not watcher.has_only_result():
            watcher.close(TrialState.FAIL, "interrupted", str(interruption), run_again=True)
        else:
            # Out of time with nothing complete yet: what there is becomes the study's usable best.
            ending.split_ended()
            watcher.close(TrialState.COMPLETE, "complete", str(interruption), found=ending.found())
        raise
    finally:
        key = trial_key(settings, start.seed, dataset.schema.digest)
        ending.keep(oof_path(conditions.folder, trial.number), key)
    if definition.promotion is not None and (checkpoint := watcher.checkpoint()) is not None:
        save_end(study, trial.number, checkpoint, start.key, conditions)
    return True


def _work(
    definition: Definition, settings: Mapping[str, Any], dataset: Dataset, conditions: Conditions
) -> float | None:
    """What an epoch of the trial takes; None where that is not known, or the settings are no net."""
    shape, classes = image_shape(dataset.train_images), len(dataset.schema.classes)
    try:
        return epoch_work(definition.family, settings, shape, classes, len(conditions.splits[0][0]))
    except ParameterError:
        return None


def _train(
    definition: Definition,
    settings: Mapping[str, Any],
    start: Start,
    dataset: Dataset,
    watcher: TrialWatcher,
    *,
    ending: Ending,
) -> None:
    """Train once for each split; the watcher sees the mean over the splits so far."""
    schema = dataset.schema
    for train_rows, valid_rows in watcher.splits:
        learner = make_learner(
            get_family(definition.family),
            {**settings, "epochs": watcher.planned or settings["epochs"]},
            image_shape(dataset.train_images),
            len(schema.classes),
            seed=start.seed,
            pixel_moments=pixel_moments(dataset.train_images, train_rows),
        )
        before = watcher.split_began(learner, start.checkpoint)
        ending.split_began(learner, valid_rows)
        fit(
            learner,
            dataset.train_images,
            dataset.train_labels,
            train_rows,
            valid_rows,
            metric=schema.metric,
            watcher=watcher,
            before=before,
        )
        ending.split_ended()
        watcher.split_ended()


def make_splits(definition: Definition, labels: NDArray[np.int64], metric: Metric) -> list[Split]:
    """The rows that every trial of the study learns from, and those it is scored on; one pair a fold.

    Raises:
        DataError: There are too few rows, or the metric says nothing of the rows held out.
    """
    validation = definition.validation
    if validation.folds is not None:
        splits = folds(labels, count=validation.folds, seed=validation.seed)
    elif validation.stratified:
        splits = [holdout(labels, fraction=validation.fraction, seed=validation.seed)]
    else:
        splits = [plain_holdout(len(labels), fraction=validation.fraction, seed=validation.seed)]
    for _, valid_rows in splits:
        if metric.needs_two_classes and len(np.unique(labels[valid_rows])) < 2:
            raise DataError(
                f"All {len(valid_rows)} rows held out are of one class, and {metric.text} needs two.",
                "Hold out more: a larger fraction, or fewer folds, in the study's [validation].",
            )
    return splits


def _circumstances(
    definition: Definition, settings: Mapping[str, Any], start: Start, dataset: Dataset, conditions: Conditions
) -> dict[str, Any]:
    return {
        "settings": dict(settings),
        "seed": start.seed,
        "continues": start.continues,
        "lock": conditions.lock,
        "home": conditions.host_id,
        "worker": conditions.worker,
        **made_with(get_family(definition.family), conditions.threads, dataset.schema.digest),
    }


def _close_as_duplicate(
    study: optuna.Study, trial: optuna.Trial, other: optuna.trial.FrozenTrial, conditions: Conditions
) -> None:
    """Give a repeated trial its twin's value: nothing would come of training it again."""
    reason = f"same settings as trial {other.number}"
    if other.state == TrialState.COMPLETE:
        result = {**other.user_attrs.get("result", {}), "reason": reason, "seconds": 0.0}
        finish(study, trial.number, TrialState.COMPLETE, other.value, result=result)
    else:
        result = {"state": "pruned", "reason": reason, "seconds": 0.0}
        finish(study, trial.number, TrialState.PRUNED, result=result)
    state = "complete" if other.state == TrialState.COMPLETE else "pruned"
    conditions.emit(TrialEnded(trial.number, conditions.worker, state, other.value, reason, 0.0))
