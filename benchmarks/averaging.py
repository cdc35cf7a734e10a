"""What nets are worth averaging: python benchmarks/averaging.py [--data NAME] [--rows N] [--seeds N] [--folds N].

Trains the first trial of the study for a competition on some labelled rows and scores others; each seed draws
other rows. For the processor time of that net it also trains two seeds for half of the epochs each, and one net in
three cycles of a falling rate, each of which leaves a snapshot (Huang et al. 2017, arXiv:1704.00109); snapshots of
the net itself cost nothing. Then it trains the nets of folds: their mean, which needs no more training, stands
beside the net of the last fold trained further on all rows. Log loss is taken after temperature scaling of each
mean; the table has means and standard errors over the seeds, and the difference to the first line seed by seed.
"""

import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from holdout_competition import DEFAULT_ARCHIVE, TEST_ROWS, fetch, require_archive
from numpy.typing import NDArray
from reporting import make_parser, print_table, save_results

from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.splits import folds
from kagglebot.metrics.calibrated_loss import calibrated_losses
from kagglebot.models.registry import get_family
from kagglebot.practice.competition import from_archive
from kagglebot.study_config.load import load_definition
from kagglebot.training.files.checkpoints import more_epochs
from kagglebot.training.learner import Learner, image_shape, pixel_moments
from kagglebot.training.machine.child_process import limit_threads
from kagglebot.training.registry import make_learner

#: For each competition its study, and how many rows are trained on and scored.
DATA = {"digit-recognizer": ("cnn", 2_000, TEST_ROWS), "cats-dogs": ("photo", 666, 333)}
#: Cycles of a net that leaves snapshots.
CYCLES = 3
#: Added to a seed for the second net of a pair.
OTHER_SEED = 1_000
#: Settings with which the rate falls to nothing in each cycle.
CYCLIC = {"schedule": "cosine", "ema_epochs": 0.0, "warmup_steps": 0}
ONE = "one net"


@dataclass(frozen=True)
class Task:
    """What is measured.

    Attributes:
        folder: Holds ``images.npy`` and ``labels.npy``, which processes map.
        family: The model family.
        settings: All settings of a net.
        rows: Rows to train on.
        held_out: Rows to score on.
        folds: Number of folds.
    """

    folder: Path
    family: str
    settings: Mapping[str, Any]
    rows: int
    held_out: int
    folds: int


class Trainer:
    """Trains nets of a recipe, and predicts the held-out rows of a seed with them."""

    def __init__(self, task: Task, seed: int) -> None:
        self.task = task
        self.images = np.load(task.folder / "images.npy", mmap_mode="r")
        self.labels = np.load(task.folder / "labels.npy")
        drawn = np.random.default_rng(seed).permutation(len(self.labels))
        self.rows = np.sort(drawn[: task.rows])
        self.test = np.sort(drawn[task.rows : task.rows + task.held_out])

    def net(self, seed: int, rows: NDArray[np.int64], **changed: object) -> Learner:
        """Return a new net for some rows."""
        settings, classes = {**self.task.settings, **changed}, int(self.labels.max()) + 1
        shape, moments = image_shape(self.images), pixel_moments(self.images, rows)
        family = get_family(self.task.family)
        return make_learner(family, settings, shape, classes, seed=seed, pixel_moments=moments)

    def train(
        self,
        net: Learner,
        rows: NDArray[np.int64],
        epochs: int,
        at: Sequence[int] = (),
        position: Callable[[float], float] | None = None,
        labels: Callable[[], NDArray[np.int64]] | None = None,
    ) -> list[NDArray[np.float32]]:
        """Train for some epochs; return the predictions after those epochs, from 1, that are in ``at``.

        ``position`` maps the epochs that are done to the position in the schedule; without, it ends with the last.
        ``labels`` returns those of an epoch, for all rows of the data; without, they are the true ones.
        """
        predicted = []
        position = position or (lambda done: done / epochs)
        for epoch in range(1, epochs + 1):
            at_share = partial(_position, position, epoch - 1)
            known = labels() if labels else self.labels
            net.run_epoch(self.images, known, rows, schedule_position=at_share)
            if epoch in at:
                net.settle(self.images, rows)
                predicted.append(net.predict(self.images, self.test))
        return predicted


def _position(position: Callable[[float], float], done: int, share: float) -> float:
    return position(done + share)


