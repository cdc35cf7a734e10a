"""Measure how much of the machine a search uses: python benchmarks/throughput.py [--epochs N] [--rows N].

For the default study's first net, on each installed backend: trials and epochs per hour, and the GFLOP/s of its
convolutions and dense layers (see flops.py), against those of a large float32 matrix product in as many processes
and threads.

    matrix   products of two 2048x2048 matrices
    steps    training steps alone, with augmentation and weight averaging, as `kagglebot doctor --bench` runs them
    tune     `kagglebot tune` with that many --jobs: its median epoch, validation included
"""

import multiprocessing
import statistics
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flops import forward_flops, training_flops
from holdout_competition import make_workspace, require_archive
from reporting import make_parser, print_table, save_results
from single_net_study import SearchTimings, first_trial_settings, run_search, single_net_definition
from svg_plot import Axis, Plot, Series, draw

from kagglebot.datasets.dataset import load_dataset
from kagglebot.diagnostics import benchmark
from kagglebot.models.registry import get_family
from kagglebot.system.hardware.cpu import available_cores
from kagglebot.training.keras.on_tensorflow.tensorflow_import import tensorflow
from kagglebot.training.learner import image_shape
from kagglebot.training.machine.profile import Speed
from kagglebot.training.registry import split_settings
from kagglebot.workspace import Workspace


@dataclass(frozen=True)
class Net:
    """The net of all measurements.

    Attributes:
        rows: Training rows of a trial.
        held_out: Validation rows, scored after each epoch.
        training: Operations of a training step, per image.
        forward: Operations of a prediction, per image.
        epochs: Epochs of the default study's first trial.
    """

    rows: int
    held_out: int
    training: int
    forward: int
    epochs: int


@dataclass
class Table:
    """Measurements, each compared with the matrix product of its backend, processes and threads."""

    matrix: dict[tuple[str, int, int], float]
    lines: list[dict[str, Any]] = field(default_factory=list)

    def add(self, what: str, form: tuple[str, int, int], gflops: float, **more: float) -> None:
        """Add a line to the table."""
        names = dict(zip(("backend", "processes", "threads"), form, strict=True))
        self.lines.append(
            {"what": what, **names, "gflops": gflops, "of_matrix": gflops / self.matrix[form], **more}
        )


def count_flops(workspace: Path) -> tuple[int, int]:
    """Return the operations per image of training and of prediction."""
    tensorflow()  # imported before Keras, which would print its start-up messages
    parameters, _ = split_settings(get_family("cnn"), first_trial_settings(Workspace(workspace)))
    dataset = load_dataset(Workspace(workspace).data("digit-recognizer"))
    shape = image_shape(dataset.train_images)
    model = get_family("cnn").build(parameters, shape, len(dataset.schema.classes), (1 / 255, 0.0))
    return training_flops(model), forward_flops(model)


