"""The share that each of several sessions has of a study: the trials that wait, and those that may go on."""

import re
import shutil
from pathlib import Path

from optuna.trial import FrozenTrial, TrialState

from kagglebot.metrics.registry import get_metric
from kagglebot.paths import JOURNAL, StudyLocation, WorkspacePaths
from kagglebot.remote.study_archive import study_files
from kagglebot.search.prepare import SearchPlan
from kagglebot.search.storage.attributes import CONTINUES
from kagglebot.search.storage.journal import load_study, open_storage
from kagglebot.search.storage.optuna_study import open_study, withdraw

_MAY_GO_ON = re.compile(r"checkpoints/trial-(\d+)\.npz")


def open_shared(workspace: WorkspacePaths, plan: SearchPlan) -> None:
    """Have a study in its folder here, with the trials that its definition names, before sessions share it.

    Raises:
        StudyError: It cannot go on with this definition.
    """
    schema, definition = workspace.schema(plan.location.competition), plan.definition
    shape = schema.limited(definition.images.rule).resized_shape(schema.image_shape)
    definition = definition.within(definition.limits(shape))
    open_study(plan.location, definition, get_metric(schema.metric), plan.restrictions)


def share_files(location: StudyLocation, journal: Path, number: int, count: int) -> dict[str, Path]:
    """Return the files of a study for one of several sessions, by their names in its folder.

    A trial that waits is left to one session, and withdrawn in the journals of the others; a checkpoint with which
    a trial may be continued goes to one alone. One session has all.

    Args:
        location: The study.
        journal: Where a journal of its own is written.
        number: The session, counted from 0.
        count: Of how many.
    """
    files = study_files(location.folder)
    if count == 1:
        return files
    shutil.copyfile(files[JOURNAL], journal)
    study = load_study(open_storage(journal.parent), location.key)
    for trial in study.get_trials(deepcopy=False) if study else []:
        if study is None or trial.state.is_finished() or _owner(trial, count) == number:
            continue
        withdraw(study, trial.number, "another session trains it")
        if trial.state == TrialState.RUNNING:  # of a worker that was killed
            study.tell(trial.number, state=TrialState.FAIL)
    others = {name for name in files if (may := _MAY_GO_ON.fullmatch(name)) and int(may[1]) % count != number}
    return {name: path for name, path in files.items() if name not in others} | {JOURNAL: journal}


def _owner(trial: FrozenTrial, count: int) -> int:
    """Return the session that trains a trial; it has the checkpoint of the one that the trial continues."""
    return int(trial.user_attrs.get(CONTINUES, trial.number)) % count
