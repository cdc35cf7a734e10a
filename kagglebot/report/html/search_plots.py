"""Plots of the search as it went: trial by trial, and epoch by epoch."""

import math
from collections.abc import Sequence
from typing import Any

from kagglebot.analysis.results import StudySummary, TrialResult
from kagglebot.report import formatting
from kagglebot.report.html.figure import (
    POINTS,
    Figure,
    hidden_scores,
    last_score,
    marks,
    name_of,
    score_range,
    value_of,
)

#: Learning curves drawn behind the ones that are named; more would be one grey area.
_CURVES = 150


def draw_history(summary: StudySummary) -> Figure | None:
    """Draw the trials' scores in the order of the search, and the best so far; None where no trial is complete."""
    ranked = summary.top(len(summary.trials))
    if not ranked:
        return None
    best = _improvements(summary, ranked)
    shown, scores = sorted(ranked[:POINTS], key=lambda trial: trial.number), [value_of(trial) for trial in ranked]
    pruned = [trial for trial in summary.trials if trial.state == "pruned" and last_score(trial) is not None]
    given_up = pruned[-POINTS:]
    last = max(trial.number for trial in summary.trials if trial.state != "waiting")
    measure = formatting.title(summary.measure.text)
    frame = scores if len(scores) > 4 else [*scores, *filter(None, map(last_score, given_up))]
    traces = [
        marks(
            "pruned, last score",
            [trial.number for trial in given_up],
            [last_score(trial) for trial in given_up],
            [f"Trial {trial.number}, pruned after epoch {trial.epochs_run}" for trial in given_up],
            {"symbol": "x-thin", "size": 7, "line": {"color": "var(--muted)", "width": 1.5}},
        ),
        marks(
            "complete",
            [trial.number for trial in shown],
            [value_of(trial) for trial in shown],
            [name_of(trial) for trial in shown],
            {"color": "var(--accent)", "size": 8},
        ),
        {
            "type": "scatter",
            "mode": "lines",
            "name": "best so far",
            "x": [*(trial.number for trial in best), last],
            "y": [*(value_of(trial) for trial in best), value_of(best[-1])],
            "line": {"shape": "hv", "color": "var(--good)", "width": 2.5},
            "hovertemplate": "best so far: %{y}<extra></extra>",
        },
    ]
    return Figure(
        "history",
        "The search, trial by trial",
        f"{measure} of each trial in the order of the search; the line is the best so far and ends at "
        f"{formatting.score(scores[0])}. {hidden_scores(summary.measure, scores)}".strip(),
        [trace for trace in traces if trace["x"]],
        {
            "xaxis": {"title": {"text": "trial"}},
            "yaxis": {
                "title": {"text": measure},
                **score_range(summary.measure, frame, share=0.1 if frame is scores else 0.3),
            },
        },
        ("New best", measure),
        [(f"trial {trial.number}", formatting.score(trial.value)) for trial in best],
    )


def _improvements(summary: StudySummary, scored: Sequence[TrialResult]) -> list[TrialResult]:
    """Give the trials that were better than all before them."""
    found: list[TrialResult] = []
    for trial in sorted(scored, key=lambda trial: trial.number):
        if not found or summary.measure.better(value_of(trial), value_of(found[-1])):
            found.append(trial)
    return found


def draw_learning(summary: StudySummary, pruned: TrialResult | None) -> Figure | None:
    """Draw the score after each epoch, of the best trial and of a typical pruned one before all others."""
    best = summary.best
    named = [trial for trial in (best, pruned) if trial is not None and trial.curve]
    others = [trial for trial in summary.trials if trial.epochs_run > 1 and trial not in named][-_CURVES:]
    if not any(trial.epochs_run > 1 for trial in [*named, *others]):
        return None
    measure = formatting.title(summary.measure.text)
    traces = [
        _curve([trial for trial in others if trial.state == "complete"], "other complete", "var(--accent-faint)")
    ]
    traces.append(_curve([trial for trial in others if trial.state == "pruned"], "other pruned", "var(--faint)"))
    for trial in named:
        colour, name = ("var(--good)", "best") if trial is best else ("var(--warm)", "pruned")
        line = _curve([trial], f"trial {trial.number}, {name}", colour)
        traces.append({**line, "mode": "lines+markers", "line": {"color": colour, "width": 2.5}})
    # Every curve rises steeply at first; the frame is for where it gets to.
    late = [score for trial in named for score in trial.curve[trial.epochs_run // 2 :] if not math.isnan(score)]
    epochs = max((trial.epochs_run for trial in named), default=0)
    return Figure(
        "curves",
        "Learning curves",
        f"{measure} on the validation rows after each epoch: {_said(named, best)}.",
        [trace for trace in traces if trace["x"]],
        {
            "xaxis": {"title": {"text": "epoch"}, "tickformat": "d"},
            "yaxis": {"title": {"text": measure}, **score_range(summary.measure, late, share=0)},
        },
        ("Epoch", *(f"Trial {trial.number}" for trial in named)),
        [
            (str(epoch + 1), *(formatting.score(t.curve[epoch] if epoch < len(t.curve) else None) for t in named))
            for epoch in range(epochs)
        ],
    )


def _said(named: Sequence[TrialResult], best: TrialResult | None) -> str:
    return "; ".join(
        f"trial {trial.number}, the best, reaches {formatting.score(trial.value)}"
        if trial is best
        else f"trial {trial.number} was pruned after epoch {trial.epochs_run} "
        f"at {formatting.score(last_score(trial))}"
        for trial in named
    )


def _curve(trials: Sequence[TrialResult], name: str, colour: str) -> dict[str, Any]:
    """Draw curves as one trace, a gap between them: a legend entry for all."""
    points = [
        (epoch, score, f"Trial {trial.number}, epoch {epoch}: {formatting.score(score)}")
        for trial in trials
        for epoch, score in [*enumerate(trial.curve, start=1), (None, math.nan)]
    ]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": [epoch for epoch, _, _ in points],
        "y": [score for _, score, _ in points],
        "text": [text for _, _, text in points],
        "line": {"color": colour, "width": 1},
        "hovertemplate": "%{text}<extra></extra>",
    }
