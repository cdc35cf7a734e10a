"""The plan of a final model: which trial it is made of, or which trials an ensemble is."""

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kagglebot.analysis.confusion import read_trial_oof
from kagglebot.analysis.load import find_studies, find_study
from kagglebot.analysis.one_standard_error import SelectedTrial, select_best, select_cheaper
from kagglebot.analysis.study_summary import StudySummary, best_study
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.datasets.dataset import Dataset, load_dataset
from kagglebot.datasets.schema import read_schema
from kagglebot.errors import DataError, StudyError
from kagglebot.metrics.registry import get_metric
from kagglebot.models.registry import get_family
from kagglebot.paths import WorkspacePaths
from kagglebot.retraining.choice_score import choice_scores
from kagglebot.retraining.ensemble_selection import select
from kagglebot.retraining.final_model import FinalModel
from kagglebot.retraining.making import Making, find_checkpoint, is_soon_made, making_of, models_of
from kagglebot.retraining.partners import find_partners
from kagglebot.retraining.records import TrainedEnsemble, TrainedModel
from kagglebot.study_config.definition_files import find_definitions
from kagglebot.study_config.limits import check_limits
from kagglebot.study_config.load import load_definition
from kagglebot.training.oof_predictions import OofPredictions, oof_path
from kagglebot.training.standard_error import groups_of

#: The best trials of a study, of which an ensemble is made.
CANDIDATES = 50


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
    def is_trained(self) -> bool:
        """Whether its models are what the trials left, so that nothing is trained."""
        return all(member.recipe.further == 0 for _, member in self.members)

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
            self.label,
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
    summary = replace(summary, nets=1, folds="retrain") if alone else _as_defined_today(workspace, summary)
    folder, data = workspace.location(competition, summary.study).folder, workspace.data(competition)
    if ensemble is not None:
        return plan_ensemble(summary, ensemble, folder, data, making)
    if trial is not None:
        return plan_trial(summary, summary.choose(trial), folder, data, making)
    if cheaper:
        choice = select_cheaper(summary, folder, load_dataset(data))
        return replace(plan_trial(summary, choice.trial, folder, data, making), choice=choice)
    return plan_best(summary, folder, data, making)


def _as_defined_today(workspace: WorkspacePaths, summary: StudySummary) -> StudySummary:
    """Return a summary with what its definition says of the final model today, or said last if it is gone."""
    if summary.study not in find_definitions(workspace.root):
        return summary
    final = load_definition(workspace.root, summary.study).final
    return replace(summary, nets=final.nets, folds=final.folds)


def plan_trial(
    summary: StudySummary, trial: TrialResult, folder: Path, data: Path, making: Making = Making.FURTHER
) -> Plan:
    """Plan the model of a trial, or the mean of the nets of its folds.

    Raises:
        StudyError: It is to be the trial's checkpoint as it is, and there is none.
        DataError: The competition was not fetched.
    """
    schema = read_schema(data)
    making = making_of(trial, summary, folder, schema, making)
    label = making.label(f"trial {trial.number}")
    members = tuple(models_of(summary, trial, folder, schema, making))
    if making is Making.FOLDS:
        score = math.nan if trial.value is None else trial.value
        return Plan(summary, label, members, (score,), trial.adjustment)
    return Plan(summary, label, members)


def plan_trials(
    summary: StudySummary, trials: Sequence[int], folder: Path, data: Path, making: Making = Making.FURTHER
) -> Plan:
    """Plan the models of trials that were chosen elsewhere; a trial named again has one with another seed.

    Raises:
        StudyError: There is no such trial, or it is not complete.
        DataError: The competition was not fetched.
    """
    schema, before, members = read_schema(data), Counter[int](), list[tuple[TrialResult, FinalModel]]()
    for number in trials:
        members += models_of(summary, summary.choose(number), folder, schema, making, copy=before[number])
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
    best, making = choice.trial, making_of(choice.trial, summary, folder, read_schema(data), making)
    alone = replace(plan_trial(summary, best, folder, data, making), choice=choice)
    if summary.nets == 1:
        return alone
    dataset = load_dataset(data)
    trials = {
        n: each for n, each in _candidates(summary).items() if is_soon_made(each, folder, dataset.schema, making)
    }
    rows, predictions, _ = _read_predictions(({best.number: best} | trials).values(), folder, dataset)
    if best.number not in predictions:
        return alone
    labels, kinds = dataset.train_labels[rows], {number: _kind(trials.get(number, best)) for number in predictions}
    groups = groups_of(dataset.train_groups, rows)

    def choose(some: NDArray[np.bool_]) -> list[int]:
        known = {number: each[some] for number, each in predictions.items()}
        own = groups_of(groups, np.flatnonzero(some))
        return find_partners(labels[some], best.number, known, kinds, summary.nets, groups=own)

    chosen = choose(np.ones(len(rows), bool))
    if len(chosen) == 1:
        return alone
    measure = get_metric(summary.metric)
    scores = choice_scores(measure, labels, predictions, choose, groups)
    mean = np.mean([predictions[each] for each in chosen], axis=0)
    partners = [models_of(summary, trials[number], folder, dataset.schema, making) for number in chosen[1:]]
    label = making.label(f"ensemble {len(chosen)}")
    members = (*alone.members, *chain.from_iterable(partners))
    return Plan(summary, label, members, scores, measure.fit(labels, mean, groups))


def _kind(trial: TrialResult) -> Hashable:
    """Return what tells nets that err alike: heads on the same features do, others learn features of their own."""
    if get_family(trial.family).is_frozen:
        return trial.family, trial.settings.get("backbone")
    return trial.number


def plan_ensemble(
    summary: StudySummary, count: int, folder: Path, data: Path, making: Making = Making.FURTHER
) -> Plan:
    """Choose ``count`` members among a study's complete trials by their out-of-fold predictions.

    Raises:
        StudyError: No complete trial has out-of-fold predictions.
        DataError: The competition was not fetched.
    """
    dataset, without = load_dataset(data), list[str]()
    trials = _candidates(summary)
    makings = {n: making_of(each, summary, folder, dataset.schema, making) for n, each in trials.items()}
    if Making.FOLDS in makings.values():
        making, every = Making.FOLDS, trials
        trials = {n: each for n, each in every.items() if makings[n] is Making.FOLDS}
        without = [str(n) for n in every if n not in trials]
    elif making is Making.NOW:
        trials = {n: each for n, each in trials.items() if find_checkpoint(each, folder, dataset.schema)}
    rows, predictions, left_out = _read_predictions(trials.values(), folder, dataset)
    if without:
        left_out.append(f"Left out, as the nets of their folds are not kept: trials {', '.join(without)}.")
    if not predictions:
        raise StudyError(
            " ".join([f"No trial of '{summary.study}' can join an ensemble.", *left_out]),
            f"Run: kagglebot tune {summary.study} --trials 10",
        )
    selection = select(
        summary.metric, dataset.train_labels[rows], predictions, count, groups_of(dataset.train_groups, rows)
    )
    members = tuple(
        each
        for number, weight in selection.weights.items()
        for copy in range(weight)
        for each in models_of(summary, trials[number], folder, dataset.schema, making, copy=copy)
    )
    label = making.label(f"ensemble {count}")
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
