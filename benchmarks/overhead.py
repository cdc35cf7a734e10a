"""What the tool costs beside the net: python benchmarks/overhead.py [--rows N] [--epochs N] [--runs N].

The default study's first net is trained for the same epochs on the same rows, each time in a new process on one
core with one thread, in turn:

    bare    kagglebot's own learner in a bare loop: an epoch, predictions for the rows held out, their score
    fit     the fit loop, which asks after every step how much time is left and what to stop for
    tune    `tune`: a worker process, the study's storage, pruning, and whoever is told

Compared is the median epoch, each run's first left out, as it compiles the net. The target is at most 3 % more.
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
from holdout_competition import fetched, need
from reporting import keep, make_parser, print_table
from single_net_study import one_net, search
from svg_plot import Axis, Plot, Series, draw

from kagglebot.datasets.dataset import load_dataset
from kagglebot.metrics.registry import get_metric
from kagglebot.models.registry import get_family
from kagglebot.search.trial.objective import make_splits
from kagglebot.training.fit import fit
from kagglebot.training.learner import image_shape, pixel_moments
from kagglebot.training.registry import make_learner
from kagglebot.training.subprocess import limit_threads
from kagglebot.workspace import Workspace

WAYS = ("bare", "fit", "tune")
TARGET = 1.03


def by_learner(way: str, workspace: Path, epochs: int, core: int) -> dict[str, Any]:
    """Train in this process without the search; give the seconds of each epoch and of all."""
    started = monotonic()
    os.sched_setaffinity(0, {core})
    limit_threads(1)
    opened = Workspace(workspace)
    definition = one_net(opened, way, epochs)
    dataset = load_dataset(opened.data(opened.competition()))
    images, labels, metric = dataset.train_images, dataset.train_labels, dataset.schema.metric
    ((train, valid),) = make_splits(definition, labels, get_metric(metric))
    learner = make_learner(
        get_family(definition.family),
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
            progress=lambda share, epoch=epoch: (epoch + share) / epochs,  # type: ignore[misc]
        )
        probabilities = learner.predict(images, valid)
        assert np.isfinite(probabilities).all()
        get_metric(metric).score(labels[valid], probabilities)
        each.append(monotonic() - epoch_began)
    return {"begun": begun, "epochs": each, "whole": monotonic() - started}


def by_tune(workspace: Path, epochs: int, core: int, name: str) -> dict[str, Any]:
    """Run one trial; the core is shared by the worker and by who listens to it."""
    os.sched_setaffinity(0, {core})
    opened = Workspace(workspace)
    record = search(opened, one_net(opened, name, epochs), trials=1, jobs=1)
    (each,) = record.epochs.values()
    return {"begun": record.begun, "epochs": each, "whole": record.whole, "trial": record.trials[0]}


def run(way: str, number: int, workspace: Path, epochs: int, core: int) -> dict[str, Any]:
    """Do it one way, in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        if way == "tune":
            return pool.submit(by_tune, workspace, epochs, core, f"tune-{number}").result()
        return pool.submit(by_learner, way, workspace, epochs, core).result()


def epoch_of(result: dict[str, Any]) -> float:
    """Seconds of the median epoch, without the first."""
    return float(statistics.median(result["epochs"][1:]))


def summarise(rounds: list[dict[str, dict[str, Any]]]) -> dict[str, Any]:
    """Medians over the rounds; ratios are taken within a round, so that a machine's moods fall on both sides."""

    def median(value: Any) -> float:
        return float(statistics.median(value(each) for each in rounds))

    ratios = {way: median(lambda each, way=way: epoch_of(each[way]) / epoch_of(each["bare"])) for way in WAYS}
    return {
        "epoch_seconds": {way: median(lambda each, way=way: epoch_of(each[way])) for way in WAYS},
        "ratio_to_bare": ratios,
        "target": TARGET,
        # Once a trial, or once a search, whatever the number of epochs:
        "first_epoch_more_seconds": {
            way: median(lambda each, way=way: each[way]["epochs"][0] - epoch_of(each[way])) for way in WAYS
        },
        "before_first_epoch_seconds": {way: median(lambda each, way=way: each[way]["begun"]) for way in WAYS},
        "rest_of_trial_seconds": median(lambda each: each["tune"]["trial"] - sum(each["tune"]["epochs"])),
        "end_of_search_seconds": median(
            lambda each: each["tune"]["whole"] - each["tune"]["begun"] - each["tune"]["trial"]
        ),
    }


def tell(document: dict[str, Any], output: Path) -> None:
    """Print the table and draw the plot."""
    columns = ("", "s an epoch", "of bare", "first epoch, more", "before it")
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
            for way in WAYS
        ],
    )
    print(
        f"Besides its epochs a trial of `tune` takes {document['rest_of_trial_seconds']:.2f} s (the net is built, "
        f"views of the held-out images are judged, answers kept), and the search ends in "
        f"{document['end_of_search_seconds']:.2f} s."
    )
    series = [
        Series(way, list(enumerate((epoch_of(each[way]) for each in document["rounds"]), start=1)), "dots", colour)
        for colour, way in enumerate(WAYS)
    ]
    across = Axis("round", range(len(document["rounds"]) + 2))
    draw(output.with_suffix(".svg"), [Plot("Seconds of the median epoch", across, Axis("seconds"), series)])


def main() -> None:
    """Run all ways in turn, print the table, keep JSON and the plot."""
    parser = make_parser(__doc__, "overhead")
    parser.add_argument("--rows", type=int, metavar="N", help="train.csv of N rows; else 33,600")
    parser.add_argument("--epochs", type=int, default=4, help="of each run; from 2")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    need(arguments.archive)
    if not hasattr(os, "sched_setaffinity"):
        sys.exit("skipped: this system cannot keep a process on one core")
    core, epochs = min(os.sched_getaffinity(0)), max(2, arguments.epochs)
    with tempfile.TemporaryDirectory() as folder:
        workspace = fetched(arguments.archive, Path(folder), arguments.rows)
        rows = workspace.schema(workspace.competition()).train_rows
        rounds = [
            {way: run(way, number, workspace.root, epochs, core) for way in WAYS}
            for number in range(arguments.runs)
        ]
    document = {"rows": rows, "epochs": epochs, **summarise(rounds), "rounds": rounds}
    keep(arguments.output, document)
    tell(document, arguments.output)


if __name__ == "__main__":
    main()
