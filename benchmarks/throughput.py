"""How much of the machine a search uses: python benchmarks/throughput.py [--epochs N] [--rows N].

For the default study's first net: trials and epochs an hour, and the GFLOP/s of its convolutions and dense layers
(counted as flops.py says), against those of a large float32 matrix product in as many processes and threads.

    matrix      products of two 2048x2048 matrices
    bare step   the net's compiled training step on one batch, again and again: no images to fetch, no
                augmentation, no averaged weights, no validation
    tune        `kagglebot tune` with that many --jobs, which share the cores: its median epoch with validation
"""

import multiprocessing
import statistics
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.synchronize import Barrier
from pathlib import Path
from time import monotonic
from typing import Any

from chart import Axis, Plot, Series, draw
from flops import forward_flops, training_flops
from held_out import fetched, need
from measured import keep, make_parser, print_table
from one_net import Record, first_net, one_net, search

from kagglebot.datasets.dataset import load_dataset
from kagglebot.machine import available_cores
from kagglebot.models.registry import get_family
from kagglebot.training.base import image_shape
from kagglebot.training.engines import split_settings
from kagglebot.training.processes import limit_threads
from kagglebot.training.tensorflow_import import tensorflow
from kagglebot.workspace import Workspace

SIDE = 2048
#: All processes of a measurement wait for each other here, so that none has the machine for itself.
_together: list[Barrier] = []


def _begin(barrier: Barrier, threads: int) -> None:
    limit_threads(threads)
    _together.append(barrier)


def _rate(step: Callable[[], object], seconds: float) -> float:
    """How often a step can be made in a second, once it is warm and the others are."""
    for _ in range(3):
        step()
    _together[0].wait()
    started, count = monotonic(), 0
    while monotonic() - started < seconds:
        step()
        count += 1
    return count / (monotonic() - started)


def matrix(seconds: float) -> float:
    """GFLOP/s of matrix products in this process."""
    tf = tensorflow()
    left, right = (tf.random.normal((SIDE, SIDE), seed=seed) for seed in (1, 2))

    def step() -> Any:
        return tf.matmul(left, right)[0, 0].numpy()

    return _rate(step, seconds) * 2 * SIDE**3 / 1e9


def _net(workspace: Path) -> tuple[Any, Any, Any]:
    """The net, the settings it is trained with, and the dataset."""
    tensorflow()  # before Keras: quietly, and with its threads
    settings = first_net(Workspace(workspace))
    parameters, training = split_settings(get_family("cnn"), settings)
    dataset = load_dataset(Workspace(workspace).data("digit-recognizer"))
    shape = image_shape(dataset.train_images)
    model = get_family("cnn").build(parameters, shape, len(dataset.schema.classes), (1 / 255, 0.0))
    return model, training, dataset


def count_flops(workspace: Path) -> tuple[int, int]:
    """Operations an image costs: to learn from it, and to predict it."""
    model, _, _ = _net(workspace)
    return training_flops(model), forward_flops(model)


def bare_step(workspace: Path, seconds: float) -> float:
    """Images a second that the net learns from in this process."""
    tf = tensorflow()
    from keras import losses, optimizers

    model, training, dataset = _net(workspace)
    optimizer = optimizers.Adam(training.learning_rate)
    optimizer.build(model.trainable_variables)
    loss_of = losses.SparseCategoricalCrossentropy(from_logits=True)
    images = tf.constant(dataset.train_images[: training.batch_size], tf.float32)
    labels = tf.constant(dataset.train_labels[: training.batch_size])

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def step() -> Any:
        with tf.GradientTape() as tape:
            loss = loss_of(labels, model(images, training=True))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss

    return _rate(lambda: step().numpy(), seconds) * len(labels)


