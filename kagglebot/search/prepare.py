"""The start of a search: its study, budget, backend and callbacks."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kagglebot.callbacks.callback import Callback
from kagglebot.callbacks.dispatch import Dispatcher
from kagglebot.callbacks.events import Emit, Note
from kagglebot.callbacks.log import SearchLog
from kagglebot.callbacks.registry import make_callbacks
from kagglebot.datasets.dataset import imbalance
from kagglebot.errors import DataError
from kagglebot.models.registry import get_family
from kagglebot.paths import StudyLocation, WorkspacePaths
from kagglebot.pretrained.weights import own_weights
from kagglebot.search.tune import tune
from kagglebot.study_config.families import own
from kagglebot.study_config.limits import check_limits
from kagglebot.study_config.load import load_definition
from kagglebot.study_config.schema import Definition
from kagglebot.study_config.set_and_fix import Restriction, parse_restrictions
from kagglebot.study_config.space import FAMILY, IMBALANCE
from kagglebot.system.logging import study_log
from kagglebot.system.progress import ProgressCallback
from kagglebot.training.machine_profile import choose_backend
from kagglebot.training.registry import split_settings


def start_search(
    workspace: WorkspacePaths,
    study: str,
    competition: str,
    *,
    trials: int | None,
    timeout_seconds: float | None,
    jobs: int | None,
    storage: str | None,
    seed: int | None,
    cluster: str | None,
    backend: str | None,
    restrict: Sequence[str],
    fix: Sequence[str],
    callbacks: Sequence[Callback | str],
) -> StudyLocation:
    """Search until the trials are done or the time is up; see ``Workspace.tune`` for the arguments.

    Returns:
        The study's storage and folder.

    Raises:
        DataError: The competition has not been fetched, or pretrained weights are neither on this machine nor
            to be had.
        StudyError: There is no such study, its definition is wrong, or it cannot continue.
        UsageError: The backend or a callback is not known, or not installed; a number is out of its limits.
        TuneStopped: The user stopped it.
    """
    check_limits(trials=trials, timeout_seconds=timeout_seconds, jobs=jobs, seed=seed)
    followers = make_callbacks(callbacks, workspace.settings.callbacks)
    chosen = choose_backend(backend or workspace.settings.backend, elsewhere=cluster is not None)
    schema = workspace.schema(competition)
    definition = load_definition(workspace.root, study).for_metric(schema.metric).for_rows(schema.train_rows)
    definition = definition.given(IMBALANCE, imbalance(workspace.data(competition)))
    restrictions: Mapping[str, Restriction] = parse_restrictions(definition.space, restrict, fix)
    location = workspace.location(competition, definition.name, storage)
    if trials is None and timeout_seconds is None:
        trials, timeout_seconds = definition.budget.trials, definition.budget.timeout_seconds
    on_event = Dispatcher([SearchLog(), *(each for each in followers if not each.in_worker)])
    with own_weights(workspace.settings.weights):
        restrictions = _with_weights(workspace, definition, restrictions, on_event)
        with study_log(location.folder, f"tune {definition.name}, {_budget_text(trials, timeout_seconds)}"):
            tune(
                location,
                definition,
                workspace.data(competition),
                trials=trials,
                timeout_seconds=timeout_seconds,
                jobs=jobs or workspace.settings.jobs,
                seed=seed,
                cluster=cluster,
                restrictions=restrictions,
                backend=chosen,
                on_event=on_event,
                worker_callbacks=[each for each in followers if each.in_worker],
            )
    return location


def _with_weights(
    workspace: WorkspacePaths, definition: Definition, restrictions: Mapping[str, Restriction], emit: Emit
) -> Mapping[str, Restriction]:
    """Download the pretrained weights that trials may begin with, before workers start that would all do so.

    Families whose weights cannot be had are left out.

    Raises:
        DataError: No family would be left.
    """
    missing: dict[str, DataError] = {}
    families = [
        each for each in definition.families if FAMILY not in restrictions or restrictions[FAMILY].contains(each)
    ]
    for name in families:
        family = get_family(name)
        try:
            if family.fetch is not None:
                of_family = definition.of_family(name)
                for drawn in _choices(of_family, own(restrictions, name)):
                    family.fetch(split_settings(family, of_family.settings(drawn))[0], _notes(emit))
        except DataError as error:
            missing[name] = error
    if not missing:
        return restrictions
    left = tuple(name for name in families if name not in missing)
    if not left:
        raise next(iter(missing.values()))
    reasons = dict.fromkeys(f"{problem.message} {problem.hint}" for problem in missing.values())
    workspace.note(f"Left out of this search: {', '.join(missing)}. {' '.join(reasons)}")
    return {**restrictions, FAMILY: Restriction(left)}


def _choices(definition: Definition, restrictions: Mapping[str, Restriction]) -> Iterator[dict[str, Any]]:
    """Yield drawn settings in which every choice of the search occurs."""
    allowed = {
        name: [each for each in dimension.choices if name not in restrictions or restrictions[name].contains(each)]
        for name, dimension in definition.space.items()
        if dimension.choices is not None
    }
    first = {name: values[0] for name, values in allowed.items() if values}
    yield first
    yield from ({**first, name: value} for name, values in allowed.items() for value in values[1:])
    yield from ({**first, **values} for values in definition.enqueued(restrictions))


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


def _budget_text(trials: int | None, timeout_seconds: float | None) -> str:
    count = f"{trials} trial{'s' * (trials > 1)}" if trials else ""
    seconds = f"{timeout_seconds:g} s" if timeout_seconds else ""
    return " and ".join(filter(None, (count, seconds))) or "without a limit"
