"""Choose first trials and a way to search for the study `cnn`: python benchmarks/portfolio.py [--data NAME ...].

Trains candidates on several kinds of small grey images: the default study's first trial, that with one to three
settings changed, and some that its sampler drew. Each has the same processor time on one thread; its predictions
for held-out rows are kept as it learns. Then it searches with these learning curves instead of nets, on two
workers, in many random orders of the candidates, and scores what is found on rows that no choice looked at:

    recipe alone     the first trial on both cores (17 % slower than one each), for the whole time
    drawn            the first trial, then drawn ones; pruned at the median; after four the best one is continued
    portfolio        the first trial, then candidates that were chosen on the other kinds of data, then drawn ones
    ..., last half   from half of the time on, each worker continues the best net that no other one continues
    ..., short       the first trial and the others are trained for half as long and less

Each with the best net alone, and averaged with the partner that the rows of validation choose. The table shows the
log loss at the best temperature relative to the first row's. With --again nothing is trained: the curves that are
saved beside the results are searched again.
"""

import itertools
import multiprocessing
import pickle
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import optuna
from holdout_competition import DEFAULT_ARCHIVE, fetch
from numpy.typing import NDArray
from reporting import make_parser, print_table, save_results
from single_net_study import STUDY

from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.metrics.calibrated_loss import calibrated_losses
from kagglebot.models.registry import get_family
from kagglebot.practice.competition import from_archive
from kagglebot.search.sampling.samplers import make_sampler
from kagglebot.study_config.load import load_definition
from kagglebot.system.hardware.cpu import available_cores
from kagglebot.training.learner import image_shape
from kagglebot.training.machine.child_process import limit_threads
from kagglebot.training.registry import make_learner
from kagglebot.workspace import Workspace

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]

LITTLE = {"rotation": 5.0, "zoom": 0.04, "shift": 0.04, "shear": 0.0}
NO_AUGMENTATION = {"rotation": 0.0, "zoom": 0.0, "shift": 0.0, "shear": 0.0}
ADAMW = {"optimizer": "adamw", "weight_decay": 0.01}
DENSE = {"head": "dense", "dense_units": 128, "head_dropout": 0.3}
RECIPE = "recipe"
#: What each candidate changes of the first trial.
CANDIDATES: dict[str, Mapping[str, Any]] = {
    RECIPE: {},
    "adamw": ADAMW,
    "24 filters": {"filters": 24},
    "2 blocks": {"blocks": 2, "filters": 20},
    "4 blocks": {"blocks": 4},
    "kernel 5": {"kernel": 5, "filters": 12},
    "dense head": DENSE,
    "dropout 0.2": {"dropout": 0.2},
    "little augmentation": LITTLE,
    "no augmentation": NO_AUGMENTATION,
    "rate 0.003": {"learning_rate": 3e-3},
    "one convolution, dense head": {"convolutions": 1, "filters": 24} | DENSE,
    "adamw, dense head, little augmentation": ADAMW | DENSE | LITTLE,
    "dropout 0.3, no augmentation": {"dropout": 0.3} | NO_AUGMENTATION,
}
#: Number of candidates that the study's sampler draws.
DRAWN = 3
#: How much slower a net is on two threads than two nets on one thread each.
TWO_THREADS = 1.17
#: A training predicts whenever it has taken this much longer.
PACE = 1.2


def archive_rows(name: str, side: int | None = None) -> tuple[Images, Labels]:
    """Return the labelled images of a real competition's archive, grey, and their classes."""
    archive = DEFAULT_ARCHIVE.with_name(f"{name}.zip")
    rule = ImageRule(None if side is None else (side, side), "stretch", 1, None)
    with TemporaryDirectory() as folder:
        dataset = load_dataset(fetch(from_archive(archive), Path(folder) / "workspace").data(name), rule)
        return np.array(dataset.train_images), np.array(dataset.train_labels)


