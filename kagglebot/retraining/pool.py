"""Several final models at the same time, each in a process of its own; what is finished stays, whatever comes."""

import multiprocessing
import signal
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from kagglebot.datasets.dataset import load_dataset
from kagglebot.errors import KagglebotError
from kagglebot.retraining.final_model import FinalModel, train_once
from kagglebot.system.progress import ProgressCallback, no_progress
from kagglebot.training.keras.backends import use_backend
from kagglebot.training.learner import TrainingError
from kagglebot.training.subprocess import begin, how_it_ended, limit_threads

#: Seconds between two words from a process on how far it is.
_REPORT_SECONDS = 0.5
#: Seconds that a process has to take its half-written file away.
_LAST_SECONDS = 10.0


@dataclass
class _Running:
    member: FinalModel
    process: BaseProcess
    share: float = 0.0


def train_members(
    members: Sequence[FinalModel],
    data: Path,
    *,
    jobs: int,
    cores: int,
    log: Path,
    on_progress: ProgressCallback = no_progress,
) -> None:
    """Train the members that are not there yet, ``jobs`` at a time; cut off anywhere, it goes on where it was.

    Args:
        members: What to train.
        data: ``data/COMPETITION``.
        jobs: Processes at the same time.
        cores: Cores that those share which are not to be trained with so many threads.
        log: Where what libraries print goes.
        on_progress: Called with hundredths of a member done.

    Raises:
        TrainingError: A net diverged, memory ran out, or a process was killed; those running then are finished.
        DataError: The competition was not fetched, or the disk refused.
    """
    waiting = [member for member in members if not member.is_there]
    if not waiting:
        return
    load_dataset(data, waiting[0].recipe.images, on_progress)  # a shape that is new is made here once, for all
    context = multiprocessing.get_context("spawn")
    running: dict[Connection, _Running] = {}
    done, total, error = 0, len(waiting), None

    def tell() -> None:
        shares = sum(each.share for each in running.values())
        on_progress(
            "training" if total == 1 else f"training {total} models", int(100 * (done + shares)), 100 * total
        )

    try:
        while running or (waiting and error is None):
            while waiting and error is None and len(running) < jobs:
                threads = max(1, cores // min(jobs, len(running) + len(waiting)))
                member = waiting.pop(0)
                connection, started = _start(context, member, data, member.threads or threads, log)
                running[connection] = started
            tell()
            for ready in wait(list(running)):
                assert isinstance(ready, Connection)
                try:
                    message = ready.recv()
                except (EOFError, OSError):
                    message = _killed(running[ready])
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


def _start(context: Any, member: FinalModel, *orders: Any) -> tuple[Connection, _Running]:
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(theirs, member, *orders))
    process.start()
    theirs.close()
    return ours, _Running(member, process)


def _end(running: Mapping[Connection, _Running]) -> None:
    for each in running.values():
        each.process.terminate()
    for connection, each in running.items():
        each.process.join(timeout=_LAST_SECONDS)
        each.process.kill()
        connection.close()


def _killed(running: _Running) -> TrainingError:
    running.process.join()
    return TrainingError(
        f"The process that trained {running.member.name} was {how_it_ended(running.process.exitcode)}.",
        "Run the same command again: finished models are kept. With jobs = 1 in kagglebot.toml it needs least.",
    )


def _work(told: Connection, member: FinalModel, data: Path, threads: int, log: Path) -> None:
    """Be the process: train one member; shares of the work go through ``told``, and last None or an error."""
    begin(log)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # by way of whoever has a file half written
    last = 0.0

    def on_progress(phase: str, done: int, total: int | None) -> None:
        nonlocal last
        if total and time.monotonic() - last > _REPORT_SECONDS:
            last = time.monotonic()
            told.send(done / total)

    error: Exception | None = None
    try:
        limit_threads(threads)
        use_backend(member.backend)
        train_once(data, member, on_progress)
    except TrainingError as failed:
        error = TrainingError(f"{member.name} cannot be trained on all rows: {failed.message}.", failed.hint)
    except KagglebotError as failed:
        error = failed
    except Exception:
        error = RuntimeError(traceback.format_exc())
    told.send(error)
