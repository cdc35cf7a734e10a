"""A search on Kaggle's machines, from the study as it is here to the same study with more trials."""

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from kagglebot.callbacks.events import Emit, Event, Note
from kagglebot.errors import UsageError
from kagglebot.metrics.registry import get_metric
from kagglebot.paths import JOURNAL, StudyLocation, WorkspacePaths
from kagglebot.pretrained.weights import own_weights
from kagglebot.remote.bring_home import bring_home, numbers_text
from kagglebot.remote.flow import carry_out, log_in
from kagglebot.remote.job import Job, Kind
from kagglebot.remote.pack import pack, packing
from kagglebot.remote.session import Session
from kagglebot.remote.shares import open_shared, share_files
from kagglebot.remote.study_archive import write_archive
from kagglebot.remote.there import DEFINITION, STUDY
from kagglebot.search.at_work import check_idle
from kagglebot.search.prepare import SearchPlan, plan_search
from kagglebot.search.pretrained_weights import weights_files, with_weights
from kagglebot.search.storage.compatibility import check_goes_on
from kagglebot.study_config.definition_files import find_definitions
from kagglebot.study_config.limits import check_limits
from kagglebot.system.logging import study_log
from kagglebot.system.progress import ProgressCallback, log_phases

SEARCH = Kind("tune", "on-kaggle", "search", "searches", "The trials before that are here.")
#: Kaggle ends a session after 12 hours, whatever it has done; decoding and packing take their part of that.
LONGEST_SECONDS = 11 * 3600.0
#: How many notebooks Kaggle runs for a user at the same time, with a GPU and without.
_MOST_WITH_GPU, _MOST = 2, 5
#: Added to the seed for each further session, which else would draw the same trials.
_NEXT_SEED = 1_000_003


@dataclass(frozen=True)
class RemoteSearch:
    """What a search on Kaggle is asked for; see ``Workspace.tune`` for the meaning of each."""

    trials: int | None = None
    timeout_seconds: float | None = None
    jobs: int | None = None
    seed: int | None = None
    backend: str | None = None
    restrict: Sequence[str] = ()
    fix: Sequence[str] = ()


def tune_on_kaggle(
    workspace: WorkspacePaths,
    study: str,
    competition: str,
    asked: RemoteSearch,
    *,
    gpu: bool,
    sessions: int = 1,
    on_progress: ProgressCallback | None,
) -> StudyLocation:
    """Search on Kaggle's machines, or go on with the search that is there, and bring the trials home.

    Args:
        workspace: The workspace; it is told what will be made in the user's account, before it is made.
        study: The study.
        competition: The competition.
        asked: What is asked for, of all sessions together.
        gpu: Search on a GPU.
        sessions: Notebooks that search at the same time, each with its share of the trials.
        on_progress: Called with each step.

    Returns:
        The study's storage and folder.

    Raises:
        StudyError: The study is at work here, is in a database or cannot go on, or the search there ended with an
            error; the trials before that are here then.
        SubmissionError: The dataset or the notebook failed.
        KaggleError: Kaggle refused, or cannot be reached.
        DataError: The competition was not fetched, a file is damaged, or the disk refuses.
        UsageError: A number is out of its limits.
    """
    plan = _plan(workspace, study, competition, asked, sessions, gpu=gpu)
    job, report = Job(plan.location, SEARCH), log_phases(on_progress)
    with job.alone(), study_log(plan.location.folder, f"tune {plan.location.study} on Kaggle"):
        client = log_in(workspace, on_progress)
        _pack_once(workspace, job, plan, asked, sessions, gpu=gpu)
        several, named = (job.asked() or {})["asked"]["sessions"] > 1, f"'{plan.location.study}'"
        if several:
            workspace.note(
                f"Each session counts its trials by itself. Their numbers in {named} are told when it is home."
            )

        def take(session: Session) -> None:
            before, mark = session.packed / STUDY, session.contents.mark
            numbers = bring_home(plan.location, session.archive, before, mark, merge=several)
            if any(several or here != there for there, here in numbers.items()):
                home = f"Session {session.number}" if several else "The search"
                workspace.note(f"{home} is home. The numbers of its trials in {named}: {numbers_text(numbers)}.")

        carry_out(workspace, job, client, take, report)
    return plan.location


