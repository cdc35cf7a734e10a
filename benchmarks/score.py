"""Score the whole job on held-out rows at full size: python benchmarks/score.py.

The last 8,400 rows of digit-recognizer's train.csv become the test set of a practice competition; only its server
knows their labels. In an empty folder kagglebot fetches the other rows, searches for --timeout seconds, retrains
the best trial on all of them and submits its predictions. With --now it first submits what the search has, without
more training. With --ensemble K it also submits an ensemble of K models.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from holdout_competition import DEFAULT_ARCHIVE, make_competition, require_archive

from kagglebot.practice import PracticeServer


def run(workspace: Path, environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    """Run a kagglebot command; return its JSON document and the seconds it took."""
    started = time.monotonic()
    command = [str(Path(sys.executable).with_name("kagglebot")), *arguments, "--json"]
    done = subprocess.run(command, cwd=workspace, env=environment, stdout=subprocess.PIPE, check=True)
    return {**json.loads(done.stdout), "took_seconds": round(time.monotonic() - started, 1)}


def main() -> None:
    """Run the whole job and print its figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--archive", type=Path, default=DEFAULT_ARCHIVE, help="digit-recognizer.zip as Kaggle sends it"
    )
    parser.add_argument("--timeout", type=int, default=600, help="seconds to search")
    parser.add_argument("--seed", type=int, default=0, help="seed of the search")
    parser.add_argument("--now", action="store_true", help="first submit the net of the best trial as it is")
    parser.add_argument("--ensemble", type=int, help="also submit an ensemble of this many models")
    parser.add_argument("--workspace", type=Path, help="an empty folder to work in; a temporary one by default")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as served, tempfile.TemporaryDirectory() as passing:
        workspace = options.workspace or Path(passing)
        workspace.mkdir(parents=True, exist_ok=True)
        competition = make_competition(require_archive(options.archive), Path(served))
        with PracticeServer([competition]) as server:
            environment = {**os.environ, **server.environment}
            run(workspace, environment, "fetch", competition.name)
            tuned = run(
                workspace, environment, "tune", "--timeout", str(options.timeout), "--seed", str(options.seed)
            )
            figures: dict[str, Any] = {
                "tune_seconds": tuned["took_seconds"],
                "trials": {state: tuned[state] for state in ("complete", "pruned", "failed", "interrupted")},
                "validation_score": tuned["best"]["value"],
                "epochs": tuned["best"]["epochs"],
            }
            models = [("now", ["--best", "--now"])] if options.now else []
            models.append(("best", ["--best"]))
            if options.ensemble:
                models.append(("ensemble", ["--best", "--ensemble", str(options.ensemble)]))
            for name, arguments in models:
                submitted = run(workspace, environment, "submit", *arguments)
                figures[name] = {"score": submitted["public_score"], "submit_seconds": submitted["took_seconds"]}
                print(json.dumps(figures, indent=2), flush=True)


if __name__ == "__main__":
    main()
