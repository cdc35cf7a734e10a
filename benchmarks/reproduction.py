"""The seed's systems here, against the seed's own figures: python benchmarks/reproduction.py --workspace FOLDER.

With --run it first runs what is missing of each system's own trials, which takes about an hour on two cores. It
reads the studies' storages and writes docs/REPRODUCTION.md; no number there is typed by hand but the seed's.
"""

import argparse
import math
from dataclasses import dataclass
from pathlib import Path

from accuracy_by_seed import CHANCE, measure

from kagglebot.analysis.results import StudySummary, TrialResult
from kagglebot.errors import StudyError
from kagglebot.workspace import Workspace

PAGE = Path(__file__).parents[1] / "docs" / "REPRODUCTION.md"
COMPETITION = "digit-recognizer"


@dataclass(frozen=True)
class Row:
    """One figure of the seed's, and the trial that repeats it.

    Attributes:
        system: Its name in the seed's table.
        what: The settings in words.
        study: The shipped study.
        trial: Number of the trial in it.
        seed: The seed's held-out accuracy; None where it gives none.
    """

    system: str
    what: str
    study: str
    trial: int
    seed: float | None


ONE_DRAW = "one start against another, see below"
DEAD = "this start learned nothing that lasts: every row gets the same class, see below"
ROWS = (
    Row("S1", "(10, 10)", "seed-mlp", 0, 0.8873),
    Row("S1", "(10, 20, 10)", "seed-mlp", 1, 0.9124),
    Row("S1", "(10, 80, 240, 80, 10)", "seed-mlp", 2, 0.9265),
    Row("S1", "(10, 20, 40, 80, 40, 20, 10)", "seed-mlp", 3, 0.9260),
    Row("S1", "(10, 20, 40, 80, 160, 80, 40, 20, 10)", "seed-mlp", 4, 0.9329),
    Row("S1", "(10, 80, 240, 960, 240, 80, 10)", "seed-mlp", 5, 0.9252),
    Row("S1", "(10, 80, 240, 480, 960, 480, 240, 80, 10)", "seed-mlp", 6, 0.9095),
    Row("S1, scaled", "(10, 80, 240, 80, 10), pixels / 256", "seed-mlp", 7, None),
    Row("S2", "1024-512-256-128-32, Adam, 20 epochs", "seed-dense", 0, 0.9730),
    Row("S2, SGD", "the same under SGD with momentum, 30 epochs", "seed-dense", 1, None),
    Row("S2, short", "the same under Adam, 10 epochs", "seed-dense", 2, None),
    Row("S2, raw", "the same as S2 on raw pixels", "seed-dense", 3, None),
    Row("S3", "CNN of 2 blocks, 10 epochs", "seed-cnn2", 0, 0.9876),
    Row("S4", "CNN of 3 blocks, 10 epochs", "seed-cnn3", 0, 0.9887),
)


def load(workspace: Workspace) -> dict[str, StudySummary]:
    """The studies that have been run, by name."""
    found = {}
    for study in sorted({row.study for row in ROWS}):
        try:
            found[study] = workspace.summary(study, COMPETITION)
        except StudyError:
            continue
    return found


def run_missing(workspace: Workspace) -> None:
    """Run each system's own trials that are not complete yet."""
    for study in sorted({row.study for row in ROWS}):
        wanted = sum(row.study == study for row in ROWS)
        summary = load(workspace).get(study)
        missing = wanted - (summary.complete if summary else 0)
        if missing > 0:
            workspace.tune(study, competition=COMPETITION, trials=missing)


def settings_of(trial: TrialResult, summary: StudySummary) -> TrialResult:
    """The trial that ended complete with the settings of ``trial``: it may have been cut off and run again."""
    same = [each for each in summary.trials if each.params == trial.params and each.state == "complete"]
    return same[0] if same else trial


def line(row: Row, summary: StudySummary | None) -> str:
    """One line of the table."""
    seed = "-" if row.seed is None else f"{row.seed:.2%}"
    if summary is None or row.trial >= len(summary.trials):
        return f"| {row.system} | {row.what} | {seed} | not run | | | |"
    trial = settings_of(summary.trials[row.trial], summary)
    if not trial.curve:
        return f"| {row.system} | {row.what} | {seed} | {trial.state} | | | {trial.reason} |"
    score = trial.curve[-1]
    pace = f"{trial.seconds / trial.epochs_run:.1f}" if trial.seconds else "-"
    epochs = f"{trial.epochs_run}" + ("" if trial.state == "complete" else f" of {trial.planned} ({trial.state})")
    return (
        f"| {row.system} | {row.what} | {seed} | {score:.2%} | {epochs} | {pace} | "
        f"{verdict(row, score, summary.validation_rows) if trial.state == 'complete' else ''} |"
    )


def verdict(row: Row, score: float, rows: int) -> str:
    """Say in one sentence whether the two figures differ by more than chance."""
    if row.seed is None:
        return ""
    error = math.sqrt(row.seed * (1 - row.seed) / rows + score * (1 - score) / rows)
    difference = score - row.seed
    if abs(difference) <= 2 * error:
        return f"Within chance ({difference:+.2%}; two standard errors are {2 * error:.2%})."
    return f"{difference:+.2%}, more than chance ({2 * error:.2%}): {DEAD if score < CHANCE else ONE_DRAW}."


def main() -> None:
    """Read the storages and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, default=Path())
    parser.add_argument("--run", action="store_true", help="run what is missing first")
    arguments = parser.parse_args()
    workspace = Workspace(arguments.workspace)
    if arguments.run:
        run_missing(workspace)
    studies = load(workspace)
    lines = [
        "# The seed's systems, repeated",
        "",
        "Made by `python benchmarks/reproduction.py` from the studies' own storages, on the 42,000 rows of",
        "digit-recognizer, two cores, with the seed's settings and its held-out rows (scikit-learn's",
        "`train_test_split`, seed 42: 30 % for S1, 20 % for the others). A score is that after the last epoch.",
        "Seconds an epoch are wall time, other work running beside it.",
        "",
        "| system | settings | seed | here | epochs run | s an epoch | difference |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *(line(row, studies.get(row.study)) for row in ROWS),
        "",
        "Nets on raw pixels owe much to their start (`python benchmarks/accuracy_by_seed.py`):",
        "",
        *(f"- {spread.sentence()}" for spread in measure(workspace.data(COMPETITION))),
        "",
        "S5 and S6 give no held-out figure to repeat: they are the studies `seed-epochs` and `seed-augmented`.",
    ]
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
