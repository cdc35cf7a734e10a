"""Starts as a worker of `tune` does, for ``worker_start.py``: python benchmarks/started_worker.py FILE.

FILE is a pickled (search, settings of the nets). The processor seconds of each part are printed as JSON. Nothing
that a worker does not need is imported.
"""

import gc
import json
import pickle
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

#: Steps of a net, of which all but the first are alike.
STEPS = 6
#: Rows to predict, as validation does at once.
PREDICTED = 512

_taken: dict[str, float] = {}


class _Enough(Exception):
    """A net has run its steps."""


@contextmanager
def _timed(part: str) -> Iterator[None]:
    began = time.process_time()
    yield
    _taken[part] = time.process_time() - began


def start(path: Path) -> None:
    """Import what a worker imports, open the study and the data, and start the nets."""
    _taken["Python"] = time.process_time()
    with _timed("what a search is"):
        import kagglebot.search.workers.worker_process  # noqa: F401
        from kagglebot.system.processes.garbage import no_collection
        from kagglebot.training.machine.child_process import limit_threads

        search, nets = pickle.loads(path.read_bytes())
    limit_threads(1)
    with no_collection():  # as ``run_worker`` does
        with _timed("TensorFlow and Keras"):
            from kagglebot.training.keras.backends import backend, use_backend

            use_backend(search.backend)
            backend()
        with _timed("study and data"):
            from kagglebot.search.workers.loop import open_worker

            context = open_worker(
                search, worker=0, lock="", threads=1, emit=lambda event: None, stopped=lambda: False
            )
        gc.freeze()
    for name, settings in nets.items():
        _start_net(name, settings, context)


def _start_net(name: str, settings: dict[str, Any], context: Any) -> None:
    from kagglebot.models.registry import get_family
    from kagglebot.training.learner import image_shape
    from kagglebot.training.registry import make_learner

    images, labels = context.dataset.train_images, context.dataset.train_labels
    rows = context.splits[0][0]
    with _timed(f"{name}: built"):
        learner = make_learner(
            get_family("cnn"),
            settings,
            image_shape(images),
            len(context.dataset.schema.classes),
            seed=0,
            pixel_moments=(0.0, 1.0),
        )
    ended = [time.process_time()]

    def on_step(share: float) -> None:
        ended.append(time.process_time())
        if len(ended) > STEPS:
            raise _Enough

    with suppress(_Enough):
        learner.run_epoch(images, labels, rows, schedule_position=float, on_step=on_step)
    _taken[f"{name}: first step"] = _first_more(ended)
    _taken[f"{name}: first prediction"] = _first_more(_repeated(lambda: learner.predict(images, rows[:PREDICTED])))


def _repeated(do: Callable[[], object]) -> list[float]:
    clock = [time.process_time()]
    for _ in range(3):
        do()
        clock.append(time.process_time())
    return clock


def _first_more(clock: list[float]) -> float:
    """Return how much longer the first of several equal parts took than the others."""
    first, *others = (after - before for before, after in pairwise(clock))
    return first - statistics.median(others)


if __name__ == "__main__":
    start(Path(sys.argv[1]))
    print(json.dumps(_taken))
