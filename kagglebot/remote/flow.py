"""A search on Kaggle's machine, from the study as it is here to the same study with more trials.

The steps are those of a submission by a notebook: a dataset, a notebook, its run, its output. Each looks on Kaggle
first, for the mark of what was packed, so the same command goes on from wherever an earlier one ended.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from kagglebot.callbacks.events import Emit, Event, Note
from kagglebot.errors import DataError, KaggleError, StudyError, SubmissionError, UsageError
from kagglebot.kaggle.client import KaggleClient, open_client
from kagglebot.kaggle.datasets import Datasets
from kagglebot.kaggle.kernels import Notebooks
from kagglebot.metrics.registry import get_metric
from kagglebot.paths import StudyLocation, WorkspacePaths
from kagglebot.pretrained.weights import own_weights
from kagglebot.remote.bring_home import bring_home
from kagglebot.remote.follow import following
from kagglebot.remote.pack import PROGRAM, pack
from kagglebot.remote.study_archive import read_note
from kagglebot.remote.there import OPTIONS, RESULT, STUDY
from kagglebot.search.at_work import check_idle
from kagglebot.search.prepare import SearchPlan, plan_search
from kagglebot.search.pretrained_weights import with_weights
from kagglebot.search.storage.optuna_study import check_goes_on
from kagglebot.study_config.limits import check_limits
from kagglebot.submission.notebooks.asked import AskedFile
from kagglebot.submission.notebooks.contents import Contents, prepare, slug_of
from kagglebot.submission.notebooks.dataset_step import ensure_dataset
from kagglebot.submission.notebooks.flow import LOGIN_NOTE
from kagglebot.submission.notebooks.notebook_step import NotebookStep
from kagglebot.submission.notebooks.source import begin_line
from kagglebot.system.files import disk_errors, read_json, size_text
from kagglebot.system.logging import LOGGER, study_log
from kagglebot.system.progress import ProgressCallback, log_phases
from kagglebot.system.storage_url import shown

#: In a study's folder: what was packed for the search that is on Kaggle now, what Kaggle was asked to make, and
#: the study as it came back.
PACKED, ASKED, CAME = "on-kaggle", "on-kaggle.json", "on-kaggle.zip"
#: Kaggle ends a session after 12 hours, whatever it has done; decoding and packing take their part of that.
LONGEST_SECONDS = 11 * 3600.0


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
    on_progress: ProgressCallback | None,
) -> StudyLocation:
    """Search on Kaggle's machine, or go on with the search that is there, and bring the trials home.

    Args:
        workspace: The workspace; it is told what will be made in the user's account, before it is made.
        study: The study.
        competition: The competition.
        asked: What is asked for.
        gpu: Search on a GPU.
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
    plan = _plan(workspace, study, competition, asked)
    location, report = plan.location, log_phases(on_progress)
    with disk_errors(f"write {location.folder}"):
        location.folder.mkdir(parents=True, exist_ok=True)
    with _alone(location), study_log(location.folder, f"tune {location.study} on Kaggle"):
        client = open_client(on_progress)
        owner = client.username  # logs in, before anything is packed
        folder = location.folder / PACKED
        _pack_once(workspace, folder, plan, asked, gpu=gpu)
        contents = _contents(folder, location, owner)
        _tell(workspace, client, contents)
        steps = AskedFile(location.folder / ASKED)
        archive = location.folder / CAME
        if not archive.is_file():
            failed = steps.read().failed
            try:
                _run(client, contents, steps, archive, report, on_line=workspace.note)
            except SubmissionError:
                if steps.read().failed != failed:
                    _forget(location)  # what runs next is packed anew: the cause may be mended
                raise
        error = str(read_note(archive).get("error", ""))
        report("bringing the trials home", 0, None)
        bring_home(location, archive, folder / STUDY, contents.mark)
        _forget(location)
    if error:
        raise StudyError(
            f"The search on Kaggle ended with an error: {error.rstrip('.')}.",
            "The trials before that are here. Mend the cause and run the same command again.",
        )
    return location


