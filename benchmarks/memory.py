"""Memory of a process and its children, and of trainings beside their estimates: python benchmarks/memory.py.

Each net is trained for two steps in a process of its own, and predicts some images.
"""

import json
import threading
import time
from types import TracebackType
from typing import Any, Self

import psutil


def tree_bytes(process: psutil.Process) -> int:
    """Return the resident memory of a process tree; shared pages count in each process."""
    total = 0
    for each in (process, *_children(process)):
        try:
            total += each.memory_info().rss
        except psutil.Error:  # it ended meanwhile
            continue
    return total


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


class TreeMemory:
    """Sampler of a process tree's resident memory, used as a context manager.

    Args:
        pid: The root process; None for this one.
        pause: Seconds between samples.

    Attributes:
        samples: (monotonic seconds, bytes) of each sample.
    """

    def __init__(self, pid: int | None = None, pause: float = 0.1) -> None:
        self.samples: list[tuple[float, int]] = []
        self._process, self._pause = psutil.Process(pid), pause
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    @property
    def peak(self) -> int:
        """The largest sample, in bytes."""
        return max((size for _, size in self.samples), default=0)

    def _sample(self) -> None:
        while not self._over.wait(self._pause):
            self.samples.append((time.monotonic(), tree_bytes(self._process)))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()


#: (family, image shape, settings) of each training.
CASES: tuple[tuple[str, tuple[int, int, int], dict[str, Any]], ...] = (
    ("cnn", (28, 28, 1), {"batch_size": 128}),
    ("cnn", (64, 64, 3), {"batch_size": 128}),
    ("cnn", (64, 64, 3), {"batch_size": 128, "filters": 32, "optimizer": "adamw", "ema_epochs": 1.0}),
    ("cnn", (64, 64, 3), {"batch_size": 64, "filters": 64}),
    ("cnn", (28, 28, 1), {"batch_size": 64, "filters": 64, "blocks": 1, "head": "dense", "dense_units": 8192}),
    ("dense", (64, 64, 3), {"batch_size": 256}),
    ("mlp", (64, 64, 3), {"batch_size": 256}),
    ("pretrained", (224, 224, 3), {"batch_size": 64}),
    ("finetuned", (32, 32, 3), {"batch_size": 32, "resolution": 160, "optimizer": "adamw"}),
    ("finetuned", (160, 160, 3), {"batch_size": 32, "resolution": 160, "trained_stages": 2, "ema_epochs": 1.0}),
)
TRAINING = """
import json, sys
import numpy as np
from kagglebot.models.registry import get_family
from kagglebot.training.registry import make_learner
family, shape, settings = json.loads(sys.argv[1])
rows = np.arange(2 * settings["batch_size"])
rng = np.random.default_rng(0)
images, labels = rng.integers(0, 256, (len(rows), *shape)).astype(np.uint8), rng.integers(0, 10, len(rows))
if get_family(family).engine == "keras":
    from kagglebot.training.keras.backends import backend
    backend()
learner = make_learner(get_family(family), settings, tuple(shape), 10, seed=0, pixel_moments=(120.0, 60.0))
learner.run_epoch(images, labels, rows, schedule_position=lambda share: share)
learner.predict(images, rows)
"""


def main() -> None:
    """Run the benchmark; print the table and write JSON."""
    from reporting import make_parser, print_table, save_results
    from side_by_side import run_python

    from kagglebot.models.registry import get_family
    from kagglebot.training.machine.memory_estimate import training_memory

    arguments = make_parser(__doc__, "memory", archive=False).parse_args()
    rows, results = [], []
    for family, shape, settings in CASES:
        limited = {**settings, **({} if family == "mlp" else {"min_steps_per_epoch": 1})}
        peak = run_python(TRAINING, json.dumps([family, shape, limited])).peak_mb
        estimate = training_memory(get_family(family), limited, shape, 10, 2 * settings["batch_size"]).size
        net = f"{family} {shape}: {', '.join(f'{name} {value}' for name, value in settings.items())}"
        rows.append((net, peak, round(estimate / 1e6), f"{estimate / 1e6 / peak:.2f}"))
        results.append({"net": net, "peak_mb": peak, "estimate_mb": round(estimate / 1e6)})
    print_table("Peak memory of trainings", ("net", "peak MB", "estimated MB", "ratio"), rows)
    save_results(arguments.output, {"trainings": results})


if __name__ == "__main__":
    main()
