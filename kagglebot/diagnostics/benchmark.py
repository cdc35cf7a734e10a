"""Training speed of this machine: on each backend, with one process a core and with one for all cores."""

import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.synchronize import Barrier
from pathlib import Path
from threading import BrokenBarrierError
from typing import Any

import numpy as np

from kagglebot.errors import DataError
from kagglebot.models.registry import get_family
from kagglebot.search.worker_count import most_jobs
from kagglebot.study_config.definition_files import shipped_folder
from kagglebot.study_config.load import parse_definition
from kagglebot.system.hardware.cpu import available_cores
from kagglebot.system.processes.child_processes import starting
from kagglebot.system.progress import ProgressCallback, no_progress
from kagglebot.training.keras.backends import DEFAULT, backend, installed, use_backend
from kagglebot.training.learner import pixel_moments
from kagglebot.training.machine.child_process import begin, limit_threads
from kagglebot.training.machine.profile import MachineProfile, Speed
from kagglebot.training.registry import make_learner

#: Seconds of training, and of multiplying matrices, in each measurement.
TRAINING_SECONDS, MATRIX_SECONDS = 4.0, 1.0
#: Steps before the clock starts: they compile and warm up.
WARM_UP_STEPS = 5
#: Seconds that processes wait for each other before a measurement.
_WAIT_SECONDS = 120
_SIDE = 2048
_SHAPE, _CLASSES = (28, 28, 1), 10


class _TimeUp(Exception):
    """The time of a measurement is over."""


def run_benchmark(on_progress: ProgressCallback = no_progress) -> MachineProfile:
    """Measure the training speed of every installed backend.

    Raises:
        DataError: Even the default backend could not be measured.
    """
    import psutil

    on_progress("measuring the load of other programs", 0, None)
    busy = psutil.cpu_percent(interval=1) / 100
    cores, most = available_cores(), most_jobs()
    shapes = list(dict.fromkeys([(1, 1), (1, cores), (most, max(1, cores // most))]))
    runs = [(name, *shape) for name in installed() for shape in shapes]
    speeds: list[Speed] = []
    failed: dict[str, str] = {}
    for done, (name, processes, threads) in enumerate(runs):
        on_progress(f"measuring {name}, {processes} x {threads}", done, len(runs))
        if name in failed:
            continue
        try:
            speeds.append(_run_processes(name, processes, threads))
        except (BrokenProcessPool, BrokenBarrierError, ImportError, RuntimeError) as error:
            failed[name] = str(error) or type(error).__name__
    if DEFAULT in failed:
        raise DataError(
            f"Training on {DEFAULT} could not be measured: {failed[DEFAULT]}.",
            "Close other programs and run it again; `kagglebot doctor` lists what is installed.",
        )
    return MachineProfile(tuple(speed for speed in speeds if speed.backend not in failed), failed, busy)


def _run_processes(name: str, processes: int, threads: int) -> Speed:
    """Measure ``processes`` processes that train at the same time, each with ``threads`` threads."""
    context = multiprocessing.get_context("spawn")
    with starting():
        barrier = context.Barrier(processes)
    arguments = (barrier, name, threads)
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_initialise, initargs=arguments) as pool:
        with starting():
            futures = [pool.submit(_measure_process) for _ in range(processes)]
        found = [future.result() for future in futures]
    steps, images, gflops = map(sum, zip(*found, strict=True))
    return Speed(name, processes, threads, images, processes / steps, gflops)


#: The barrier at which the processes of a measurement wait for each other, so that none runs alone.
_barriers: list[Barrier] = []


def _initialise(barrier: Barrier, name: str, threads: int) -> None:
    begin(Path(os.devnull))
    limit_threads(threads)
    use_backend(name)
    _barriers.append(barrier)


def _measure_process() -> tuple[float, float, float]:
    """Return steps and images a second, and the GFLOP/s of a matrix product."""
    backend()
    return *_training_speed(), _matrix_gflops()


def _training_speed() -> tuple[float, float]:
    path = shipped_folder() / "cnn.toml"
    definition = parse_definition(path.read_bytes(), path, path.stem)
    settings = definition.settings(definition.enqueued()[0])
    rng = np.random.default_rng(0)
    batch = int(settings["batch_size"])
    rows = np.arange(32 * batch)
    images = rng.integers(0, 256, (len(rows), *_SHAPE)).astype(np.uint8)
    labels = rng.integers(0, _CLASSES, len(rows))
    family, moments = get_family(definition.families[0]), pixel_moments(images, rows)
    learner = make_learner(family, settings, _SHAPE, _CLASSES, seed=0, pixel_moments=moments)
    count, started = 0, 0.0

    def on_step(share: float) -> None:
        nonlocal count, started
        count += 1
        if count == WARM_UP_STEPS:
            _barriers[0].wait(_WAIT_SECONDS)
            started = time.monotonic()
        elif count > WARM_UP_STEPS and time.monotonic() - started > TRAINING_SECONDS:
            raise _TimeUp

    try:
        while True:
            learner.run_epoch(images, labels, rows, schedule_position=lambda share: share, on_step=on_step)
    except _TimeUp:
        rate = (count - WARM_UP_STEPS) / (time.monotonic() - started)
    return rate, rate * batch


def _matrix_gflops() -> float:
    from keras import ops, random

    left, right = (random.normal((_SIDE, _SIDE), seed=seed) for seed in (1, 2))

    def multiply() -> Any:
        return ops.convert_to_numpy(ops.matmul(left, right)[0, 0])

    multiply()
    _barriers[0].wait(_WAIT_SECONDS)
    started, count = time.monotonic(), 0
    while time.monotonic() - started < MATRIX_SECONDS:
        multiply()
        count += 1
    return count * 2 * _SIDE**3 / (time.monotonic() - started) / 1e9
