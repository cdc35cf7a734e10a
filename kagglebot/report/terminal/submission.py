"""A submission and its score."""

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.metrics.registry import get_metric
from kagglebot.report import formatting
from kagglebot.report.widgets import facts

if TYPE_CHECKING:
    from kagglebot.submission.records import Submitted


def describe_submission(submitted: "Submitted") -> RenderableType:
    """Return the submission with the local and the public score."""
    model = ", ".join(f"{kind} {name}" for kind, name in submitted.model.items() if kind != "members")
    source = f"{model} of {submitted.study}" if submitted.study else model
    local = formatting.score(submitted.validation_score)
    if submitted.single_score is not None:
        local = formatting.together(submitted.validation_score, submitted.single_score)
    rows = [
        ("File", f"{submitted.file} ({submitted.rows:,} rows, checked)"),
        ("Model", source),
        ("Metric", formatting.measure(get_metric(submitted.metric))),
        ("Validation score", local),
        ("Public score", formatting.score(submitted.public_score)),
    ]
    if submitted.ref is not None:
        rows.append(("Kaggle's number", str(submitted.ref)))
    why = [Text(submitted.why, style="dim")] if submitted.why else []
    return Group(Text(_headline(submitted), style="bold"), facts(rows), *why)


def _headline(submitted: "Submitted") -> str:
    name = submitted.competition
    if submitted.status == "dry-run":
        return f"Ready for {name}; nothing was uploaded."
    if not submitted.new:
        return f"Kaggle already has this file for {name}; it was not submitted again (--again does)."
    if submitted.status == "pending":
        return f"Submitted to {name}; Kaggle has not scored it yet."
    return f"Submitted to {name}."
