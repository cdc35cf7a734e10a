"""The plan of final models: the models to train, and the trials that they are made of."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kagglebot.analysis.best_trial.one_standard_error import SelectedTrial
from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.datasets.schema import read_schema
from kagglebot.retraining.final_model import FinalModel
from kagglebot.retraining.making import Making, making_of, models_of
from kagglebot.retraining.records import TrainedEnsemble, TrainedModel


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
    #: Why this trial, or the first member's; None if it was asked for, or if all members were selected together.
    choice: SelectedTrial | None = None

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