def describe_net(workspace: Workspace) -> Net:
    """Count the operations of the net in a new process, so that this one does not load TensorFlow."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        training, forward = pool.submit(count_flops, workspace.root).result()
    rows = workspace.schema(workspace.competition()).train_rows
    held_out = single_net_definition(workspace, "count", 1).validation.rows(rows)
    return Net(rows - held_out, held_out, training, forward, int(first_trial_settings(workspace)["epochs"]))


def hourly(record: SearchTimings, jobs: int, recipe_epochs: int) -> tuple[float, float, float]:
    """Return seconds per epoch, epochs per hour, and trials per hour at ``recipe_epochs`` epochs each.

    A trial costs its epochs plus a constant: the extra time of its first epoch and of its end.
    """
    epoch = statistics.median(record.later_epochs)
    once = statistics.mean(
        trial - len(epochs) * epoch for trial, epochs in zip(record.trials, record.epochs.values(), strict=True)
    )
    return epoch, jobs * 3600 / epoch, jobs * 3600 / (once + recipe_epochs * epoch)


def add_steps(table: Table, speed: Speed, net: Net) -> None:
    """Add the lines of one measurement by ``doctor --bench``."""
    form = (speed.backend, speed.processes, speed.threads)
    table.add("matrix", form, speed.gflops)
    images = speed.images_a_second
    table.add(
        "steps", form, images * net.training / 1e9, images_a_second=images, epochs_an_hour=images * 3600 / net.rows
    )


def add_search(table: Table, workspace: Workspace, net: Net, form: tuple[str, int, int], epochs: int) -> None:
    """Run a search with that many jobs and add its line."""
    backend, jobs, _ = form
    definition = single_net_definition(workspace, f"{backend}-{jobs}", epochs)
    record = run_search(workspace, definition, trials=jobs, jobs=jobs, backend=backend)
    epoch, epochs_an_hour, trials_an_hour = hourly(record, jobs, net.epochs)
    work = net.rows * net.training + net.held_out * net.forward
    table.add(
        f"tune --jobs {jobs}",
        form,
        jobs * work / epoch / 1e9,
        images_a_second=jobs * net.rows / epoch,
        epochs_an_hour=epochs_an_hour,
        trials_an_hour=trials_an_hour,
    )


def main() -> None:
    """Run the benchmark; print the table, write JSON and a plot."""
    parser = make_parser(__doc__, "throughput")
    parser.add_argument("--rows", type=int, metavar="N", help="rows of train.csv; 33,600 by default")
    parser.add_argument("--epochs", type=int, default=4, help="epochs of each trial, at least 2")
    arguments = parser.parse_args()
    require_archive(arguments.archive)
    cores = available_cores()
    with tempfile.TemporaryDirectory() as folder:
        workspace = make_workspace(arguments.archive, Path(folder), arguments.rows)
        net = describe_net(workspace)
        speeds = benchmark.run_benchmark().speeds
        table = Table({(speed.backend, speed.processes, speed.threads): speed.gflops for speed in speeds})
        for speed in speeds:
            add_steps(table, speed, net)
        for form in table.matrix:
            if form[1] * form[2] == cores:  # a search uses all cores
                add_search(table, workspace, net, form, max(2, arguments.epochs))
    document = {
        "rows": net.rows,
        "held_out": net.held_out,
        "recipe_epochs": net.epochs,
        "megaflop_an_image": {"training": net.training / 1e6, "predicting": net.forward / 1e6},
        "measured": table.lines,
    }
    save_results(arguments.output, document)
    report(document, arguments.output)


def report(document: dict[str, Any], output: Path) -> None:
    """Print the table and write the plot."""
    measured = document["measured"]

    def whole(entry: dict[str, Any], key: str) -> str | None:
        return f"{entry[key]:,.1f}" if key in entry else None

    print_table(
        f"The default study's first net, {document['megaflop_an_image']['training']:.1f} MFLOP per image; "
        f"trials of {document['recipe_epochs']} epochs of {document['rows']} rows",
        (
            "",
            "backend",
            "processes x threads",
            "images/s",
            "epochs/h",
            "trials/h",
            "GFLOP/s",
            "share of matrix product",
        ),
        [
            [
                entry["what"],
                entry["backend"],
                f"{entry['processes']} x {entry['threads']}",
                *(whole(entry, key) for key in ("images_a_second", "epochs_an_hour", "trials_an_hour", "gflops")),
                f"{entry['of_matrix']:.0%}",
            ]
            for entry in measured
        ],
    )
    forms = list(dict.fromkeys((entry["backend"], entry["processes"], entry["threads"]) for entry in measured))
    reached: dict[str, list[tuple[float, float]]] = {}
    for entry in measured:
        kind = "tune" if entry["what"].startswith("tune") else entry["what"]
        location = forms.index((entry["backend"], entry["processes"], entry["threads"])) + 1
        reached.setdefault(kind, []).append((location, entry["gflops"]))
    series = [Series(kind, points, "dots", colour) for colour, (kind, points) in enumerate(reached.items())]
    names = ", ".join(
        f"{number}: {backend}, {processes} x {threads}"
        for number, (backend, processes, threads) in enumerate(forms, start=1)
    )
    across = Axis(f"processes x threads: {names}", range(len(forms) + 2))
    draw(output.with_suffix(".svg"), [Plot("GFLOP/s reached", across, Axis("GFLOP/s"), series)])


if __name__ == "__main__":
    main()
