"""An Optuna study that belongs to a definition: opened, continued, swept of dead trials."""

from collections.abc import Mapping
from typing import Any

import optuna
from filelock import FileLock
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from kagglebot.errors import StudyError
from kagglebot.metrics.metric import Metric
from kagglebot.metrics.registry import known_metrics
from kagglebot.paths import StudyLocation
from kagglebot.search.sampling.factory import make_pruner, make_sampler
from kagglebot.search.sampling.per_trial_seed import PerTrialSeedSampler
from kagglebot.search.storage.journal import load_study, open_storage
from kagglebot.study_config.schema import Definition

#: User attributes of a study: its definition, and the name of what its trials are scored by.
DEFINITION, METRIC = "definition", "metric"
#: User attributes of a trial: what it was given at the start, and what came of it.
RUN, RESULT = "run", "result"
#: User attribute of a trial: the number of the one it goes on from.
CONTINUES = "continues"
#: State in the result of a trial that was drawn and never begun.
PASSED_OVER = "passed over"
#: And of one whose settings run once more: the number of the one cut off, and how often their worker had died.
AGAIN, TRIES = "again", "retries"


def open_study(location: StudyLocation, definition: Definition, metric: Metric) -> tuple[optuna.Study, list[str]]:
    """Open the study, made from the definition where it is new.

    Returns:
        The study, and notes for the user on what changed since its first trials.

    Raises:
        StudyError: The definition changed in a way that makes its trials incomparable, or another metric scored
            them.
    """
    storage = open_storage(location.folder, location.url)
    pruner = make_pruner(definition.pruner, longest_epochs(definition))
    with FileLock(location.folder / "study.lock"):
        known = load_study(storage, location.key)
        if known is not None and not _is_scored_by(metric, known, location):
            optuna.delete_study(study_name=location.key, storage=storage)  # no trial has begun: nothing is lost
            known = None
        notes = [] if known is None else _compare(known, definition, location)
        study = known or optuna.create_study(
            storage=storage,
            study_name=location.key,
            direction=_direction(metric),
            load_if_exists=True,  # another machine, which this lock does not hold back, may be first
        )
        study.pruner = pruner
        study.set_user_attr(METRIC, metric.name)
        study.set_user_attr(DEFINITION, definition.model_dump(mode="json", exclude={"keep"}))
        for values in definition.enqueued():
            study.enqueue_trial(values, skip_if_exists=True)
    return study, notes


def _direction(metric: Metric) -> StudyDirection:
    return StudyDirection.MINIMIZE if metric.minimise else StudyDirection.MAXIMIZE


def stored_metric(study: optuna.Study) -> str:
    """Give the name of what a study's trials are scored by; the first version knew accuracy only."""
    return str(study.user_attrs.get(METRIC, "accuracy"))


def _is_scored_by(metric: Metric, study: optuna.Study, location: StudyLocation) -> bool:
    """Tell whether the study is one of that metric.

    Raises:
        StudyError: It is not, and has trials that cannot be compared with what is to come.
    """
    before = stored_metric(study)
    if (before, study.direction) == (metric.name, _direction(metric)):
        return True
    if all(trial.state == TrialState.WAITING for trial in study.get_trials(deepcopy=False)):
        return False
    afresh = _afresh(location, "its definition")
    if before == metric.name:
        raise StudyError(
            f"The study '{location.study}' takes {'higher' if metric.minimise else 'lower'} scores for better, "
            f"which is wrong for {metric.text}.",
            afresh,
        )
    known = known_metrics()
    measure = known[before].text if before in known else before
    raise StudyError(
        f"The trials of '{location.study}' were scored by {measure}, "
        f"and {location.competition} is now scored by {metric.text}.",
        f"{afresh} To go on with it: kagglebot fetch {location.competition} --metric {before}",
    )


def _afresh(location: StudyLocation, what: str) -> str:
    away = "" if location.url else f", or move {location.folder} away"
    return f"Copy {what} to studies/NEW-NAME.toml and tune that{away}."