def side_by_side(processes: int, threads: int, measure: Callable[..., float], *arguments: Any) -> float:
    """Add up what so many processes reach at the same time."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        processes, mp_context=context, initializer=_begin, initargs=(context.Barrier(processes), threads)
    ) as pool:
        return sum(future.result() for future in [pool.submit(measure, *arguments) for _ in range(processes)])


def hourly(record: Record, jobs: int, recipe_epochs: int) -> tuple[float, float, float]:
    """Give seconds of an epoch, epochs an hour, and trials an hour of the recipe's own length.

    A trial costs its epochs, and once what its own first epoch and its end take longer.
    """
    epoch = statistics.median(record.later_epochs)
    once = statistics.mean(
        trial - len(epochs) * epoch for trial, epochs in zip(record.trials, record.epochs.values(), strict=True)
    )
    return epoch, jobs * 3600 / epoch, jobs * 3600 / (once + recipe_epochs * epoch)


def main() -> None:
    """Measure, print the table, keep JSON and the plot."""
    parser = make_parser(__doc__, "throughput")
    parser.add_argument("--rows", type=int, metavar="N", help="train.csv of N rows; else 33,600")
    parser.add_argument("--epochs", type=int, default=4, help="of each trial; from 2")
    parser.add_argument("--seconds", type=float, default=10, help="of each matrix product and bare step")
    arguments = parser.parse_args()
    need(arguments.archive)
    cores = available_cores()
    shapes = list(dict.fromkeys([(1, 1), (1, cores), (cores, 1)]))  # (processes, threads of each)
    with tempfile.TemporaryDirectory() as folder:
        workspace = fetched(arguments.archive, Path(folder), arguments.rows)
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context) as pool:  # this process is to stay small
            training, forward = pool.submit(count_flops, workspace.root).result()
        recipe_epochs = int(first_net(workspace)["epochs"])
        rows = workspace.schema(workspace.competition()).train_rows
        held_out = one_net(workspace, "count", 1).validation.rows(rows)
        measured: list[dict[str, Any]] = []
        peaks: dict[tuple[int, int], float] = {}

        def note(what: str, shape: tuple[int, int], gflops: float, **more: float) -> None:
            processes, threads = shape
            share = gflops / peaks[shape]
            entry = {
                "what": what,
                "processes": processes,
                "threads": threads,
                "gflops": gflops,
                "of_matrix": share,
            }
            measured.append({**entry, **more})

        for shape in shapes:
            peaks[shape] = side_by_side(*shape, matrix, arguments.seconds)
            note("matrix", shape, peaks[shape])
            images = side_by_side(*shape, bare_step, workspace.root, arguments.seconds)
            hour = images * 3600 / (rows - held_out)
            note("bare step", shape, images * training / 1e9, images_a_second=images, epochs_an_hour=hour)
        for jobs in dict.fromkeys([1, cores]):
            definition = one_net(workspace, f"jobs-{jobs}", max(2, arguments.epochs))
            record = search(workspace, definition, trials=jobs, jobs=jobs)
            epoch, epochs, trials = hourly(record, jobs, recipe_epochs)
            work = (rows - held_out) * training + held_out * forward
            note(
                f"tune --jobs {jobs}",
                (jobs, cores // jobs),
                jobs * work / epoch / 1e9,
                images_a_second=jobs * (rows - held_out) / epoch,
                epochs_an_hour=epochs,
                trials_an_hour=trials,
            )
    document = {
        "rows": rows,
        "held_out": held_out,
        "recipe_epochs": recipe_epochs,
        "megaflop_an_image": {"training": training / 1e6, "predicting": forward / 1e6},
        "measured": measured,
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
        f"trials of {document['recipe_epochs']} epochs of {document['rows'] - document['held_out']} rows",
        ("", "processes x threads", "images/s", "epochs/h", "trials/h", "GFLOP/s", "of the matrix product"),
        [
            [
                entry["what"],
                f"{entry['processes']} x {entry['threads']}",
                *(whole(entry, key) for key in ("images_a_second", "epochs_an_hour", "trials_an_hour", "gflops")),
                f"{entry['of_matrix']:.0%}",
            ]
            for entry in measured
        ],
    )
    shapes = list(dict.fromkeys((entry["processes"], entry["threads"]) for entry in measured))
    reached: dict[str, list[tuple[float, float]]] = {}
    for entry in measured:
        kind = "tune" if entry["what"].startswith("tune") else entry["what"]
        place = shapes.index((entry["processes"], entry["threads"])) + 1
        reached.setdefault(kind, []).append((place, entry["gflops"]))
    series = [Series(kind, points, "dots", colour) for colour, (kind, points) in enumerate(reached.items())]
    names = ", ".join(f"{number}: {each[0]} x {each[1]}" for number, each in enumerate(shapes, start=1))
    across = Axis(f"processes x threads: {names}", range(len(shapes) + 2))
    draw(output.with_suffix(".svg"), [Plot("GFLOP/s reached", across, Axis("GFLOP/s"), series)])


if __name__ == "__main__":
    main()
