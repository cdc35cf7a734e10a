"""Compare the whole job on photographs with other tools: python benchmarks/photographs.py --competition cats-dogs.

A third of the real competition's labelled images, or as many as its test set has, are the test set of a practice
competition in the same form; only its server knows their labels. One after the other, on the same cores, each
contestant searches for --timeout seconds and then makes its submission. Each seed holds out other images.

    photo        kagglebot: fetch, tune photo --timeout, submit --best
    first-recipe kagglebot: the first trial of photo alone, for as many epochs as fit into the time
    cnn          kagglebot: fetch, tune cnn --timeout, submit --best
    keras guide  transfer learning as Keras's own guide teaches it, with the same weights
    autokeras    AutoKeras's image classifier; --autokeras PYTHON names the Python of its environment

The clock starts with each contestant's first process and stops with its submission. The peers find the images
already unpacked, in a folder for each class. The curves show each contestant's own validation scores, on images
that it held out itself. Results are saved after each contestant, so that --only can repeat or add some of them.
"""

import argparse
import math
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from contest import KAGGLEBOT, Contest, Runner, compete
from first_recipe import STUDY as FIRST_RECIPE
from first_recipe import write_first_recipe
from holdout_competition import DEFAULT_ARCHIVE, require_archive
from holdout_images import FORMS, ImageHoldout, hold_out
from reporting import RESULTS, load_results, make_parser, print_table, save_results
from score_curves import read_events, score_at, time_of
from svg_plot import Axis, Plot, Series, draw

from kagglebot.practice.scoring.metrics import lowest_first
from kagglebot.practice.server import PracticeServer

#: Seconds of search; side in pixels of the peers' images, the largest at which the guide's epochs fit in them.
BUDGETS = {"cats-dogs": (240, 224), "sign-digits": (600, 224), "cifar-10": (1800, 96)}
NAMES = {
    "photo": "kagglebot photo",
    FIRST_RECIPE: "photo's first trial alone",
    "cnn": "kagglebot cnn",
    "keras-guide": "Keras's guide",
    "autokeras": "AutoKeras",
}
SCRIPTS = {"keras-guide": "transfer_learning.py", "autokeras": "autokeras_classifier.py"}
LOSS_TICKS = (2.0, 1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)
ACCURACY_TICKS = (0.1, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998)


def kagglebot(study: str, seed: int, ensemble: int, contest: Contest, folder: Path) -> dict[str, Any]:
    """Run the whole job with one of kagglebot's studies, in an empty workspace; then submit an ensemble too.

    The study ``FIRST_RECIPE`` has one trial.
    """
    started = monotonic()
    fetched, _ = contest.run(folder, "-c", KAGGLEBOT, "fetch", contest.competition.name)
    alone = study == FIRST_RECIPE
    if alone:
        write_first_recipe(folder, "photo")
    contest.run_peer("kagglebot_tune.py", folder, study=study, seed=seed, trials=1 if alone else None)
    result = _later(contest.read_search(folder), fetched)
    final, score = contest.submit(folder, study)
    result |= {"fetch_seconds": fetched, "final_seconds": final, "hidden_score": score}
    result["whole_seconds"] = monotonic() - started
    if ensemble:
        _, score = contest.submit(folder, study, "--ensemble", str(ensemble))
        result["ensemble"] = {"hidden_score": score, "whole_seconds": monotonic() - started}
    return result


def by_hand(
    script: str, python: str, side: int, seed: int, holdout: ImageHoldout, contest: Contest, folder: Path
) -> dict[str, Any]:
    """Run a peer's script in a folder with the images."""
    holdout.write_folders(folder)
    whole = contest.run_peer(script, folder, python, side=side, seed=seed)
    submitted = time_of(read_events(folder / "progress.jsonl"), "submitted") or whole
    result = _later(contest.read_search(folder), whole - submitted)  # its own clock starts after its imports
    final = whole - result["searched_after"]
    score = contest.hidden_score(folder / "submission.csv")
    return {**result, "whole_seconds": whole, "final_seconds": final, "hidden_score": score}


