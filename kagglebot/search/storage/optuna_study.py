"""An Optuna study of a definition: open it, ask for trials, finish them."""

from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from filelock import FileLock
from optuna.trial import FrozenTrial, TrialState

from kagglebot.metrics.metric import Metric
from kagglebot.metrics.registry import get_metric
from kagglebot.paths import StudyLocation
from kagglebot.search.sampling.per_trial_seed import PerTrialSeedSampler
from kagglebot.search.sampling.pruners import AmongAlike, make_pruner
from kagglebot.search.sampling.samplers import SpaceExhausted, is_exhausted, make_sampler
from kagglebot.search.storage.attributes import (
    AGAIN,
    CONTINUES,
    DEFINITION,
    FOLLOWS,
    METRIC,
    RESULT,
    RUN,
    TRIES,
    family_of,
    is_of_own,
    observations,
    stored_metric,
)
from kagglebot.search.storage.compatibility import compare_definition, direction, is_scored_by
from kagglebot.search.storage.journal import load_study, open_storage
from kagglebot.search.trial.outcome import TrialOutcome
from kagglebot.study_config.schema import Definition
from kagglebot.study_config.set_and_fix import Restriction
from kagglebot.training.settings_aliases import renamed_settings

#: States of trials that no new trial repeats.
_RAN = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.RUNNING)


def open_study(
    location: StudyLocation,
    definition: Definition,
    metric: Metric,
    restrictions: Mapping[str, Restriction] | None = None,
) -> tuple[optuna.Study, list[str]]:
    """Open the study; create it from the definition if it is new.

    The definition's trials are enqueued, except those outside ``restrictions``.

    Returns:
        The study, and messages to the user on what changed since its first trials.

    Raises:
        StudyError: The definition changed in a way that makes its trials incomparable, or another metric scored
            them.
    """
    storage = open_storage(location.folder, location.url)
    pruner = make_pruner(definition.pruner, definition.longest_epochs())
    several = len(definition.families) > 1
    pruner = AmongAlike(pruner, lambda trial: (family_of(trial) if several else "") if is_of_own(trial) else None)
    with FileLock(location.folder / "study.lock"):
        known = load_study(storage, location.key)
        if known is not None and not is_scored_by(metric, known, location):
            # No trial has started: nothing is lost.
            optuna.delete_study(study_name=known.study_name, storage=storage)
            known = None
        notes = [] if known is None else compare_definition(known, definition, location)
        written = dict.fromkeys([*definition.space, *(name for values in definition.trials for name in values)])
        if renamed := renamed_settings({**written, **definition.fixed}):
            notes.append(f"The definition uses names of 0.1, which are still read: today {', '.join(renamed)}.")
        study = known or optuna.create_study(
            storage=storage,
            study_name=location.key,
            direction=direction(metric),
            load_if_exists=True,  # another machine, which this lock does not hold back, may be first
        )
        study.pruner = pruner
        study.set_user_attr(METRIC, metric.name)
        study.set_user_attr(DEFINITION, definition.model_dump(mode="json"))
        trials = study.get_trials(deepcopy=False)
        for values in definition.enqueued(restrictions):
            if not any(_enqueued(trial) == values and not _is_given_up(trial, trials) for trial in trials):
                study.enqueue_trial(values)
    return study, notes


def _enqueued(trial: FrozenTrial) -> dict[str, Any]:
    """Return the settings that were enqueued for a trial; those that were drawn for it if none were."""
    return dict(trial.system_attrs.get("fixed_params", trial.params))


def _is_given_up(trial: FrozenTrial, trials: Sequence[FrozenTrial]) -> bool:
    """Return whether a trial was interrupted for want of time, and its settings wait for no other search yet."""
    interrupted = trial.user_attrs.get(RESULT, {}).get("state") == TrialOutcome.INTERRUPTED
    return interrupted and all(other.user_attrs.get(AGAIN) != trial.number for other in trials)


