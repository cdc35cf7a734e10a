"""What each ingredient of the default recipe is worth: python benchmarks/ablation.py [--rows N] [--seeds N].

The default study's first trial is trained on the first rows of train.csv and scored on its last 8,400; then again
with one ingredient taken away, put in place of another, or added, each with the same seeds. All trainings cost the
same: they end when they have used the time of a processor that the recipe takes, so that what is dear gets fewer
epochs. Below them stand the recipe's nets looking at shifted views of an image, all of its seeds together, and one
net trained for as long as these. Given are means and standard errors over the seeds; log loss, at the temperature
that suits each net best, tells apart what accuracy does not yet.
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
from holdout_competition import TEST_ROWS, need
from numpy.typing import NDArray
from reporting import keep, make_parser, print_table
from single_net_study import first_net
from svg_plot import Axis, Plot, Series, draw

from kagglebot.metrics.calibration import calibrated_losses
from kagglebot.metrics.registry import get_metric
from kagglebot.models.registry import get_family
from kagglebot.system.cpu import available_cores
from kagglebot.training.learner import image_shape, pixel_moments
from kagglebot.training.registry import make_learner
from kagglebot.training.subprocess import limit_threads
from kagglebot.training.tta import predict_with_tta
from kagglebot.workspace import Workspace

Images = NDArray[np.uint8]
#: Squares cut out of images, and how far elastic distortion moves pixels, in pixels.
CUT, ELASTIC = 8, 1.0
RECIPE, VIEWS, TOGETHER, LONG = (
    "recipe",
    "recipe, with views",
    "recipe, its seeds together",
    "recipe, as long as these",
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
    """The recipe with other settings, or with images prepared otherwise before each epoch."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    prepare: Callable[[Images, np.random.Generator], Images] | None = None
    times: int = 1


VARIANTS = {
    RECIPE: Variant(),
    "no averaging of weights": Variant({"averaging": 0.0}),
    "one-cycle rate instead": Variant({"averaging": 0.0, "schedule": "onecycle", "learning_rate": 8e-3}),
    "no batch normalisation": Variant({"batch_norm": False, "learning_rate": 1.5e-3}),
    "no augmentation": Variant({"rotation": 0.0, "zoom": 0.0, "shift": 0.0, "shear": 0.0}),
    "no rotation": Variant({"rotation": 0.0}),
    "no zoom": Variant({"zoom": 0.0}),
    "no shift": Variant({"shift": 0.0}),
    "no shear": Variant({"shear": 0.0}),
    "elastic distortion too": Variant(prepare=elastic),
    "cut-out too": Variant(prepare=cut_out),
    "no label smoothing": Variant({"label_smoothing": 0.0}),
    "dropout 0.2": Variant({"dropout": 0.2}),
    "AdamW, decay 0.01": Variant({"optimizer": "adamw", "weight_decay": 1e-2}),
    "half as many filters again": Variant({"filters": 24}),
    LONG: Variant(times=0),  # as many times as there are seeds
}


def read_rows(archive: Path, folder: Path) -> None:
    """Write all rows that have labels into ``folder``, for every process to map into its memory."""
    with zipfile.ZipFile(archive) as zipped, zipped.open("train.csv") as text:
        table = pd.read_csv(text).to_numpy(np.uint8)
    np.save(folder / "images.npy", table[:, 1:].reshape(-1, 28, 28, 1))
    np.save(folder / "labels.npy", table[:, 0].astype(np.int64))


def run(name: str, seed: int, settings: Mapping[str, Any], data: str, rows: int, budget: float | None) -> Any:
    """Train one variant for ``budget`` seconds of this process; the recipe for its epochs, where that is None.

    Returns:
        Seconds used, epochs, and probabilities of the held-out rows, without views and for the recipe with them.
    """
    limit_threads(1)
    images, labels = (np.load(Path(data) / f"{kind}.npy", mmap_mode="r") for kind in ("images", "labels"))
    learned, held_out = np.asarray(images[:rows]), np.asarray(images[-TEST_ROWS:])
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

        def progress(done: float, share: float = share) -> float:
            return min(1.0, share + done / float(own["epochs"]))

        shown = learned if variant.prepare is None else variant.prepare(learned, rng)
        learner.run_epoch(shown, labels, order, progress=progress)
        epochs, used = epochs + 1, used + time.process_time() - started
    if name == RECIPE:
        plain, tta = predict_with_tta(learner.predict, held_out, flip=False)
    else:
        plain, tta = learner.predict(held_out), None
    return {"seconds": used, "epochs": epochs, "plain": plain, "views": tta}


