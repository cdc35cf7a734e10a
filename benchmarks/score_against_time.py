"""Compare score against time with other tools: python benchmarks/score_against_time.py [--budget 600 | --quick].

The last 8,400 rows of digit-recognizer's train.csv are held out; the others are the competition. One after the
other, on the same two cores, each contestant searches for --budget seconds, then trains its final model and
predicts, which is timed separately. The clock of the peers starts after their imports and reading; kagglebot's
starts with its process. The score is the accuracy on the 8,400 rows. With --archive kannada-like.zip, drawn by
kannada_like.py, it is that on its 4,000 test images, which others wrote than those to learn from.

    kagglebot     fetch, tune --timeout, submit --best: the real client against the practice server
    first_recipe  the same without a search: the study's first trial alone, on all cores, for as many epochs
                  as fit into --budget; then its final model, made as kagglebot's is
    optuna        Optuna and Keras by hand, as in their public examples
    hyperband     KerasTuner's Hyperband, as in its guide
    seed_s4       the best CNN of the original notebook (S4), for up to ten epochs

The curves show each contestant's own validation scores, on rows that it held out itself. Results are saved after
each contestant, in a file for each competition, budget and seed, so that --only can repeat or add some of them.
With several --seeds a last table has their mean.
"""

import argparse
import math
import os
import statistics
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from contest import KAGGLEBOT, Contest, Runner, compete
from first_recipe import write_first_recipe
from holdout_competition import make_competition, require_archive
from reporting import RESULTS, load_results, make_parser, print_table, save_results
from score_curves import read_events, score_at, time_of, time_to_exceed
from svg_plot import Axis, Plot, Series, draw

from kagglebot.practice.competition import PracticeCompetition
from kagglebot.practice.server import PracticeServer

NAMES = {
    "kagglebot": "kagglebot",
    "first_recipe": "kagglebot's first trial alone",
    "optuna": "Optuna + Keras by hand",
    "hyperband": "KerasTuner Hyperband",
    "seed_s4": "S4 by hand",
}
#: Packages that the peers' scripts need; the extra "bench" installs them.
PACKAGES = {"optuna": "optuna_integration", "hyperband": "keras_tuner"}
SCRIPTS = {"optuna": "optuna_keras.py", "hyperband": "hyperband.py", "seed_s4": "seed_s4.py"}
#: The competition of S4, and its score there.
SEED_COMPETITION = "digit-recognizer"
SEED_SCORE = 0.98742
TICKS = (0.9, 0.95, 0.98, 0.99, 0.995, 0.997, 0.998, 0.999)


def kagglebot(contest: Contest, folder: Path, *, ensemble: int = 0, backend: str | None = None) -> dict[str, Any]:
    """Run the whole job with kagglebot in an empty workspace, and with ``ensemble`` members unless that is 0."""
    contest.run(folder, "-c", KAGGLEBOT, "fetch", contest.competition.name)
    contest.run_peer("kagglebot_tune.py", folder, backend=backend)
    result = read_search(contest, folder)
    result["final_seconds"], result["hidden_score"] = contest.submit(folder)
    if ensemble:
        which = ("--ensemble", str(ensemble))
        training, _ = contest.run(folder, "-c", KAGGLEBOT, "train", "--best", *which)
        seconds, score = contest.submit(folder, *which)
        result["ensemble"] = {
            "members": ensemble,
            "final_seconds": training + seconds,
            "hidden_score": score,
        }
    return result


def first_recipe(contest: Contest, folder: Path, *, backend: str | None = None) -> dict[str, Any]:
    """Run the whole job with the study's first trial alone, for the whole budget, in an empty workspace."""
    contest.run(folder, "-c", KAGGLEBOT, "fetch", contest.competition.name)
    study = write_first_recipe(folder)
    contest.run_peer("kagglebot_tune.py", folder, study=study, trials=1, backend=backend)
    result = read_search(contest, folder)
    result["final_seconds"], result["hidden_score"] = contest.submit(folder, study)
    return result


