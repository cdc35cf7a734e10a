"""Studies read from their storages, and which of their trials are meant to be trained."""

from kagglebot.analysis.load import find_studies, find_study
from kagglebot.analysis.results import best_study
from kagglebot.metrics.registry import get_metric
from kagglebot.paths import WorkspacePaths
from kagglebot.retraining.models import TrainedModel
from kagglebot.retraining.plan import Plan, carry_out, plan_best, plan_ensemble, plan_trial
from kagglebot.system.logging import study_log
from kagglebot.system.progress import ProgressCallback, log_phases


def plan(
    folder: WorkspacePaths,
    competition: str,
    study: str | None,
    trial: int | None = None,
    ensemble: int | None = None,
) -> Plan:
    """Say what is meant: a trial by number, the best of the study or of all studies, or several of a study.

    Raises:
        StudyError: There is no such study or trial, or none that can be taken.
    """
    if study is not None or trial is not None:
        summary = find_study(folder, competition, folder.study(study))
    else:
        metric = get_metric(folder.schema(competition).metric)
        summary = best_study(find_studies(folder, [competition]), metric, competition)
    location, data = folder.location(competition, summary.study).folder, folder.data(competition)
    if ensemble is not None:
        return plan_ensemble(summary, ensemble, location, data)
    if trial is None:
        return plan_best(summary, location, data)
    return plan_trial(summary, summary.choose(trial), location, data)


def train_planned(
    folder: WorkspacePaths, plan: Plan, on_progress: ProgressCallback | None = None, threads: int | None = None
) -> tuple[TrainedModel, ...]:
    """Train what the plan says and is not there yet; with ``threads`` each model with so many.

    Raises:
        TrainingError: A net cannot be trained, or its process was killed; finished models are kept.
    """
    competition = plan.summary.competition
    location = folder.location(competition, plan.summary.study)
    data, jobs = folder.data(competition), folder.settings.jobs
    with study_log(location.folder, f"train {plan.label}"):
        return carry_out(plan, location.folder, data, jobs, log_phases(on_progress), threads=threads)
