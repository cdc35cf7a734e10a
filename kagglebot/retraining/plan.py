"""The models to submit: one trial or several put together, trained on all rows, each of them once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kagglebot.analysis.confusion import read_trial_oof
from kagglebot.analysis.one_standard_error import TrialChoice, choose
from kagglebot.analysis.results import StudySummary, TrialResult
from kagglebot.datasets.dataset import Dataset, load_dataset
from kagglebot.datasets.schema import read_schema
from kagglebot.errors import DataError, StudyError
from kagglebot.retraining.ensemble_selection import select
from kagglebot.retraining.final_model import FinalModel, Recipe, model_path, read_card, train_once
from kagglebot.retraining.models import TrainedEnsemble, TrainedModel
from kagglebot.retraining.pool import train_members
from kagglebot.search.workers.count import auto_jobs
from kagglebot.system.cpu import available_cores
from kagglebot.system.progress import ProgressCallback, no_progress
from kagglebot.training.keras.backends import DEFAULT, current_backend, installed
from kagglebot.training.oof_predictions import OofPredictions, oof_path
from kagglebot.training.provenance import differences
from kagglebot.training.subprocess import WORKER_LOG

#: Trials that an ensemble is chosen from, the best of the study: others would not be taken.
CANDIDATES = 50
#: Between the seeds of models that are made from the same trial.
_NEXT_SEED = 1_000_003


@dataclass(frozen=True)
class Plan:
    """What is to be submitted, before it is trained.

    Attributes:
        summary: The study that its trials are of.
        label: Which model it is: "trial 3", "ensemble 5".
        members: Each trial with the model to be made of it; a trial taken again has one of another seed.
        scores: For an ensemble the validation scores as its members came in; see ``TrainedEnsemble``.
        left_out: Sentences on trials that could not be considered.
        choice: Why this trial, where it was not asked for by number.
    """

    summary: StudySummary
    label: str
    members: tuple[tuple[TrialResult, FinalModel], ...]
    scores: tuple[float, ...] = ()
    left_out: tuple[str, ...] = ()
    choice: TrialChoice | None = None

    @property
    def names(self) -> list[str]:
        """What the models of an ensemble are called."""
        return [member.name for _, member in self.members] if self.scores else []

    @property
    def trial(self) -> int | None:
        """The trial's number, where it is one trial's model."""
        return None if self.scores else self.members[0][0].number

    @property
    def validation_score(self) -> float | None:
        """That of the trial, or of all members together."""
        return self.scores[-1] if self.scores else self.members[0][0].value

    def ensemble(self, models: tuple[TrainedModel, ...]) -> TrainedEnsemble:
        """Say what came of an ensemble once its models are there."""
        return TrainedEnsemble(
            self.summary.competition, self.summary.study, self.summary.metric, models, self.scores, self.left_out
        )


def plan_trial(summary: StudySummary, trial: TrialResult, folder: Path, data: Path) -> Plan:
    """Plan a trial's model, to be trained on all rows for the epochs that validation chose.

    Args:
        summary: The trial's study.
        trial: The trial.
        folder: ``studies/COMPETITION/NAME``, where models are kept.
        data: ``data/COMPETITION``.

    Raises:
        DataError: The competition was not fetched.
    """
    member = _final_model(summary, trial, folder, read_schema(data).digest)
    return Plan(summary, f"trial {trial.number}", ((trial, member),))


def plan_best(summary: StudySummary, folder: Path, data: Path) -> Plan:
    """Plan the model of the best trial, or of a cheaper one that cannot be told from it.

    Raises:
        StudyError: None is complete.
        DataError: The competition was not fetched.
    """
    choice = choose(summary, folder, load_dataset(data))
    return replace(plan_trial(summary, choice.trial, folder, data), choice=choice)


def plan_ensemble(summary: StudySummary, count: int, folder: Path, data: Path) -> Plan:
    """Choose ``count`` members from a study's complete trials, by what these predicted for their validation rows.

    Raises:
        StudyError: No complete trial has kept that.
        DataError: The competition was not fetched.
    """
    dataset = load_dataset(data)
    # One that repeated an earlier trial's settings was not trained, and has none of its own.
    candidates = [trial for trial in summary.top(CANDIDATES) if trial.settings]
    net_of = summary.nets
    # The best of those that went on from each other: their models would be one net at several ages.
    best_of_net = {net_of[trial.number]: trial for trial in reversed(candidates)}
    trials = {trial.number: trial for trial in candidates if trial is best_of_net[net_of[trial.number]]}
    rows, answers, left_out = _kept_answers(trials.values(), folder, dataset)
    if not answers:
        raise StudyError(
            " ".join([f"No trial of '{summary.study}' can join an ensemble.", *left_out]),
            f"Run: kagglebot tune {summary.study} --trials 10",
        )
    selection = select(summary.metric, dataset.train_labels[rows], answers, count)
    members = tuple(
        (trials[number], _final_model(summary, trials[number], folder, dataset.schema.digest, copy))
        for number, weight in selection.weights.items()
        for copy in range(weight)
    )
    return Plan(summary, f"ensemble {count}", members, selection.scores, tuple(left_out))


def carry_out(
    plan: Plan,
    folder: Path,
    data: Path,
    jobs: int | None = None,
    on_progress: ProgressCallback = no_progress,
    *,
    threads: int | None = None,
) -> tuple[TrainedModel, ...]:
    """Train what is not there yet: one model with all cores, several in processes of a core each.

    What this process's own backend does not train has a process as well.

    Args:
        plan: What to train.
        folder: ``studies/COMPETITION/NAME``.
        data: ``data/COMPETITION``.
        jobs: Processes at the same time; None takes ``auto_jobs``.
        on_progress: Called with hundredths of an epoch, or of a model, done.
        threads: Threads to train each model with, also where it is there by another number; None for any. With
            one, the same versions on the same kind of processor give the same weights.

    Raises:
        TrainingError: A net diverged, memory ran out, or a process was killed; finished models are kept.
        DataError: The disk refused.
    """
    members = [replace(member, threads=threads) for _, member in plan.members]
    reused = [member.is_there for member in members]
    backends = {member.backend for member in members}
    # In this process, whose threads and whose backend nothing can change any more.
    if len(members) == 1 and threads is None and backends == {current_backend()}:
        train_once(data, members[0], on_progress)
    else:
        log, cores = folder / WORKER_LOG, available_cores()
        jobs = 1 if len(members) == 1 else jobs or min(auto_jobs(backend) for backend in backends)
        train_members(members, data, jobs=jobs, cores=cores, log=log, on_progress=on_progress)
    return tuple(
        _trained(plan, trial, member, reused=there)
        for (trial, member), there in zip(plan.members, reused, strict=True)
    )


def _kept_answers(
    trials: Iterable[TrialResult], folder: Path, dataset: Dataset
) -> tuple[NDArray[np.int64], dict[int, NDArray[np.float32]], list[str]]:
    """Give the rows held out, each trial's answers for them, and sentences on the trials that have none."""
    kept: dict[int, OofPredictions] = {}
    missing, left_out = [], []
    for trial in trials:
        if not oof_path(folder, trial.number).is_file():
            missing.append(str(trial.number))
            continue
        try:
            kept[trial.number] = read_trial_oof(trial, folder, dataset)
        except DataError as error:
            left_out.append(f"Trial {trial.number} stays out: {error.message}")
    if missing:
        left_out.append(f"Stay out for want of their validation predictions: trials {', '.join(missing)}.")
    rows = max((each.rows for each in kept.values()), key=len, default=np.arange(0))
    answers = {}
    for number, each in kept.items():
        if np.array_equal(each.rows, rows):
            answers[number] = each.probabilities
        else:
            left_out.append(f"Trial {number} stays out: it was cut off before its last fold.")
    return rows, answers, left_out


