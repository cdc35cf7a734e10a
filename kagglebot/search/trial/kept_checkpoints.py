"""The checkpoints that a study keeps: of trials that may go on, and of those that may become the final model."""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from optuna.trial import FrozenTrial

from kagglebot.metrics.metric import Metric
from kagglebot.search.storage.attributes import RUN, first_try, ranked
from kagglebot.search.trial.context import WorkerContext
from kagglebot.search.trial.fit.checkpoints import TrialCheckpoints
from kagglebot.search.trial.promotion import may_go_on
from kagglebot.training.files.checkpoints import (
    checkpoint_path,
    chosen_path,
    running_path,
    save_checkpoint,
    stored_checkpoints,
)

#: Best trials whose chosen epochs are kept, the bytes that they may take together, and the share of the free disk.
KEPT, BYTES, DISK_SHARE = 10, 1_000_000_000, 0.1


def keep_checkpoints(context: WorkerContext, number: int, checkpoints: TrialCheckpoints, key: str) -> None:
    """Save the checkpoints of a trial that is complete, if it is among the best; delete those no longer needed.

    Raises:
        DataError: The disk refused.
    """
    folder = context.folder
    stored = stored_checkpoints(folder)  # before the trials are read: what others save after that is of newer ones
    trials = context.study.get_trials(deepcopy=False)
    going_on, best = may_go_on(context, trials), _best(trials, context.metric)
    if checkpoints.end is not None and number in going_on:
        stored.append(checkpoint_path(folder, number))
        save_checkpoint(stored[-1], checkpoints.end, key)
    if checkpoints.chosen is not None and number in best:
        stored.append(chosen_path(folder, number))
        save_checkpoint(stored[-1], replace(checkpoints.chosen, nets=checkpoints.nets), key)
    retained = [checkpoint_path(folder, each) for each in going_on]
    retained += [
        running_path(folder, first_try(trials, each.number)) for each in trials if not each.state.is_finished()
    ]
    for path in {*stored}.difference(retained, _fitting(folder, best)):
        path.unlink(missing_ok=True)


def _best(trials: list[FrozenTrial], metric: Metric) -> list[int]:
    """Return the numbers of the trials that the final model may be made of, best first."""
    best = [trial.number for trial in ranked(trials, metric) if RUN in trial.user_attrs]
    return best[:KEPT]


def _fitting(folder: Path, trials: Iterable[int]) -> Iterator[Path]:
    """Return the checkpoints of the first of these trials, as many as may be kept."""
    room = min(BYTES, DISK_SHARE * shutil.disk_usage(folder).free)
    for path in filter(Path.is_file, (chosen_path(folder, each) for each in trials)):
        room -= path.stat().st_size
        if room >= 0:
            yield path
