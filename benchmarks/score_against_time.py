"""Compare score against time with other tools: python benchmarks/score_against_time.py [--budget 600 | --quick].

The last 8,400 rows of digit-recognizer's train.csv are held out; the others are the competition. One after the
other, on the same two cores, each contestant searches for --budget seconds, then trains its final model and
predicts, which is timed separately. The clock of the peers starts after their imports and reading; kagglebot's
starts with its process. The score is the accuracy on the 8,400 rows.

    kagglebot   fetch, tune --timeout, submit --best: the real client against the practice server
    optuna      Optuna and Keras by hand, as in their public examples
    hyperband   KerasTuner's Hyperband, as in its guide
    seed_s4     the best CNN of the original notebook (S4), for up to ten epochs

The curves show each contestant's own validation scores, on rows that it held out itself. Results are saved after
each contestant, so that --only can repeat or add some of them.
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

from holdout_competition import make_competition, require_archive
from memory import TreeMemory
from reporting import RESULTS, load_results, make_parser, print_table, save_results
from score_curves import best_so_far, read_events, score_at, time_of, time_to_exceed
from svg_plot import Axis, Plot, Series, draw

from kagglebot.practice.competition import PracticeCompetition
from kagglebot.practice.server import PracticeServer

PEERS = Path(__file__).parent / "peers"
NAMES = {
    "kagglebot": "kagglebot",
    "optuna": "Optuna + Keras by hand",
    "hyperband": "KerasTuner Hyperband",
    "seed_s4": "S4 by hand",
}
#: Packages that the peers' scripts need; the extra "bench" installs them.
PACKAGES = {"optuna": "optuna_integration", "hyperband": "keras_tuner"}
SCRIPTS = {"optuna": "optuna_keras.py", "hyperband": "hyperband.py", "seed_s4": "seed_s4.py"}
#: Score of S4 on Kaggle.
SEED_SCORE = 0.98742
KAGGLEBOT = "from kagglebot.cli.main import main; main()"
TICKS = (0.9, 0.95, 0.98, 0.99, 0.995, 0.997, 0.998, 0.999)


class Failed(Exception):
    """A command of a contestant failed; the message is the end of its stderr."""


@dataclass
class Contest:
    """What all contestants share.

    Attributes:
        competition: The competition with held-out labels.
        budget: Seconds of search.
        ensemble: Members of kagglebot's ensemble; 0 for none.
        environment: Variables that point to the practice server.
        peak: Peak memory of the current contestant's process tree, in bytes.
    """

    competition: PracticeCompetition
    budget: float
    ensemble: int
    environment: Mapping[str, str]
    peak: int = 0

    def run(self, folder: Path, *arguments: str) -> tuple[float, str]:
        """Run a Python process; return its seconds and its stdout.

        Raises:
            Failed: The exit code is not 0.
        """
        started = monotonic()
        with tempfile.TemporaryFile("w+") as stdout, tempfile.TemporaryFile("w+") as stderr:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=folder,
                env={**os.environ, **self.environment, "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"},
                stdout=stdout,
                stderr=stderr,
            )
            with TreeMemory(process.pid) as memory:
                code = process.wait()
            self.peak = max(self.peak, memory.peak)
            for file in (stdout, stderr):
                file.seek(0)
            if code:
                raise Failed("".join(stderr.readlines()[-12:]))
            return monotonic() - started, stdout.read()

    def hidden_score(self, submission: Path) -> float:
        """Return the accuracy of a submission on the held-out rows."""
        hidden = self.competition.hidden or {}
        with submission.open(newline="", encoding="utf-8") as file:
            answers = dict(list(csv.reader(file))[1:])
        return sum(answers[row] == label for row, label in hidden.items()) / len(hidden)


def kagglebot(contest: Contest, folder: Path) -> dict[str, Any]:
    """Run the whole job with kagglebot in an empty workspace."""
    contest.run(folder, "-c", KAGGLEBOT, "fetch", contest.competition.name)
    contest.run(folder, str(PEERS / "kagglebot_tune.py"), str(folder), "--budget", str(contest.budget))
    result = read_search(folder)

    def submit(*which: str) -> tuple[float, float]:
        seconds, printed = contest.run(folder, "-c", KAGGLEBOT, "submit", "--best", *which, "--json")
        return seconds, contest.hidden_score(folder / json.loads(printed)["file"])

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
    """Return the run of a peer: its script, in a folder with the competition's files."""

    def run(contest: Contest, folder: Path) -> dict[str, Any]:
        with zipfile.ZipFile(contest.competition.archive) as zipped:
            zipped.extractall(folder)
        contest.run(folder, str(PEERS / script), str(folder), "--budget", str(contest.budget))
        result = read_search(folder)
        events = read_events(folder / "progress.jsonl")
        result["final_seconds"] = (time_of(events, "submitted") or 0) - result["searched_after"]
        result["hidden_score"] = contest.hidden_score(folder / "submission.csv")
        return result

    return run


