"""Several final models at the same time, each in a process of its own.

``concurrent.futures.ProcessPoolExecutor`` does not serve here: when one of its processes is killed, it ends all
others with their half-trained models and does not tell the exit code, and at Ctrl-C it waits for running calls.
"""

import multiprocessing
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from kagglebot.datasets.dataset import load_dataset
from kagglebot.errors import KagglebotError
from kagglebot.retraining.final_model import FinalModel, train_once
from kagglebot.system.hardware.gpu import card_for_child
from kagglebot.system.processes.child_processes import starting
from kagglebot.system.progress import ProgressCallback, no_progress
from kagglebot.training.keras.backends import use_backend
from kagglebot.training.learner import FailureKind, TrainingError
from kagglebot.training.machine.child_process import begin, how_it_ended, limit_threads

#: Seconds between two reports of a process on how far it is.
_REPORT_SECONDS = 0.5
#: Seconds that a process has to remove its half-written file.
_LAST_SECONDS = 10.0


@dataclass
class _Running:
    member: FinalModel
    process: BaseProcess
    card: str | None = None
    share: float = 0.0


def train_in_processes(
    members: Sequence[FinalModel],
    data: Path,
    *,
    jobs: int,
    cores: int,
    cards: Sequence[str] = (),
    log: Path,
    on_progress: ProgressCallback = no_progress,
) -> None:
    """Train the models that are not there yet, ``jobs`` at a time.

    ``cores`` are shared among the models that do not ask for a number of threads, and ``cards``, by UUID, among
    all if there are any. ``log`` is the file for what libraries print, and ``on_progress`` is called with the
    hundredths of a model that are done.

    Raises:
        TrainingError: A net diverged, memory ran out, or a process was killed. No further model is started then,
            and those that are running are finished.
        DataError: The competition was not fetched, or the disk refused.
    """
    waiting = [member for member in members if not member.is_there]
    if not waiting:
        return
    load_dataset(data, waiting[0].recipe.images, on_progress)  # resizes the images here, once for all processes
    running: dict[Connection, _Running] = {}
    done, total, error = 0, len(waiting), None
    phase = "training" if total == 1 else f"training {total} models"
    try:
        while running or (waiting and error is None):
            while waiting and error is None and len(running) < jobs:
                threads = max(1, cores // min(jobs, len(running) + len(waiting)))
                member = waiting.pop(0)
                taken = [each.card for each in running.values()]
                card = min(cards, key=taken.count, default=None)
                connection, started = _start(card, member, data, member.threads or threads, log)
                running[connection] = started
            on_progress(phase, int(100 * (done + sum(each.share for each in running.values()))), 100 * total)
            for ready in wait(list(running)):
                assert isinstance(ready, Connection)
                message = _receive(ready, running[ready])
                if isinstance(message, float):
                    running[ready].share = message
                    continue
                running.pop(ready).process.join()
                ready.close()
                done, error = done + 1, error or message
    finally:
        _end(running)
    if error is not None:
        raise error


def _start(card: str | None, member: FinalModel, *arguments: Any) -> tuple[Connection, _Running]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_train, args=(theirs, member, *arguments))
    with starting(), card_for_child(card):
        process.start()
    theirs.close()
    return ours, _Running(member, process, card)


def _receive(connection: Connection, running: _Running) -> float | Exception | None:
    """Return the share that is done, or at the end of the process None or why it could not train its model."""
    try:
        return connection.recv()  # type: ignore[no-any-return]
    except (EOFError, OSError):
        running.process.join()
        return TrainingError(
            f"The process that trained {running.member.name} was {how_it_ended(running.process.exitcode)}.",
            "Run the same command again: finished models are kept, and others go on where they were. "
            "jobs = 1 in kagglebot.toml needs least memory.",
            FailureKind.KILLED,
        )


def _end(running: dict[Connection, _Running]) -> None:
    for each in running.values():
        each.process.terminate()
    for connection, each in running.items():
        each.process.join(timeout=_LAST_SECONDS)
        each.process.kill()
        connection.close()


def _train(connection: Connection, member: FinalModel, data: Path, threads: int, log: Path) -> None:
    """Train one model in this process; send shares that are done, and last None or an error."""
    begin(log, sigterm=lambda *_: sys.exit(1))  # so that half-written files are removed
    last = 0.0

    def on_progress(phase: str, done: int, total: int | None) -> None:
        nonlocal last
        if total and time.monotonic() - last > _REPORT_SECONDS:
            last = time.monotonic()
            connection.send(done / total)

    error: Exception | None = None
    try:
        limit_threads(threads)
        use_backend(member.backend)
        train_once(data, member, on_progress)
    except KagglebotError as failed:
        error = failed
    except Exception:
        error = RuntimeError(traceback.format_exc())
    connection.send(error)
