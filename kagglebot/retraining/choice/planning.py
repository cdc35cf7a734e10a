"""The plan of the final model that is asked for: of a trial by number, of the best one, or of an ensemble."""

from dataclasses import replace

from kagglebot.analysis.best_trial.one_standard_error import select_cheaper
from kagglebot.analysis.load import find_studies, find_study
from kagglebot.analysis.study_summary import StudySummary, best_study
from kagglebot.datasets.dataset import load_dataset
from kagglebot.metrics.registry import get_metric
from kagglebot.paths import WorkspacePaths
from kagglebot.retraining.choice.best import plan_best
from kagglebot.retraining.choice.ensemble import plan_ensemble
from kagglebot.retraining.making import Making
from kagglebot.retraining.plan import Plan, plan_trial
from kagglebot.study_config.definition_files import find_definitions
from kagglebot.study_config.limits import check_limits
from kagglebot.study_config.load import load_definition
from kagglebot.study_config.sections import Final


def plan(
    workspace: WorkspacePaths,
    competition: str,
    study: str | None,
    trial: int | None = None,
    ensemble: int | None = None,
    *,
    making: Making = Making.FURTHER,
    cheaper: bool = False,
    alone: bool = False,
) -> Plan:
    """Plan the model of a trial by number, of the best trial of a study or of all studies, or an ensemble.

    The best trial has partners if the study's definition asks for more than one net; see ``plan_best``. If the
    definition asks for it, the nets of the folds of trials are averaged instead of training others on all rows.

    Args:
        workspace: Where the studies are.
        competition: Name of the competition.
        study: Name of the study; None for the best of all, or with ``trial`` for the default study.
        trial: Number of the trial; None for the best.
        ensemble: Number of members; None for one model.
        making: How the models are made of their trials.
        cheaper: Take the trial that trains fastest of those within one standard error of the best.
        alone: Plan one model, trained on all rows, whatever the definition asks for, as for a ``trial`` and a
            ``cheaper`` one.

    Raises:
        StudyError: There is no such study or trial, none that can be taken, or the study's definition is wrong.
        DataError: The competition was not fetched.
    """
    check_limits(ensemble=ensemble)
    alone = alone or cheaper or trial is not None
    if study is not None or trial is not None:
        summary = find_study(workspace, competition, workspace.study(study, competition))
    else:
        metric = get_metric(workspace.schema(competition).metric)
        summary = best_study(find_studies(workspace, [competition], every=True), metric, competition)
    final = _final_today(workspace, summary)
    if alone:
        final = final.model_copy(update={"nets": 1, "folds": "retrain"})
    summary = replace(summary, final=final)
    folder, data = workspace.location(competition, summary.study).folder, workspace.data(competition)
    if ensemble is not None:
        return plan_ensemble(summary, ensemble, folder, data, making)
    if trial is not None:
        return plan_trial(summary, summary.choose(trial), folder, data, making)
    if cheaper:
        choice = select_cheaper(summary, folder, load_dataset(data))
        return replace(plan_trial(summary, choice.trial, folder, data, making), choice=choice)
    return plan_best(summary, folder, data, making)


def _final_today(workspace: WorkspacePaths, summary: StudySummary) -> Final:
    """Return what a study's definition says of the final model today, or said last if it is gone."""
    if summary.study not in find_definitions(workspace.root):
        return summary.final
    return load_definition(workspace.root, summary.study).final
