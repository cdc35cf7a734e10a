"""Plots of the search: its history, and the learning curves."""

import math
from collections.abc import Sequence
from typing import Any

from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.report import formatting
from kagglebot.report.html.figure import POINTS, Figure, hidden_scores, marks, score_range, value_of
from kagglebot.report.html.optuna_conversion import optuna_study, traces_and_layout

#: Learning curves behind the highlighted ones; more would be one grey area.
_CURVES = 150


def draw_history(summary: StudySummary) -> Figure | None:
    """Return the plot of the trials' scores in the order of the search; None where no trial is complete."""
    from optuna.visualization import plot_optimization_history

    ranked = summary.top(len(summary.trials))
    if not ranked:
        return None
    best = _improvements(summary, ranked)
    shown = {trial.number: trial for trial in (*ranked[:POINTS], *best)}
    scores = [value_of(trial) for trial in ranked]
    highest = scores[summary.measure.best(scores)]
    pruned = [trial for trial in summary.trials if trial.state == "pruned" and trial.last_score is not None]
    measure = formatting.title(summary.measure.text)
    study = optuna_study(summary, shown.values())
    traces, layout = traces_and_layout(plot_optimization_history(study, target_name=measure))
    traces[0]["marker"] = {"color": "var(--accent)", "size": 8}
    traces[1]["line"] = {"shape": "hv", "color": "var(--good)", "width": 2.5}
    if given_up := pruned[-POINTS:]:  # Optuna's own plot has no pruned trials
        traces.insert(
            0,
            marks(
                "Pruned, last score",
                [trial.number for trial in given_up],
                [trial.last_score for trial in given_up],
                [f"Trial {trial.number}, pruned after epoch {trial.epochs_run}" for trial in given_up],
                {"symbol": "x-thin", "size": 7, "line": {"color": "var(--muted)", "width": 1.5}},
            ),
        )
    frame = scores if len(scores) > 4 else [*scores, *filter(None, (trial.last_score for trial in given_up))]
    layout["yaxis"].update(score_range(summary.measure, frame, share=0.1 if frame is scores else 0.3))
    return Figure(
        "history",
        "Optimization history",
        f"{measure} of each trial in the order of the search; the line is the best so far and ends at "
        f"{formatting.score(highest)}. {hidden_scores(summary.measure, scores)}".strip(),
        traces,
        layout,
        ("New best", measure),
        [(f"trial {trial.number}", formatting.score(trial.value)) for trial in best],
    )


def _improvements(summary: StudySummary, scored: Sequence[TrialResult]) -> list[TrialResult]:
    """Return the trials that were better than all before them."""
    found: list[TrialResult] = []
    for trial in sorted(scored, key=lambda trial: trial.number):
        if not found or summary.measure.better(value_of(trial), value_of(found[-1])):
            found.append(trial)
    return found


def draw_learning(summary: StudySummary, pruned: TrialResult | None) -> Figure | None:
    """Return the plot of the learning curves, with the best trial and a typical pruned one highlighted."""
    from optuna.visualization import plot_intermediate_values

    best = summary.best
    named = [trial for trial in (best, pruned) if trial is not None and trial.last_score is not None]
    others = [trial for trial in summary.trials if trial.state in ("complete", "pruned") and trial.epochs_run > 1]
    others = [trial for trial in others if trial not in named and trial.last_score is not None][-_CURVES:]
    shown = sorted([*others, *named], key=lambda trial: trial.number)
    if not any(trial.epochs_run > 1 for trial in shown):
        return None
    measure = formatting.title(summary.measure.text)
    traces, _ = traces_and_layout(plot_intermediate_values(optuna_study(summary, shown, curves=True)))
    for trace, trial in zip(traces, shown, strict=True):
        trace.update(_curve_style(trial, "best" if trial is best else "pruned" if trial in named else ""))
    traces.sort(key=lambda trace: trace["showlegend"])  # the highlighted ones are drawn over the others
    # Every curve rises steeply at first, so the axis shows the second half of the highlighted ones.
    late = [score for trial in named for score in trial.curve[trial.epochs_run // 2 :] if not math.isnan(score)]
    epochs = max((trial.epochs_run for trial in named), default=0)
    return Figure(
        "curves",
        "Learning curves",
        f"{measure} on the validation rows after each epoch: {_describe(named, best)}. Behind them are the "
        "other trials, the pruned ones in grey.",
        traces,
        {
            "xaxis": {"title": {"text": "Epoch"}, "tickformat": "d"},
            "yaxis": {"title": {"text": measure}, **score_range(summary.measure, late, share=0)},
        },
        ("Epoch", *(f"Trial {trial.number}" for trial in named)),
        [
            (str(epoch + 1), *(formatting.score(t.curve[epoch] if epoch < len(t.curve) else None) for t in named))
            for epoch in range(epochs)
        ],
    )


def _curve_style(trial: TrialResult, highlighted: str) -> dict[str, Any]:
    if highlighted:
        colour = "var(--good)" if highlighted == "best" else "var(--warm)"
        name = f"Trial {trial.number}, {highlighted}"
        return {"name": name, "showlegend": True, "line": {"color": colour, "width": 2.5}}
    colour = "var(--faint)" if trial.state == "pruned" else "var(--accent-faint)"
    name = f"Trial {trial.number}, {trial.state}"
    return {"name": name, "showlegend": False, "mode": "lines", "line": {"color": colour, "width": 1}}


def _describe(named: Sequence[TrialResult], best: TrialResult | None) -> str:
    return "; ".join(
        f"trial {trial.number}, the best, reaches {formatting.score(trial.value)}"
        if trial is best
        else f"trial {trial.number} was pruned after epoch {trial.epochs_run} "
        f"at {formatting.score(trial.last_score)}"
        for trial in named
    )
