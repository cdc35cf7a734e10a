"""The start of a search: its study, budget, backend and callbacks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kagglebot.callbacks.callback import Callback
from kagglebot.callbacks.dispatch import Dispatcher
from kagglebot.callbacks.log import SearchLog
from kagglebot.callbacks.registry import make_callbacks
from kagglebot.datasets.dataset import load_dataset
from kagglebot.paths import StudyLocation, WorkspacePaths
from kagglebot.pretrained.weights import own_weights
from kagglebot.search.pretrained_weights import with_weights
from kagglebot.search.tune import tune
from kagglebot.study_config.limits import check_limits
from kagglebot.study_config.load import load_definition
from kagglebot.study_config.schema import Definition
from kagglebot.study_config.set_and_fix import Restriction, parse_restrictions
from kagglebot.system.logging import study_log
from kagglebot.training.machine.profile import choose_backend


@dataclass(frozen=True)
class SearchPlan:
    """What a search has to do.

    Attributes:
        location: The study's storage and folder.
        definition: Its definition, for this competition's data.
        restrictions: Parts of the space to restrict the search to, by parameter.
        trials: Trials to run; None for as many as the time allows.
        timeout_seconds: Seconds after which it ends; None for no limit.
    """

    location: StudyLocation
    definition: Definition
    restrictions: Mapping[str, Restriction]
    trials: int | None
    timeout_seconds: float | None


def plan_search(
    workspace: WorkspacePaths,
    study: str,
    competition: str,
    *,
    trials: int | None,
    timeout_seconds: float | None,
    storage: str | None,
    restrict: Sequence[str],
    fix: Sequence[str],
) -> SearchPlan:
    """Return what a search has to do; without a number of trials and a time, the definition's budget holds.

    Raises:
        DataError: The competition has not been fetched.
        StudyError: There is no such study, or its definition is wrong.
        UsageError: A restriction is wrong.
    """
    dataset = load_dataset(workspace.data(competition))
    definition = load_definition(workspace.root, study).for_dataset(dataset)
    restrictions: Mapping[str, Restriction] = parse_restrictions(definition.space, restrict, fix)
    location = workspace.location(competition, definition.name, storage)
    if trials is None and timeout_seconds is None:
        trials, timeout_seconds = definition.budget.trials, definition.budget.timeout_seconds
    return SearchPlan(location, definition, restrictions, trials, timeout_seconds)


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
    plan = plan_search(
        workspace,
        study,
        competition,
        trials=trials,
        timeout_seconds=timeout_seconds,
        storage=storage,
        restrict=restrict,
        fix=fix,
    )
    location, definition = plan.location, plan.definition
    on_event = Dispatcher([SearchLog(), *(each for each in followers if not each.in_worker)])
    with own_weights(workspace.settings.weights):
        restrictions = with_weights(definition, plan.restrictions, on_event, workspace.note)
        with study_log(location.folder, f"tune {definition.name}, {_budget_text(plan)}"):
            tune(
                location,
                definition,
                workspace.data(competition),
                trials=plan.trials,
                timeout_seconds=plan.timeout_seconds,
                jobs=jobs or workspace.settings.jobs,
                seed=seed,
                cluster=cluster,
                restrictions=restrictions,
                backend=chosen,
                on_event=on_event,
                worker_callbacks=[each for each in followers if each.in_worker],
            )
    return location


def _budget_text(plan: SearchPlan) -> str:
    count = f"{plan.trials} trial{'s' * (plan.trials > 1)}" if plan.trials else ""
    seconds = f"{plan.timeout_seconds:g} s" if plan.timeout_seconds else ""
    return " and ".join(filter(None, (count, seconds))) or "without a limit"
