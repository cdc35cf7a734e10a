"""Score against wall time, others beside it: python benchmarks/score_against_time.py [--budget 600 | --quick].

The last 8,400 rows of digit-recognizer's train.csv are held out of everything; the others are the competition. One
after the other, on the same two cores, each contestant has the same time to search, then trains and predicts as it
would for Kaggle; that is timed apart. The peers' time begins once they have imported and read all they need,
kagglebot's with its process. The score is the share of the 8,400 that it got right.

    kagglebot   fetch, tune --timeout, submit --best: the real client against the practice server
    optuna      Optuna and Keras by hand, the way their public examples do it
    hyperband   KerasTuner's Hyperband, the way its guide shows it
    seed_s4     the seed's best net by hand, with as many of its ten epochs as the time allows

Validation scores are each contestant's own, on rows it held out itself: they draw the curves; the last score
counts. Results are kept by contestant after each, so that --only runs again, or at last, what is named.
"""

import argparse
import csv
import json
import math
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import Any

from holdout_competition import hold_out, need
from memory import TreeMemory
from reporting import RESULTS, keep, kept, make_parser, print_table
from score_curves import at, best_so_far, first_above, moment, read_events
from svg_plot import Axis, Plot, Series, draw

from kagglebot.practice.competition import PracticeCompetition
from kagglebot.practice.server import PracticeServer

PEERS = Path(__file__).parent / "peers"
NAMES = {
    "kagglebot": "kagglebot",
    "optuna": "Optuna + Keras by hand",
    "hyperband": "KerasTuner Hyperband",
    "seed_s4": "the seed's S4",
}
#: What the peers' scripts need besides kagglebot: the extra "bench".
PACKAGES = {"optuna": "optuna_integration", "hyperband": "keras_tuner"}
SCRIPTS = {"optuna": "optuna_keras.py", "hyperband": "hyperband.py", "seed_s4": "seed_s4.py"}
#: What S4 scored on Kaggle.
SEED_SCORE = 0.98742
KAGGLEBOT = "from kagglebot.cli.main import main; main()"
TICKS = (0.9, 0.95, 0.98, 0.99, 0.995, 0.997, 0.998, 0.999)


class Failed(Exception):
    """A command of a contestant did not end well; the text is the end of what it printed."""


@dataclass
class Contest:
    """What all contestants have in common.

    Attributes:
        competition: What they compete in.
        budget: Seconds of search.
        ensemble: Members of kagglebot's ensemble; 0 for none.
        environment: Variables that lead to the practice server.
        peak: The most memory that a process tree of the contestant running now has had, in bytes.
    """

    competition: PracticeCompetition
    budget: float
    ensemble: int
    environment: Mapping[str, str]
    peak: int = 0

    def run(self, folder: Path, *arguments: str) -> tuple[float, str]:
        """Run a Python process to its end; give its seconds and what it printed.

        Raises:
            Failed: Its exit code is not 0.
        """
        started = monotonic()
        with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as complained:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=folder,
                env={**os.environ, **self.environment, "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"},
                stdout=said,
                stderr=complained,
            )
            with TreeMemory(process.pid) as memory:
                code = process.wait()
            self.peak = max(self.peak, memory.peak)
            for file in (said, complained):
                file.seek(0)
            if code:
                raise Failed("".join(complained.readlines()[-12:]))
            return monotonic() - started, said.read()

    def hidden_score(self, submission: Path) -> float:
        """The share of the held-out rows that a submission has right."""
        hidden = self.competition.hidden or {}
        with submission.open(newline="", encoding="utf-8") as file:
            answers = dict(list(csv.reader(file))[1:])
        return sum(answers[row] == label for row, label in hidden.items()) / len(hidden)


def kagglebot(contest: Contest, folder: Path) -> dict[str, Any]:
    """Do the whole job with kagglebot, in an empty workspace."""
    contest.run(folder, "-c", KAGGLEBOT, "fetch", contest.competition.name)
    contest.run(folder, str(PEERS / "kagglebot_tune.py"), str(folder), "--budget", str(contest.budget))
    result = told(folder)

    def submit(*which: str) -> tuple[float, float]:
        seconds, said = contest.run(folder, "-c", KAGGLEBOT, "submit", "--best", *which, "--json")
        return seconds, contest.hidden_score(folder / json.loads(said)["file"])

    result["final_seconds"], result["hidden_score"] = submit()
    if contest.ensemble:
        which = ("--ensemble", str(contest.ensemble))
        training, _ = contest.run(folder, "-c", KAGGLEBOT, "train", "--best", *which)
        seconds, score = submit(*which)
        result["ensemble"] = {
            "members": contest.ensemble,
            "final_seconds": training + seconds,
            "hidden_score": score,
        }
    return result


def by_hand(script: str) -> Callable[[Contest, Path], dict[str, Any]]:
    """Make the run of a peer: its script, in a folder with the competition's files."""

    def run(contest: Contest, folder: Path) -> dict[str, Any]:
        with zipfile.ZipFile(contest.competition.archive) as zipped:
            zipped.extractall(folder)
        contest.run(folder, str(PEERS / script), str(folder), "--budget", str(contest.budget))
        result = told(folder)
        events = read_events(folder / "progress.jsonl")
        result["final_seconds"] = (moment(events, "submitted") or 0) - result["searched_after"]
        result["hidden_score"] = contest.hidden_score(folder / "submission.csv")
        return result

    return run


