"""A worker's loop, wherever it runs: how it starts, takes the next trial, and when it stops."""

import time
from collections.abc import Callable

from kagglebot.callbacks.dispatch import Dispatcher
from kagglebot.callbacks.events import Emit, SearchStarted
from kagglebot.datasets.dataset import load_dataset
from kagglebot.errors import DataError
from kagglebot.metrics.registry import get_metric
from kagglebot.models.registry import get_family
from kagglebot.search.sampling.samplers import SpaceExhausted
from kagglebot.search.storage.optuna_study import ask, open_study
from kagglebot.search.storage.rdb import storage_errors
from kagglebot.search.trial.context import SearchContext, WorkerContext
from kagglebot.search.trial.objective import run_trial
from kagglebot.search.trial.other_seed import train_again
from kagglebot.search.trial.outcome import TrialOutcome
from kagglebot.search.trial.promotion import promote
from kagglebot.search.trial.study_splits import make_splits
from kagglebot.search.workers.heartbeat import Heartbeat
from kagglebot.system.hardware.memory import available_memory
from kagglebot.training.keras.backends import backend, use_backend
from kagglebot.training.learner import image_shape

#: Skipped trials in a row after which a worker stops looking for a lighter net.
MOST_SKIPPED = 8
#: Skipped trials in a row after which the best trials are continued instead, or new ones are cut.
LATE_AFTER = 3
#: Repeated settings in a row after which the search space counts as used up.
MOST_DUPLICATES = 25


def open_worker(
    search: SearchContext, *, worker: int, lock: str, threads: int, emit: Emit, stopped: Callable[[], bool]
) -> WorkerContext:
    """Open the study and the data for a worker of this process.

    Raises:
        DataError: The data is missing or was replaced, or no rows can be held out.
        StudyError: The study cannot be opened.
        UsageError: The backend is not installed, or this process has trained on another.
    """
    began = time.monotonic()
    families = [get_family(name) for name in search.definition.families]
    if any(family.engine == "keras" for family in families):
        use_backend(search.backend)
        backend()  # imported here, so that the first trial's time is its own
    dataset = load_dataset(search.data, search.definition.images.rule)
    if search.digest and dataset.schema.digest != search.digest:
        raise DataError(
            f"The data of {search.location.competition} was fetched anew during the search, and is different.",
            "Run the same command again.",
        )
    metric = get_metric(dataset.schema.metric)
    with storage_errors(search.location.url):
        study, _ = open_study(search.location, search.definition, metric, search.restrictions)
    dispatch = Dispatcher([Heartbeat(study), *search.callbacks], forward=emit)
    location = search.location
    dispatch.call_hooks(SearchStarted(metric, None, None, location.study, location.competition, location.folder))
    return WorkerContext(
        search=search,
        worker=worker,
        lock=lock,
        threads=threads,
        emit=dispatch,
        stopped=stopped,
        study=study,
        dataset=dataset,
        metric=metric,
        splits=make_splits(search.definition, dataset.train_labels, metric, dataset.train_groups),
        memory=search.memory or available_memory(swap=True),
        limits=search.definition.limits(image_shape(dataset.train_images)),
        open_seconds=time.monotonic() - began,
    )


def run_next_trial(context: WorkerContext, *, late: bool = False) -> TrialOutcome:
    """Take the next trial of the study and run it until it is closed.

    ``late`` means that no new trial seems to fit into the time left: then a promising one is continued, or the new
    one is cut.

    Raises:
        StudyError: The storage cannot be reached.
        DataError: The disk refused a file.
    """
    with storage_errors(context.search.location.url):
        try:
            if not train_again(context):
                promote(context, late=late)
            search = context.search
            trial = ask(
                context.study,
                search.definition,
                search.seed,
                context.limits,
                search.restrictions,
                digest=context.dataset.schema.digest,
            )
        except SpaceExhausted:
            return TrialOutcome.EXHAUSTED
        return run_trial(context, trial, late=late)


class StopRule:
    """Decides from the outcomes of a worker's trials when it takes no more.

    Attributes:
        exhausted: Whether every setting of the search space has been tried.
    """

    def __init__(self) -> None:
        self.exhausted = False
        self._duplicates = self._skipped = 0

    @property
    def late(self) -> bool:
        """Whether the last trials were skipped because they would have taken too much of the time left."""
        return self._skipped >= LATE_AFTER

    def is_over(self, outcome: TrialOutcome) -> bool:
        """Count an outcome; return whether the worker takes no more trials."""
        if outcome is TrialOutcome.SKIPPED:
            self._skipped += 1
        else:
            repeated = outcome in (TrialOutcome.DUPLICATE, TrialOutcome.TAKEN_OVER)
            self._skipped, self._duplicates = 0, self._duplicates + 1 if repeated else 0
        self.exhausted = outcome is TrialOutcome.EXHAUSTED or self._duplicates >= MOST_DUPLICATES
        return self.exhausted or self._skipped >= MOST_SKIPPED or outcome is TrialOutcome.INTERRUPTED
