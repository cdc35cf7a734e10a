"""Ablation study of the default recipe: python benchmarks/ablation.py [--data NAME] [--rows N] [--seeds N].

Trains the default study's first trial on the first labelled rows and scores it on the last ones; then trains
variants with one ingredient removed, replaced or added, each with the same seeds. Every training has the same
budget of processor time: a slower variant trains for fewer epochs, and one that computes less for an image (see
``lighter_nets.py``) for more. The recipe is also scored with test-time augmentation (TTA), with the batch
statistics of training, as an ensemble of its seeds, and as one net trained for as long as that ensemble;
``--only`` without names trains nothing else. The table shows means and standard errors over the seeds. Log loss is
taken after temperature scaling of each net; it separates variants whose accuracies are equal. ``--data cifar-10``
does so with colour images and the settings made for them; it needs cifar-10.zip as Kaggle sends it. ``--negative``
takes the negatives of the images: digits are then ink on white paper.
"""

import math
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from holdout_competition import DEFAULT_ARCHIVE, TEST_ROWS, fetch, require_archive
from lighter_nets import Small, with_stride
from numpy.typing import NDArray
from reporting import make_parser, print_table, save_results
from single_net_study import first_trial_settings
from svg_plot import Axis, Plot, Series, draw

from kagglebot.datasets.dataset import load_dataset
from kagglebot.metrics.calibrated_loss import calibrated_losses
from kagglebot.metrics.registry import get_metric
from kagglebot.models.base import Family
from kagglebot.models.registry import get_family
from kagglebot.practice.competition import from_archive
from kagglebot.system.hardware.cpu import available_cores
from kagglebot.training.files.checkpoints import more_epochs
from kagglebot.training.learner import image_shape, pixel_moments
from kagglebot.training.machine.child_process import limit_threads
from kagglebot.training.registry import make_learner
from kagglebot.training.scoring.tta import predict_with_tta
from kagglebot.workspace import Workspace

Images = NDArray[np.uint8]
#: Side of the squares that cut-out blackens, and standard deviation of elastic distortion, in pixels.
CUT, ELASTIC = 8, 1.0
RECIPE, AUGMENTED, TTA, ENSEMBLE, LONG, CHECKPOINT = (
    "recipe",
    "recipe, batch statistics of augmented images",
    "recipe, with TTA",
    "recipe, ensemble of its seeds",
    "recipe, for as long as the ensemble",
    "recipe, from a trial's checkpoint",
)


