"""Measure the cost of each storage by number of workers: python benchmarks/storage.py [--workers 1 4 16 64].

Simulated workers do to the storage what real ones do, without training: start a trial (ask, sample, save its
settings), report each epoch and ask the pruner, finish the trial. They do not pause, so the figures are an upper
bound of the load: in a search, workers train in between.

    journal            the file in the study's folder, the default
    sqlite             an SQLite file
    postgresql         a PostgreSQL server started by the benchmark, with its default durability
    proxy-postgresql   Optuna's gRPC proxy, in its own process, in front of that server
    proxy-journal      the same proxy in front of the journal

A cell ends after --seconds or --trials. Every trial that a worker finished must be in the storage at the end.
"""

import argparse
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from optuna.trial import TrialState
from postgres import Postgres, postgres
from reporting import RESULTS, print_table, save_results

from kagglebot.metrics.registry import get_metric
from kagglebot.paths import StudyLocation
from kagglebot.search.storage.attributes import RUN
from kagglebot.search.storage.journal import load_study, open_storage
from kagglebot.search.storage.optuna_study import ask, finish, open_study
from kagglebot.study_config.load import parse_definition
from kagglebot.study_config.space import suggest

STORAGES = ("journal", "sqlite", "postgresql", "proxy-postgresql", "proxy-journal")
EPOCHS = 10
TEXT = f"""\
family = "cnn"
[space]
blocks = {{ low = 1, high = 3 }}
filters = {{ low = 4, high = 128, log = true }}
kernel = {{ choices = [3, 5] }}
learning_rate = {{ low = 1e-4, high = 1e-2, log = true }}
dropout = {{ low = 0.0, high = 0.5 }}
[fixed]
epochs = {EPOCHS}
[sampler]
name = "random"
[pruner]
name = "median"
startup_trials = 5
warmup_epochs = 2
"""
STEPS = ("start", "report", "finish")


@dataclass
class Spent:
    """A worker's seconds by step, the number of trials it finished, and its errors."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {step: [] for step in STEPS})
    finished: int = 0
    errors: list[str] = field(default_factory=list)


def simulate(location: StudyLocation, number: int, trials: int, seconds: float, start: Any, results: Any) -> None:
    """Run a worker that does not train, until its trials or seconds are used up."""
    spent = Spent()
    definition = parse_definition(TEXT.encode(), Path("storage.toml"), "storage")
    study, _ = open_study(location, definition, get_metric("accuracy"))
    start.wait()
    ends = time.monotonic() + seconds
    try:
        while spent.finished < trials and time.monotonic() < ends:
            began = time.monotonic()
            trial = ask(study, definition, number, {})
            drawn = suggest(trial, definition.space, definition.defaults(), {})
            trial.set_user_attr(RUN, {"settings": definition.settings(drawn), "lock": "", "worker": number})
            began = _note(spent, "start", began)
            for epoch in range(1, EPOCHS + 1):
                trial.report(0.9 - 0.5 / epoch, epoch)
                trial.should_prune()
                began = _note(spent, "report", began)
            curve = [0.9] * EPOCHS
            finish(study, trial.number, TrialState.COMPLETE, 0.9, result={"state": "complete", "curve": curve})
            _note(spent, "finish", began)
            spent.finished += 1
    except Exception as error:
        spent.errors.append(f"{type(error).__name__}: {str(error).splitlines()[0][:100]}")
    results.put(spent)


def _note(spent: Spent, step: str, began: float) -> float:
    now = time.monotonic()
    spent.seconds[step].append(now - began)
    return now


def measure(name: str, location: StudyLocation, workers: int, trials: int, seconds: float) -> dict[str, Any]:
    """Run ``workers`` simulated workers on a storage and return what they waited for."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["kagglebot.search.storage.optuna_study", "sqlalchemy.orm", "grpc", "psycopg"])
    start, results = context.Barrier(workers + 1), context.Queue()
    share = -(-trials // workers)
    each = [
        context.Process(target=simulate, args=(location, number, share, seconds, start, results))
        for number in range(workers)
    ]
    for process in each:
        process.start()
    start.wait()
    began = time.monotonic()
    spent = [results.get() for _ in each]
    took = time.monotonic() - began
    for process in each:
        process.join()
    study = load_study(open_storage(location.folder, location.url), location.key)
    assert study is not None
    stored = len(study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)))
    finished = sum(one.finished for one in spent)
    times = {step: [second for one in spent for second in one.seconds[step]] for step in STEPS}
    return {
        "storage": name,
        "workers": workers,
        "trials": finished,
        "lost": finished - stored,
        "errors": [error for one in spent for error in one.errors],
        "trials_a_minute": round(60 * finished / took),
        "reports_a_second": round(len(times["report"]) / took),
        **{
            f"{step}_ms": {"median": _milliseconds(times[step], 0.5), "most": _milliseconds(times[step], 0.95)}
            for step in STEPS
        },
        "trial_ms": round(1000 * sum(map(sum, times.values())) / finished, 1) if finished else None,
    }