def by_hand(script: str) -> Runner:
    """Return the run of a peer: its script, in a folder with the competition's files."""

    def run(contest: Contest, folder: Path) -> dict[str, Any]:
        with zipfile.ZipFile(contest.competition.archive) as zipped:
            zipped.extractall(folder)
        contest.run_peer(script, folder)
        result = read_search(contest, folder)
        events = read_events(folder / "progress.jsonl")
        result["final_seconds"] = (time_of(events, "submitted") or 0) - result["searched_after"]
        result["hidden_score"] = contest.hidden_score(folder / "submission.csv")
        return result

    return run


def read_search(contest: Contest, folder: Path) -> dict[str, Any]:
    """Return the result of a contestant's search, and when it passed the original notebook's score."""
    result = contest.read_search(folder)
    passed = time_to_exceed(result["curve"], SEED_SCORE) if contest.competition.name == SEED_COMPETITION else None
    return {**result, "seed_passed_after": passed}


RUNS: dict[str, Runner] = {
    "kagglebot": kagglebot,
    "first_recipe": first_recipe,
    **{name: by_hand(script) for name, script in SCRIPTS.items()},
}


def report(document: dict[str, Any], output: Path) -> None:
    """Print the table and write the plot of all contestants that have results."""
    budget, results = document["budget_seconds"], document["contestants"]
    scores = [result["hidden_score"] for result in results.values() if "failed" not in result]
    middle, held_out = statistics.mean(scores or [0.995]), document["held_out_rows"]
    error = math.sqrt((1 - middle) * middle / held_out)
    moments = [budget / 4, budget / 2]
    columns = (
        "",
        "trials",
        *(f"{each:g} s" for each in moments),
        "end",
        "to pass S4",
        "search",
        "final",
        "score",
        "MB",
    )
    rows: list[list[object]] = []
    for name, title in NAMES.items():
        if (result := results.get(name)) is None:
            continue
        if "failed" in result:
            rows.append([title, "failed", *[None] * (len(columns) - 2)])
            continue
        seconds = [result["seed_passed_after"], result["search_seconds"], result["final_seconds"]]
        rows.append(
            [
                title,
                f"{result['complete']} of {result['trials']}",
                *(_score(score_at(result["curve"], each)) for each in moments),
                _score(score_at(result["curve"], math.inf)),
                *(None if each is None else f"{each:.0f} s" for each in seconds),
                _score(result["hidden_score"]),
                result["peak_mb"],
            ]
        )
        if together := result.get("ensemble"):
            final, score = f"{together['final_seconds']:.0f} s", _score(together["hidden_score"])
            rows.append([f"{title}, ensemble of {together['members']}", *[None] * 6, final, score, None])
    print_table(
        f"{document['competition']}, seed {document['seed']}: best validation score by time, and score on "
        f"{held_out} held-out rows (standard error near {middle:.3f}: {error:.5f})",
        columns,
        rows,
    )
    _draw(document, output.with_suffix(".svg"))


def report_means(documents: Sequence[dict[str, Any]]) -> None:
    """Print the scores of each contestant by seed, with their mean and their spread."""
    rows: list[list[object]] = []
    for name, title in NAMES.items():
        results = [document["contestants"].get(name, {}) for document in documents]
        scores = [result.get("hidden_score") for result in results]
        known = [score for score in scores if score is not None]
        if known:
            spread = statistics.stdev(known) if len(known) > 1 else None
            rows.append([title, *map(_score, [*scores, statistics.mean(known), spread])])
    seeds = [f"seed {document['seed']}" for document in documents]
    print_table(f"{documents[0]['competition']}: score by seed", ("", *seeds, "mean", "spread"), rows)


def _draw(document: dict[str, Any], path: Path) -> None:
    series = []
    latest = float(document["budget_seconds"])
    for number, (name, title) in enumerate(NAMES.items()):
        result = document["contestants"].get(name, {"failed": ""})
        if "failed" in result:
            continue
        curve, searched = [tuple(point) for point in result["curve"]], result["searched_after"]
        if curve:
            series.append(Series("", [*curve, (searched, curve[-1][1])], "steps", number))
        ends = [(searched + result["final_seconds"], result["hidden_score"])]
        if together := result.get("ensemble"):
            ends.append((ends[0][0] + together["final_seconds"], together["hidden_score"]))
        series.append(Series(title, ends, "dots", number))
        latest = max(latest, ends[-1][0])
    rounded = math.ceil(latest / 60) * 60
    seconds = Axis("seconds since the start of the search", [rounded * step / 6 for step in range(7)])
    accuracy = Axis("accuracy", TICKS, lambda score: -math.log10(1 - score))
    title = "Lines: best validation score; dots: final score"
    draw(path, [Plot(title, seconds, accuracy, series)])