def scanned_digits() -> tuple[Images, Labels]:
    """Return scikit-learn's handwritten digits of 8 x 8 pixels, enlarged to 24 x 24."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images = (bunch.images * (255 / 16)).astype(np.uint8).repeat(3, axis=1).repeat(3, axis=2)
    return images[..., None], bunch.target.astype(np.int64)


#: Kinds of data: how to read them, and how many rows to learn from, to validate on and to test on.
DATA: dict[str, tuple[Callable[[], tuple[Images, Labels]], tuple[int, int, int]]] = {
    "digits": (partial(archive_rows, "digit-recognizer"), (1_500, 1_000, 2_000)),
    "scanned digits": (scanned_digits, (800, 400, 597)),
    "objects": (partial(archive_rows, "cifar-10", 32), (1_500, 1_000, 2_000)),
    "signs": (partial(archive_rows, "sign-digits", 32), (700, 350, 450)),
}


def split(data: tuple[Images, Labels], counts: Sequence[int], seed: int) -> list[tuple[Images, Labels]]:
    """Return rows to learn from, to validate on and to test on."""
    images, labels = data
    order = np.random.default_rng(seed).permutation(len(images))
    bounds = [0, *itertools.accumulate(counts)]
    return [(images[order[start:end]], labels[order[start:end]]) for start, end in itertools.pairwise(bounds)]


def candidates(seed: int) -> dict[str, dict[str, Any]]:
    """Return the settings of all candidates."""
    with TemporaryDirectory() as folder:
        definition = load_definition(Workspace(Path(folder)).root, STUDY).for_metric("accuracy")
    first = definition.settings(definition.enqueued()[0])
    found = {name: {**first, **changes} for name, changes in CANDIDATES.items()}
    for number in range(DRAWN):
        sampler = make_sampler(definition, [], 1_000 * seed + number, {})
        trial = optuna.create_study(sampler=sampler).ask()
        found[f"drawn {number}"] = definition.settings(definition.suggest(trial, {})[1])
    return {name: {**settings, "epochs": 24} for name, settings in found.items()}


@dataclass(frozen=True)
class Curve:
    """What a net predicts after some seconds of processor time."""

    seconds: list[float]
    valid: list[NDArray[np.float16]]
    test: list[NDArray[np.float16]]

    def at(self, seconds: float) -> int:
        """Return the last point within so many seconds, or the first one."""
        return max(0, int(np.searchsorted(self.seconds, seconds + 1e-9, side="right")) - 1)


def train(settings: Mapping[str, Any], data: Path, seed: int, seconds: float) -> Curve:
    """Train a net for ``seconds`` of processor time; the time to compile it does not count."""
    limit_threads(1)
    (images, labels), (valid, _), (test, _) = pickle.loads(data.read_bytes())
    shape, classes = image_shape(images), int(labels.max()) + 1
    learner = make_learner(get_family("cnn"), settings, shape, classes, seed=seed, pixel_moments=(0.0, 1.0))
    curve, used, due = Curve([], [], []), 0.0, 0.0
    for epoch in itertools.count(1):
        started = time.process_time()
        learner.run_epoch(images, labels, np.arange(len(images)), schedule_position=float)
        taken = time.process_time() - started
        used = 2 * taken if epoch == 2 else used + taken
        if epoch > 1 and (used >= due or used >= seconds):
            due = used * PACE
            curve.seconds.append(used)
            curve.valid.append(learner.predict(valid).astype(np.float16))
            curve.test.append(learner.predict(test).astype(np.float16))
            if used >= seconds:
                break
    return curve


@dataclass(frozen=True)
class Curves:
    """The learning curves of all candidates on one kind of data."""

    nets: Mapping[str, Curve]
    valid_labels: Labels
    test_labels: Labels
    time: float  #: Seconds of a search on two workers.

    @cached_property
    def losses(self) -> dict[str, list[float]]:
        """The validation losses of each candidate, point by point."""
        return {name: [loss(self.valid_labels, each) for each in net.valid] for name, net in self.nets.items()}

    def loss_at(self, name: str, seconds: float) -> float:
        """Return the validation loss of a candidate after some seconds."""
        return self.losses[name][self.nets[name].at(seconds)]


def loss(labels: Labels, probabilities: NDArray[Any]) -> float:
    """Return the log loss at the best temperature."""
    return float(calibrated_losses(labels, probabilities.astype(np.float32)).mean())


def measure(names: Sequence[str], seeds: int, seconds: float, jobs: int, path: Path) -> None:
    """Train all candidates on all data; save the curves after each kind."""
    found: dict[tuple[str, int], Curves] = {}
    context = multiprocessing.get_context("spawn")
    with TemporaryDirectory() as folder, ProcessPoolExecutor(jobs, context) as pool:
        for name, seed in itertools.product(names, range(seeds)):
            read, counts = DATA[name]
            parts = split(read(), counts, seed)
            data = Path(folder) / f"{name}-{seed}"
            data.write_bytes(pickle.dumps(parts))
            futures = {
                each: pool.submit(
                    train, settings, data, seed, seconds * (2 / TWO_THREADS if each == RECIPE else 1)
                )
                for each, settings in candidates(seed).items()
            }
            nets = {}
            for each, future in futures.items():
                nets[each] = future.result()
                print(name, seed, each, f"{loss(parts[1][1], nets[each].valid[-1]):.4f}", flush=True)
            found[name, seed] = Curves(nets, parts[1][1], parts[2][1], seconds)
            path.write_bytes(pickle.dumps(found))


@dataclass(frozen=True)
class Way:
    """A way to search.

    Attributes:
        first: Share of the time that the first trial takes before any other is compared with it.
        other: Share of the time that another one takes, pruned ones less.
        known: Whether the candidates that were chosen on other data come first; else the sampler's come.
        exploring: Share of the time after which only the best nets are continued.
    """

    first: float = 0.5
    other: float = 0.2
    known: bool = False
    exploring: float = 0.85


WAYS = {
    "drawn": Way(),
    "drawn, last half": Way(exploring=0.5),
    "portfolio": Way(known=True),
    "portfolio, last half": Way(known=True, exploring=0.5),
    "portfolio, short, last half": Way(first=0.25, other=0.08, known=True, exploring=0.5),
    "portfolio, short, last two thirds": Way(first=0.2, other=0.06, known=True, exploring=0.33),
}


def search(curves: Curves, way: Way, order: Sequence[str]) -> dict[str, float]:
    """Search on two workers; return for how many seconds each candidate was trained.

    Continuing is by validation loss, after every four candidates by half as long again, at the end to the end.
    """
    had: dict[str, float] = {}
    clock, waiting, since = [0.0, 0.0], [RECIPE, *order], 0
    busy: dict[int, str] = {}
    while min(clock) < curves.time:
        worker = int(np.argmin(clock))
        left = curves.time - clock[worker]
        idle = {
            name: seconds for name, seconds in had.items() if name not in busy.values() or busy.get(worker) == name
        }
        late = clock[worker] >= way.exploring * curves.time and idle
        if late or not waiting or (since >= 4 and idle):
            name = min(idle, key=lambda each: curves.loss_at(each, had[each])) if idle else ""
            if not name:
                break
            more = left if late or not waiting else min(left, 0.5 * had[name])
            since = 0
        else:
            name, since = waiting.pop(0), since + 1
            asked = (way.first if name == RECIPE else way.other) * curves.time
            more = min(left, _until_pruned(curves, had, name, asked))
            had[name] = 0.0
        had[name] += more
        busy[worker] = name
        clock[worker] += more
    return had


def _until_pruned(curves: Curves, had: Mapping[str, float], name: str, asked: float) -> float:
    """Return the seconds after which the median pruner stops a candidate, or all that it asks for."""
    for share in (0.25, 0.5, 0.75):
        rivals = [curves.loss_at(each, share * asked) for each in had if had[each] >= share * asked]
        if len(rivals) > 1 and curves.loss_at(name, share * asked) > statistics.median(rivals):
            return share * asked
    return asked


def tested(curves: Curves, had: Mapping[str, float]) -> tuple[float, float]:
    """Return the test loss of the best net, and of its mean with the partner that validation chooses."""
    points = {name: curves.nets[name].at(seconds) for name, seconds in had.items() if seconds}
    best = min(points, key=lambda name: curves.losses[name][points[name]])

    def mean(kind: str, partner: str) -> NDArray[np.float64]:
        pair = [getattr(curves.nets[name], kind)[points[name]].astype(np.float64) for name in (best, partner)]
        return np.asarray(np.mean(pair, axis=0), np.float64)

    partner = min(points, key=lambda name: loss(curves.valid_labels, mean("valid", name)))
    return loss(curves.test_labels, mean("test", best)), loss(curves.test_labels, mean("test", partner))


def choose(known: Sequence[Curves], size: int, share: float = 0.5) -> list[str]:
    """Return the candidates whose best one has the least mean regret on some data, the first trial among them."""
    regrets = {}
    for name in CANDIDATES:
        ends = [{each: curves.loss_at(each, share * curves.time) for each in CANDIDATES} for curves in known]
        regrets[name] = [np.log(losses[name] / min(losses.values())) for losses in ends]
    chosen = [RECIPE]
    while len(chosen) < size:
        reached = np.min([regrets[name] for name in chosen], axis=0)
        rest = [name for name in CANDIDATES if name not in chosen]
        chosen.append(min(rest, key=lambda name: float(np.minimum(reached, regrets[name]).mean())))
    return chosen


def simulate(
    found: Mapping[tuple[str, int], Curves], size: int, repeats: int
) -> dict[str, dict[str, list[float]]]:
    """Return the losses of each way to search by kind of data: of one net and of two."""
    rng = np.random.default_rng(0)
    table: dict[str, dict[str, list[float]]] = {}
    for kind in dict.fromkeys(kind for kind, _ in found):
        others = [curves for (each, _), curves in found.items() if each != kind] or list(found.values())
        portfolio = choose(others, size)[1:]
        sums: dict[str, list[tuple[float, float]]] = {}
        for (each, _), curves in found.items():
            if each != kind:
                continue
            whole = curves.nets[RECIPE]
            alone = loss(curves.test_labels, whole.test[whole.at(curves.time * 2 / TWO_THREADS)])
            for _ in range(repeats):
                drawn = [str(name) for name in rng.permutation([name for name in curves.nets if "drawn" in name])]
                for name, way in WAYS.items():
                    had = search(curves, way, [*portfolio, *drawn] if way.known else drawn)
                    one, two = tested(curves, had)
                    sums.setdefault(name, []).append((one / alone, two / alone))
        table[kind] = {name: np.mean(values, axis=0).tolist() for name, values in sums.items()}
    return table


def main() -> None:
    """Run the benchmark; print the portfolio and the table, and write JSON."""
    parser = make_parser(__doc__, "portfolio", archive=False)
    parser.add_argument("--data", nargs="+", choices=DATA, default=list(DATA), help="kinds of data")
    parser.add_argument("--seconds", type=float, default=10.0, help="seconds of a search on two workers")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--size", type=int, default=6, help="trials of the portfolio, the first one included")
    parser.add_argument("--repeats", type=int, default=30, help="orders of the drawn candidates")
    parser.add_argument("--jobs", type=int, default=available_cores(), help="parallel trainings")
    parser.add_argument("--again", action="store_true", help="search with the saved curves; train nothing")
    arguments = parser.parse_args()
    saved = arguments.output.with_suffix(".curves")
    saved.parent.mkdir(parents=True, exist_ok=True)
    if not arguments.again:
        measure(arguments.data, arguments.seeds, arguments.seconds, arguments.jobs, saved)
    found: dict[tuple[str, int], Curves] = pickle.loads(saved.read_bytes())
    portfolio = choose(list(found.values()), arguments.size)
    print("portfolio:", "; ".join(portfolio))
    table = simulate(found, arguments.size, arguments.repeats)
    print_table(
        "Log loss relative to the first trial alone: of one net, of two",
        ("", *table),
        [[way, *(f"{table[kind][way][0]:.3f} {table[kind][way][1]:.3f}" for kind in table)] for way in WAYS],
    )
    save_results(arguments.output, {"portfolio": portfolio, "table": table})


if __name__ == "__main__":
    main()