def read_search(folder: Path) -> dict[str, Any]:
    """Return the result of a contestant's search from its progress.jsonl."""
    events = read_events(folder / "progress.jsonl")
    end = next(event for event in events if event["event"] == "search ends")
    curve = best_so_far(events)
    return {
        "validation_score": end["score"],
        "trials": end["trials"],
        "complete": end["complete"],
        "best": end.get("best"),
        "searched_after": end["seconds"],
        "search_seconds": end["seconds"] - (time_of(events, "search begins") or 0),
        "seed_passed_after": time_to_exceed(curve, SEED_SCORE),
        "curve": curve,
    }


RUNS = {"kagglebot": kagglebot, **{name: by_hand(script) for name, script in SCRIPTS.items()}}


def compete(name: str, contest: Contest) -> dict[str, Any]:
    """Run one contestant; a failure is recorded in its result."""
    contest.peak = 0
    started = monotonic()
    with tempfile.TemporaryDirectory() as folder:
        try:
            result = RUNS[name](contest, Path(folder))
        except Failed as error:
            print(f"{name} failed:\n{error}", file=sys.stderr)
            return {"failed": str(error).strip().splitlines()[-1] if str(error).strip() else "no message"}
    return {**result, "whole_seconds": monotonic() - started, "peak_mb": round(contest.peak / 1e6)}


def report(document: dict[str, Any], output: Path) -> None:
    """Print the table and write the plot of all contestants that have results."""
    budget, results = document["budget_seconds"], document["contestants"]
    error = math.sqrt(0.005 * 0.995 / document["held_out_rows"])
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
        f"Best validation score by time, and score on {document['held_out_rows']} held-out rows "
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
    seconds = Axis("seconds since the start of the search", [rounded * step / 6 for step in range(7)])
    accuracy = Axis("accuracy", TICKS, lambda score: -math.log10(1 - score))
    title = "Lines: best validation score; dots: final score"
    draw(path, [Plot(title, seconds, accuracy, series)])


def _score(score: float | None) -> str | None:
    return None if score is None else f"{score:.5f}"


def main() -> None:
    """Run the contestants one after the other; save the results after each."""
    parser = make_parser(__doc__, "score_against_time")
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
    parser.add_argument("--rows", type=int, metavar="N", help="rows of train.csv, to try the command")
    parser.add_argument("--cores", type=int, default=2)
    arguments = parser.parse_args()
    budget = 120 if arguments.quick else arguments.budget
    output = _output(arguments, budget)
    require_archive(arguments.archive)
    if missing := [name for name in arguments.only if name in PACKAGES and find_spec(PACKAGES[name]) is None]:
        parser.error(f"{', '.join(missing)} need pip install 'kagglebot[bench]', or name others with --only")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.cores])
    with tempfile.TemporaryDirectory() as folder:
        competition = make_competition(arguments.archive, Path(folder), arguments.rows)
        document: dict[str, Any] = {
            "budget_seconds": budget,
            "rows": arguments.rows,
            "held_out_rows": len(competition.hidden or {}),
            "contestants": {},
        }
        earlier = load_results(output)
        if _same(earlier, document):
            document["contestants"] = earlier["contestants"]
        with PracticeServer([competition]) as server:
            contest = Contest(competition, budget, arguments.ensemble, server.environment)
            for name in arguments.only:
                print(f"{NAMES[name]}: {budget:g} seconds of search, then its final model", file=sys.stderr)
                document["contestants"][name] = compete(name, contest)
                save_results(output, document)
    report(document, output)


def _output(arguments: argparse.Namespace, budget: float) -> Path:
    """Return the JSON file for this budget: each budget has its own results."""
    default = RESULTS / "score_against_time.json"
    return RESULTS / f"score_against_time_{budget:g}s.json" if arguments.output == default else arguments.output


def _same(earlier: dict[str, Any], document: dict[str, Any]) -> bool:
    return all(earlier.get(key) == value for key, value in document.items() if key != "contestants")


if __name__ == "__main__":
    main()
