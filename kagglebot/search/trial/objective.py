"""One trial: prepared, trained on each fold, recorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.exceptions import UpdateFinishedTrialError

from kagglebot.callbacks.events import TrialStarted
from kagglebot.models.base import Family, ParameterError
from kagglebot.models.registry import get_family
from kagglebot.search.storage.attributes import CONTINUES, RUN
from kagglebot.search.storage.optuna_study import find_duplicate, is_enqueued
from kagglebot.search.trial.context import WorkerContext
from kagglebot.search.trial.fit.callback import TrialCallback
from kagglebot.search.trial.fold_pruning import far_behind
from kagglebot.search.trial.kept_checkpoints import keep_checkpoints
from kagglebot.search.trial.oof_collector import OofCollector
from kagglebot.search.trial.outcome import Interrupted, TooLong, TrialOutcome
from kagglebot.search.trial.promotion import Start, find_start, minimum_epochs
from kagglebot.search.trial.record import TrialEnd, record_duplicate, record_end, record_skipped, report_taken_over
from kagglebot.search.trial.time_estimate import TimeEstimate, estimate
from kagglebot.study_config.space import FAMILY
from kagglebot.training.files.oof_predictions import oof_path, trial_key
from kagglebot.training.fit import fit
from kagglebot.training.keras.batch_statistics import IMAGES
from kagglebot.training.learner import Learner, TrainingError, image_shape
from kagglebot.training.machine.memory_estimate import training_memory
from kagglebot.training.out_of_memory import memory_errors
from kagglebot.training.plan import TrainingPlan
from kagglebot.training.provenance import made_with
from kagglebot.training.registry import make_learner, moments
from kagglebot.training.scoring.tta import count_views


@dataclass(frozen=True)
class _Training:
    """A trial that is about to be trained."""

    context: WorkerContext
    trial: optuna.Trial
    family: Family
    settings: Mapping[str, Any]
    start: Start
    weights: str | None
    callback: TrialCallback
    oof: OofCollector
    expected: TimeEstimate


def run_trial(context: WorkerContext, trial: optuna.Trial, *, late: bool = False) -> TrialOutcome:
    """Train and score one trial, and close it in the study however it ends.

    ``late`` means that the last nets that were drawn would have taken too much of the time left. This one is then
    cut, rather than skipped, if a short training can be continued later.

    Raises:
        DataError: The disk refused the predictions or the checkpoint.
    """
    try:
        goes_on = CONTINUES in trial.user_attrs
        drawn_from = context.definition.for_continuations() if goes_on else context.definition
        name, drawn = drawn_from.suggest(trial, context.limits)
        family, settings = get_family(name), context.definition.of_family(name).settings(drawn)
        made = made_with(family, settings, context.threads, context.dataset.schema.digest)
        if (other := find_duplicate(context.study, trial, made)) is not None:
            return record_duplicate(context, trial, other)
        try:
            training = _prepare(context, trial, family, drawn=drawn, settings=settings, made=made, late=late)
        except Interrupted as error:
            return record_skipped(context, trial, str(error))
        return _record(training, _train(training))
    except UpdateFinishedTrialError:
        return report_taken_over(context, trial)


def _prepare(
    context: WorkerContext,
    trial: optuna.Trial,
    family: Family,
    *,
    drawn: Mapping[str, Any],
    settings: Mapping[str, Any],
    made: Mapping[str, Any],
    late: bool,
) -> _Training:
    """Decide from where and for how long to train, and write down what the trial runs with.

    Raises:
        Interrupted: The sampler drew a net that cannot be trained in the time that is left.
    """
    definition = context.definition.of_family(family.name)
    weights = made.get("weights")
    start = find_start(context, trial, settings, weights)
    plan = TrainingPlan(int(settings["epochs"]), minimum_epochs(definition) if late else None)
    views = count_views(family, flip=bool(settings.get("flip")))
    statistics = min(IMAGES, len(context.splits[0][0])) if settings.get("batch_statistics") == "plain" else 0
    callback = TrialCallback(context, trial, plan, views, statistics=statistics)
    expected = estimate(context, family, settings)
    try:
        callback.budget.check_before(expected.start, expected.features)
        before = expected.start + expected.features
        callback.budget.check_start(start.epochs, expected.epoch, before, late=late)
    except Interrupted:
        if not is_enqueued(context.study, trial):  # an enqueued net may be lighter than it looks: try it
            raise
    run = {
        "settings": dict(settings),
        "seed": start.seed,
        "continues": start.continues,
        "lock": context.lock,
        "home": context.search.host_id,
        "worker": context.worker,
        **made,
        "work": expected.work,
        "features_work": expected.features_work,
        "family": family.name,
    }
    trial.set_user_attr(RUN, run)
    shown = {name: plan.planned if name == "epochs" else value for name, value in drawn.items()}
    if len(context.definition.families) > 1:
        shown = {FAMILY: family.name, **shown}
    context.emit(TrialStarted(trial.number, context.worker, shown, plan.planned))
    oof = OofCollector(context.dataset)
    return _Training(context, trial, family, settings, start, weights, callback, oof, expected)


def _train(training: _Training) -> TrialEnd:
    """Train on every fold; return how the training ended."""
    context, callback = training.context, training.callback
    try:
        with memory_errors():
            _fit_splits(training)
    except optuna.TrialPruned as pruned:
        return TrialEnd(TrialOutcome.PRUNED, str(pruned))
    except (ParameterError, TrainingError) as error:
        return TrialEnd(TrialOutcome.FAILED, error.message, getattr(error, "kind", None))
    except TooLong as error:
        again = callback.budget.runs_again()
        outcome = TrialOutcome.INTERRUPTED if again else TrialOutcome.SKIPPED
        return TrialEnd(outcome, str(error), run_again=again)
    except Interrupted as error:
        if context.stopped() or not callback.budget.is_worth_a_score():
            return TrialEnd(TrialOutcome.INTERRUPTED, str(error), run_again=True)
        if callback.end_in_time():
            training.oof.split_ended(tta=callback.budget.has_time_for_tta)
        # The next search trains on the other folds.
        return TrialEnd(TrialOutcome.COMPLETE, str(error), run_again=len(context.splits) > 1)
    return TrialEnd(TrialOutcome.COMPLETE)


def _fit_splits(training: _Training) -> None:
    context, callback, dataset = training.context, training.callback, training.context.dataset
    shape, classes = image_shape(dataset.train_images), len(dataset.schema.classes)
    memory = training_memory(training.family, training.settings, shape, classes, len(context.splits[0][0]))
    memory.check(context.memory, " for a worker")
    learner: Learner | None = None
    before = training.start.checkpoint.folds if training.start.checkpoint else ()
    for fold, (_, valid_rows) in zip(before, context.splits, strict=False):
        callback.fold_ended_before(fold)
        training.oof.fold_ended_before(valid_rows, fold)
    for train_rows, valid_rows in context.splits[len(before) :]:
        measured = moments(training.family, training.settings, dataset.train_images, train_rows)
        if learner is None or not learner.renew(pixel_moments=measured):
            features = training.expected.features if learner is None else 0.0
            callback.budget.check_before(training.expected.start, features)
            learner = make_learner(
                training.family,
                {**training.settings, "epochs": callback.plan.planned},
                shape,
                classes,
                seed=training.start.seed,
                pixel_moments=measured,
                several=dataset.schema.several,
            )
        curve = callback.split_began(learner, training.start)
        training.oof.split_began(learner, valid_rows)
        fit(
            learner,
            dataset.train_images,
            dataset.train_labels,
            train_rows,
            valid_rows,
            metric=dataset.schema.metric,
            plan=callback.plan,
            callback=callback,
            before=curve,
            groups=dataset.train_groups,
        )
        callback.split_ended()
        predicted = training.oof.split_ended(tta=callback.budget.has_time_for_tta)
        callback.checkpoints.fold_predicted(*training.oof.latest, measured)
        last = valid_rows is context.splits[-1][1]
        if not last and (best := far_behind(context, valid_rows, predicted)) is not None:
            raise optuna.TrialPruned(f"far behind trial {best} on the rows of a fold")


def _record(training: _Training, end: TrialEnd) -> TrialOutcome:
    """Close the trial, and save its predictions and the states of its net after that."""
    context, number = training.context, training.trial.number
    oof = training.oof.judge() if end.outcome is TrialOutcome.COMPLETE else {}
    outcome = record_end(training.callback, end, oof)
    key = trial_key(training.settings, training.start.seed, context.dataset.schema.digest, training.weights)
    training.oof.save(oof_path(context.folder, number), key)
    if outcome is TrialOutcome.COMPLETE:
        keep_checkpoints(context, number, training.callback.checkpoints, training.start.key)
    return outcome
