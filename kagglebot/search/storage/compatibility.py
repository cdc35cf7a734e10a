"""Whether a study's trials compare with new ones: of this definition, metric and data, at this place."""

from typing import Any

import optuna
from optuna.study import StudyDirection
from optuna.trial import TrialState

from kagglebot.errors import StudyError
from kagglebot.metrics.metric import Metric
from kagglebot.metrics.registry import find_metric
from kagglebot.paths import StudyLocation
from kagglebot.search.storage.attributes import DEFINITION, RUN, stored_metric
from kagglebot.search.storage.journal import load_study, open_storage, study_exists
from kagglebot.study_config.load import stored_definition
from kagglebot.study_config.schema import Definition
from kagglebot.study_config.space import plain_name
from kagglebot.system.storage_url import shown

#: In a study's folder: what is kept of each trial, by its number.
_FILES_OF_TRIALS = ("predictions", "checkpoints", "models")
#: Settings that a study may change or begin to search: its trials stay comparable.
_MAY_CHANGE = frozenset({"batch_statistics", "border"})


def check_place(location: StudyLocation) -> None:
    """Check that a search does not begin anew, with trial 0, over the files of trials that are in another storage.

    Raises:
        StudyError: It would.
    """
    before = location.other_place()
    kept = [name for name in _FILES_OF_TRIALS if any((location.folder / name).glob("*"))]
    if location.url is None or not before or not kept:
        return
    study = _read(location)
    if study is not None and not _all_wait(study):
        return
    raise StudyError(
        f"The trials of '{location.study}' are in {before} and their {' and '.join(kept)} in {location.folder}, "
        f"which new trials in {shown(location.url)} would overwrite.",
        f"Search under another name (copy its definition to studies/NEW-NAME.toml), move {location.folder} away, "
        "or leave --storage (or KAGGLEBOT_STORAGE) out.",
    )


def check_goes_on(location: StudyLocation, definition: Definition, metric: Metric) -> None:
    """Check that a study, if it has trials, can go on with a definition and a metric; write nothing.

    Raises:
        StudyError: The definition changed in a way that makes its trials incomparable, or another metric scored
            them.
    """
    study = _read(location)
    if study is not None and is_scored_by(metric, study, location):
        compare_definition(study, definition, location)


def _read(location: StudyLocation) -> optuna.Study | None:
    if not study_exists(location.folder, location.url):
        return None
    return load_study(open_storage(location.folder, location.url, read_only=True), location.key)


def _all_wait(study: optuna.Study) -> bool:
    return all(trial.state == TrialState.WAITING for trial in study.get_trials(deepcopy=False))


def is_scored_by(metric: Metric, study: optuna.Study, location: StudyLocation) -> bool:
    """Return whether the study is scored by that metric.

    Raises:
        StudyError: It is not, and has trials that cannot be compared with new ones.
    """
    before = stored_metric(study)
    if (before, study.direction) == (metric.name, direction(metric)):
        return True
    if _all_wait(study):
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


def direction(metric: Metric) -> StudyDirection:
    """Return the direction of a study that the metric scores."""
    return StudyDirection.MINIMIZE if metric.minimise else StudyDirection.MAXIMIZE


def compare_definition(study: optuna.Study, definition: Definition, location: StudyLocation) -> list[str]:
    """Return a message to the user if the definition changed since the study's trials were run.

    Raises:
        StudyError: It changed in a way that makes them incomparable.
    """
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
            ("searched parameters", _searched(stored), _searched(definition)),
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
    """Return the fixed settings without those that a study may change."""
    return {name: each for name, each in definition.defaults().items() if plain_name(name) not in _MAY_CHANGE}


def _searched(definition: Definition) -> list[str]:
    """Return the searched parameters without those that a study may begin to search."""
    return sorted(name for name in definition.space if plain_name(name) not in _MAY_CHANGE)


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


def _copy_hint(location: StudyLocation, what: str) -> str:
    away = "" if location.url else f", or move {location.folder} away"
    return f"Copy {what} to studies/NEW-NAME.toml and tune that{away}."
