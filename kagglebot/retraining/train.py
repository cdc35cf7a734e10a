"""Training of what is planned and not there yet, on all rows."""

from dataclasses import replace
from pathlib import Path

from kagglebot.analysis.trial_result import TrialResult
from kagglebot.datasets.dataset import check_files
from kagglebot.datasets.schema import read_schema
from kagglebot.models.registry import get_family
from kagglebot.paths import WorkspacePaths
from kagglebot.pretrained.weights import own_weights
from kagglebot.retraining.final_model import FinalModel, train_once
from kagglebot.retraining.model_card import card_recipe, read_card
from kagglebot.retraining.parallel_training import train_in_processes
from kagglebot.retraining.plan import Plan
from kagglebot.retraining.records import TrainedModel
from kagglebot.search.worker_count import auto_jobs, card_jobs, share_cards
from kagglebot.study_config.limits import check_limits
from kagglebot.system.hardware.cpu import available_cores
from kagglebot.system.logging import LOGGER, study_log
from kagglebot.system.progress import ProgressCallback, log_phases, no_progress
from kagglebot.training.keras.backends import current_backend
from kagglebot.training.machine.cards import examine_cards, usable_cards
from kagglebot.training.machine.child_process import WORKER_LOG
from kagglebot.training.provenance import differences
from kagglebot.training.registry import split_settings


def train_planned(
    workspace: WorkspacePaths, plan: Plan, on_progress: ProgressCallback | None = None, threads: int | None = None
) -> tuple[TrainedModel, ...]:
    """Train the models of a plan that are not there yet, and log it in the study's folder.

    Args:
        workspace: Where the study and the data are.
        plan: What to train.
        on_progress: Called with the phase and how much of it is done.
        threads: Threads to train each model with, also if it was trained with another number; None for any. With
            one thread the same versions on the same kind of processor give the same weights.

    Raises:
        TrainingError: A net diverged, memory ran out, or a process was killed; finished models stay.
        DataError: The competition's files were edited after the fetch, pretrained weights cannot be had, or the
            disk refused.
    """
    competition = plan.summary.competition
    folder, data = workspace.location(competition, plan.summary.study).folder, workspace.data(competition)
    with study_log(folder, f"train {plan.label}"), own_weights(workspace.settings.weights):
        return train_models(plan, folder, data, workspace.settings.jobs, log_phases(on_progress), threads=threads)


def train_models(
    plan: Plan,
    folder: Path,
    data: Path,
    jobs: int | None = None,
    on_progress: ProgressCallback = no_progress,
    *,
    threads: int | None = None,
) -> tuple[TrainedModel, ...]:
    """Train the models of a plan that are not there yet: one with all cores, several in a process each.

    A single model is trained in a process too if it needs a number of threads or a backend of its own, as this
    process cannot change either. See ``train_planned``; ``jobs`` of None takes ``auto_jobs``.
    """
    check_limits(threads=threads)
    members = [replace(member, threads=threads) for _, member in plan.members]
    reasons = [member.why_train() for member in members]
    for reason in filter(None, reasons):
        LOGGER.warning("%s It is trained again.", reason)
    for member in members:
        if member.note and not member.is_there:
            LOGGER.warning("%s Its model is trained %s.", member.note, _instead(member))
    check_files(data)
    if any(reason is not None for reason in reasons):  # else nothing is written: the disk may be read-only
        # A process takes longer to start than a model that is not trained takes to make.
        here = threads is None and (len(members) == 1 or plan.is_trained)
        _train(members, folder, data, jobs, on_progress, here=here)
    return tuple(
        _record(plan, trial, member, reason) for (trial, member), reason in zip(plan.members, reasons, strict=True)
    )


def _train(
    members: list[FinalModel],
    folder: Path,
    data: Path,
    jobs: int | None,
    on_progress: ProgressCallback,
    *,
    here: bool,
) -> None:
    for member in members:
        family = get_family(member.recipe.family)
        if family.fetch is not None:
            family.fetch(split_settings(family, member.recipe.settings)[0], on_progress)
    backends = {member.backend for member in members}
    if here and backends == {current_backend()}:
        for member in members:
            train_once(data, member, on_progress)
    else:
        schema = read_schema(data)
        largest = max(member.recipe.memory(schema).size for member in members)
        cards = usable_cards(examine_cards(min(backends)))
        jobs = 1 if len(members) == 1 else jobs
        if jobs is None:
            jobs = card_jobs(cards, largest) if cards else min(auto_jobs(backend, largest) for backend in backends)
        shared = share_cards(cards, largest, jobs).cards if cards else ()
        log, cores = folder / WORKER_LOG, available_cores()
        train_in_processes(members, data, jobs=jobs, cores=cores, cards=shared, log=log, on_progress=on_progress)


def _record(plan: Plan, trial: TrialResult, member: FinalModel, reason: str | None) -> TrainedModel:
    summary, card = plan.summary, read_card(member.path)
    further = card_recipe(card)["further"]
    return TrainedModel(
        competition=summary.competition,
        study=summary.study,
        trial=trial.number,
        validation_score=trial.value,
        metric=summary.metric,
        path=member.path,
        epochs=member.recipe.epochs + (further or 0),
        seconds=float(card.get("seconds", 0.0)),
        reused=reason is None,
        seed=member.recipe.seed,
        tta=trial.tta,
        adjustment=member.recipe.adjustment,
        why=plan.choice.reason if plan.choice else "",
        threads=card.get("threads"),
        differences=differences(trial.made_with, card) if member.recipe.further != 0 else (),
        rebuilt=f"{reason} It was trained again." if reason else "",
        how=replace(member.recipe, further=further).how(trial.number),
        note=""
        if reason is None or not member.note
        else f"{member.note} Its model was trained {_instead(member)}.",
        sealed_score=card.get("sealed_score"),
        sealed_error=card.get("sealed_error"),
        sealed_rows=card.get("sealed_rows", 0),
        fold=member.recipe.fold,
    )


def _instead(member: FinalModel) -> str:
    """Return how a model is trained that was to be made of a checkpoint, and is not."""
    return "from nothing" if member.start is None else "further, on all rows"
