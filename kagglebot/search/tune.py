"""The search: open the study, start the workers, listen to them until they are done, end in time."""

import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import TrialState

from kagglebot.callbacks.callback import Callback
from kagglebot.callbacks.events import Emit, SearchStarted
from kagglebot.datasets.dataset import check_files, load_dataset
from kagglebot.metrics.registry import get_metric
from kagglebot.models.registry import get_family
from kagglebot.paths import StudyLocation
from kagglebot.search.announce import announce
from kagglebot.search.storage.compatibility import check_place, compare_data
from kagglebot.search.storage.optuna_study import open_study
from kagglebot.search.storage.rdb import storage_errors
from kagglebot.search.trial.context import SearchContext
from kagglebot.search.trial.study_splits import make_splits
from kagglebot.search.worker_count import NetSizes, Workers, plan_workers
from kagglebot.search.workers.heartbeat import host_id
from kagglebot.search.workers.local_pool import LocalPool
from kagglebot.search.workers.pool import WorkerCrashed, WorkerPool
from kagglebot.study_config.schema import Definition
from kagglebot.study_config.set_and_fix import Restriction
from kagglebot.system.hardware.cpu import available_cores
from kagglebot.system.processes.child_processes import once
from kagglebot.training.keras.backends import DEFAULT
from kagglebot.training.learner import image_shape
from kagglebot.training.machine.cards import CardUse, examine_cards, idle_note, usable_cards

__all__ = ["TuneStopped", "WorkerCrashed", "tune"]


class TuneStopped(KeyboardInterrupt):
    """The user stopped the search; finished trials are kept and interrupted ones run again next time."""


def tune(
    location: StudyLocation,
    definition: Definition,
    data: Path,
    *,
    trials: int | None,
    timeout_seconds: float | None,
    jobs: int | None = None,
    seed: int | None = None,
    cluster: str | None = None,
    backend: str = DEFAULT,
    restrictions: Mapping[str, Restriction] | None = None,
    on_event: Emit | None = None,
    worker_callbacks: Sequence[Callback] = (),
) -> None:
    """Run more trials of a study in worker processes, until as many as asked for have run or the time is up.

    Args:
        location: The study's storage and folder.
        definition: The study's definition.
        data: ``data/COMPETITION``, fetched before.
        trials: Trials to run; None for as many as the time allows.
        timeout_seconds: Seconds after which to end; trials are planned to be over by then. None for no limit.
        jobs: Number of worker processes; None for ``auto_jobs``.
        seed: Seed of the search; None for the definition's.
        cluster: Address of a Dask scheduler whose workers run the trials instead of processes here.
        backend: The backend that Keras nets are trained on.
        restrictions: Parts of the space to restrict this search to, by parameter; None for all of it.
        on_event: Called with each event.
        worker_callbacks: Callbacks of which each worker gets a copy.

    Raises:
        DataError: The competition was not fetched, or no rows can be held out.
        StudyError: The study cannot go on with this definition or metric, or workers keep dying,
            or the files of its trials in another storage would be overwritten.
        TuneStopped: The user stopped it.
    """
    deadline = None if timeout_seconds is None else time.time() + timeout_seconds
    location.check_original()
    with storage_errors(location.url):
        check_place(location)
    check_files(data)
    # Done once for all workers: images of a new size are decoded, and what cannot be validated is refused.
    dataset = load_dataset(data, definition.images.rule)
    definition = definition.within(definition.limits(image_shape(dataset.train_images)))
    metric = get_metric(dataset.schema.metric)
    splits = make_splits(definition, dataset.train_labels, metric, dataset.train_groups)
    workers, uses = None, tuple[CardUse, ...]()
    if cluster is None:
        nets = NetSizes(definition, restrictions or {}, dataset.schema, rows=len(splits[0][0]))
        if any(get_family(name).engine == "keras" for name in definition.families):
            uses = examine_cards(backend)
        workers = plan_workers(nets, backend=backend, jobs=jobs, trials=trials, cards=usable_cards(uses))
    with storage_errors(location.url):
        study, notes = open_study(location, definition, metric, restrictions)
        before = _count_ended(study)
    notes += compare_data(study, dataset.schema.digest, location)
    notes += [note for note in (idle_note(uses),) if note]
    location = replace(location, stored_as=study.study_name)
    location.remember()
    search = SearchContext(
        location=location,
        definition=definition,
        data=data,
        seed=definition.seed if seed is None else seed,
        deadline=deadline,
        seconds=timeout_seconds,
        backend=backend,
        host_id=host_id(location.folder),
        digest=dataset.schema.digest,
        restrictions=restrictions or {},
        callbacks=tuple(worker_callbacks),
        memory=workers.memory if workers else None,
    )
    started = SearchStarted(metric, trials, timeout_seconds, location.study, location.competition, location.folder)
    with announce(study, started, on_event or (lambda event: None)) as emit:
        pool = _make_pool(search, study, trials, emit, workers or cluster)
        for note in notes:
            pool.note(note)
        with storage_errors(location.url), _stop_signals(pool):
            pool.look_for_stale_trials(now=True)
            with pool:
                while pool.is_working():
                    pool.listen()
                    pool.check_folder()
            if pool.error is None:
                pool.close_stale_trials()  # of workers that were killed by the second Ctrl-C
                if timeout_seconds is not None and not pool.stop.is_set() and _count_ended(study) == before:
                    pool.note(f"{pool.why_none_ended(timeout_seconds)} Search longer: --timeout.")
        if pool.error is not None:
            raise pool.error
        if pool.stop.is_set():
            raise TuneStopped


def _count_ended(study: optuna.Study) -> int:
    return len(study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED)))


def _make_pool(
    search: SearchContext, study: Any, trials: int | None, emit: Emit, where: Workers | str | None
) -> WorkerPool:
    if isinstance(where, Workers):
        threads = max(1, available_cores() // where.count)
        return LocalPool(search, study, trials, emit, jobs=where.count, threads=threads, cards=where.cards)
    from kagglebot.search.cluster.dask import DaskPool

    return DaskPool(search, study, trials, emit, address=str(where))


@contextmanager
def _stop_signals(pool: WorkerPool) -> Iterator[None]:
    """Stop the workers on Ctrl-C, SIGTERM or a closed terminal; kill them on the second one."""

    @once
    def ask_to_stop(number: int, frame: Any) -> None:
        if not pool.stop.is_set():
            pool.stop.set()
            pool.note("Stopping: finished trials are kept, running ones go on next time.")
        elif not pool.kill():
            raise TuneStopped

    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    try:
        before = {getattr(signal, name): signal.signal(getattr(signal, name), ask_to_stop) for name in names}
    except ValueError:  # not the main thread, which handles signals
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
