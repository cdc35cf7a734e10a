"""Ablation study of the default recipe: python benchmarks/ablation.py [--rows N] [--seeds N].

Trains the default study's first trial on the first rows of train.csv and scores it on the last 8,400; then trains
variants with one ingredient removed, replaced or added, each with the same seeds. Every training has the same
budget of processor time, so a slower variant trains for fewer epochs. The recipe is also scored with test-time
augmentation (TTA), as an ensemble of its seeds, and as one net trained for as long as that ensemble. The table
shows means and standard errors over the seeds. Log loss is taken after temperature scaling of each net; it
separates variants whose accuracies are equal.
"""

import multiprocessing
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from holdout_competition import TEST_ROWS, require_archive
from numpy.typing import NDArray
from reporting import make_parser, print_table, save_results
from single_net_study import first_trial_settings
from svg_plot import Axis, Plot, Series, draw

from kagglebot.metrics.calibrated_loss import calibrated_losses
from kagglebot.metrics.registry import get_metric
from kagglebot.models.registry import get_family
from kagglebot.system.cpu import available_cores
from kagglebot.training.child_process import limit_threads
from kagglebot.training.learner import image_shape, pixel_moments
from kagglebot.training.registry import make_learner
from kagglebot.training.tta import predict_with_tta
from kagglebot.workspace import Workspace

