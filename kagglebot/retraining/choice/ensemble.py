"""The plan of an ensemble: the members that a study's trials make, as many as are asked for."""

from pathlib import Path

from kagglebot.analysis.study_summary import StudySummary
from kagglebot.datasets.dataset import load_dataset
from kagglebot.errors import StudyError
from kagglebot.retraining.choice.candidates import find_candidates, read_predictions
from kagglebot.retraining.choice.ensemble_selection import select
from kagglebot.retraining.making import Making, find_checkpoint, making_of, models_of
from kagglebot.retraining.plan import Plan


def plan_ensemble(
    summary: StudySummary, count: int, folder: Path, data: Path, making: Making = Making.FURTHER
) -> Plan:
    """Choose ``count`` members among a study's complete trials by their out-of-fold predictions.

    Raises:
        StudyError: No complete trial has out-of-fold predictions.
        DataError: The competition was not fetched.
    """
    dataset, without = load_dataset(data), list[str]()
    trials = find_candidates(summary)
    makings = {n: making_of(each, summary, folder, dataset.schema, making) for n, each in trials.items()}
    if Making.FOLDS in makings.values():
        making, every = Making.FOLDS, trials
        trials = {n: each for n, each in every.items() if makings[n] is Making.FOLDS}
        without = [str(n) for n in every if n not in trials]
    elif making is Making.NOW:
        trials = {n: each for n, each in trials.items() if find_checkpoint(each, folder, dataset.schema)}
    known = read_predictions(trials.values(), folder, dataset)
    left_out = known.left_out
    if without:
        left_out += (f"Left out, as the nets of their folds are not kept: trials {', '.join(without)}.",)
    if not known.by_trial:
        raise StudyError(
            " ".join([f"No trial of '{summary.study}' can join an ensemble.", *left_out]),
            f"Run: kagglebot tune {summary.study} --trials 10",
        )
    selection = select(summary.metric, known.labels, known.by_trial, count, known.groups)
    members = tuple(
        each
        for number, weight in selection.weights.items()
        for copy in range(weight)
        for each in models_of(summary, trials[number], folder, dataset.schema, making, copy=copy)
    )
    label = making.label(f"ensemble {count}")
    return Plan(summary, label, members, selection.scores, selection.adjustment, left_out=left_out)
