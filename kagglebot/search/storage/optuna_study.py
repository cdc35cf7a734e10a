"""An Optuna study that belongs to a definition: open it, ask for trials, finish them."""

import math
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

import optuna
from filelock import FileLock
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from kagglebot.errors import StudyError
from kagglebot.metrics.metric import Metric
from kagglebot.metrics.ranking import Measured, comparable_scores, rank
from kagglebot.metrics.registry import find_metric, get_metric
from kagglebot.paths import StudyLocation
from kagglebot.search.sampling.per_trial_seed import PerTrialSeedSampler
from kagglebot.search.sampling.pruners import AmongAlike, make_pruner
from kagglebot.search.sampling.samplers import make_sampler
from kagglebot.search.storage.journal import load_study, open_storage, study_exists
from kagglebot.search.trial.outcome import TrialOutcome
from kagglebot.study_config.load import stored_definition
from kagglebot.study_config.schema import Definition
from kagglebot.study_config.set_and_fix import Restriction
from kagglebot.study_config.space import plain_name
from kagglebot.system.storage_url import shown
from kagglebot.training.learner import FailureKind
from kagglebot.training.settings_aliases import renamed_settings

#: User attributes of a study: its definition, and the name of its metric.
DEFINITION, METRIC = "definition", "metric"
#: User attributes of a trial: what it runs with, and its result.
RUN, RESULT = "run", "result"
#: User attribute of a trial: the number of the trial that it continues.
CONTINUES = "continues"
#: User attributes of a trial that repeats an interrupted one: its number, and how often their worker had died.
AGAIN, TRIES = "again", "retries"
#: In a study's folder: what is kept of each trial, by its number.
_FILES_OF_TRIALS = ("predictions", "checkpoints", "models")
#: Kinds of failure by the reasons that version 0.1 recorded.
_KINDS_OF_REASONS = {
    "memory ran out": FailureKind.OUT_OF_MEMORY,
    "the loss is no longer a number": FailureKind.DIVERGED,
    "its answers are no longer numbers": FailureKind.DIVERGED,
    "its process was killed twice, perhaps for want of memory": FailureKind.KILLED,
}