def told(folder: Path) -> dict[str, Any]:
    """What a contestant's lines say of its search."""
    events = read_events(folder / "progress.jsonl")
    end = next(event for event in events if event["event"] == "search ends")
    curve = best_so_far(events)
    return {
        "validation_score": end["score"],
        "trials": end["trials"],
        "complete": end["complete"],
        "best": end.get("best"),
        "searched_after": end["seconds"],
        "search_seconds": end["seconds"] - (moment(events, "search begins") or 0),
        "seed_passed_after": first_above(curve, SEED_SCORE),
        "curve": curve,
    }


RUNS = {"kagglebot": kagglebot, **{name: by_hand(script) for name, script in SCRIPTS.items()}}


def compete(name: str, contest: Contest) -> dict[str, Any]:
    """Run one contestant; what went wrong stands in its result."""
    contest.peak = 0
    started = monotonic()
    with tempfile.TemporaryDirectory() as folder:
        try:
            result = RUNS[name](contest, Path(folder))
        except Failed as error:
            print(f"{name} failed:\n{error}", file=sys.stderr)
            return {"failed": str(error).strip().splitlines()[-1] if str(error).strip() else "without a word"}
    return {**result, "whole_seconds": monotonic() - started, "peak_mb": round(contest.peak / 1e6)}


def tell(document: dict[str, Any], output: Path) -> None:
    """Print the table and draw the plot of all contestants that there are results of."""
    budget, results = document["budget_seconds"], document["contestants"]
    error = math.sqrt(0.005 * 0.995 / document["held_out_rows"])
    moments = [budget / 4, budget / 2]
    columns = (
        "",
        "trials",
        *(f"{each:g} s" for each in moments),
        "end",
        "past seed",
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
                *(_score(at(result["curve"], each)) for each in moments),
                _score(at(result["curve"], math.inf)),
                *(None if each is None else f"{each:.0f} s" for each in seconds),
                _score(result["hidden_score"]),
                result["peak_mb"],
            ]
        )
        if together := result.get("ensemble"):
            final, score = f"{together['final_seconds']:.0f} s", _score(together["hidden_score"])
            rows.append([f"{title}, ensemble of {together['members']}", *[None] * 6, final, score, None])
    print_table(
        f"Best validation score after some time, and score on {document['held_out_rows']} rows held out "
        f"(standard error near 0.995: {error:.5f})",
        columns,
        rows,
    )
    _draw(document, output.with_suffix(".svg"))


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
    seconds = Axis("seconds since the search began to start", [rounded * step / 6 for step in range(7)])
    accuracy = Axis("accuracy", TICKS, lambda score: -math.log10(1 - score))
    title = "Lines: best validation score; dots: score in the end"
    draw(path, [Plot(title, seconds, accuracy, series)])


def _score(score: float | None) -> str | None:
    return None if score is None else f"{score:.5f}"


def main() -> None:
    """Run the contestants one after the other; results are kept after each."""
    parser = make_parser(__doc__, "score_against_time")
    parser.add_argument("--budget", type=float, default=600, metavar="SECONDS", help="for each search; 600")
    parser.add_argument("--quick", action="store_true", help="the same with 120 seconds")
    parser.add_argument("--only", nargs="+", choices=RUNS, default=list(RUNS), metavar="NAME", help="some of them")
    parser.add_argument("--ensemble", nargs="?", type=int, const=5, default=0, metavar="K", help="of K, or 5, too")
    parser.add_argument("--rows", type=int, metavar="N", help="train.csv of N rows, to try the command")
    parser.add_argument("--cores", type=int, default=2)
    arguments = parser.parse_args()
    budget = 120 if arguments.quick else arguments.budget
    output = _output(arguments, budget)
    need(arguments.archive)
    if missing := [name for name in arguments.only if name in PACKAGES and find_spec(PACKAGES[name]) is None]:
        parser.error(f"{', '.join(missing)} need pip install 'kagglebot[bench]', or name others with --only")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.cores])
    with tempfile.TemporaryDirectory() as folder:
        competition = hold_out(arguments.archive, Path(folder), arguments.rows)
        document: dict[str, Any] = {
            "budget_seconds": budget,
            "rows": arguments.rows,
            "held_out_rows": len(competition.hidden or {}),
            "contestants": {},
        }
        earlier = kept(output)
        if _same(earlier, document):
            document["contestants"] = earlier["contestants"]
        with PracticeServer([competition]) as server:
            contest = Contest(competition, budget, arguments.ensemble, server.environment)
            for name in arguments.only:
                print(f"{NAMES[name]}: {budget:g} seconds of search, then its final model", file=sys.stderr)
                document["contestants"][name] = compete(name, contest)
                keep(output, document)
    tell(document, output)


def _output(arguments: argparse.Namespace, budget: float) -> Path:
    """Runs of another length are other results."""
    default = RESULTS / "score_against_time.json"
    return RESULTS / f"score_against_time_{budget:g}s.json" if arguments.output == default else arguments.output


def _same(earlier: dict[str, Any], document: dict[str, Any]) -> bool:
    return all(earlier.get(key) == value for key, value in document.items() if key != "contestants")


if __name__ == "__main__":
    main()