def _plan(workspace: WorkspacePaths, study: str, competition: str, asked: RemoteSearch) -> SearchPlan:
    """Return the search, after checks that need no network."""
    check_limits(trials=asked.trials, timeout_seconds=asked.timeout_seconds, jobs=asked.jobs, seed=asked.seed)
    if (asked.timeout_seconds or 0) > LONGEST_SECONDS:
        raise UsageError(
            "Kaggle ends a notebook after 12 hours, and the way there and back takes some of them.",
            "Search for at most 11 hours at a time; the same command then goes on where that search ended.",
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
    if plan.location.url is not None:
        raise StudyError(
            f"The trials of '{plan.location.study}' are in {shown(plan.location.url)}, out of reach on Kaggle.",
            "Search there with a study whose trials are in its folder.",
        )
    check_goes_on(plan.location, plan.definition, get_metric(workspace.schema(competition).metric))
    return replace(plan, timeout_seconds=min(plan.timeout_seconds or LONGEST_SECONDS, LONGEST_SECONDS))


@contextmanager
def _alone(location: StudyLocation) -> Iterator[None]:
    """Hold the lock of the study's search on Kaggle."""
    try:
        with FileLock(location.folder / f"{PACKED}.lock", timeout=0):
            yield
    except Timeout as error:
        raise StudyError(
            f"Another command follows the search of '{location.study}' on Kaggle.", "Wait for it, or stop it."
        ) from error


def _pack_once(
    workspace: WorkspacePaths, folder: Path, plan: SearchPlan, asked: RemoteSearch, *, gpu: bool
) -> None:
    """Pack the search, unless one is packed that has not come home yet: that one then goes on."""
    location = plan.location
    search = {**asdict(asked), "trials": plan.trials, "timeout_seconds": plan.timeout_seconds}
    if (folder / OPTIONS).is_file():
        packed = read_json(folder / OPTIONS)
        if (packed["search"], packed["gpu"]) != (json.loads(json.dumps(search)), gpu):
            workspace.note(
                f"A search of '{location.study}' with other options is on Kaggle, or on its way: this command "
                f"goes on with that one. To give it up, delete {folder}."
            )
        return
    check_idle(location.folder.parent, location.study)
    with own_weights(workspace.settings.weights):
        restrictions = with_weights(plan.definition, plan.restrictions, _notes(workspace), workspace.note)
        schema = workspace.schema(location.competition)
        pack(folder, workspace, schema, replace(plan, restrictions=restrictions), search, gpu=gpu)


def _notes(workspace: WorkspacePaths) -> Emit:
    def emit(event: Event) -> None:
        if isinstance(event, Note):
            workspace.note(event.text)

    return emit


def _contents(folder: Path, location: StudyLocation, owner: str) -> Contents:
    contents = prepare(
        folder,
        location.competition,
        owner,
        gpu=bool(read_json(folder / OPTIONS)["gpu"]),
        slug=slug_of(f"tune-{location.competition}-{location.study}"),
        program=PROGRAM,
    )
    return replace(contents, about=f"kagglebot, and its study {location.study} as it was before the search")


def _tell(workspace: WorkspacePaths, client: KaggleClient, contents: Contents) -> None:
    """Report what will be made in the user's account, and what GPU time is left."""
    size = size_text(sum(file.stat().st_size for file in contents.files))
    machine = "a GPU" if contents.gpu else "a CPU"
    workspace.note(
        f"In your Kaggle account, private: the dataset {contents.owner}/{contents.slug} "
        f"({len(contents.files)} files, {size}) and the notebook {contents.url} (on {machine}, internet off), "
        "which searches. `kagglebot notebooks --clean` removes both."
    )
    if client.login_expires:
        workspace.note(LOGIN_NOTE)
    if contents.gpu and (left := Notebooks(client).gpu_seconds_left()) is not None:
        workspace.note(f"{max(0.0, left) / 3600:.1f} hours of GPU time are left on Kaggle this week.")


def _run(
    client: KaggleClient,
    contents: Contents,
    asked: AskedFile,
    archive: Path,
    report: ProgressCallback,
    *,
    on_line: Callable[[str], None],
) -> None:
    """Have the search run on Kaggle, and save what it leaves: an archive of the study."""
    step = NotebookStep(Notebooks(client), contents, asked, report)
    ensure_dataset(Datasets(client), contents, asked, report)
    version = step.ensure()
    with following(Notebooks(client), contents.slug, begin_line(contents.mark), on_line) as show_rest:
        output = step.wait_for_output(version, wait=True)
        if output is None:
            return
        show_rest(output.log)
    for line in output.log.splitlines():
        LOGGER.info("kaggle: %s", line)
    report("downloading the study", 0, None)
    step.save(version, output, archive, RESULT)
    try:
        read_note(archive)
    except DataError as error:  # such as a page that tells of an error
        archive.unlink()
        raise KaggleError(
            f"Kaggle sent something else than {RESULT} of the notebook {contents.slug}.",
            "Run the same command again: it downloads it once more.",
        ) from error


def _forget(location: StudyLocation) -> None:
    """Remove what was packed and what came back; killed in between, the same command brings it home again."""
    folder = location.folder / PACKED
    with disk_errors(f"delete {folder}"):
        (location.folder / CAME).unlink(missing_ok=True)
        (folder / OPTIONS).unlink(missing_ok=True)
        shutil.rmtree(folder)
