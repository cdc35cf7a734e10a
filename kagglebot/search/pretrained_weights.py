"""Pretrained weights that trials may begin with: there before workers start, or left out of the search."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from kagglebot.callbacks.events import Emit, Note
from kagglebot.errors import DataError
from kagglebot.models.base import BACKBONE
from kagglebot.models.registry import get_family
from kagglebot.pretrained.backbones import find_backbone
from kagglebot.pretrained.weights import MissingWeights, find_weights
from kagglebot.study_config.families import own
from kagglebot.study_config.schema import Definition
from kagglebot.study_config.set_and_fix import Restriction
from kagglebot.study_config.space import FAMILY, Value
from kagglebot.system.progress import ProgressCallback
from kagglebot.training.registry import split_settings


def with_weights(
    definition: Definition, restrictions: Mapping[str, Restriction], emit: Emit, on_note: Callable[[str], None]
) -> Mapping[str, Restriction]:
    """Download the weights that are not on this machine, once for all workers.

    Returns:
        The restrictions of the search, to the families and choices whose weights could be had.

    Raises:
        DataError: No family would be left.
    """
    families = [
        each for each in definition.families if FAMILY not in restrictions or restrictions[FAMILY].contains(each)
    ]
    missing: dict[str, DataError] = {}
    restricted = dict(restrictions)
    for name in families:
        part = definition.of_family(name)
        backbones = _backbones(part, own(restrictions, name))
        problems = {each: _problem(part, name, each, emit) for each in backbones}
        lacking = {each: problem for each, problem in problems.items() if problem is not None}
        if len(lacking) == len(backbones):
            missing[name] = lacking[backbones[0]]
        elif lacking:
            missing |= {str(each): problem for each, problem in lacking.items()}
            left = tuple(each for each in backbones if each not in lacking)
            restricted[definition.stored_name(name, BACKBONE)] = Restriction(left)
    left_families = tuple(name for name in families if name not in missing)
    if not left_families:
        raise next(iter(missing.values()))
    if missing:
        reasons = dict.fromkeys(f"{problem.message} {problem.hint}" for problem in missing.values())
        on_note(f"Left out of this search: {', '.join(missing)}. {' '.join(reasons)}")
    if len(left_families) < len(families):
        restricted[FAMILY] = Restriction(left_families)
    return restricted


def weights_files(definition: Definition, restrictions: Mapping[str, Restriction]) -> dict[str, Path]:
    """Return the files of weights on this machine that trials may begin with, by their published names.

    A preset of KerasHub, which is a folder, is left out.
    """
    files: dict[str, Path] = {}
    for name in definition.families:
        if get_family(name).fetch is None or (FAMILY in restrictions and not restrictions[FAMILY].contains(name)):
            continue
        for each in _backbones(definition.of_family(name), own(restrictions, name)):
            backbone = find_backbone(str(each))
            with suppress(MissingWeights):
                if backbone is not None and (path := find_weights(backbone).path).is_file():
                    files[backbone.file] = path
    return files


def _backbones(definition: Definition, restrictions: Mapping[str, Restriction]) -> list[Value]:
    """Return the backbones that a family's trials may have; they alone decide the weights."""
    if BACKBONE not in definition.space:
        return [definition.defaults().get(BACKBONE, "")]
    choices = definition.space[BACKBONE].choices or ()
    return [each for each in choices if BACKBONE not in restrictions or restrictions[BACKBONE].contains(each)]


def _problem(definition: Definition, name: str, backbone: Value, emit: Emit) -> DataError | None:
    """Fetch the weights of a backbone; return why they cannot be had."""
    family = get_family(name)
    if family.fetch is None:
        return None
    settings = definition.settings({BACKBONE: backbone})
    try:
        family.fetch(split_settings(family, settings)[0], _notes(emit))
    except DataError as error:
        return error
    return None


def _notes(emit: Emit) -> ProgressCallback:
    """Return a callback that tells of a download as a search tells of anything: a note at each quarter of it."""
    told = -1

    def report(phase: str, done: int, total: int | None) -> None:
        nonlocal told
        quarter = 4 * done // total if total else 0
        if quarter != told:
            told = quarter
            emit(Note(f"{phase}: {done / 1e6:,.0f} MB" + (f" of {total / 1e6:,.0f} MB" if total else "")))

    return report