def figures(probabilities: list[NDArray[np.float32]], labels: NDArray[np.int64]) -> dict[str, float]:
    """Mean and standard error over the seeds, of accuracy and log loss."""
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
    """Train the recipe and ``only`` these variants; give each ingredient's figures by its name."""
    context = multiprocessing.get_context("spawn")
    labels = np.load(data / "labels.npy")[-TEST_ROWS:]
    rows_of: dict[str, dict[str, Any]] = {}

    def all_seeds(pool: ProcessPoolExecutor, name: str, budget: float | None) -> list[Any]:
        return [pool.submit(run, name, seed, settings, str(data), rows, budget) for seed in range(1, seeds + 1)]

    def take(name: str, ended: list[Any]) -> None:
        rows_of[name] = {
            "epochs": statistics.mean(each["epochs"] for each in ended),
            "seconds": statistics.mean(each["seconds"] for each in ended),
            **figures([each["plain"] for each in ended], labels),
        }
        print(name, rows_of[name], flush=True)

    # A new process for each training: none inherits what another has compiled or left in memory.
    with ProcessPoolExecutor(jobs, mp_context=context, max_tasks_per_child=1) as pool:
        recipe = [each.result() for each in all_seeds(pool, RECIPE, None)]
        budget = statistics.mean(each["seconds"] for each in recipe)
        take(RECIPE, recipe)
        waiting = {
            name: all_seeds(pool, name, budget * (variant.times or seeds))
            for name, variant in VARIANTS.items()
            if name != RECIPE and name in only
        }
        for name, futures in waiting.items():
            take(name, [each.result() for each in futures])
    spent = {"epochs": rows_of[RECIPE]["epochs"], "seconds": budget}
    rows_of[VIEWS] = {**spent, **figures([each["views"] for each in recipe], labels)}
    together = np.mean([each["plain"] for each in recipe], axis=0)
    rows_of[TOGETHER] = {**spent, "seconds": seeds * budget, **figures([together], labels)}
    return rows_of


def tell(document: dict[str, Any], output: Path) -> None:
    """Print the table and draw the plot."""
    found = document["ingredients"]
    base = found[RECIPE]
    order = [RECIPE, *sorted(found.keys() - {RECIPE}, key=lambda name: float(found[name]["log_loss"]))]
    print_table(
        f"{document['rows']} rows learned, {TEST_ROWS} held out, {document['seeds']} seeds",
        ("", "epochs", "accuracy", "±", "log loss", "±", "of the recipe's"),
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
    across = Axis("line of the table, the recipe 0", range(len(order)))
    draw(output.with_suffix(".svg"), [Plot("Mistakes on the rows held out", across, Axis("% of rows"), series)])


def main() -> None:
    """Measure, print the table, keep JSON and the plot."""
    parser = make_parser(__doc__, "ablation")
    parser.add_argument("--rows", type=int, default=8_000, help="rows to learn from")
    parser.add_argument("--epochs", type=int, default=12, help="of the recipe; the others get as much time")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=available_cores(), help="trainings at the same time")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=VARIANTS,
        default=list(VARIANTS),
        metavar="NAME",
        help="these ingredients, beside the recipe",
    )
    arguments = parser.parse_args()
    need(arguments.archive)
    with tempfile.TemporaryDirectory() as folder:
        settings = {**first_net(Workspace(Path(folder))), "epochs": arguments.epochs}
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
    keep(arguments.output, document)
    tell(document, arguments.output)


if __name__ == "__main__":
    main()
