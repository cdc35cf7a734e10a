"""Studies of one competition side by side: which is best, and whether that is more than luck."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kagglebot.analysis.confusion import read_trial_oof
from kagglebot.analysis.standard_error import difference_error
from kagglebot.analysis.study_analysis import StudyAnalysis
from kagglebot.datasets.dataset import Dataset, load_dataset
from kagglebot.errors import DataError

#: Standard errors between two scores from which chance is no good explanation: it does that once in twenty times.
CLEAR = 2.0


@dataclass(frozen=True)
class Difference:
    """The best of all against the best of another study.

    Attributes:
        study: Name of the other study.
        gain: By how much the best of all is better.
        error: Standard error of that difference; None where nothing says what it is.
        paired: Whether it was taken row by row, on the rows that both were held to.
    """

    study: str
    gain: float
    error: float | None
    paired: bool

    @property
    def clear(self) -> bool | None:
        """Whether the difference is more than chance; None where that is not known."""
        return None if self.error is None else self.gain > CLEAR * self.error


@dataclass(frozen=True)
class Comparison:
    """Some studies.

    Attributes:
        insights: The studies, in the order they were named.
        best: Name of the one with the best score; None where none has one, or their scores are of several metrics.
        differences: The best against each other that has a score, in that order.
        settings: Settings, by name, that are not the same for the best trials of all whose family has them; a
            value a study, None where it has no such setting or no best trial.
    """

    insights: tuple[StudyAnalysis, ...]
    best: str | None
    differences: tuple[Difference, ...]
    settings: Mapping[str, tuple[Any, ...]]

    def to_json(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "competition": self.insights[0].summary.competition,
            "studies": [
                {
                    **each.summary.to_json(),
                    "standard_error": each.significance.error if each.significance else None,
                }
                for each in self.insights
            ],
            "best": self.best,
            "differences": [
                {
                    "study": each.study,
                    "gain": each.gain,
                    "standard_error": each.error,
                    "paired": each.paired,
                    "more_than_chance": each.clear,
                }
                for each in self.differences
            ],
            "settings": {name: list(values) for name, values in self.settings.items()},
        }


def compare(insights: Sequence[StudyAnalysis], folders: Sequence[Path], data: Path) -> Comparison:
    """Put studies side by side.

    Args:
        insights: Two or more, of one competition.
        folders: ``studies/COMPETITION/NAME`` of each, where answers are kept.
        data: ``data/COMPETITION``.

    Raises:
        DataError: The competition was not fetched.
    """
    scored = [each for each in insights if each.summary.best is not None]
    location: int | None = None
    if scored and len({each.summary.metric for each in scored}) == 1:
        values = [each.summary.best.value or 0.0 for each in scored if each.summary.best]
        location = insights.index(scored[scored[0].summary.measure.best(values)])
    differences: list[Difference] = []
    if location is not None:
        dataset = load_dataset(data)
        differences = [
            _difference(dataset, (insights[location], folders[location]), (other, folder))
            for other, folder in zip(insights, folders, strict=True)
            if other is not insights[location] and other.summary.best is not None
        ]
    best = None if location is None else insights[location].summary.study
    return Comparison(tuple(insights), best, tuple(differences), _settings(insights))


def _difference(
    dataset: Dataset, winner: tuple[StudyAnalysis, Path], other: tuple[StudyAnalysis, Path]
) -> Difference:
    ours, theirs = winner[0].summary, other[0].summary
    assert ours.best is not None and theirs.best is not None
    gain = ours.measure.gain(ours.best.value or 0.0, theirs.best.value or 0.0)
    try:
        answers = [
            read_trial_oof(trial, folder, dataset)
            for trial, folder in ((ours.best, winner[1]), (theirs.best, other[1]))
        ]
        error = difference_error(ours.metric, dataset.train_labels, *answers)
    except DataError:
        error = None
    if error is not None:
        return Difference(theirs.study, gain, error, paired=True)
    errors = [each[0].significance.error if each[0].significance else None for each in (winner, other)]
    known = [each for each in errors if each is not None]
    # Of scores on rows of their own the errors add up, as squares.
    return Difference(theirs.study, gain, math.hypot(*known) if len(known) == 2 else None, paired=False)


def _settings(insights: Sequence[StudyAnalysis]) -> dict[str, tuple[Any, ...]]:
    each = [dict(analysis.summary.best.settings) if analysis.summary.best else {} for analysis in insights]
    names = list(dict.fromkeys(name for settings in each for name in settings))
    families = [analysis.summary.family for analysis in insights]
    rows = {}
    for name in names:
        values = tuple(settings.get(name) for settings in each)
        knowing = {family for family, settings in zip(families, each, strict=True) if name in settings}
        told = [value for family, value in zip(families, values, strict=True) if family in knowing]
        if len(set(map(repr, told))) > 1:
            rows[name] = values
    return rows
