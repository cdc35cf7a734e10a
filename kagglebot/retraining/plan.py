"""The plan of a final model: which trial it is made of, or which trials an ensemble is."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kagglebot.analysis.confusion import read_trial_oof
from kagglebot.analysis.load import find_studies, find_study
from kagglebot.analysis.one_standard_error import SelectedTrial, select_best, select_cheaper
from kagglebot.analysis.study_summary import StudySummary, best_study
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.datasets.dataset import Dataset, load_dataset
from kagglebot.datasets.schema import Schema, read_schema
from kagglebot.errors import DataError, StudyError
from kagglebot.metrics.registry import get_metric
from kagglebot.models.registry import get_family
from kagglebot.paths import WorkspacePaths
from kagglebot.retraining.ensemble_selection import select
from kagglebot.retraining.final_model import FinalModel, Recipe, model_path
from kagglebot.retraining.partners import find_partners
from kagglebot.retraining.records import TrainedEnsemble, TrainedModel
from kagglebot.study_config.limits import check_limits
from kagglebot.training.checkpoints import StoredCheckpoint, checkpoint_key, chosen_path, further_epochs
from kagglebot.training.keras.backends import DEFAULT, installed
from kagglebot.training.oof_predictions import OofPredictions, oof_path
from kagglebot.training.provenance import versions
from kagglebot.training.standard_error import groups_of

#: The best trials of a study, of which an ensemble is made.
CANDIDATES = 50
#: Added to the seed for each further model of the same trial.
_NEXT_SEED = 1_000_003
#: Seconds of training below which a model is trained from nothing: its checkpoint would save little.
_SHORT = 30.0


class Making(StrEnum):
    """How the final model of a trial is made."""

    FURTHER = "further"  #: Trained further from the trial's checkpoint, where there is one.
    FROM_SCRATCH = "from_scratch"  #: Trained from nothing.
    NOW = "now"  #: The trial's checkpoint as it is.

    @classmethod
    def asked(cls, *, from_scratch: bool, now: bool = False) -> "Making":
        """Return what these options ask for."""
        return cls.NOW if now else cls.FROM_SCRATCH if from_scratch else cls.FURTHER


@dataclass(frozen=True)
class Plan:
    """The models to train, one or the members of an ensemble."""

    summary: StudySummary  #: The study of its trials.
    label: str  #: "trial 3" or "ensemble 5".
    #: Each trial with the model to make of it; a trial that was chosen again has one with another seed.
    members: tuple[tuple[TrialResult, FinalModel], ...]
    scores: tuple[float, ...] = ()  #: Of an ensemble the validation scores; see ``TrainedEnsemble``.
    adjustment: tuple[float, ...] | None = None  #: Of an ensemble what its probabilities are adjusted by.
    left_out: tuple[str, ...] = ()  #: Sentences on trials that could not be considered.
    choice: SelectedTrial | None = None  #: Why this trial; None if it was asked for by number.

    @property
    def names(self) -> list[str]:
        """The names of an ensemble's models."""
        return [member.name for _, member in self.members] if self.scores else []

    @property
    def trial(self) -> int | None:
        """The number of the trial; None for an ensemble."""
        return None if self.scores else self.members[0][0].number

    @property
    def validation_score(self) -> float | None:
        """The score of the trial, or of all members together."""
        return self.scores[-1] if self.scores else self.members[0][0].value

    def record(self, models: tuple[TrainedModel, ...]) -> TrainedModel | TrainedEnsemble:
        """Return the record of what was planned and is trained: of one model itself."""
        return self.ensemble(models) if self.scores else models[0]

    def ensemble(self, models: tuple[TrainedModel, ...]) -> TrainedEnsemble:
        """Return the record of an ensemble whose models are trained."""
        summary = self.summary
        return TrainedEnsemble(
            summary.competition,
            summary.study,
            summary.metric,
            models,
            self.scores,
            self.left_out,
            self.adjustment or (),
        )


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

    The best trial has partners if the study's definition asks for more than one net; see ``plan_best``.

    Args:
        workspace: Where the studies are.
        competition: Name of the competition.
        study: Name of the study; None for the best of all, or with ``trial`` for the default study.
        trial: Number of the trial; None for the best.
        ensemble: Number of members; None for one model.
        making: How the models are made of their trials.
        cheaper: Take the trial that trains fastest of those within one standard error of the best.
        alone: Plan the model of the best trial without partners.

    Raises:
        StudyError: There is no such study or trial, or none that can be taken.
        DataError: The competition was not fetched.
    """
    check_limits(ensemble=ensemble)
    if study is not None or trial is not None:
        summary = find_study(workspace, competition, workspace.study(study, competition))
    else:
        metric = get_metric(workspace.schema(competition).metric)
        summary = best_study(find_studies(workspace, [competition], every=True), metric, competition)
    folder, data = workspace.location(competition, summary.study).folder, workspace.data(competition)
    if ensemble is not None:
        return plan_ensemble(summary, ensemble, folder, data, making)
    if trial is not None:
        return plan_trial(summary, summary.choose(trial), folder, data, making)
    if cheaper:
        choice = select_cheaper(summary, folder, load_dataset(data))
        return replace(plan_trial(summary, choice.trial, folder, data, making), choice=choice)
    return plan_best(summary if not alone else replace(summary, nets=1), folder, data, making)


def plan_trial(
    summary: StudySummary, trial: TrialResult, folder: Path, data: Path, making: Making = Making.FURTHER
) -> Plan:
    """Plan the model of a trial.

    Raises:
        StudyError: It is to be the trial's checkpoint as it is, and there is none.
        DataError: The competition was not fetched.
    """
    member = _final_model(summary, trial, folder, read_schema(data), making)
    return Plan(summary, _label(f"trial {trial.number}", making), ((trial, member),))


def plan_trials(
    summary: StudySummary, trials: Sequence[int], folder: Path, data: Path, making: Making = Making.FURTHER
) -> Plan:
    """Plan the models of trials that were chosen elsewhere; a trial named again has one with another seed.

    Raises:
        StudyError: There is no such trial, or it is not complete.
        DataError: The competition was not fetched.
    """
    schema, before, members = read_schema(data), Counter[int](), []
    for number in trials:
        trial = summary.choose(number)
        members.append((trial, _final_model(summary, trial, folder, schema, making, copy=before[number])))
        before[number] += 1
    return Plan(summary, f"trials {', '.join(map(str, before))}", tuple(members))


def plan_best(summary: StudySummary, folder: Path, data: Path, making: Making = Making.FURTHER) -> Plan:
    """Plan the model of the best trial, and of the trials to average with it: as many as the study asks for.

    Only trials whose models are soon made are averaged with it: from a checkpoint, or in half a minute.

    Raises:
        StudyError: No trial is complete, or it is to be the trial's checkpoint as it is, and there is none.
        DataError: The competition was not fetched.
    """
    choice = select_best(summary)
    alone = replace(plan_trial(summary, choice.trial, folder, data, making), choice=choice)
    if summary.nets == 1:
        return alone
    dataset, best = load_dataset(data), choice.trial
    trials = {n: each for n, each in _candidates(summary).items() if _is_soon_made(each, folder, dataset, making)}
    rows, predictions, _ = _read_predictions(({best.number: best} | trials).values(), folder, dataset)
    if best.number not in predictions:
        return alone
    labels, kinds = dataset.train_labels[rows], {number: _kind(trials.get(number, best)) for number in predictions}
    chosen = find_partners(
        labels, best.number, predictions, kinds, summary.nets, groups=groups_of(dataset.train_groups, rows)
    )
    if len(chosen) == 1:
        return alone
    measure = get_metric(summary.metric)
    means = [np.mean([predictions[each] for each in chosen[: n + 1]], axis=0) for n in range(len(chosen))]
    partners = [trials[number] for number in chosen[1:]]
    models = [(trial, _final_model(summary, trial, folder, dataset.schema, making)) for trial in partners]
    return Plan(
        summary,
        _label(f"ensemble {len(chosen)}", making),
        (*alone.members, *models),
        tuple(measure.adjusted_score(labels, mean) for mean in means),
        measure.fit(labels, means[-1]),
    )


def _is_soon_made(trial: TrialResult, folder: Path, dataset: Dataset, making: Making) -> bool:
    if making is Making.FROM_SCRATCH or (making is Making.FURTHER and _is_short(trial)):
        return _is_short(trial)
    return _checkpoint(trial, folder, dataset.schema) is not None


def _is_short(trial: TrialResult) -> bool:
    """Return whether its model is trained from nothing, as a checkpoint would save little."""
    return (trial.epochs or 1) * trial.pace <= _SHORT


def _kind(trial: TrialResult) -> Hashable:
    """Return what tells nets that err alike: heads on the same features do, others learn features of their own."""
    if get_family(trial.family).is_frozen:
        return trial.family, trial.settings.get("backbone")
    return trial.number


def _label(label: str, making: Making) -> str:
    return f"checkpoint of {label}" if making is Making.NOW else label


def plan_ensemble(
    summary: StudySummary, count: int, folder: Path, data: Path, making: Making = Making.FURTHER
) -> Plan:
    """Choose ``count`` members among a study's complete trials by their out-of-fold predictions.

    Raises:
        StudyError: No complete trial has out-of-fold predictions.
        DataError: The competition was not fetched.
    """
    dataset = load_dataset(data)
    trials = _candidates(summary)
    if making is Making.NOW:
        trials = {n: each for n, each in trials.items() if _checkpoint(each, folder, dataset.schema)}
    rows, predictions, left_out = _read_predictions(trials.values(), folder, dataset)
    if not predictions:
        raise StudyError(
            " ".join([f"No trial of '{summary.study}' can join an ensemble.", *left_out]),
            f"Run: kagglebot tune {summary.study} --trials 10",
        )
    selection = select(
        summary.metric, dataset.train_labels[rows], predictions, count, groups_of(dataset.train_groups, rows)
    )
    members = tuple(
        (trials[number], _final_model(summary, trials[number], folder, dataset.schema, making, copy=copy))
        for number, weight in selection.weights.items()
        for copy in range(weight)
    )
    label = _label(f"ensemble {count}", making)
    return Plan(summary, label, members, selection.scores, selection.adjustment, left_out=tuple(left_out))


def _candidates(summary: StudySummary) -> dict[int, TrialResult]:
    """Return the trials an ensemble may be made of, by number: of trials that went on from each other the best."""
    # A trial that repeated the settings of an earlier one was not trained, and has no settings stored.
    candidates = [trial for trial in summary.top(CANDIDATES) if trial.settings]
    net_of = summary.first_trials
    best_of_net = {net_of[trial.number]: trial for trial in reversed(candidates)}
    return {trial.number: trial for trial in candidates if trial is best_of_net[net_of[trial.number]]}


def _read_predictions(
    trials: Iterable[TrialResult], folder: Path, dataset: Dataset
) -> tuple[NDArray[np.int64], dict[int, NDArray[np.float32]], list[str]]:
    """Return the validation rows, the predictions of each trial, and sentences on trials that have none."""
    found: dict[int, OofPredictions] = {}
    missing, left_out = [], []
    for trial in trials:
        if not oof_path(folder, trial.number).is_file():
            missing.append(str(trial.number))
            continue
        try:
            found[trial.number] = read_trial_oof(trial, folder, dataset)
        except DataError as error:
            left_out.append(f"Trial {trial.number} is left out: {error.message}")
    if missing:
        left_out.append(f"Left out, as their validation predictions are missing: trials {', '.join(missing)}.")
    rows = max((each.rows for each in found.values()), key=len, default=np.arange(0))
    predictions = {}
    for number, each in found.items():
        if np.array_equal(each.rows, rows):
            predictions[number] = each.probabilities
        else:
            left_out.append(f"Trial {number} is left out: it was cut off before its last fold.")
    return rows, predictions, left_out


def _final_model(
    summary: StudySummary, trial: TrialResult, folder: Path, schema: Schema, making: Making, *, copy: int = 0
) -> FinalModel:
    """Return the model to make of a trial.

    ``copy`` counts further models, each with a seed of its own and trained from nothing, as a net that begins with
    the same weights would add little; a checkpoint that is taken as it is only counts once more.
    """
    now = making is Making.NOW
    seed = (trial.seed + _NEXT_SEED * copy * (not now)) % (1 << 31)
    start, note = None, ""
    if now or (making is Making.FURTHER and not copy and not _is_short(trial)):
        start = _checkpoint(trial, folder, schema)
        note = "" if start else f"The checkpoint of trial {trial.number} is missing or of another version."
    if now and start is None:
        raise StudyError(note, f"Run: kagglebot submit {summary.study} --trial {trial.number}")
    split = summary.split
    recipe = Recipe(
        family=trial.family,
        settings=trial.settings,
        epochs=trial.epochs or 1,
        planned=trial.planned or trial.epochs or 1,
        curve=trial.curve,
        metric=summary.metric,
        seed=seed,
        digest=schema.digest,
        images=schema.limited(summary.images),
        tta=trial.tta,
        further=None if start is None else 0 if now else further_epochs(trial.epochs or 1),
        sealed=(split.sealed, split.seed) if split and split.sealed else None,
        adjustment=trial.adjustment,
    )
    about = {
        "how": recipe.how(trial.number),
        "competition": summary.competition,
        "study": summary.study,
        "trial": trial.number,
        "validation_score": trial.value,
    }
    path = model_path(folder, trial.family, trial.number, seed if copy else None, now=now)
    backend = trial.backend if trial.backend in installed() else DEFAULT
    from_scratch = making is Making.FROM_SCRATCH
    return FinalModel(path, recipe, about, backend, start=start, from_scratch=from_scratch, note=note)


def _checkpoint(trial: TrialResult, folder: Path, schema: Schema) -> StoredCheckpoint | None:
    """Return the checkpoint of a trial, if it is there, of this data and of the versions that are installed."""
    here = versions()
    if any(here.get(name, version) != version for name, version in trial.versions.items()):
        return None
    key = checkpoint_key(trial.settings, trial.seed, schema.digest, trial.made_with)
    found = StoredCheckpoint(chosen_path(folder, trial.number), key)
    return found if found.is_there else None
