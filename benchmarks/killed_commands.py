"""Commands that run as users run them, and are killed at a random step or some time after it."""

import argparse
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

import kagglebot
from kagglebot.practice import PracticeServer

#: Steps at which a command can be killed: any, a file renamed to its final name, a request sent.
EVENTS = ("any", "os.rename", "http.client.send")
SENDS_REQUESTS = ("fetch", "submit")
#: Range of the first draw by step; it adapts to how many steps a command turned out to have.
STEPS = {"any": 60, "os.rename": 4, "http.client.send": 6}


class KilledCommands:
    """Runs commands in a workspace against a practice server, each in a process group of its own.

    Args:
        workspace: The workspace.
        server: The server.
        chance: Draws the points.

    Attributes:
        ranges: The range of each draw by step; None to adapt it to how many steps a command has.
    """

    def __init__(self, workspace: Path, server: PracticeServer, chance: random.Random) -> None:
        self.ranges: dict[str, int] | None = None
        self._random = chance
        self._steps: dict[tuple[str, str], int] = {}
        paths = [Path(__file__).with_name("kill_injection"), Path(kagglebot.__file__).parents[1]]
        self._environment = os.environ | server.environment
        self._environment["KAGGLEBOT_WORKSPACE"] = str(workspace)
        self._environment["PYTHONPATH"] = os.pathsep.join(map(str, paths))

    def is_killed(self, line: Sequence[str], events: Sequence[str] = ()) -> bool:
        """Start a command with a kill point; return whether it was killed before it ended.

        ``events`` are the steps to choose among; without, those that the command has.
        """
        command = line[0]
        event = self._random.choice(events or ("any", *EVENTS[: None if command in SENDS_REQUESTS else -1]))
        steps = self.ranges[event] if self.ranges else self._steps.get((command, event), STEPS[event])
        at = self._random.randint(1, steps)
        later = self._random.choice((0.0, self._random.uniform(0.0, 0.5)))
        killed = self._start(line, event, at, later)[0] == -signal.SIGKILL
        self._steps[command, event] = max(1, steps + steps // 4 + 1 if killed else at - 1)
        return killed

    def run(self, line: Sequence[str]) -> dict[str, object]:
        """Run a command to its end, and return what it prints with ``--json``."""
        _, out = self._start(line, "any", -1, 0.0)
        document: dict[str, object] = json.loads(out)
        return document

    def _start(self, line: Sequence[str], event: str, at: int, later: float) -> tuple[int, str]:
        process = subprocess.Popen(
            [sys.executable, "-c", "from kagglebot.cli.main import main; main()", *line],
            env=self._environment | {"KILL_AT": str(at), "KILL_LATER": str(later), "KILL_EVENT": event},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        out, err = process.communicate(timeout=900)
        _wait_for_group(process.pid)
        assert process.returncode in (0, -signal.SIGKILL), f"kagglebot {' '.join(line)}: {err}"
        return process.returncode, out


class ForkedCommands(KilledCommands):
    """The same for commands that start no processes, at a fraction of the cost: see ``killed_submit``."""

    def _start(self, line: Sequence[str], event: str, at: int, later: float) -> tuple[int, str]:
        import killed_submit

        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["killed_submit"])
        switch = {"KILL_AT": str(at), "KILL_LATER": str(later), "KILL_EVENT": event}
        with tempfile.TemporaryDirectory() as folder:
            process = context.Process(
                target=killed_submit.run_command, args=(line, self._environment | switch, Path(folder))
            )
            process.start()
            process.join()
            out, err = ((Path(folder) / name).read_text(encoding="utf-8") for name in ("out", "err"))
        assert process.exitcode in (0, -signal.SIGKILL), f"kagglebot {' '.join(line)}: {err}"
        return process.exitcode, out


def _wait_for_group(group: int) -> None:
    """Wait until no process of the group is alive; workers end a moment after their parent."""
    while True:
        alive = []
        for process in psutil.process_iter(["status"]):
            try:
                if os.getpgid(process.pid) == group and process.info["status"] != psutil.STATUS_ZOMBIE:
                    alive.append(process)
            except ProcessLookupError:
                continue
        if not alive:
            return
        time.sleep(0.02)


def run_from_command_line(description: str | None, run_kills: Callable[..., object]) -> None:
    """Run ``run_kills`` in a temporary folder as the command line asks, and print its figures as JSON."""
    parser = argparse.ArgumentParser(description=(description or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kagglebot-kills-") as folder:
        figures = run_kills(Path(folder), kills=options.kills, seed=options.seed)
    print(json.dumps(vars(figures), indent=2))
