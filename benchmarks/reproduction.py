"""Reproduce the systems of the original notebook: python benchmarks/reproduction.py --workspace FOLDER.

Reads the studies' storages and writes docs/REPRODUCTION.md, where only the notebook's own figures are typed by
hand. With --run, first runs the trials that are missing, which takes about an hour on two cores.
"""

import argparse
import math
from dataclasses import dataclass
from pathlib import Path

from accuracy_by_seed import CHANCE, measure

from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.errors import StudyError
from kagglebot.workspace import Workspace

PAGE = Path(__file__).parents[1] / "docs" / "REPRODUCTION.md"
COMPETITION = "digit-recognizer"
TEXT = """\
# The original systems, reproduced

kagglebot grew out of a notebook that somebody wrote by hand for digit-recognizer; the shipped studies `seed-*`
reproduce its systems S1 to S6. `python benchmarks/reproduction.py` writes this page from the studies' storages:
42,000 rows, two cores, the notebook's settings and its held-out rows (scikit-learn's `train_test_split`, seed 42:
30 % for S1, 20 % for the others). A score is the one after the last epoch. Seconds per epoch are wall time,
measured while other work was running.

| system | settings | notebook | kagglebot | epochs run | s per epoch | difference |
| --- | --- | --- | --- | --- | --- | --- |
{rows}

The accuracy of perceptrons on raw pixels depends on the seed (`python benchmarks/accuracy_by_seed.py`):

{by_seed}

The notebook has no held-out figure for S5 and S6; they are the studies `seed-epochs` and `seed-augmented`.
"""


@dataclass(frozen=True)
class Row:
    """One figure of the notebook and the trial that reproduces it.

    Attributes:
        system: Name of the system.
        what: The settings in words.
        study: The shipped study.
        trial: Number of the trial in the study.
        original: Held-out accuracy in the notebook, or None if it has none.
    """

    system: str
    what: str
    study: str
    trial: int
    original: float | None


ONE_DRAW = "one seed against another, see below"
DEAD = "with this seed the net predicts one class for every row, see below"
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
    """Return the studies that have been run, by name."""
    found = {}
    for study in sorted({row.study for row in ROWS}):
        try:
            found[study] = workspace.summary(study, COMPETITION)
        except StudyError:
            continue
    return found


def run_missing(workspace: Workspace) -> None:
    """Run the trials of each system that are not complete yet."""
    for study in sorted({row.study for row in ROWS}):
        wanted = sum(row.study == study for row in ROWS)
        summary = load(workspace).get(study)
        missing = wanted - (summary.complete if summary else 0)
        if missing > 0:
            workspace.tune(study, competition=COMPETITION, trials=missing)


def settings_of(trial: TrialResult, summary: StudySummary) -> TrialResult:
    """Return the complete trial with the settings of ``trial``, which may have been interrupted and run again."""
    same = [each for each in summary.trials if each.params == trial.params and each.state == "complete"]
    return same[0] if same else trial


def line(row: Row, summary: StudySummary | None) -> str:
    """Return one line of the table."""
    original = "-" if row.original is None else f"{row.original:.2%}"
    if summary is None or row.trial >= len(summary.trials):
        return f"| {row.system} | {row.what} | {original} | not run | | | |"
    trial = settings_of(summary.trials[row.trial], summary)
    if not trial.curve:
        return f"| {row.system} | {row.what} | {original} | {trial.state} | | | {trial.reason} |"
    score = trial.curve[-1]
    pace = f"{trial.seconds / trial.epochs_run:.1f}" if trial.seconds else "-"
    epochs = f"{trial.epochs_run}" + ("" if trial.state == "complete" else f" of {trial.planned} ({trial.state})")
    return (
        f"| {row.system} | {row.what} | {original} | {score:.2%} | {epochs} | {pace} | "
        f"{verdict(row, score, summary.validation_rows) if trial.state == 'complete' else ''} |"
    )


def verdict(row: Row, score: float, rows: int) -> str:
    """Return a sentence on whether the two figures differ by more than two standard errors."""
    if row.original is None:
        return ""
    error = math.sqrt(row.original * (1 - row.original) / rows + score * (1 - score) / rows)
    difference = score - row.original
    if abs(difference) <= 2 * error:
        return f"Not significant ({difference:+.2%}; two standard errors are {2 * error:.2%})."
    return (
        f"{difference:+.2%}, over two standard errors ({2 * error:.2%}): {DEAD if score < CHANCE else ONE_DRAW}."
    )


def main() -> None:
    """Read the storages and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, default=Path())
    parser.add_argument("--run", action="store_true", help="run missing trials first")
    arguments = parser.parse_args()
    workspace = Workspace(arguments.workspace)
    if arguments.run:
        run_missing(workspace)
    studies = load(workspace)
    rows = "\n".join(line(row, studies.get(row.study)) for row in ROWS)
    by_seed = "\n".join(f"- {scores.sentence()}" for scores in measure(workspace.data(COMPETITION)))
    PAGE.write_text(TEXT.format(rows=rows, by_seed=by_seed), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
