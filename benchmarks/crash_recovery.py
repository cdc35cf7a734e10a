"""Kill fetch, tune, train and submit at random points, and check after each kill that nothing is lost.

Each command runs as users run it, against the practice server, in a process group that receives SIGKILL at a
random step (the command or a worker opens, renames or removes a file of the workspace, or sends a request) or some
time after it. Then the workspace is checked and the same command starts again. Each round brings new data, more
trials, a new best model or the old one on new data, and one submission.

    python benchmarks/crash_recovery.py --kills 100 --seed 1
"""

import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from crash_recovery_checks import Submissions, Trials, check_after_train, check_files
from killed_commands import KilledCommands, run_from_command_line

from kagglebot.practice import PracticeCompetition, PracticeServer, write_competition

NAME = "digits-practice"
COMMANDS = ("fetch", "tune", "train", "submit")
#: Most kills of each command in a round.
MAX_KILLS = {"fetch": 4, "tune": 8, "train": 4, "submit": 5}
TRIALS = 3
#: In every sixth round the study trains CNNs, so its workers load TensorFlow.
CNN_EVERY = 6
COMMON = """
epochs = 3
batch_size = 64
[pruner]
name = "median"
startup_trials = 3
"""
STUDIES = {
    "mlp": """family = "mlp"
[space]
units_1 = { low = 8, high = 64, log = true }
learning_rate = { low = 1e-3, high = 1e-1, log = true }
[[trials]]
units_1 = 20
learning_rate = 1e-2
[[trials]]
units_1 = 30
learning_rate = 3e-3
[fixed]
layers = 1""",
    "cnn": """family = "cnn"
[space]
filters = { low = 4, high = 8 }
learning_rate = { low = 1e-3, high = 1e-2, log = true }
[[trials]]
filters = 6
learning_rate = 5e-3
[fixed]
blocks = 2
convolutions = 1""",
}


@dataclass
class Figures:
    """Counts of a run.

    Attributes:
        seed: Seed of the kill points.
        kills: Kills by command.
        within_trainings: Of these, kills after which a training's state was there to go on from: of a trial after
            "tune", of a final model after "train" or "submit".
        checks: How often the whole workspace was checked.
        files: Files under their final names that were read, all of them complete.
        trials_kept: Trials that finished by themselves; all are still there unchanged.
        trials_cut_off: Trials that were running when a kill came.
        run_again: Cut-off trials whose settings ran once more.
        given_up: Cut-off trials whose settings had already run once more.
        submissions_intended: Files that were to be submitted.
        submissions_made: Submissions that the server received.
        seconds: Duration of the run.
    """

    seed: int
    kills: Counter[str] = field(default_factory=Counter)
    within_trainings: Counter[str] = field(default_factory=Counter)
    checks: int = 0
    files: int = 0
    trials_kept: int = 0
    trials_cut_off: int = 0
    run_again: int = 0
    given_up: int = 0
    submissions_intended: int = 0
    submissions_made: int = 0
    seconds: float = 0.0


def run_kills(
    folder: Path, *, kills: int, seed: int, cnn_every: int = CNN_EVERY, most: dict[str, int] | None = None
) -> Figures:
    """Run rounds of the whole job in ``folder`` until ``kills`` kills have happened.

    Args:
        folder: An empty folder.
        kills: Least number of kills.
        seed: Seed of the kill points.
        cnn_every: Train CNNs in every n-th round; 0 for never.
        most: Most kills of each command in a round; None for ``MAX_KILLS``.

    Raises:
        AssertionError: Something was lost, duplicated, left half-written or not done.
    """
    started, round_ = time.monotonic(), 0
    with PracticeServer([_competition(folder, round_)]) as server:
        job = _Job(folder / "workspace", server, seed, most or MAX_KILLS)
        while job.figures.kills.total() < kills:
            server.competitions[NAME] = _competition(folder, round_)
            round_ += 1
            job.round("cnn" if cnn_every and round_ % cnn_every == 0 else "mlp")
            job.count()
            job.figures.seconds = round(time.monotonic() - started, 1)
            print(f"round {round_}: {job.figures}", file=sys.stderr, flush=True)
    return job.figures


def _competition(folder: Path, round_: int) -> PracticeCompetition:
    competition = write_competition(folder / "served" / str(round_), seed=round_)
    return replace(competition, max_daily_submissions=10_000)


class _Job:
    def __init__(self, workspace: Path, server: PracticeServer, seed: int, most: dict[str, int]) -> None:
        self.figures = Figures(seed)
        self._workspace, self._most = workspace, most
        self._random = random.Random(seed)
        self._trials = {study: Trials(workspace / "studies" / NAME / study) for study in STUDIES}
        self._submissions = Submissions(server)
        self._commands = KilledCommands(workspace, server, self._random)
        (workspace / "studies").mkdir(parents=True)
        for study, text in STUDIES.items():
            (workspace / "studies" / f"{study}.toml").write_text(text + COMMON)

    def round(self, study: str) -> None:
        """Run the whole job once, with kills."""
        arguments = {
            "fetch": [NAME],
            "tune": [study, "--trials", str(TRIALS), "--jobs", "2"],
            "train": [study, "--best"],
            "submit": [study, "--best"],
        }
        for command in COMMANDS:
            line = [command, *arguments[command], "--json"]
            for _ in range(self._random.randint(1, self._most[command])):
                if not self._commands.is_killed(line):
                    continue
                self.figures.kills[command] += 1
                self.figures.within_trainings[command] += self._has_state(command)
                self._check()
            before = len(self._trials[study].kept)
            document = self._commands.run(line)
            self._check()
            if command == "train":
                check_after_train(self._workspace)
            if command == "tune":
                self._trials[study].check_after_tune(at_least=before + TRIALS)
            if command == "submit":
                self._submissions.check_after_submit(document)

    def count(self) -> None:
        """Update the figures."""
        figures, studies = self.figures, self._trials.values()
        figures.trials_kept = sum(len(trials.kept) for trials in studies)
        figures.trials_cut_off = sum(len(trials.cut_off) for trials in studies)
        figures.run_again = sum(len(trials.run_again) for trials in studies)
        figures.given_up = sum(len(trials.given_up) for trials in studies)
        figures.submissions_intended = len(self._submissions.intended)
        figures.submissions_made = self._submissions.made

    def _has_state(self, command: str) -> bool:
        """Return whether a training that the command makes has left a state."""
        pattern = "checkpoints/running-*.npz" if command == "tune" else "*.running.npz"
        return any((self._workspace / "studies").rglob(pattern))

    def _check(self) -> None:
        self.figures.checks += 1
        self.figures.files += check_files(self._workspace)
        for trials in self._trials.values():
            trials.check()
        self._submissions.check_no_duplicates()


if __name__ == "__main__":
    run_from_command_line(__doc__, run_kills)