def _milliseconds(seconds: Sequence[float], share: float) -> float | None:
    """Return the quantile ``share`` of ``seconds`` in milliseconds."""
    if len(seconds) < 2:
        return None
    return round(1000 * statistics.quantiles(seconds, n=100, method="inclusive")[round(100 * share) - 1], 1)


@contextmanager
def storage_of(name: str, folder: Path, server: Postgres | None) -> Iterator[str | None]:
    """Open a new storage of that kind; yield its URL, or None for the journal in ``folder``."""
    if name == "journal":
        yield None
    elif name == "sqlite":
        yield f"sqlite:///{folder}/storage.db"
    else:
        behind = server.new_database() if server and name != "proxy-journal" else None
        if name == "postgresql":
            yield behind
            return
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve_proxy, args=(folder / "behind", behind, theirs))
        process.start()
        yield f"grpc://127.0.0.1:{ours.recv()}"
        ours.send(None)
        process.join()


def _serve_proxy(folder: Path, behind: str | None, pipe: Any) -> None:
    from kagglebot.search.storage.grpc_proxy import serve

    server, port = serve(open_storage(folder, behind), "127.0.0.1", 0)
    pipe.send(port)
    pipe.recv()
    server.stop(grace=1).wait()


def main() -> None:
    """Run the benchmark and print the table; save the results after each cell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--storages", nargs="+", choices=STORAGES, default=STORAGES)
    parser.add_argument("--workers", nargs="+", type=int, default=(1, 4, 16, 64))
    parser.add_argument("--trials", type=int, default=320, help="most trials of all workers together")
    parser.add_argument("--seconds", type=float, default=15, help="most seconds per cell")
    parser.add_argument("--output", type=Path, default=RESULTS / "storage.json")
    options = parser.parse_args()
    cells: list[dict[str, Any]] = []
    with ExitStack() as stack:
        needed = {"postgresql", "proxy-postgresql"} & set(options.storages)
        server = stack.enter_context(postgres("benchmark")) if needed else None
        for name in options.storages:
            for workers in options.workers:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                with storage_of(name, folder, server) as url:
                    location = StudyLocation("digits", "storage", folder, url)
                    cells.append(measure(name, location, workers, options.trials, options.seconds))
                save_results(options.output, {"epochs": EPOCHS, "cells": cells})
    columns = ["storage", "workers", "start ms", "report ms", "finish ms", "trial ms", "trials/min", "reports/s"]
    print_table(
        f"Median (95th percentile) of what a worker waits for, {EPOCHS} epochs per trial",
        [*columns, "lost", "errors"],
        [
            [
                cell["storage"],
                cell["workers"],
                *(f"{cell[f'{step}_ms']['median']} ({cell[f'{step}_ms']['most']})" for step in STEPS),
                cell["trial_ms"],
                cell["trials_a_minute"],
                cell["reports_a_second"],
                cell["lost"],
                len(cell["errors"]),
            ]
            for cell in cells
        ],
    )


if __name__ == "__main__":
    main()
