"""The study in memory that Optuna plots, and that every trial is in the plots."""

from dataclasses import replace

from optuna.trial import TrialState

from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.report.html.optuna_conversion import optuna_study
from kagglebot.report.html.parameter_plots import (
    draw_contour,
    draw_importances,
    draw_parallel_coordinates,
    draw_slices,
)
from kagglebot.report.html.search_plots import draw_history, draw_learning


def test_trials_keep_their_numbers_scores_and_curves(summary: StudySummary) -> None:
    shown = [trial for trial in summary.trials if trial.number in (2, 3, 9)]
    trials = optuna_study(summary, shown, curves=True).trials
    assert [trial.number for trial in trials if trial.state != TrialState.FAIL] == [2, 3, 9]
    assert len(trials) == 10 and trials[3].state == TrialState.PRUNED
    assert trials[9].value == summary.trials[9].value
    assert list(trials[9].intermediate_values.values()) == list(summary.trials[9].curve)


def test_text_is_escaped_and_kinds_that_differ_become_text(summary: StudySummary) -> None:
    values = ("<b>", 3, True)
    trials = [TrialResult(i, "complete", value=0.5, params={"<i>": value}) for i, value in enumerate(values)]
    plotted = optuna_study(summary, trials).trials
    assert [trial.params["&lt;i&gt;"] for trial in plotted] == ["&lt;b&gt;", "3", "yes"]


def test_the_history_has_every_trial(summary: StudySummary) -> None:
    figure = draw_history(summary)
    assert figure is not None
    traces = {trace["name"]: trace for trace in figure.traces}
    complete = [trial for trial in summary.trials if trial.state == "complete"]
    assert traces["Accuracy"]["x"] == [trial.number for trial in complete]
    assert traces["Accuracy"]["y"] == [trial.value for trial in complete]
    pruned = [trial for trial in summary.trials if trial.state == "pruned"]
    assert traces["Pruned, last score"]["x"] == [trial.number for trial in pruned]
    assert traces["Pruned, last score"]["y"] == [trial.curve[-1] for trial in pruned]


def test_the_learning_curves_have_every_epoch(summary: StudySummary) -> None:
    pruned = summary.trials[3]
    figure = draw_learning(summary, pruned)
    assert figure is not None and summary.best is not None
    ran = [trial for trial in summary.trials if trial.state in ("complete", "pruned")]
    assert sorted(trace["y"] for trace in figure.traces) == sorted(list(trial.curve) for trial in ran)
    assert [trace["name"] for trace in figure.traces if trace["showlegend"]] == [
        f"Trial {trial.number}, {'best' if trial is summary.best else 'pruned'}"
        for trial in sorted((summary.best, pruned), key=lambda trial: trial.number)
    ]


def test_the_plots_of_parameters_have_every_complete_trial(summary: StudySummary) -> None:
    slices = {figure.title: figure for figure in draw_slices(summary)}
    assert len(slices["learning_rate"].traces[0]["x"]) == summary.complete
    for figure in slices.values():
        points, best = figure.traces
        assert best["y"] == [summary.best.value if summary.best else None]
        assert (best["x"][0], best["y"][0]) in list(zip(points["x"], points["y"], strict=True))
    contour, parallel = draw_contour(summary), draw_parallel_coordinates(summary)
    assert contour is not None and len(contour.traces[1]["x"]) == summary.complete
    assert parallel is not None and len(parallel.traces) == summary.complete
    assert "var(--good)" in str(parallel.traces[-1]["line"])
    assert parallel.traces[-1]["customdata"][0][1] == f"{summary.best.value if summary.best else 0:.3g}"
    importances = draw_importances(summary)
    assert importances is not None
    assert dict(zip(importances.traces[0]["y"], importances.traces[0]["x"], strict=True)) == summary.importances


def test_darker_is_better_in_either_direction(summary: StudySummary, losses: StudySummary) -> None:
    higher, lower = draw_contour(summary), draw_contour(losses)
    assert higher is not None and lower is not None
    assert (higher.traces[0]["reversescale"], lower.traces[0]["reversescale"]) == (False, True)
    parallel = draw_parallel_coordinates(losses)
    assert parallel is not None and losses.best is not None
    assert parallel.traces[-1]["customdata"][0][1] == f"{losses.best.value:.3g}"


def test_a_contour_of_thousands_of_trials_is_of_the_best_only(summary: StudySummary) -> None:
    trials = tuple(
        replace(summary.trials[0], number=n, params={"learning_rate": n / 7, "filters": n / 3}, value=n / 1000)
        for n in range(1, 1000)
    )
    figure = draw_contour(replace(summary, trials=trials))
    assert figure is not None and "The best 150 of 999 trials" in figure.caption
    assert len(figure.traces[1]["x"]) == 150 and min(figure.traces[1]["x"]) > 100
