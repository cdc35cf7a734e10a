"""A study's trials for machines: one line each, comma-separated."""

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kagglebot.analysis.results import StudySummary


def csv_lines(summary: "StudySummary") -> str:
    """Write a head and one line a trial; searched parameters come last, as ``params_NAME`` like Optuna's own."""
    names = list(dict.fromkeys(name for trial in summary.trials for name in trial.params))
    known = [{**trial.to_json(), "planned": trial.planned, "seed": trial.seed} for trial in summary.trials]
    head = [
        *("number", "state", "value", "epochs", "epochs_run", "planned", "seconds", "weights", "seed", "views"),
        *("plain_score", "views_score", "reason"),
    ]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*head, *(f"params_{name}" for name in names)])
    for trial, values in zip(summary.trials, known, strict=True):
        writer.writerow([*(values[name] for name in head), *(trial.params.get(name, "") for name in names)])
    return text.getvalue()