def _plan(
    workspace: WorkspacePaths, study: str, competition: str, asked: RemoteSearch, sessions: int, *, gpu: bool
) -> SearchPlan:
    """Return the search, after checks that need no network."""
    numbers = {"trials": asked.trials, "jobs": asked.jobs, "seed": asked.seed, "sessions": sessions}
    check_limits(timeout_seconds=asked.timeout_seconds, **numbers)
    if (asked.timeout_seconds or 0) > LONGEST_SECONDS:
        raise UsageError(
            "Kaggle ends a notebook after 12 hours, and the way there and back takes some of them.",
            "Search for at most 11 hours at a time; the same command then goes on where that search ended.",
        )
    if sessions > (most := _MOST_WITH_GPU if gpu else _MOST):
        raise UsageError(
            f"Kaggle runs at most {most} notebooks {'with' if gpu else 'without'} a GPU at the same time.",
            f"Ask for 1 to {most} sessions.",
        )
    plan = plan_search(
        workspace,
        study,
        competition,
        trials=asked.trials,
        timeout_seconds=asked.timeout_seconds,
        storage=None,
        restrict=asked.restrict,
        fix=asked.fix,
    )
    if sessions > 1 and plan.definition.sampler.name == "grid":
        raise UsageError(
            f"The study '{plan.location.study}' tries the points of a grid in order, which each session would do.",
            "Leave out --sessions, or choose another sampler.",
        )
    if plan.location.url is None:
        check_goes_on(plan.location, plan.definition, get_metric(workspace.schema(competition).metric))
    return replace(plan, timeout_seconds=min(plan.timeout_seconds or LONGEST_SECONDS, LONGEST_SECONDS))


def _pack_once(
    workspace: WorkspacePaths, job: Job, plan: SearchPlan, asked: RemoteSearch, sessions: int, *, gpu: bool
) -> None:
    """Pack the search, unless one is packed that has not come home yet: that one then goes on."""
    location = plan.location
    search = {**asdict(asked), "trials": plan.trials, "timeout_seconds": plan.timeout_seconds}
    whole = {**search, "sessions": sessions, "gpu": gpu}
    if (packed := job.asked()) is not None:
        if packed["asked"] != json.loads(json.dumps(whole)):
            job.note_other(workspace, "this command goes on with that one")
        return
    check_idle(location.folder.parent, location.study)
    with own_weights(workspace.settings.weights), packing(job.folder) as new:
        restrictions = with_weights(plan.definition, plan.restrictions, _notes(workspace), workspace.note)
        plan = replace(plan, restrictions=restrictions)
        if sessions > 1:
            open_shared(workspace, plan)
        count = min(sessions, plan.trials or sessions)
        for number in range(count):
            own = {**search, "trials": plan.trials and plan.trials // count + (number < plan.trials % count)}
            if number:
                seed = plan.definition.seed if asked.seed is None else asked.seed
                own["seed"] = (seed + number * _NEXT_SEED) % (1 << 32)
            options = {"asked": whole, "search": own, "gpu": gpu}
            pack_search(new / f"{number + 1}", workspace, plan, options, share=(number, count))


def pack_search(
    target: Path, workspace: WorkspacePaths, plan: SearchPlan, options: Mapping[str, Any], share: tuple[int, int]
) -> None:
    """Write the files of a session's dataset to a new folder.

    Args:
        target: The folder.
        workspace: The workspace.
        plan: The search.
        options: What is asked for; ``search`` has the arguments of ``start_search`` there.
        share: Which of how many sessions this is, counted from 0.

    Raises:
        DataError: A file cannot be read, the disk refuses, or packages cannot be downloaded.
    """
    definition, location = plan.definition, plan.location
    asked = {"competition": location.competition, "study": location.study, **options}
    weights = weights_files(definition, plan.restrictions)
    pack(target, workspace.schema(location.competition), asked, families=definition.families, weights=weights)
    shutil.copyfile(find_definitions(workspace.root)[definition.name], target / DEFINITION)
    with tempfile.TemporaryDirectory() as folder:
        write_archive(target / STUDY, share_files(location, Path(folder) / JOURNAL, *share), {})


def _notes(workspace: WorkspacePaths) -> Emit:
    def emit(event: Event) -> None:
        if isinstance(event, Note):
            workspace.note(event.text)

    return emit