def _final_model(
    summary: StudySummary, trial: TrialResult, folder: Path, digest: str, copy: int = 0
) -> FinalModel:
    """What is made of a trial: by its own seed, or by the ``copy``-th of further ones."""
    seed = (trial.seed + _NEXT_SEED * copy) % (1 << 31)
    recipe = Recipe(
        family=summary.family,
        settings=trial.settings,
        epochs=trial.epochs or 1,
        planned=trial.planned or trial.epochs or 1,
        curve=trial.curve,
        metric=summary.metric,
        seed=seed,
        digest=digest,
        images=summary.images,
        tta=trial.tta,
    )
    about = {
        "competition": summary.competition,
        "study": summary.study,
        "trial": trial.number,
        "validation_score": trial.value,
    }
    path = model_path(folder, summary.family, trial.number, seed if copy else None)
    backend = trial.backend if trial.backend in installed() else DEFAULT
    return FinalModel(path, recipe, about, backend)


def _trained(plan: Plan, trial: TrialResult, member: FinalModel, *, reused: bool) -> TrainedModel:
    summary, card = plan.summary, read_card(member.path)
    return TrainedModel(
        competition=summary.competition,
        study=summary.study,
        trial=trial.number,
        validation_score=trial.value,
        metric=summary.metric,
        path=member.path,
        epochs=member.recipe.epochs,
        seconds=float(card["seconds"]),
        reused=reused,
        seed=member.recipe.seed,
        tta=trial.tta,
        why=plan.choice.reason if plan.choice else "",
        threads=card.get("threads"),
        differences=differences(trial.made_with, card),
    )
