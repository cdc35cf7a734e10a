"""Kill `submit` at random points in a competition that takes notebooks only: nothing is made twice.

Each round has a new model. `kagglebot submit` runs as users run it, against the practice server, and receives
SIGKILL at a random request or file, or some time after it; then it starts again. After each kill there must be at
most one version of the dataset, one of the notebook and one submission for each model, and in the end one of each.

    python benchmarks/notebook_kills.py --kills 100 --seed 1
"""

import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from killed_commands import ForkedCommands, KilledCommands, run_from_command_line

from kagglebot.practice import PracticeServer, write_competition

NAME = "digits-practice"
#: What Kaggle had when a kill came.
STEPS = (
    "no dataset yet",
    "the dataset, being processed",
    "the dataset, and no notebook yet",
    "the notebook, which runs",
    "its output, and no submission yet",
    "the submission, run again or being scored",
)
#: How many models are trained, as far as they are needed, and the most kills of one's submission.
MODELS, MOST_KILLS = 40, 12
#: Most kills come at a request, or some time after it. The dataset is uploaded by about forty; a command that goes
#: on sends about ten before it makes anything, so that each of several kills finds it a little further.
EVENTS = ("any", "os.rename", *["http.client.send"] * 6)
UPLOADING = {"any": 300, "os.rename": 8, "http.client.send": 60}
GOING_ON = {**UPLOADING, "http.client.send": 18}
STUDY = """family = "mlp"
[space]
learning_rate = { low = 1e-3, high = 1e-1, log = true }
[fixed]
layers = 1
units_1 = 16
epochs = 2
[pruner]
name = "none"
"""


@dataclass
class Figures:
    """Counts of a run.

    Attributes:
        seed: Seed of the kill points.
        kills: Kills by what Kaggle had then; see ``STEPS``.
        models: Models that were submitted.
        datasets: Versions of the dataset that were made.
        notebooks: Versions of the notebook that were made.
        submissions: Submissions that were made.
        seconds: Duration of the run.
    """

    seed: int
    kills: Counter[str] = field(default_factory=Counter)
    models: int = 0
    datasets: int = 0
    notebooks: int = 0
    submissions: int = 0
    seconds: float = 0.0

    @property
    def made(self) -> tuple[int, int, int]:
        """Versions of the dataset and of the notebook, and submissions."""
        return self.datasets, self.notebooks, self.submissions


def run_kills(folder: Path, *, kills: int, seed: int, most: int = MOST_KILLS) -> Figures:
    """Submit models in ``folder``, which is empty, until ``kills`` kills have happened, at most ``most`` a model.

    Raises:
        AssertionError: Something was made twice, or is missing in the end.
    """
    started, chance, figures = time.monotonic(), random.Random(seed), Figures(seed)
    competition = write_competition(folder / "served", notebooks_only=True)
    workspace = folder / "workspace"
    (workspace / "studies").mkdir(parents=True)
    (workspace / "studies" / "tiny.toml").write_text(STUDY)
    with PracticeServer([replace(competition, max_daily_submissions=10_000)]) as server:
        commands = ForkedCommands(workspace, server, chance)
        commands.run(["fetch", NAME, "--json"])
        KilledCommands(workspace, server, chance).run(
            ["tune", "tiny", "--trials", str(min(MODELS, kills)), "--jobs", "1", "--json"]
        )
        while figures.kills.total() < kills:
            line = ["submit", "tiny", "--trial", str(figures.models), "--json"]
            server.faults.pending_polls = 2
            for _ in range(most):
                server.faults.processing_polls = 2
                commands.ranges = UPLOADING if figures.datasets == figures.models else GOING_ON
                if not commands.is_killed(line, EVENTS):
                    break
                _count(server, figures)
                figures.kills[_step(server, figures)] += 1
                assert max(figures.made) <= figures.models + 1, f"made twice: {figures}"
            document = commands.run(line)
            figures.models += 1
            _count(server, figures)
            assert document["status"] == "complete", document
            assert figures.made == (figures.models,) * 3, f"not one of each: {figures}"
            figures.seconds = round(time.monotonic() - started, 1)
            print(figures, file=sys.stderr, flush=True)
    return figures


def _count(server: PracticeServer, figures: Figures) -> None:
    figures.datasets = sum(len(each.versions) for each in server.datasets.values())
    figures.notebooks = sum(len(each.versions) for each in server.notebooks.values())
    figures.submissions = len(server.submissions)


def _step(server: PracticeServer, figures: Figures) -> str:
    """Return what Kaggle has of the model that is being submitted."""
    if figures.submissions > figures.models:
        return STEPS[5]
    if figures.notebooks > figures.models:
        (notebook,) = server.notebooks.values()
        return STEPS[4 if notebook.versions[-1].run.ended else 3]
    if figures.datasets > figures.models:
        (dataset,) = server.datasets.values()
        return STEPS[2 if dataset.versions[-1].ready else 1]
    return STEPS[0]


if __name__ == "__main__":
    run_from_command_line(__doc__, run_kills)
