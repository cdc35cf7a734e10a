"""Measure the overhead of a search over bare training: python benchmarks/overhead.py [--rows N] [--runs N].

The default study's first net trains for the same epochs on the same rows, in a new process on one core with one
thread, one variant after the other in each round:

    bare    kagglebot's learner in a bare loop: an epoch, predictions for the held-out rows, their score
    fit     the fit loop, which checks the time and the stopping conditions after every step
    tune    `tune`: a worker process, the study's storage, pruning and callbacks

The median epoch is compared, without each run's first, which compiles the net. The target is at most 3 % more.
"""

import multiprocessing
import os
import statistics
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
from holdout_competition import make_workspace, require_archive
from reporting import make_parser, print_table, save_results
from single_net_study import run_search, single_net_definition
from svg_plot import Axis, Plot, Series, draw

from kagglebot.datasets.dataset import load_dataset
from kagglebot.metrics.registry import get_metric
from kagglebot.models.registry import get_family
from kagglebot.search.trial.study_splits import make_splits
from kagglebot.training.fit import fit
from kagglebot.training.learner import image_shape, pixel_moments
from kagglebot.training.machine.child_process import limit_threads
from kagglebot.training.registry import make_learner
from kagglebot.workspace import Workspace

VARIANTS = ("bare", "fit", "tune")
TARGET = 1.03


def by_learner(way: str, workspace: Path, epochs: int, core: int) -> dict[str, Any]:
    """Train in this process without a search; return the seconds of each epoch and in all."""
    started = monotonic()
    os.sched_setaffinity(0, {core})
    limit_threads(1)
    opened = Workspace(workspace)
    definition = single_net_definition(opened, way, epochs)
    dataset = load_dataset(opened.data(opened.competition()))
    images, labels, metric = dataset.train_images, dataset.train_labels, dataset.schema.metric
    ((train, valid),) = make_splits(definition, labels, get_metric(metric))
    learner = make_learner(
        get_family(definition.families[0]),
        definition.settings({"learning_rate": definition.space["learning_rate"].high}),
        image_shape(images),
        len(dataset.schema.classes),
        seed=0,
        pixel_moments=pixel_moments(images, train),
    )
    begun = monotonic() - started
    if way == "fit":
        each = fit(learner, images, labels, train, valid, metric=metric).seconds
        return {"begun": begun, "epochs": each, "whole": monotonic() - started}
    each = []
    for epoch in range(epochs):
        epoch_began = monotonic()
        learner.run_epoch(
            images,
            labels,
            train,
            schedule_position=lambda share, epoch=epoch: (epoch + share) / epochs,  # type: ignore[misc]
        )
        probabilities = learner.predict(images, valid)
        assert np.isfinite(probabilities).all()
        get_metric(metric).score(labels[valid], probabilities)
        each.append(monotonic() - epoch_began)
    return {"begun": begun, "epochs": each, "whole": monotonic() - started}


def by_tune(workspace: Path, epochs: int, core: int, name: str) -> dict[str, Any]:
    """Run one trial with `tune`; its worker and the parent process share the core."""
    os.sched_setaffinity(0, {core})
    opened = Workspace(workspace)
    record = run_search(opened, single_net_definition(opened, name, epochs), trials=1, jobs=1)
    (each,) = record.epochs.values()
    return {"begun": record.begun, "epochs": each, "whole": record.whole, "trial": record.trials[0]}


def run(way: str, number: int, workspace: Path, epochs: int, core: int) -> dict[str, Any]:
    """Run one variant in a new process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        if way == "tune":
            return pool.submit(by_tune, workspace, epochs, core, f"tune-{number}").result()
        return pool.submit(by_learner, way, workspace, epochs, core).result()


def epoch_of(result: dict[str, Any]) -> float:
    """Return the seconds of the median epoch, without the first."""
    return float(statistics.median(result["epochs"][1:]))


def summarise(rounds: list[dict[str, dict[str, Any]]]) -> dict[str, Any]:
    """Return medians over the rounds; ratios are taken within a round, so that load affects both sides alike."""

    def median(value: Any) -> float:
        return float(statistics.median(value(each) for each in rounds))

    ratios = {way: median(lambda each, way=way: epoch_of(each[way]) / epoch_of(each["bare"])) for way in VARIANTS}
    return {
        "epoch_seconds": {way: median(lambda each, way=way: epoch_of(each[way])) for way in VARIANTS},
        "ratio_to_bare": ratios,
        "target": TARGET,
        # Costs per trial or per search, whatever the number of epochs:
        "first_epoch_more_seconds": {
            way: median(lambda each, way=way: each[way]["epochs"][0] - epoch_of(each[way])) for way in VARIANTS
        },
        "before_first_epoch_seconds": {way: median(lambda each, way=way: each[way]["begun"]) for way in VARIANTS},
        "rest_of_trial_seconds": median(lambda each: each["tune"]["trial"] - sum(each["tune"]["epochs"])),
        "end_of_search_seconds": median(
            lambda each: each["tune"]["whole"] - each["tune"]["begun"] - each["tune"]["trial"]
        ),
    }


def report(document: dict[str, Any], output: Path) -> None:
    """Print the table and write the plot."""
    columns = ("", "s per epoch", "ratio to bare", "extra in first epoch", "before first epoch")
    print_table(
        f"One thread, {document['rows']} rows; target: at most {TARGET} of the bare loop",
        columns,
        [
            [
                way,
                f"{document['epoch_seconds'][way]:.3f}",
                f"{document['ratio_to_bare'][way]:.3f}",
                f"{document['first_epoch_more_seconds'][way]:.2f} s",
                f"{document['before_first_epoch_seconds'][way]:.2f} s",
            ]
            for way in VARIANTS
        ],
    )
    print(
        f"Besides its epochs a trial of `tune` takes {document['rest_of_trial_seconds']:.2f} s (building the net, "
        f"test-time augmentation, saving out-of-fold predictions), and the search takes "
        f"{document['end_of_search_seconds']:.2f} s to end."
    )
    series = [
        Series(way, list(enumerate((epoch_of(each[way]) for each in document["rounds"]), start=1)), "dots", colour)
        for colour, way in enumerate(VARIANTS)
    ]
    across = Axis("round", range(len(document["rounds"]) + 2))
    draw(output.with_suffix(".svg"), [Plot("Seconds of the median epoch", across, Axis("seconds"), series)])


def main() -> None:
    """Run the benchmark; print the table, write JSON and a plot."""
    parser = make_parser(__doc__, "overhead")
    parser.add_argument("--rows", type=int, metavar="N", help="rows of train.csv; 33,600 by default")
    parser.add_argument("--epochs", type=int, default=4, help="epochs of each run, at least 2")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    require_archive(arguments.archive)
    if not hasattr(os, "sched_setaffinity"):
        sys.exit("skipped: this system cannot keep a process on one core")
    core, epochs = min(os.sched_getaffinity(0)), max(2, arguments.epochs)
    with tempfile.TemporaryDirectory() as folder:
        workspace = make_workspace(arguments.archive, Path(folder), arguments.rows)
        rows = workspace.schema(workspace.competition()).train_rows
        rounds = [
            {way: run(way, number, workspace.root, epochs, core) for way in VARIANTS}
            for number in range(arguments.runs)
        ]
    document = {"rows": rows, "epochs": epochs, **summarise(rounds), "rounds": rounds}
    save_results(arguments.output, document)
    report(document, arguments.output)


if __name__ == "__main__":
    main()
