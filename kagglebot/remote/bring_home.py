"""The trials of a search elsewhere, brought into the study that it began with."""

import tempfile
from collections.abc import Mapping
from copy import copy
from itertools import groupby
from pathlib import Path
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from kagglebot.errors import StudyError
from kagglebot.paths import JOURNAL, StudyLocation
from kagglebot.remote.study_archive import copy_out, kept_files, read_journal
from kagglebot.search.storage.attributes import AGAIN, FOLLOWS, RUN
from kagglebot.search.storage.journal import extend_journal, load_study, open_storage
from kagglebot.search.storage.optuna_study import withdraw

#: User attribute of a trial: the search it comes from, and its number there.
ORIGIN = "origin"
_TRAINED = (TrialState.COMPLETE, TrialState.PRUNED)


def bring_home(
    location: StudyLocation, archive: Path, before: Path, mark: str, *, merge: bool = False
) -> dict[int, int]:
    """Add what a study gained elsewhere: trials, predictions and checkpoints; again, it adds nothing.

    Where the study has gained nothing here meanwhile, its journal goes on as it went on there. Else the new trials
    are added, with numbers of their own, unless the study has the same ones.

    Args:
        location: The study.
        archive: The study's folder as it came back.
        before: The folder as it was when the search began.
        mark: What the search is known by.
        merge: Add trials in any case: several searches share the study, each with a journal of its own.

    Returns:
        The number here of each trial that came, by its number there; empty where all keep theirs.

    Raises:
        StudyError: The study cannot be read.
        DataError: An archive is damaged, or the disk refuses.
    """
    numbers, twins = dict[int, int](), dict[int, int]()
    if renumbered := merge or not extend_journal(location.folder, read_journal(archive)):
        numbers, twins = _add_trials(location, archive, before, mark)
    known = {(kept.name, kept.crc) for kept in kept_files(before)}
    for kept in kept_files(archive):
        number = numbers.get(kept.trial) if renumbered else kept.trial
        if (kept.name, kept.crc) in known or number is None or (kept.running and renumbered):
            continue
        copy_out(archive, kept.name, location.folder / kept.of(number))
    return numbers | twins


def numbers_text(numbers: Mapping[int, int]) -> str:
    """Return the numbers that trials have here, by those that they have there.

    >>> numbers_text({3: 3, 4: 7, 5: 8, 6: 9, 8: 10})
    '3 is 3, 4-6 are 7-9, 8 is 10'
    """

    def run(place: tuple[int, tuple[int, int]]) -> tuple[int, int]:
        """Return what stays the same while both numbers go up by one."""
        index, (there, here) = place
        return there - index, here - index

    told = []
    for _, places in groupby(enumerate(sorted(numbers.items())), run):
        pairs = [pair for _, pair in places]
        (first, as_first), (last, as_last) = pairs[0], pairs[-1]
        told.append(f"{first}-{last} are {as_first}-{as_last}" if first < last else f"{first} is {as_first}")
    return ", ".join(told)


def _add_trials(
    location: StudyLocation, archive: Path, before: Path, mark: str
) -> tuple[dict[int, int], dict[int, int]]:
    """Add the trials that are new; return their numbers here by those there, and those of the ones it has."""
    study = load_study(open_storage(location.folder), location.key)
    if study is None:
        raise StudyError(
            f"The trials in {location.folder} are not of the study '{location.study}'.",
            "Move the folder away, and run the same command again.",
        )
    began, came = _trials(before, location.key), _trials(archive, location.key)
    brought = {trial.user_attrs.get(ORIGIN): trial.number for trial in study.get_trials(deepcopy=False)}
    numbers, twins = dict[int, int](), dict[int, int]()
    for trial in came:
        if not _is_new(trial, began):
            continue
        origin = f"{mark}/{trial.number}"
        number, twin = brought.get(origin), None
        if number is None:
            own = copy(trial)
            own.user_attrs = _renumbered(trial.user_attrs, numbers | twins, len(began)) | {ORIGIN: origin}
            twin = _twin(own, study.get_trials(deepcopy=False))
        if twin is not None:
            number = twins[trial.number] = twin
        else:
            if number is None:
                added = study._storage.create_new_trial(study._study_id, template_trial=own)
                number = study._storage.get_trial_number_from_id(added)
            numbers[trial.number] = number
        if trial.number < len(began):
            withdraw(study, trial.number, f"it was trained elsewhere: trial {number}")
    return numbers, twins


def _trials(archive: Path, key: str) -> list[FrozenTrial]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / JOURNAL).write_bytes(read_journal(archive))
        study = load_study(open_storage(Path(folder), read_only=True), key)
        return [] if study is None else study.get_trials(deepcopy=False)


def _is_new(trial: FrozenTrial, began: list[FrozenTrial]) -> bool:
    """Return whether a trial was made, or trained, since the search began."""
    if trial.number >= len(began):
        return trial.state != TrialState.RUNNING
    return not began[trial.number].state.is_finished() and trial.state in _TRAINED


def _twin(trial: FrozenTrial, others: list[FrozenTrial]) -> int | None:
    """Return the number of another trained trial with the same settings, of the same data, that went on alike."""

    def known(each: FrozenTrial) -> tuple[object, ...]:
        follows = {name: each.user_attrs.get(name) for name in FOLLOWS}
        return each.params, follows, each.user_attrs[RUN].get("digest")

    def is_trained(each: FrozenTrial) -> bool:
        return each.state in _TRAINED and RUN in each.user_attrs

    alike = (each.number for each in others if is_trained(each) and known(each) == known(trial))
    return next(alike, None) if is_trained(trial) else None


def _renumbered(attributes: Mapping[str, Any], numbers: Mapping[int, int], began: int) -> dict[str, Any]:
    """Return a trial's attributes with the numbers that the trials it names have here."""

    def here(number: int | None) -> int | None:
        return number if number is None else numbers.get(number, number if number < began else None)

    changed = dict(attributes)
    for name in {AGAIN, *FOLLOWS} & changed.keys():
        changed[name] = here(changed[name])
        if changed[name] is None:
            del changed[name]
    if RUN in changed:
        changed[RUN] = {**changed[RUN], "continues": here(changed[RUN].get("continues"))}
    return changed
