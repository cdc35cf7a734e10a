"""How much of the machine a search uses: python benchmarks/throughput.py [--epochs N] [--rows N].

For the default study's first net, on each backend that is installed: trials and epochs an hour, and the GFLOP/s of
its convolutions and dense layers (counted as flops.py says), against those of a large float32 matrix product in as
many processes and threads.

    matrix   products of two 2048x2048 matrices
    steps    training steps alone, augmentation and averaged weights included: `kagglebot doctor --bench`
    tune     `kagglebot tune` with that many --jobs, which share the cores: its median epoch with validation
"""

import multiprocessing
import statistics
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flops import forward_flops, training_flops
from holdout_competition import fetched, need
from reporting import keep, make_parser, print_table
from single_net_study import Record, first_net, one_net, search
from svg_plot import Axis, Plot, Series, draw

from kagglebot.datasets.dataset import load_dataset
from kagglebot.diagnostics import benchmark
from kagglebot.models.registry import get_family
from kagglebot.system.cpu import available_cores
from kagglebot.training.keras.tensorflow_import import tensorflow
from kagglebot.training.learner import image_shape
from kagglebot.training.machine_profile import Speed
from kagglebot.training.registry import split_settings
from kagglebot.workspace import Workspace


@dataclass(frozen=True)
class Net:
    """The net of all measurements.

    Attributes:
        rows: Rows that a trial learns from.
        held_out: Rows that it is scored on after each epoch.
        training: Operations an image costs to learn from.
        forward: Operations an image costs to predict.
        epochs: Of a trial of the recipe's own length.
    """

    rows: int
    held_out: int
    training: int
    forward: int
    epochs: int


@dataclass
class Table:
    """What was measured, each line beside the matrix product of its backend, processes and threads."""

    matrix: dict[tuple[str, int, int], float]
    lines: list[dict[str, Any]] = field(default_factory=list)

    def note(self, what: str, form: tuple[str, int, int], gflops: float, **more: float) -> None:
        """Add a line."""
        names = dict(zip(("backend", "processes", "threads"), form, strict=True))
        self.lines.append(
            {"what": what, **names, "gflops": gflops, "of_matrix": gflops / self.matrix[form], **more}
        )


def count_flops(workspace: Path) -> tuple[int, int]:
    """Operations an image costs: to learn from it, and to predict it."""
    tensorflow()  # before Keras: quietly
    parameters, _ = split_settings(get_family("cnn"), first_net(Workspace(workspace)))
    dataset = load_dataset(Workspace(workspace).data("digit-recognizer"))
    shape = image_shape(dataset.train_images)
    model = get_family("cnn").build(parameters, shape, len(dataset.schema.classes), (1 / 255, 0.0))
    return training_flops(model), forward_flops(model)


def the_net(workspace: Workspace) -> Net:
    """Count in a process of its own, as this one is to stay small."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        training, forward = pool.submit(count_flops, workspace.root).result()
    rows = workspace.schema(workspace.competition()).train_rows
    held_out = one_net(workspace, "count", 1).validation.rows(rows)
    return Net(rows - held_out, held_out, training, forward, int(first_net(workspace)["epochs"]))


def hourly(record: Record, jobs: int, recipe_epochs: int) -> tuple[float, float, float]:
    """Give seconds of an epoch, epochs an hour, and trials an hour of the recipe's own length.

    A trial costs its epochs, and once what its own first epoch and its end take longer.
    """
    epoch = statistics.median(record.later_epochs)
    once = statistics.mean(
        trial - len(epochs) * epoch for trial, epochs in zip(record.trials, record.epochs.values(), strict=True)
    )
    return epoch, jobs * 3600 / epoch, jobs * 3600 / (once + recipe_epochs * epoch)


def note_steps(table: Table, speed: Speed, net: Net) -> None:
    """Add the lines of one measurement of ``doctor --bench``."""
    form = (speed.backend, speed.processes, speed.threads)
    table.note("matrix", form, speed.gflops)
    images = speed.images_a_second
    table.note(
        "steps", form, images * net.training / 1e9, images_a_second=images, epochs_an_hour=images * 3600 / net.rows
    )


def note_search(table: Table, workspace: Workspace, net: Net, form: tuple[str, int, int], epochs: int) -> None:
    """Search with so many jobs, and add the line of it."""
    backend, jobs, _ = form
    definition = one_net(workspace, f"{backend}-{jobs}", epochs)
    record = search(workspace, definition, trials=jobs, jobs=jobs, backend=backend)
    epoch, epochs_an_hour, trials_an_hour = hourly(record, jobs, net.epochs)
    work = net.rows * net.training + net.held_out * net.forward
    table.note(
        f"tune --jobs {jobs}",
        form,
        jobs * work / epoch / 1e9,
        images_a_second=jobs * net.rows / epoch,
        epochs_an_hour=epochs_an_hour,
        trials_an_hour=trials_an_hour,
    )


def main() -> None:
    """Measure, print the table, keep JSON and the plot."""
    parser = make_parser(__doc__, "throughput")
    parser.add_argument("--rows", type=int, metavar="N", help="train.csv of N rows; else 33,600")
    parser.add_argument("--epochs", type=int, default=4, help="of each trial; from 2")
    arguments = parser.parse_args()
    need(arguments.archive)
    cores = available_cores()
    with tempfile.TemporaryDirectory() as folder:
        workspace = fetched(arguments.archive, Path(folder), arguments.rows)
        net = the_net(workspace)
        speeds = benchmark.measure().speeds
        table = Table({(speed.backend, speed.processes, speed.threads): speed.gflops for speed in speeds})
        for speed in speeds:
            note_steps(table, speed, net)
        for form in table.matrix:
            if form[1] * form[2] == cores:  # a search takes them all
                note_search(table, workspace, net, form, max(2, arguments.epochs))
    document = {
        "rows": net.rows,
        "held_out": net.held_out,
        "recipe_epochs": net.epochs,
        "megaflop_an_image": {"training": net.training / 1e6, "predicting": net.forward / 1e6},
        "measured": table.lines,
    }
    keep(arguments.output, document)
    tell(document, arguments.output)


def tell(document: dict[str, Any], output: Path) -> None:
    """Print the table and draw the plot."""
    measured = document["measured"]

    def whole(entry: dict[str, Any], key: str) -> str | None:
        return f"{entry[key]:,.1f}" if key in entry else None

    print_table(
        f"The default study's first net, {document['megaflop_an_image']['training']:.1f} MFLOP an image; "
        f"trials of {document['recipe_epochs']} epochs of {document['rows']} rows",
        (
            "",
            "backend",
            "processes x threads",
            "images/s",
            "epochs/h",
            "trials/h",
            "GFLOP/s",
            "of the matrix product",
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
