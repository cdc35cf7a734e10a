"""A study's summary as an Optuna study in memory, and Optuna's plots of it as plain JSON values."""

import json
from collections.abc import Collection, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.report import formatting

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution

Traces = list[dict[str, Any]]


def optuna_study(summary: StudySummary, shown: Collection[TrialResult], *, curves: bool = False) -> "optuna.Study":
    """Return a study in memory that has the trials of ``shown``, with their numbers, and on demand their curves.

    The numbers between them are taken by failed trials, which no plot shows. Names and values that are text are
    escaped, because Plotly reads them as HTML.
    """
    import optuna
    from optuna.trial import TrialState, create_trial

    study = optuna.create_study(direction="minimize" if summary.measure.minimise else "maximize")
    names = dict.fromkeys(name for trial in shown for name in trial.params)
    columns = {name: [trial.params.get(name) for trial in shown] for name in names}
    values = {name: _as_plotted(column) for name, column in columns.items()}
    distributions = {name: _distribution(summary, name, column) for name, column in values.items()}
    trials = {}
    for position, trial in enumerate(shown):
        params = {name: values[name][position] for name in names if name in trial.params}
        trials[trial.number] = create_trial(
            state=TrialState.PRUNED if trial.state == "pruned" else TrialState.COMPLETE,
            value=trial.value,
            params={escape(name): value for name, value in params.items()},
            distributions={escape(name): distributions[name] for name in params},
            intermediate_values=trial.scores_by_epoch if curves else None,
        )
    failed = create_trial(state=TrialState.FAIL)
    study.add_trials([trials.get(number, failed) for number in range(max(trials, default=-1) + 1)])
    return study


def _as_plotted(column: Sequence[Any]) -> list[Any]:
    """Return numbers as they are; values of another kind as text."""
    kinds = {type(value) for value in column if value is not None}
    if kinds <= {int}:
        return list(column)
    if kinds <= {int, float}:
        return [None if value is None else float(value) for value in column]
    return [None if value is None else escape(formatting.setting(value)) for value in column]


def _distribution(summary: StudySummary, name: str, column: Sequence[Any]) -> "BaseDistribution":
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    values = sorted({value for value in column if value is not None})
    if isinstance(values[0], str):
        return CategoricalDistribution(values)
    log = name in summary.space and summary.space[name].log and values[0] > 0
    return (IntDistribution if isinstance(values[0], int) else FloatDistribution)(values[0], values[-1], log=log)


def known_importances(importances: Mapping[str, float]) -> "optuna.importance.BaseImportanceEvaluator":
    """Return an evaluator for Optuna's plot of importances that were computed before."""
    from optuna.importance import BaseImportanceEvaluator

    class Known(BaseImportanceEvaluator):
        def evaluate(self, study: Any, params: Any = None, *, target: Any = None) -> dict[str, float]:
            return {escape(name): share for name, share in importances.items()}

    return Known()


def traces_and_layout(figure: Any) -> tuple[Traces, dict[str, Any]]:
    """Return a plot as plain JSON values, without its title and template: the page has its own."""
    drawn = json.loads(figure.to_json())
    layout = {name: value for name, value in drawn["layout"].items() if name not in ("title", "template")}
    return drawn["data"], layout