def ask(
    study: optuna.Study,
    definition: Definition,
    seed: int,
    limits: Mapping[str, int],
    restrictions: Mapping[str, Restriction] | None = None,
    *,
    digest: str = "",
) -> optuna.Trial:
    """Return the next trial: a waiting one, or a new one from the sampler.

    ``digest`` is the key of the data, by which trials are compared with new ones.

    Raises:
        SpaceExhausted: No trial waits, and every point of the grid, or of a space of few points, has been tried.
    """
    trials = study.get_trials(deepcopy=False)
    if any(trial.state == TrialState.WAITING for trial in trials):
        # The settings are enqueued: no sampler draws them.
        study.sampler = PerTrialSeedSampler(seed, lambda own: optuna.samplers.RandomSampler(seed=own), list)
    else:
        # The points of a grid are all tried once, by whatever trial; other samplers learn from nets.
        grid = definition.sampler.name == "grid"
        known = trials if grid else list(filter(is_of_own, trials))
        if not grid and is_exhausted(definition, _tried(trials, digest), limits, restrictions):
            raise SpaceExhausted
        make_sampler(definition, known, 0, limits, restrictions)  # raises before there is a trial
        metric = get_metric(stored_metric(study))
        study.sampler = PerTrialSeedSampler(
            seed,
            lambda own: make_sampler(definition, known, own, limits, restrictions),
            lambda each: observations(each, metric),
        )
    return study.ask()


def _tried(trials: Sequence[FrozenTrial], digest: str) -> list[FrozenTrial]:
    """Return the trials that a new one with their settings would repeat, on the data of that digest."""
    return [each for each in trials if _ran_on(each, {"digest": digest}) and "weights" not in each.user_attrs[RUN]]


def _ran_on(trial: FrozenTrial, decisive: Mapping[str, Any]) -> bool:
    """Return whether a trial ran or runs, with all of ``decisive`` that was stored of it."""
    run = trial.user_attrs.get(RUN)
    alike = run is not None and all(run.get(name, value) == value for name, value in decisive.items())
    return alike and trial.state in _RAN


def is_enqueued(study: optuna.Study, trial: optuna.Trial) -> bool:
    """Return whether a trial's settings were enqueued, rather than drawn by the sampler."""
    return "fixed_params" in study._storage.get_trial(trial._trial_id).system_attrs


def find_duplicate(study: optuna.Study, trial: optuna.Trial, made: Mapping[str, Any]) -> FrozenTrial | None:
    """Return an earlier trial with the same parameters that ran or runs; None if there is none.

    It is on the same data and began with the same pretrained weights: ``made`` has the ``digest`` of the data and,
    if there are any, the ``weights``. The interrupted trial that this one repeats does not count. A promoted trial
    has no duplicate: the one that it continues may have been cut, and drawn with as many epochs. Nor has another
    seed of a net.
    """
    if FOLLOWS & trial.user_attrs.keys():
        return None
    repeated = trial.user_attrs.get(AGAIN)
    decisive = {name: made[name] for name in ("digest", "weights") if name in made}
    for other in study.get_trials(deepcopy=False):
        if (
            other.number < trial.number
            and other.number != repeated
            and other.params == trial.params
            and _ran_on(other, decisive)
        ):
            return other
    return None


def finish(
    study: optuna.Study,
    number: int,
    state: TrialState,
    value: float | None = None,
    *,
    result: dict[str, Any],
    run_again: bool = False,
) -> None:
    """Close a trial; with ``run_again`` enqueue its settings for the next worker.

    Those of a complete one go on with the folds that it had no time for.

    They are enqueued before the trial is closed: if this process is killed in between, the trial is closed later,
    and its settings are not enqueued twice.

    Raises:
        UpdateFinishedTrialError: Another process closed it first, and enqueued its settings if need be.
    """
    trials = study.get_trials(deepcopy=False)
    frozen = trials[number]
    study._storage.set_trial_user_attr(frozen._trial_id, RESULT, result)
    if run_again and not any(trial.user_attrs.get(AGAIN) == number for trial in trials):
        tries = frozen.user_attrs.get(TRIES, 0) + (result.get("state") == TrialOutcome.DIED)
        # The enqueued ones too: it may not have suggested them yet.
        settings = {**frozen.system_attrs.get("fixed_params", {}), **frozen.params}
        attributes = {name: frozen.user_attrs[name] for name in FOLLOWS & frozen.user_attrs.keys()}
        attributes |= {TRIES: tries, AGAIN: number}
        if state == TrialState.COMPLETE:
            attributes[CONTINUES] = number
        study.enqueue_trial(settings, user_attrs=attributes)
    study.tell(number, value, state=state, skip_if_finished=True)


def withdraw(study: optuna.Study, number: int, reason: str) -> None:
    """Close a trial that waits, so that no worker takes it; leave one that a worker has taken."""
    waiting = study.get_trials(deepcopy=False)[number]
    storage = study._storage
    if waiting.state == TrialState.WAITING and storage.set_trial_state_values(
        waiting._trial_id, state=TrialState.RUNNING
    ):
        finish(study, number, TrialState.FAIL, result={"state": TrialOutcome.SKIPPED.value, "reason": reason})