def run(task: Task, seed: int) -> dict[str, Any]:
    """Train all nets of a seed; return by contestant the log loss, the errors and the seconds of its training."""
    limit_threads(1)
    trainer, epochs = Trainer(task, seed), int(task.settings["epochs"])
    labels, rows = trainer.labels[trainer.test], trainer.rows
    trainer.net(seed, rows).prepare(trainer.images, lambda share: None)
    found: dict[str, Any] = {}

    def record(name: str, predictions: Sequence[NDArray[np.float32]], seconds: float) -> None:
        found[name] = figures(labels, predictions, seconds)

    started = time.process_time()
    snapshots = trainer.train(trainer.net(seed, rows), rows, epochs, at=(epochs // 2, 3 * epochs // 4, epochs))
    alone = time.process_time() - started
    record(ONE, snapshots[-1:], alone)
    record("one net, snapshots after half, three quarters and all epochs", snapshots, alone)

    halves = []
    started = time.process_time()
    for own in (seed, seed + OTHER_SEED):
        halves += trainer.train(trainer.net(own, rows), rows, epochs // 2, at=(epochs // 2,))
    record("two seeds, half the epochs each", halves, time.process_time() - started)

    length = epochs // CYCLES
    started = time.process_time()
    cyclic = trainer.train(
        trainer.net(seed, rows, **CYCLIC),
        rows,
        CYCLES * length,
        at=[length * (cycle + 1) for cycle in range(CYCLES)],
        position=lambda done: done % length / length,
    )
    spent = time.process_time() - started
    record(f"{CYCLES} cycles, the last net", cyclic[-1:], spent)
    record(f"{CYCLES} cycles, the last two snapshots", cyclic[-2:], spent)
    record(f"{CYCLES} cycles, all snapshots", cyclic, spent)

    started = time.process_time()
    other = trainer.train(trainer.net(seed + OTHER_SEED, rows), rows, epochs, at=(epochs,))
    record("two seeds, all epochs each", [*snapshots[-1:], *other], alone + time.process_time() - started)

    of_folds, spent = [], 0.0
    for part, _ in folds(trainer.labels[rows], count=task.folds, seed=42):
        started, some = time.process_time(), rows[part]
        net = trainer.net(seed, some)
        of_folds += trainer.train(net, some, epochs, at=(epochs,))
        spent += time.process_time() - started
    record(f"the nets of {task.folds} folds", of_folds, spent)
    started = time.process_time()
    further = trainer.train(net, rows, more_epochs(epochs, 0.2), at=(more_epochs(epochs, 0.2),))
    spent += time.process_time() - started
    record("the net of the last fold, trained further on all rows", further, spent)
    record("both", [np.mean(of_folds, axis=0), further[0]], spent)
    return found


def figures(
    labels: NDArray[np.int64], predictions: Sequence[NDArray[np.float32]], seconds: float
) -> dict[str, float]:
    """Return the log loss and the errors of the mean of some predictions, and the seconds that they took."""
    mean = np.mean(predictions, axis=0)
    wrong = int((mean.argmax(axis=1) != labels).sum())
    return {"log_loss": float(calibrated_losses(labels, mean).mean()), "wrong": wrong, "seconds": seconds}


def summarise(seeds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return means and standard errors over the seeds, also of the difference in log loss to one net."""

    def error(values: Sequence[float]) -> float:
        return statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0

    found = {}
    for name in seeds[0]:
        losses = [seed[name]["log_loss"] for seed in seeds]
        less = [seed[name]["log_loss"] - seed[ONE]["log_loss"] for seed in seeds]
        found[name] = {
            "log_loss": statistics.mean(losses),
            "log_loss_error": error(losses),
            "less": statistics.mean(less),
            "less_error": error(less),
            "wrong": statistics.mean(seed[name]["wrong"] for seed in seeds),
            "seconds": statistics.mean(seed[name]["seconds"] for seed in seeds),
        }
    return found


def prepare(folder: Path, arguments: Any) -> Task:
    """Fetch the competition, write its labelled images to ``folder``, and return what to measure."""
    study, rows, held_out = DATA[arguments.data]
    workspace = fetch(from_archive(arguments.archive), folder / "workspace")
    definition = load_definition(workspace.root, study).for_metric("accuracy").for_rows(arguments.rows or rows)
    drawn = definition.enqueued()[arguments.trial]
    settings = definition.settings(drawn)
    dataset = load_dataset(workspace.data(arguments.data), definition.images.rule)
    np.save(folder / "images.npy", dataset.train_images)
    np.save(folder / "labels.npy", dataset.train_labels)
    settings["epochs"] = arguments.epochs or settings["epochs"]
    family = definition.family_of(drawn)
    return Task(
        folder, family, settings, arguments.rows or rows, arguments.held_out or held_out, folds=arguments.folds
    )


def measure(description: str | None, name: str, run: Callable[[Task, int], dict[str, Any]]) -> None:
    """Measure contestants for each seed; print the table and write JSON.

    Args:
        description: What the benchmark does.
        name: That of its results.
        run: Returns what is measured of each contestant, by its name, for a seed; runs in a process of its own.
    """
    parser = make_parser(description, name)
    parser.add_argument("--data", choices=DATA, default="digit-recognizer", help="competition to learn from")
    parser.add_argument("--trial", type=int, default=0, help="which of the study's first trials")
    parser.add_argument("--rows", type=int, help="training rows")
    parser.add_argument("--held-out", type=int, help="rows to score on")
    parser.add_argument("--epochs", type=int, help="instead of those of the trial")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=1, help="seeds at a time")
    arguments = parser.parse_args()
    if arguments.archive == DEFAULT_ARCHIVE:
        arguments.archive = DEFAULT_ARCHIVE.with_name(f"{arguments.data}.zip")
    require_archive(arguments.archive)
    with tempfile.TemporaryDirectory() as folder:
        task = prepare(Path(folder), arguments)
        with ProcessPoolExecutor(arguments.jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
            waiting = [pool.submit(run, task, seed) for seed in range(1, arguments.seeds + 1)]
            seeds = [each.result() for each in waiting]
    found = summarise(seeds)
    document = {name: getattr(task, name) for name in ("family", "settings", "rows", "held_out")}
    save_results(arguments.output, {"data": arguments.data, **document, "means": found, "seeds": seeds})
    print_table(
        f"{arguments.data}, {task.family}: {task.rows} training rows, {task.held_out} scored, {len(seeds)} seeds",
        ("", "CPU s", "wrong", "log loss", "±", "to one net", "±"),
        [
            [
                name,
                f"{each['seconds']:.0f}",
                f"{each['wrong']:.1f}",
                f"{each['log_loss']:.4f}",
                f"{each['log_loss_error']:.4f}",
                f"{each['less']:+.4f}",
                f"{each['less_error']:.4f}",
            ]
            for name, each in found.items()
        ],
    )


if __name__ == "__main__":
    measure(__doc__, "averaging", run)