def _compare(study: optuna.Study, definition: Definition, location: StudyLocation) -> list[str]:
    stored = Definition(**study.user_attrs[DEFINITION]) if DEFINITION in study.user_attrs else definition
    if stored.digest() == definition.digest() or not study.get_trials(deepcopy=False):
        return []
    blocking = [
        label
        for label, before, after in (
            ("family", stored.family, definition.family),
            ("images", stored.images, definition.images),
            ("validation", stored.validation, definition.validation),
            ("fixed settings", stored.defaults(), definition.defaults()),
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
            _afresh(location, "the new definition"),
        )
    return [f"The definition of '{location.study}' changed; the change fits, so the study goes on with it."]


def longest_epochs(definition: Definition) -> int:
    """The largest number of epochs a trial can have."""
    if (dimension := definition.space.get("epochs")) is not None:
        return int(dimension.high if dimension.high is not None else max(map(float, dimension.choices or (1,))))
    return int(definition.defaults()["epochs"])


def ask(study: optuna.Study, definition: Definition, seed: int, limits: Mapping[str, int]) -> optuna.Trial:
    """Take the next trial: a waiting one, or a new one from the sampler.

    Raises:
        SpaceExhausted: Nothing waits, and a grid has been tried to its end.
    """
    trials = study.get_trials(deepcopy=False)
    place = sum(trial.state != TrialState.WAITING for trial in trials)
    if place < len(trials):
        study.sampler = PerTrialSeedSampler(
            seed, lambda own: optuna.samplers.RandomSampler(seed=own)
        )  # settings are given
    else:
        make_sampler(definition, trials, 0, limits)  # refused here, before there is a trial
        study.sampler = PerTrialSeedSampler(seed, lambda own: make_sampler(definition, trials, own, limits))
    return study.ask()


def is_given(study: optuna.Study, trial: optuna.Trial) -> bool:
    """Tell whether a trial's settings were waiting in the study, rather than drawn by the sampler."""
    return "fixed_params" in study._storage.get_trial(trial._trial_id).system_attrs


def is_passed_over(trial: FrozenTrial) -> bool:
    """Tell whether a trial was drawn and never begun, as it could not have ended in time."""
    return bool(trial.user_attrs.get(RESULT, {}).get("state") == PASSED_OVER)


def find_duplicate(study: optuna.Study, trial: optuna.Trial) -> FrozenTrial | None:
    """Find an earlier trial that had the same parameters and ran, or runs; not the one that this one repeats.

    One that goes on has none: what it goes on from may have been shortened, and drawn with these very epochs.
    """
    if CONTINUES in trial.user_attrs:
        return None
    states = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.RUNNING)
    repeated = trial.user_attrs.get(AGAIN)
    for other in study.get_trials(deepcopy=False, states=states):
        if (
            other.number < trial.number
            and other.number != repeated
            and other.params == trial.params
            and RUN in other.user_attrs
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
    """Close a trial; with ``run_again`` its settings wait for the next worker.

    They wait before the trial is closed: whoever is killed in between leaves it to be closed once more, and it is
    seen then that they wait already.

    Raises:
        UpdateFinishedTrialError: Another process closed it first; its settings are that one's affair.
    """
    trials = study.get_trials(deepcopy=False)
    frozen = trials[number]
    study._storage.set_trial_user_attr(frozen._trial_id, RESULT, result)
    if run_again and not any(trial.user_attrs.get(AGAIN) == number for trial in trials):
        tries = frozen.user_attrs.get(TRIES, 0) + (result.get("state") == "died")
        # Those given to it too: it may not have come as far as to take them up.
        settings = {**frozen.system_attrs.get("fixed_params", {}), **frozen.params}
        attributes = {TRIES: tries, AGAIN: number}
        if CONTINUES in frozen.user_attrs:
            attributes[CONTINUES] = frozen.user_attrs[CONTINUES]
        study.enqueue_trial(settings, user_attrs=attributes)
    study.tell(number, value, state=state, skip_if_finished=True)