def _score(score: float | None) -> str | None:
    return None if score is None else f"{score:.5f}"


def main() -> None:
    """Run the contestants one after the other, for each seed; save the results after each."""
    arguments = _parse()
    require_archive(arguments.archive)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.cores])
    with tempfile.TemporaryDirectory() as folder:
        competition = make_competition(arguments.archive, Path(folder), arguments.rows)
        documents = [_compete(arguments, competition, seed) for seed in arguments.seeds]
    for document in documents:
        report(document, _output(arguments, document))
    if len(documents) > 1:
        report_means(documents)


def _compete(arguments: argparse.Namespace, competition: PracticeCompetition, seed: int) -> dict[str, Any]:
    """Run the contestants with one seed; return their results and earlier ones of the same contest."""
    document: dict[str, Any] = {
        "competition": competition.name,
        "budget_seconds": arguments.budget,
        "rows": arguments.rows,
        "seed": seed,
        "backend": arguments.backend,
        "held_out_rows": len(competition.hidden or {}),
        "contestants": {},
    }
    output = _output(arguments, document)
    earlier = load_results(output)
    if _same(earlier, document):
        document["contestants"] = earlier["contestants"]
    runs: dict[str, Runner] = {
        **RUNS,
        "kagglebot": partial(kagglebot, ensemble=arguments.ensemble, backend=arguments.backend),
        "first_recipe": partial(first_recipe, backend=arguments.backend),
    }
    with PracticeServer([competition]) as server:  # one a seed: it takes five submissions a day
        contest = Contest(competition, arguments.budget, server.environment, seed)
        for name in arguments.only:
            print(f"{NAMES[name]}, seed {seed}: {arguments.budget:g} seconds of search", file=sys.stderr)
            document["contestants"][name] = compete(runs[name], contest)
            save_results(output, document)
    return document


def _parse() -> argparse.Namespace:
    parser = make_parser(__doc__, "score_against_time")
    parser.set_defaults(output=None)
    parser.add_argument("--budget", type=float, default=600, metavar="SECONDS", help="budget of each search")
    parser.add_argument("--quick", action="store_true", help="the same as --budget 120")
    parser.add_argument(
        "--only", nargs="+", choices=RUNS, default=list(RUNS), metavar="NAME", help="some contestants"
    )
    parser.add_argument(
        "--ensemble",
        nargs="?",
        type=int,
        const=5,
        default=0,
        metavar="K",
        help="also an ensemble",
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], metavar="N", help="seeds of the searches")
    parser.add_argument("--backend", metavar="NAME", help="what kagglebot trains nets on: tensorflow or torch")
    parser.add_argument("--rows", type=int, metavar="N", help="rows of train.csv, to try the command")
    parser.add_argument("--cores", type=int, default=2)
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.budget = 120.0
    if missing := [name for name in arguments.only if name in PACKAGES and find_spec(PACKAGES[name]) is None]:
        parser.error(f"{', '.join(missing)} need pip install 'kagglebot[bench]', or name others with --only")
    if len(arguments.seeds) > 1 and arguments.output:
        parser.error("--output names the file of one seed; leave it out with several --seeds")
    return arguments


def _output(arguments: argparse.Namespace, document: dict[str, Any]) -> Path:
    """Return the JSON file of this competition, budget, backend and seed."""
    if arguments.output:
        return Path(arguments.output)
    parts = [
        document["competition"],
        f"{document['budget_seconds']:g}s",
        document["backend"],
        f"seed{document['seed']}",
    ]
    return RESULTS / f"score_against_time_{'_'.join(filter(None, parts))}.json"


def _same(earlier: dict[str, Any], document: dict[str, Any]) -> bool:
    return all(earlier.get(key) == value for key, value in document.items() if key != "contestants")


if __name__ == "__main__":
    main()