Images = NDArray[np.uint8]
#: Side of the squares that cut-out blackens, and standard deviation of elastic distortion, in pixels.
CUT, ELASTIC = 8, 1.0
RECIPE, TTA, ENSEMBLE, LONG = (
    "recipe",
    "recipe, with TTA",
    "recipe, ensemble of its seeds",
    "recipe, for as long as the ensemble",
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
    """The recipe with other settings, or with images transformed before each epoch."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    transform: Callable[[Images, np.random.Generator], Images] | None = None
    times: int = 1


VARIANTS = {
    RECIPE: Variant(),
    "no weight averaging": Variant({"ema_epochs": 0.0}),
    "one-cycle schedule": Variant(
        {"ema_epochs": 0.0, "schedule": "onecycle", "warmup_steps": 0, "learning_rate": 8e-3}
    ),
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
    LONG: Variant(times=0),  # 0: once for each seed
}


def read_rows(archive: Path, folder: Path) -> None:
    """Write all labelled rows to ``folder`` as arrays that every process can memory-map."""
    with zipfile.ZipFile(archive) as zipped, zipped.open("train.csv") as text:
        table = pd.read_csv(text).to_numpy(np.uint8)
    np.save(folder / "images.npy", table[:, 1:].reshape(-1, 28, 28, 1))
    np.save(folder / "labels.npy", table[:, 0].astype(np.int64))


def run(name: str, seed: int, settings: Mapping[str, Any], data: str, rows: int, budget: float | None) -> Any:
    """Train one variant for ``budget`` seconds of processor time, or for the recipe's epochs if it is None.

    Returns:
        Seconds, epochs, and the probabilities of the held-out rows; for the recipe also those with TTA.
    """
    limit_threads(1)
    images, labels = (np.load(Path(data) / f"{kind}.npy", mmap_mode="r") for kind in ("images", "labels"))
    train, held_out = np.asarray(images[:rows]), np.asarray(images[-TEST_ROWS:])
    variant, order = VARIANTS[name], np.arange(rows)
    own = {**settings, **variant.settings}
    learner = make_learner(
        get_family("cnn"),
        own,
        image_shape(images),
        10,
        seed=seed,
        pixel_moments=pixel_moments(images, order),
    )
    rng = np.random.default_rng(seed)
    used, epochs = 0.0, 0
    while (epochs < own["epochs"]) if budget is None else (used + used / max(1, epochs) / 2 < budget):
        started = time.process_time()
        share = epochs / own["epochs"] if budget is None else used / budget

        def schedule_position(done: float, share: float = share) -> float:
            return min(1.0, share + done / float(own["epochs"]))

        transformed = train if variant.transform is None else variant.transform(train, rng)
        learner.run_epoch(transformed, labels, order, schedule_position=schedule_position)
        epochs, used = epochs + 1, used + time.process_time() - started
    if name == RECIPE:
        plain, tta = predict_with_tta(learner.predict, held_out, flip=False)
    else:
        plain, tta = learner.predict(held_out), None
    return {"seconds": used, "epochs": epochs, "plain": plain, "tta": tta}


def figures(probabilities: list[NDArray[np.float32]], labels: NDArray[np.int64]) -> dict[str, float]:
    """Return mean and standard error of accuracy and log loss over the seeds."""
    found: dict[str, float] = {}
    measures = {
        "accuracy": [get_metric("accuracy").score(labels, each) for each in probabilities],
        "log_loss": [
            float(calibrated_losses(get_metric("accuracy"), labels, each).mean()) for each in probabilities
        ],
    }
    for metric, scores in measures.items():
        found[metric] = statistics.mean(scores)
        found[f"{metric}_error"] = statistics.stdev(scores) / len(scores) ** 0.5 if len(scores) > 1 else 0.0
    return found


def measure(
    data: Path, settings: Mapping[str, Any], rows: int, seeds: int, *, jobs: int, only: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Train the recipe and the variants in ``only``; return the figures by variant."""
    context = multiprocessing.get_context("spawn")
    labels = np.load(data / "labels.npy")[-TEST_ROWS:]
    rows_of: dict[str, dict[str, Any]] = {}

    def all_seeds(pool: ProcessPoolExecutor, name: str, budget: float | None) -> list[Any]:
        return [pool.submit(run, name, seed, settings, str(data), rows, budget) for seed in range(1, seeds + 1)]

    def record(name: str, ended: list[Any]) -> None:
        rows_of[name] = {
            "epochs": statistics.mean(each["epochs"] for each in ended),
            "seconds": statistics.mean(each["seconds"] for each in ended),
            **figures([each["plain"] for each in ended], labels),
        }
        print(name, rows_of[name], flush=True)

    # Each training has a new process, so that none reuses compiled code or memory of another.
    with ProcessPoolExecutor(jobs, mp_context=context, max_tasks_per_child=1) as pool:
        recipe = [each.result() for each in all_seeds(pool, RECIPE, None)]
        budget = statistics.mean(each["seconds"] for each in recipe)
        record(RECIPE, recipe)
        waiting = {
            name: all_seeds(pool, name, budget * (variant.times or seeds))
            for name, variant in VARIANTS.items()
            if name != RECIPE and name in only
        }
        for name, futures in waiting.items():
            record(name, [each.result() for each in futures])
    spent = {"epochs": rows_of[RECIPE]["epochs"], "seconds": budget}
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
        f"{document['rows']} training rows, {TEST_ROWS} held out, {document['seeds']} seeds",
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
    parser.add_argument("--rows", type=int, default=8_000, help="training rows")
    parser.add_argument(
        "--epochs", type=int, default=12, help="epochs of the recipe; variants get as much processor time"
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=available_cores(), help="parallel trainings")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=VARIANTS,
        default=list(VARIANTS),
        metavar="NAME",
        help="variants to train beside the recipe",
    )
    arguments = parser.parse_args()
    require_archive(arguments.archive)
    with tempfile.TemporaryDirectory() as folder:
        settings = {**first_trial_settings(Workspace(Path(folder))), "epochs": arguments.epochs}
        read_rows(arguments.archive, Path(folder))
        found = measure(
            Path(folder),
            settings,
            arguments.rows,
            arguments.seeds,
            jobs=arguments.jobs,
            only=arguments.only,
        )
    document = {
        "rows": arguments.rows,
        "seeds": arguments.seeds,
        "settings": settings,
        "ingredients": found,
    }
    save_results(arguments.output, document)
    report(document, arguments.output)


if __name__ == "__main__":
    main()
