"""The plan of the best trial's model, and of those averaged with it where the study asks for several."""

from collections.abc import Hashable
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kagglebot.analysis.best_trial.one_standard_error import select_best
from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.schema import read_schema
from kagglebot.metrics.registry import get_metric
from kagglebot.models.registry import get_family
from kagglebot.retraining.choice.candidates import find_candidates, read_predictions
from kagglebot.retraining.choice.choice_score import choice_scores
from kagglebot.retraining.choice.partners import find_partners
from kagglebot.retraining.making import Making, is_soon_made, making_of, models_of
from kagglebot.retraining.plan import Plan, plan_trial
from kagglebot.training.scoring.standard_error import groups_of


def plan_best(summary: StudySummary, folder: Path, data: Path, making: Making = Making.FURTHER) -> Plan:
    """Plan the model of the best trial, and of the trials to average with it: as many as the study asks for.

    Only trials whose models are soon made are averaged with it: from a checkpoint, or in half a minute.

    Raises:
        StudyError: No trial is complete, or it is to be the trial's checkpoint as it is, and there is none.
        DataError: The competition was not fetched.
    """
    choice = select_best(summary)
    best, schema = choice.trial, read_schema(data)
    making = making_of(best, summary, folder, schema, making)
    alone = replace(plan_trial(summary, best, folder, data, making), choice=choice)
    if summary.final.nets == 1:
        return alone
    trials = {
        n: each for n, each in find_candidates(summary).items() if is_soon_made(each, folder, schema, making)
    }
    known = read_predictions(({best.number: best} | trials).values(), folder, load_dataset(data))
    labels, groups, predictions = known.labels, known.groups, known.by_trial
    if best.number not in predictions:
        return alone
    kinds = {number: _kind(trials.get(number, best)) for number in predictions}

    def choose(some: NDArray[np.bool_]) -> list[int]:
        part = {number: each[some] for number, each in predictions.items()}
        own = groups_of(groups, np.flatnonzero(some))
        return find_partners(labels[some], best.number, part, kinds, summary.final.nets, groups=own)

    chosen = choose(np.ones(len(labels), bool))
    if len(chosen) == 1:
        return alone
    measure = get_metric(summary.metric)
    scores = choice_scores(measure, labels, predictions, choose, groups)
    mean = np.mean([predictions[each] for each in chosen], axis=0)
    partners = [models_of(summary, trials[number], folder, schema, making) for number in chosen[1:]]
    label = making.label(f"ensemble {len(chosen)}")
    members = (*alone.members, *chain.from_iterable(partners))
    return Plan(summary, label, members, scores, measure.fit(labels, mean, groups), choice=choice)


def _kind(trial: TrialResult) -> Hashable:
    """Return what tells nets that err alike: heads on the same features do, others learn features of their own."""
    if get_family(trial.family).is_frozen:
        return trial.family, trial.settings.get("backbone")
    return trial.number