def _later(result: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Return the result of a search that began ``seconds`` after its contestant."""
    curve = [(seconds + when, score) for when, score in result["curve"]]
    return {**result, "curve": curve, "searched_after": seconds + result["searched_after"]}


def report(document: dict[str, Any], output: Path) -> None:
    """Print the table and write the plot of all contestants that have results."""
    budget, lowest = document["budget_seconds"], document["lowest"]
    moments = [budget / 4, budget / 2, math.inf]
    columns = ("", "trials", *(f"{each:g} s" for each in moments[:-1]), "end", "all in", "score", "MB")
    rows: list[list[object]] = []
    for name, title in NAMES.items():
        for seed, results in document["seeds"].items():
            if name in results:
                rows.append(_row(f"{title}, seed {seed}", results[name], moments))
                if ensemble := results[name].get("ensemble"):
                    rows.append(_row("  its ensemble", {**results[name], **ensemble}, moments))
        if len(scores := _hidden_scores(document, name)) > 1:
            mean, spread = statistics.mean(scores), statistics.stdev(scores)
            rows.append([f"{title}, mean", *[None] * 5, f"{mean:.4f} ± {spread:.4f}", None])
    measure = f"{document['metric'].lower()}, {'lower' if lowest else 'higher'} is better"
    print_table(
        f"{document['competition']}: best validation score by time, and score on {document['held_out_rows']} "
        f"held-out images ({measure})",
        columns,
        rows,
    )
    _draw(document, output.with_suffix(".svg"))


def _row(label: str, result: dict[str, Any], moments: Sequence[float]) -> list[object]:
    if "failed" in result:
        return [f"{label}: {result['failed'][:60]}", *[None] * (len(moments) + 4)]
    scores = [*(score_at(result["curve"], each) for each in moments), result["hidden_score"]]
    *reached, final = [None if score is None else f"{score:.4f}" for score in scores]
    trials = f"{result['complete']} of {result['trials']}"
    return [label, trials, *reached, f"{result['whole_seconds']:.0f} s", final, result["peak_mb"]]


def _hidden_scores(document: dict[str, Any], name: str) -> list[float]:
    results = (each.get(name, {}) for each in document["seeds"].values())
    return [result["hidden_score"] for result in results if "hidden_score" in result]


def _draw(document: dict[str, Any], path: Path) -> None:
    series: list[Series] = []
    latest = float(document["budget_seconds"])
    for number, (name, title) in enumerate(NAMES.items()):
        ends: list[tuple[float, float]] = []
        for results in document["seeds"].values():
            if "hidden_score" not in (result := results.get(name, {})):
                continue
            ends.append((result["whole_seconds"], result["hidden_score"]))
            if curve := [tuple(point) for point in result["curve"]]:
                series.append(Series("", [*curve, (result["searched_after"], curve[-1][1])], "steps", number))
        if ends:
            series.append(Series(title, ends, "dots", number))
            latest = max(latest, *(seconds for seconds, _ in ends))
    rounded = math.ceil(latest / 60) * 60
    seconds = Axis("seconds since the contestant began", [rounded * step / 6 for step in range(7)])
    up = (
        Axis("log loss", LOSS_TICKS, lambda score: -math.log10(max(score, 1e-9)))
        if document["lowest"]
        else Axis("accuracy", ACCURACY_TICKS, lambda score: -math.log10(1 - score))
    )
    title = f"{document['competition']}: lines are validation scores, dots final scores"
    draw(path, [Plot(title, seconds, up, series)])


def contestants(
    names: Sequence[str], holdout: ImageHoldout, side: int, seed: int, ensemble: int, autokeras: Path | None
) -> dict[str, Runner]:
    """Return what to run for each contestant; AutoKeras is left out where it has no environment."""
    runs: dict[str, Runner] = {}
    for name in names:
        if name not in SCRIPTS:
            runs[name] = partial(kagglebot, name, seed, ensemble)
        elif name != "autokeras" or autokeras:
            python = str(autokeras) if name == "autokeras" else sys.executable
            runs[name] = partial(by_hand, SCRIPTS[name], python, side, seed, holdout)
        else:
            print("AutoKeras is skipped: name the Python of its environment with --autokeras", file=sys.stderr)
    return runs


def main() -> None:
    """Run the contestants one after the other, for each seed; save the results after each."""
    arguments = _parse()
    budget, side = BUDGETS[arguments.competition]
    budget, side = arguments.timeout or budget, arguments.side or side
    archive = require_archive(arguments.data / f"{arguments.competition}.zip")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.cores])
    document: dict[str, Any] = {
        "competition": arguments.competition,
        "budget_seconds": budget,
        "side": side,
        "rows": arguments.rows,
        "seeds": {},
    }
    output = arguments.output or RESULTS / f"photographs_{arguments.competition}_{budget:g}s.json"
    earlier = load_results(output)
    if all(earlier.get(key) == value for key, value in document.items() if key != "seeds"):
        document["seeds"] = earlier["seeds"]
    for seed in arguments.seeds:
        with tempfile.TemporaryDirectory() as folder:
            holdout = hold_out(archive, Path(folder), seed=seed, rows=arguments.rows)
            metric = holdout.competition.metric
            document |= {"metric": metric, "lowest": lowest_first(metric), "held_out_rows": len(holdout.test)}
            results = document["seeds"].setdefault(str(seed), {})
            with PracticeServer([holdout.competition]) as server:
                contest = Contest(holdout.competition, budget, server.environment)
                runs = contestants(arguments.only, holdout, side, seed, arguments.ensemble, arguments.autokeras)
                for name, run in runs.items():
                    print(f"{NAMES[name]}, seed {seed}: {budget:g} seconds of search", file=sys.stderr)
                    results[name] = compete(run, contest)
                    save_results(output, document)
    report(document, output)


def _parse() -> argparse.Namespace:
    parser = make_parser(__doc__, "photographs", archive=False)
    parser.set_defaults(output=None)
    parser.add_argument("--competition", choices=FORMS, default="cats-dogs")
    parser.add_argument("--timeout", type=float, metavar="SECONDS", help="budget of each search")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], metavar="N")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=list(NAMES), metavar="NAME")
    parser.add_argument("--side", type=int, metavar="PIXELS", help="side of the peers' images")
    parser.add_argument("--rows", type=int, metavar="N", help="number of training images, to try the command")
    parser.add_argument("--data", type=Path, default=DEFAULT_ARCHIVE.parent, help="folder of the real archives")
    parser.add_argument(
        "--ensemble", type=int, default=0, metavar="K", help="then submit up to K of kagglebot's nets"
    )
    parser.add_argument("--autokeras", type=Path, metavar="PYTHON", help="Python of AutoKeras's environment")
    parser.add_argument("--cores", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
