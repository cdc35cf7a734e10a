"""A contest: several tools do the whole job of one competition, one after the other, in processes of their own."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from memory import TreeMemory
from score_curves import best_so_far, read_events, time_of

from kagglebot.practice.competition import PracticeCompetition
from kagglebot.practice.scoring.metrics import lowest_first
from kagglebot.practice.scoring.score import score

PEERS = Path(__file__).parent / "peers"
KAGGLEBOT = "from kagglebot.cli.main import main; main()"


class Failed(Exception):
    """A command of a contestant failed; the message is the end of its stderr."""


@dataclass
class Contest:
    """What all contestants share.

    Attributes:
        competition: The competition with held-out labels.
        budget: Seconds of search.
        environment: Variables that point to the practice server.
        seed: Seed of the contestants' searches; None for their own.
        peak: Peak memory of the current contestant's process tree, in bytes.
    """

    competition: PracticeCompetition
    budget: float
    environment: Mapping[str, str]
    seed: int | None = None
    peak: int = 0

    def run(self, folder: Path, *arguments: str, python: str = sys.executable) -> tuple[float, str]:
        """Run a Python process; return its seconds and its stdout.

        Raises:
            Failed: The exit code is not 0.
        """
        started = monotonic()
        with tempfile.TemporaryFile("w+") as stdout, tempfile.TemporaryFile("w+") as stderr:
            process = subprocess.Popen(
                [python, *arguments],
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

    def run_peer(self, script: str, folder: Path, python: str = sys.executable, **options: object) -> float:
        """Run a script of ``benchmarks/peers/``, which writes progress.jsonl to ``folder``; return its seconds."""
        given = {"budget": self.budget, "seed": self.seed, **options}
        words = [f"--{name}={value}" for name, value in given.items() if value is not None]
        return self.run(folder, str(PEERS / script), str(folder), *words, python=python)[0]

    def submit(self, folder: Path, *which: str) -> tuple[float, float]:
        """Submit with kagglebot; return the seconds and the score on the held-out rows."""
        seconds, printed = self.run(folder, "-c", KAGGLEBOT, "submit", *which, "--best", "--json")
        return seconds, self.hidden_score(folder / json.loads(printed)["file"])

    def hidden_score(self, submission: Path) -> float:
        """Return the score of a submission on the held-out rows, worked out as the server does."""
        found = score(submission.read_bytes(), self.competition)
        assert found is not None, "the labels of the held-out rows are known"
        return found

    def read_search(self, folder: Path) -> dict[str, Any]:
        """Return the result of a contestant's search from its progress.jsonl."""
        events = read_events(folder / "progress.jsonl")
        end = next(event for event in events if event["event"] == "search ends")
        return {
            "validation_score": end["score"],
            "trials": end["trials"],
            "complete": end["complete"],
            "best": end.get("best"),
            "searched_after": end["seconds"],
            "search_seconds": end["seconds"] - (time_of(events, "search begins") or 0),
            "curve": best_so_far(events, lowest=lowest_first(self.competition.metric)),
        }


#: Does a contestant's whole job in an empty folder, and returns what it measured.
Runner = Callable[[Contest, Path], dict[str, Any]]


def compete(run: Runner, contest: Contest) -> dict[str, Any]:
    """Run one contestant in an empty folder; a failure is recorded in its result.

    Returns:
        What ``run`` returns, with ``whole_seconds`` and ``peak_mb``; or ``failed``, with the reason.
    """
    contest.peak = 0
    with tempfile.TemporaryDirectory() as folder:
        started = monotonic()
        try:
            result = run(contest, Path(folder))
        except Failed as error:
            print(f"failed:\n{error}", file=sys.stderr)
            return {"failed": _reason(str(error))}
        return {"whole_seconds": monotonic() - started, **result, "peak_mb": round(contest.peak / 1e6)}


def _reason(stderr: str) -> str:
    """Return the sentence of kagglebot's error, or the last line of a traceback."""
    lines = [line for line in stderr.strip().splitlines() if line.strip()] or ["no message"]
    return next((line for line in lines if line.startswith("error: ")), lines[-1])