def cut_out(images: Images, rng: np.random.Generator) -> Images:
    """Blacken a square of each image (DeVries & Taylor 2017, arXiv:1708.04552)."""
    cut, side = images.copy(), images.shape[1]
    for image, (top, left) in zip(cut, rng.integers(0, side - CUT // 2, (len(cut), 2)), strict=True):
        image[top : top + CUT, left : left + CUT] = 0
    return cut


def elastic(images: Images, rng: np.random.Generator) -> Images:
    """Move pixels along a smooth random field (Simard et al. 2003)."""
    from scipy import ndimage

    count, height, width, _ = images.shape
    coarse = rng.normal(0, ELASTIC, (2, count, 6, 6))
    fields = ndimage.zoom(coarse, (1, 1, height / 6, width / 6), order=1)
    number, rows, columns = np.indices((count, height, width))
    places = [number, rows + fields[0], columns + fields[1]]
    return np.asarray(ndimage.map_coordinates(images[..., 0], places, order=1)[..., None], np.uint8)


@dataclass(frozen=True)
class Variant:
    """The recipe with other settings, another net, or images transformed before each epoch."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    family: Callable[[], Family] = field(default=partial(get_family, "cnn"))
    transform: Callable[[Images, np.random.Generator], Images] | None = None
    times: int = 1
    #: Share of the rows that the recipe is trained without, before it is trained further on all; only that counts.
    held_back: float = 0.0
    #: The first epochs, if they are of smaller images.
    small: Small | None = None


#: Variants that compute less for an image.
LIGHTER = {
    "half the side for 60 % of the epochs": Variant(small=Small(share=0.6, side=1 / 2)),
    "three quarters of the side for 60 % of the epochs": Variant(small=Small(share=0.6, side=3 / 4)),
    "stride 2 for the first pooling": Variant(family=partial(with_stride, 3)),
    "space-to-depth for the first pooling": Variant(family=partial(with_stride, 6)),
}
REFLECTION = "border by reflection"
ONE_CYCLE = {"ema_epochs": 0.0, "schedule": "onecycle", "warmup_steps": 0}
#: Variants of the recipe for digits.
DIGITS = {
    "no weight averaging": Variant({"ema_epochs": 0.0}),
    "one-cycle schedule": Variant(ONE_CYCLE | {"learning_rate": 8e-3}),
    "no batch normalisation": Variant({"batch_norm": False, "learning_rate": 1.5e-3}),
    "no augmentation": Variant({"rotation": 0.0, "zoom": 0.0, "shift": 0.0, "shear": 0.0}),
    "no rotation": Variant({"rotation": 0.0}),
    "no zoom": Variant({"zoom": 0.0}),
    "no shift": Variant({"shift": 0.0}),
    "no shear": Variant({"shear": 0.0}),
    "with elastic distortion": Variant(transform=elastic),
    "with cut-out": Variant(transform=cut_out),
    "no label smoothing": Variant({"label_smoothing": 0.0}),
    "dropout 0.2": Variant({"dropout": 0.2}),
    "AdamW, weight decay 0.01": Variant({"optimizer": "adamw", "weight_decay": 1e-2}),
    "24 filters instead of 16": Variant({"filters": 24}),
    **LIGHTER,
    REFLECTION: Variant({"border": "reflect"}),
    LONG: Variant(times=0),  # 0: once for each seed
    CHECKPOINT: Variant(held_back=0.15),
}
#: The recipe for colour images: what digits allow and photographs do not is left out.
COLOUR = {"rotation": 0.0, "zoom": 0.0, "shear": 0.0, "shift": 0.1, "flip": True}
#: A narrow ResNet-9.
RESIDUAL = {"blocks": 4, "convolutions": 3, "residual": True}
#: What residual nets are often trained with.
SGD = {"optimizer": "sgd", "learning_rate": 0.2, "weight_decay": 5e-4}
#: Variants of the recipe for colour images.
COLOURED = {
    "no flip": Variant({"flip": False}),
    "no shift": Variant({"shift": 0.0}),
    REFLECTION: Variant({"border": "reflect"}),
    "with rotation, zoom and shear": Variant({"rotation": 12.5, "zoom": 0.12, "shear": 0.1}),
    "with crop 0.5": Variant({"crop": 0.5}),
    "with jitter 0.2": Variant({"jitter": 0.2}),
    "with erasing 0.25": Variant({"erasing": 0.25}),
    "with mixup 0.2": Variant({"mixup": 0.2}),
    "with cutmix 1.0": Variant({"cutmix": 1.0}),
    "moments of each channel": Variant({"preprocessing": "standardise"}),
    **LIGHTER,
    "residual": Variant(RESIDUAL),
    "residual, SGD": Variant(RESIDUAL | SGD | {"learning_rate": 0.05}),
    "residual, SGD, one-cycle schedule": Variant(RESIDUAL | SGD | ONE_CYCLE),
}
#: For each competition, what the recipe changes of the default study's first trial, and its variants.
DATA: dict[str, tuple[Mapping[str, Any], Mapping[str, Variant]]] = {
    "digit-recognizer": ({}, DIGITS),
    "cifar-10": (COLOUR, COLOURED),
}


def read_rows(archive: Path, folder: Path, rows: int, held_out: int, *, negative: bool) -> None:
    """Write the first and the last labelled rows to ``folder`` as arrays that every process can memory-map."""
    dataset = load_dataset(fetch(from_archive(archive), folder / "workspace").data(archive.stem))
    for part, some in (("train", slice(rows)), ("test", slice(-held_out, None))):
        images = dataset.train_images[some]
        np.save(folder / f"{part}_images.npy", 255 - images if negative else images)
        np.save(folder / f"{part}_labels.npy", dataset.train_labels[some])


def run(variant: Variant, seed: int, settings: Mapping[str, Any], data: Path, budget: float | None) -> Any:
    """Train one variant for ``budget`` seconds of processor time; None for the recipe, for its epochs.

    Returns:
        Seconds, epochs, and the probabilities of the held-out rows; for the recipe also those with TTA, and those
        of the net before its batch statistics are taken anew from plain images.
    """
    limit_threads(1)
    train, test, labels = (
        np.load(data / f"{each}.npy") for each in ("train_images", "test_images", "train_labels")
    )
    order = np.arange(len(train))
    own, shape, small = {**settings, **variant.settings}, image_shape(train), variant.small
    make = partial(
        make_learner,
        variant.family(),
        image_shape=shape,
        classes=int(labels.max()) + 1,
        seed=seed,
        pixel_moments=pixel_moments(train, order),
    )
    learner = make({**own, **small.settings(shape)} if small else own)
    rng = np.random.default_rng(seed)
    used, epochs, latest = 0.0, 0, 0.0
    most = own["epochs"] if budget is None else math.inf
    if variant.held_back:
        part = rng.permutation(order)[int(variant.held_back * len(order)) :]
        for _ in range(own["epochs"]):
            learner.run_epoch(train, labels, part, schedule_position=float)
        most = more_epochs(own["epochs"], 0.2)
    limit = math.inf if budget is None or variant.held_back else budget
    while epochs < most and used + latest / 2 < limit:
        started = time.process_time()
        share = epochs / own["epochs"] if budget is None else used / budget

        def schedule_position(done: float, share: float = share) -> float:
            return min(1.0, share + done / float(own["epochs"]))

        if small and budget and small.is_over(epochs, (budget - used) / (budget / own["epochs"])):
            state, small = learner.state(), None
            learner = make(own)
            learner.restore(state or {})
        transformed = train if variant.transform is None else variant.transform(train, rng)
        learner.run_epoch(transformed, labels, order, schedule_position=schedule_position)
        latest = time.process_time() - started
        epochs, used = epochs + 1, used + latest
    before = learner.predict(test) if budget is None else None
    learner.settle(train, order)
    if budget is None:
        plain, tta = predict_with_tta(learner.predict, test, flip=bool(own.get("flip")))
    else:
        plain, tta = learner.predict(test), None
    return {"seconds": used, "epochs": epochs, "plain": plain, "tta": tta, "before": before}


def figures(probabilities: list[NDArray[np.float32]], labels: NDArray[np.int64]) -> dict[str, float]:
    """Return mean and standard error of accuracy and log loss over the seeds."""
    found: dict[str, float] = {}
    measures = {
        "accuracy": [get_metric("accuracy").score(labels, each) for each in probabilities],
        "log_loss": [float(calibrated_losses(labels, each).mean()) for each in probabilities],
    }
    for metric, scores in measures.items():
        found[metric] = statistics.mean(scores)
        found[f"{metric}_error"] = statistics.stdev(scores) / len(scores) ** 0.5 if len(scores) > 1 else 0.0
    return found


def measure(
    data: Path, settings: Mapping[str, Any], seeds: int, *, jobs: int, variants: Mapping[str, Variant]
) -> dict[str, dict[str, Any]]:
    """Train the recipe and its variants; return the figures by variant."""
    context = multiprocessing.get_context("spawn")
    labels = np.load(data / "test_labels.npy")
    rows_of: dict[str, dict[str, Any]] = {}

    def all_seeds(pool: ProcessPoolExecutor, variant: Variant, budget: float | None) -> list[Any]:
        return [pool.submit(run, variant, seed, settings, data, budget) for seed in range(1, seeds + 1)]

    def record(name: str, ended: list[Any]) -> None:
        rows_of[name] = {
            "epochs": statistics.mean(each["epochs"] for each in ended),
            "seconds": statistics.mean(each["seconds"] for each in ended),
            **figures([each["plain"] for each in ended], labels),
        }
        print(name, rows_of[name], flush=True)

    # Each training has a new process, so that none reuses compiled code or memory of another.
    with ProcessPoolExecutor(jobs, mp_context=context, max_tasks_per_child=1) as pool:
        recipe = [each.result() for each in all_seeds(pool, Variant(), None)]
        budget = statistics.mean(each["seconds"] for each in recipe)
        record(RECIPE, recipe)
        waiting = {
            name: all_seeds(pool, variant, budget * (variant.times or seeds)) for name, variant in variants.items()
        }
        for name, futures in waiting.items():
            record(name, [each.result() for each in futures])
    spent = {"epochs": rows_of[RECIPE]["epochs"], "seconds": budget}
    rows_of[AUGMENTED] = {**spent, **figures([each["before"] for each in recipe], labels)}
    rows_of[TTA] = {**spent, **figures([each["tta"] for each in recipe], labels)}
    ensemble = np.mean([each["plain"] for each in recipe], axis=0)
    rows_of[ENSEMBLE] = {**spent, "seconds": seeds * budget, **figures([ensemble], labels)}
    return rows_of


def report(document: dict[str, Any], output: Path) -> None:
    """Print the table and write the plot."""
    found = document["ingredients"]
    base = found[RECIPE]
    order = [RECIPE, *sorted(found.keys() - {RECIPE}, key=lambda name: float(found[name]["log_loss"]))]
    print_table(
        f"{document['rows']} training rows, {document['held_out']} held out, {document['seeds']} seeds",
        ("", "epochs", "accuracy", "±", "log loss", "±", "ratio to recipe"),
        [
            [
                f"{number} {name}",
                f"{found[name]['epochs']:.1f}",
                f"{found[name]['accuracy']:.5f}",
                f"{found[name]['accuracy_error']:.5f}",
                f"{found[name]['log_loss']:.4f}",
                f"{found[name]['log_loss_error']:.4f}",
                f"{found[name]['log_loss'] / base['log_loss']:.2f}",
            ]
            for number, name in enumerate(order)
        ],
    )
    wrong = [(number, 100 * (1 - found[name]["accuracy"])) for number, name in enumerate(order)]
    series = [Series("", wrong, "dots")]
    across = Axis("line of the table; 0 is the recipe", range(len(order)))
    draw(output.with_suffix(".svg"), [Plot("Errors on the held-out rows", across, Axis("% of rows"), series)])


def main() -> None:
    """Run the benchmark; print the table, write JSON and a plot."""
    parser = make_parser(__doc__, "ablation")
    parser.add_argument("--data", choices=DATA, default="digit-recognizer", help="competition to learn from")
    parser.add_argument("--negative", action="store_true", help="take the negatives of the images")
    parser.add_argument("--rows", type=int, default=8_000, help="training rows")
    parser.add_argument("--held-out", type=int, default=TEST_ROWS, help="rows to score on")
    parser.add_argument(
        "--epochs", type=int, default=12, help="epochs of the recipe; variants get as much processor time"
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=available_cores(), help="parallel trainings")
    parser.add_argument(
        "--only",
        nargs="*",
        choices=[*DIGITS, *COLOURED],
        metavar="NAME",
        help="variants to train beside the recipe",
    )
    arguments = parser.parse_args()
    changes, variants = DATA[arguments.data]
    if arguments.archive == DEFAULT_ARCHIVE:
        arguments.archive = DEFAULT_ARCHIVE.with_name(f"{arguments.data}.zip")
    require_archive(arguments.archive)
    with tempfile.TemporaryDirectory() as folder:
        settings = {**first_trial_settings(Workspace(Path(folder))), **changes, "epochs": arguments.epochs}
        read_rows(arguments.archive, Path(folder), arguments.rows, arguments.held_out, negative=arguments.negative)
        found = measure(
            Path(folder),
            settings,
            arguments.seeds,
            jobs=arguments.jobs,
            variants={name: variants[name] for name in (variants if arguments.only is None else arguments.only)},
        )
    document = {
        "data": arguments.data,
        "negative": arguments.negative,
        "rows": arguments.rows,
        "held_out": arguments.held_out,
        "seeds": arguments.seeds,
        "settings": settings,
        "ingredients": found,
    }
    save_results(arguments.output, document)
    report(document, arguments.output)


if __name__ == "__main__":
    main()