def check_place(location: StudyLocation) -> None:
    """Check that a search does not begin anew, with trial 0, over the files of trials that are in another storage.

    Raises:
        StudyError: It would.
    """
    before = location.other_place()
    kept = [name for name in _FILES_OF_TRIALS if any((location.folder / name).glob("*"))]
    if location.url is None or not before or not kept:
        return
    if study_exists(location.folder, location.url):
        study = load_study(open_storage(location.folder, location.url, read_only=True), location.key)
        if study and any(trial.state != TrialState.WAITING for trial in study.get_trials(deepcopy=False)):
            return
    raise StudyError(
        f"The trials of '{location.study}' are in {before} and their {' and '.join(kept)} in {location.folder}, "
        f"which new trials in {shown(location.url)} would overwrite.",
        f"Search under another name (copy its definition to studies/NEW-NAME.toml), move {location.folder} away, "
        "or leave --storage (or KAGGLEBOT_STORAGE) out.",
    )


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
    pruner = make_pruner(definition.pruner, longest_epochs(definition))
    several = len(definition.families) > 1
    pruner = AmongAlike(pruner, lambda trial: (family_of(trial) if several else "") if is_of_own(trial) else None)
    with FileLock(location.folder / "study.lock"):
        known = load_study(storage, location.key)
        if known is not None and not _is_scored_by(metric, known, location):
            # No trial has started: nothing is lost.
            optuna.delete_study(study_name=known.study_name, storage=storage)
            known = None
        notes = [] if known is None else _compare(known, definition, location)
        written = dict.fromkeys([*definition.space, *(name for values in definition.trials for name in values)])
        if renamed := renamed_settings({**written, **definition.fixed}):
            notes.append(f"The definition uses names of 0.1, which are still read: today {', '.join(renamed)}.")
        study = known or optuna.create_study(
            storage=storage,
            study_name=location.key,
            direction=_direction(metric),
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


def check_goes_on(location: StudyLocation, definition: Definition, metric: Metric) -> None:
    """Check that a study, if it has trials, can go on with a definition and a metric; write nothing.

    Raises:
        StudyError: The definition changed in a way that makes its trials incomparable, or another metric scored
            them.
    """
    if not study_exists(location.folder, location.url):
        return
    study = load_study(open_storage(location.folder, location.url, read_only=True), location.key)
    if study is not None and _is_scored_by(metric, study, location):
        _compare(study, definition, location)


def _enqueued(trial: FrozenTrial) -> dict[str, Any]:
    """Return the settings that were enqueued for a trial; those that were drawn for it if none were."""
    return dict(trial.system_attrs.get("fixed_params", trial.params))


def _is_given_up(trial: FrozenTrial, trials: Sequence[FrozenTrial]) -> bool:
    """Return whether a trial was interrupted for want of time, and its settings wait for no other search yet."""
    interrupted = trial.user_attrs.get(RESULT, {}).get("state") == TrialOutcome.INTERRUPTED
    return interrupted and all(other.user_attrs.get(AGAIN) != trial.number for other in trials)


def _direction(metric: Metric) -> StudyDirection:
    return StudyDirection.MINIMIZE if metric.minimise else StudyDirection.MAXIMIZE


def stored_metric(study: optuna.Study) -> str:
    """Return the name of the study's metric; the first version had accuracy only."""
    return str(study.user_attrs.get(METRIC, "accuracy"))


def _is_scored_by(metric: Metric, study: optuna.Study, location: StudyLocation) -> bool:
    """Return whether the study is scored by that metric.

    Raises:
        StudyError: It is not, and has trials that cannot be compared with new ones.
    """
    before = stored_metric(study)
    if (before, study.direction) == (metric.name, _direction(metric)):
        return True
    if all(trial.state == TrialState.WAITING for trial in study.get_trials(deepcopy=False)):
        return False
    hint = _copy_hint(location, "its definition")
    if before == metric.name:
        raise StudyError(
            f"The study '{location.study}' takes {'higher' if metric.minimise else 'lower'} scores for better, "
            f"which is wrong for {metric.text}.",
            hint,
        )
    known = find_metric(before)
    measure = known.text if known else before
    raise StudyError(
        f"The trials of '{location.study}' were scored by {measure}, "
        f"and {location.competition} is now scored by {metric.text}.",
        f"{hint} To continue it: kagglebot fetch {location.competition} --metric {before}",
    )


def _copy_hint(location: StudyLocation, what: str) -> str:
    away = "" if location.url else f", or move {location.folder} away"
    return f"Copy {what} to studies/NEW-NAME.toml and tune that{away}."


def _compare(study: optuna.Study, definition: Definition, location: StudyLocation) -> list[str]:
    kept = study.user_attrs.get(DEFINITION)
    stored = definition if kept is None else stored_definition(kept, location.study)
    if stored.digest() == definition.digest() or not study.get_trials(deepcopy=False):
        return []
    blocking = [
        label
        for label, before, after in (
            ("family", stored.families, definition.families),
            ("images", stored.images, definition.images),
            ("validation", stored.validation, definition.validation),
            ("fixed settings", _decisive(stored), _decisive(definition)),
            ("searched parameters", sorted(stored.space), sorted(definition.space)),
        )
        if before != after
    ]
    for name in stored.space.keys() & definition.space.keys():
        before, after = stored.space[name], definition.space[name]
        if before.choices != after.choices:
            blocking.append(f"choices of {name}")
        elif type(before.distribution()) is not type(after.distribution()) or before.log != after.log:
            blocking.append(f"kind of range of {name}")
    if blocking:
        raise StudyError(
            f"The definition of '{location.study}' changed since its trials were run: {', '.join(blocking)}.",
            _copy_hint(location, "the new definition"),
        )
    return [f"The definition of '{location.study}' changed in a compatible way; the study continues with it."]


def _decisive(definition: Definition) -> dict[str, Any]:
    """Return the fixed settings without those that a study may change: its trials stay comparable."""
    return {name: each for name, each in definition.defaults().items() if plain_name(name) != "batch_statistics"}


def compare_data(study: optuna.Study, digest: str, location: StudyLocation) -> list[str]:
    """Return a message to the user if trials of the study learned from other data than that of the digest."""
    trials = study.get_trials(deepcopy=False)
    others = sum(trial.user_attrs.get(RUN, {}).get("digest", digest) != digest for trial in trials)
    if not others:
        return []
    return [
        f"{others} trial{'s' * (others > 1)} of '{location.study}' learned from other data than is here now: "
        f"scores of the two do not compare. {_copy_hint(location, 'its definition')}"
    ]


def longest_epochs(definition: Definition) -> int:
    """Return the largest number of epochs that a trial can have."""
    parts = [definition.of_family(family) for family in definition.families]
    return max(map(_longest_epochs, parts))


def _longest_epochs(part: Definition) -> int:
    if (dimension := part.space.get("epochs")) is not None:
        return int(dimension.high if dimension.high is not None else max(map(float, dimension.choices or (1,))))
    return int(part.defaults()["epochs"])


def ask(
    study: optuna.Study,
    definition: Definition,
    seed: int,
    limits: Mapping[str, int],
    restrictions: Mapping[str, Restriction] | None = None,
) -> optuna.Trial:
    """Return the next trial: a waiting one, or a new one from the sampler.

    Raises:
        SpaceExhausted: No trial waits, and every point of the grid has been tried.
    """
    trials = study.get_trials(deepcopy=False)
    if any(trial.state == TrialState.WAITING for trial in trials):
        # The settings are enqueued: no sampler draws them.
        study.sampler = PerTrialSeedSampler(seed, lambda own: optuna.samplers.RandomSampler(seed=own), list)
    else:
        # The points of a grid are all tried once, by whatever trial; other samplers learn from nets.
        known = trials if definition.sampler.name == "grid" else list(filter(is_of_own, trials))
        make_sampler(definition, known, 0, limits, restrictions)  # raises before there is a trial
        metric = get_metric(stored_metric(study))
        study.sampler = PerTrialSeedSampler(
            seed,
            lambda own: make_sampler(definition, known, own, limits, restrictions),
            lambda each: observations(each, metric),
        )
    return study.ask()


def observations(trials: Sequence[FrozenTrial], metric: Metric) -> list[FrozenTrial]:
    """Return the trials that show something new: each net once, for the epochs that were drawn for it.

    A net that was continued is known by the trial that it began in: with more epochs it would look better than it
    is beside others, and count once more each time. The values are ``comparable_scores``; the study keeps its own.
    """
    seen = [copy(trial) for trial in trials if is_of_own(trial)]
    scored = [trial for trial in seen if trial.state == TrialState.COMPLETE]
    for trial, score in zip(scored, comparable_scores(metric, list(map(measured, scored))), strict=True):
        trial.value = score
    return seen


def is_of_own(trial: FrozenTrial) -> bool:
    """Return whether a trial is of a net of its own: it continues no other, and repeats the settings of none."""
    repeats = RESULT in trial.user_attrs and RUN not in trial.user_attrs and trial.state != TrialState.FAIL
    return CONTINUES not in trial.user_attrs and not repeats


def ranked(trials: Sequence[FrozenTrial], metric: Metric) -> list[FrozenTrial]:
    """Return the complete trials, best first; see ``rank``."""
    scored = [trial for trial in trials if trial.state == TrialState.COMPLETE and trial.value is not None]
    return [scored[index] for index in rank(metric, list(map(measured, scored)))]


def measured(trial: FrozenTrial) -> Measured:
    """Return what a complete trial is ranked by."""
    return measured_by(math.nan if trial.value is None else trial.value, trial.user_attrs.get(RESULT, {}))


def measured_by(score: float, result: Mapping[str, Any]) -> Measured:
    """Return what a trial with that score and result is ranked by."""
    return Measured(score, result.get("score_error"), result.get("log_loss"))


def is_enqueued(study: optuna.Study, trial: optuna.Trial) -> bool:
    """Return whether a trial's settings were enqueued, rather than drawn by the sampler."""
    return "fixed_params" in study._storage.get_trial(trial._trial_id).system_attrs


def family_of(trial: FrozenTrial) -> str:
    """Return the family of a trial's net; empty before it starts."""
    return str(trial.user_attrs.get(RUN, {}).get("family", ""))


def is_skipped(trial: FrozenTrial) -> bool:
    """Return whether a trial was drawn and not started, as it could not have ended in time."""
    return bool(trial.user_attrs.get(RESULT, {}).get("state") == TrialOutcome.SKIPPED)


def failure_kind(result: Mapping[str, Any]) -> str:
    """Return the ``FailureKind`` that a trial's result records; an empty string if it records none.

    Results of version 0.1 have a reason only.
    """
    return str(result.get("kind") or _KINDS_OF_REASONS.get(result.get("reason", ""), ""))


def find_duplicate(study: optuna.Study, trial: optuna.Trial, made: Mapping[str, Any]) -> FrozenTrial | None:
    """Return an earlier trial with the same parameters that ran or runs; None if there is none.

    It is on the same data and began with the same pretrained weights: ``made`` has the ``digest`` of the data and,
    if there are any, the ``weights``. The interrupted trial that this one repeats does not count. A promoted trial
    has no duplicate: the one that it continues may have been cut, and drawn with as many epochs.
    """
    if CONTINUES in trial.user_attrs:
        return None
    states = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.RUNNING)
    repeated = trial.user_attrs.get(AGAIN)
    decisive = {name: made[name] for name in ("digest", "weights") if name in made}
    for other in study.get_trials(deepcopy=False, states=states):
        if (
            other.number < trial.number
            and other.number != repeated
            and other.params == trial.params
            and (run := other.user_attrs.get(RUN)) is not None
            and all(run.get(name, value) == value for name, value in decisive.items())
        ):
            return other
    return None


def first_try(trials: Sequence[FrozenTrial], number: int) -> int:
    """Return the number of the trial that a trial repeats, or the first of a chain of them; its own if none."""
    while (again := trials[number].user_attrs.get(AGAIN)) is not None:
        number = again
    return number


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
        attributes = {TRIES: tries, AGAIN: number}
        if CONTINUES in frozen.user_attrs:
            attributes[CONTINUES] = frozen.user_attrs[CONTINUES]
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
