"""Studies of one competition compared: which is best, and whether it is significantly better."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kagglebot.analysis.confusion import read_trial_oof
from kagglebot.analysis.study_analysis import StudyAnalysis
from kagglebot.datasets.dataset import Dataset, load_dataset
from kagglebot.errors import DataError
from kagglebot.metrics.ranking import rank
from kagglebot.training.scoring.standard_error import difference_error

#: Standard errors between two scores from which the difference is significant at about the 5 % level.
SIGNIFICANT = 2.0


@dataclass(frozen=True)
class Difference:
    """The best trial of all studies compared with the best trial of another study.

    Attributes:
        study: Name of the other study.
        gain: By how much the best trial of all is better.
        error: Standard error of that difference; None where it is not known.
        paired: Whether the error was estimated row by row, on validation rows that both share.
    """

    study: str
    gain: float
    error: float | None
    paired: bool

    @property
    def significant(self) -> bool | None:
        """Whether the difference is significant; None where its standard error is not known."""
        return None if self.error is None else self.gain > SIGNIFICANT * self.error


@dataclass(frozen=True)
class Comparison:
    """Several studies compared.

    Attributes:
        analyses: The studies, in the order they were named.
        best: Name of the study with the best score; None where none has a score, or their metrics differ.
        differences: The best study compared with each other one that has a score, in that order.
        settings: Settings, by name, that differ between the best trials of the studies whose family has them: one
            value per study, None where a study has no such setting or no best trial.
    """

    analyses: tuple[StudyAnalysis, ...]
    best: str | None
    differences: tuple[Difference, ...]
    settings: Mapping[str, tuple[Any, ...]]

    def to_json(self) -> dict[str, Any]:
        """Return plain values for ``--json``."""
        return {
            "competition": self.analyses[0].summary.competition,
            "studies": [
                {
                    **each.summary.to_json(),
                    "standard_error": each.significance.error if each.significance else None,
                }
                for each in self.analyses
            ],
            "best": self.best,
            "differences": [
                {
                    "study": each.study,
                    "gain": each.gain,
                    "standard_error": each.error,
                    "paired": each.paired,
                    "significant": each.significant,
                }
                for each in self.differences
            ],
            "settings": {name: list(values) for name, values in self.settings.items()},
        }


def compare(analyses: Sequence[StudyAnalysis], folders: Sequence[Path], data: Path) -> Comparison:
    """Compare studies.

    Args:
        analyses: Two or more, of one competition.
        folders: ``studies/COMPETITION/NAME`` of each, with the out-of-fold predictions.
        data: ``data/COMPETITION``.

    Raises:
        DataError: The competition was not fetched.
    """
    scored = [each for each in analyses if each.summary.best is not None]
    best: int | None = None
    if scored and len({each.summary.metric for each in scored}) == 1:
        measured = [each.summary.best.measured for each in scored if each.summary.best]
        best = analyses.index(scored[rank(scored[0].summary.measure, measured)[0]])
    differences: list[Difference] = []
    if best is not None:
        dataset = load_dataset(data)
        differences = [
            _difference(dataset, (analyses[best], folders[best]), (other, folder))
            for other, folder in zip(analyses, folders, strict=True)
            if other is not analyses[best] and other.summary.best is not None
        ]
    name = None if best is None else analyses[best].summary.study
    return Comparison(tuple(analyses), name, tuple(differences), _settings(analyses))


def _difference(
    dataset: Dataset, winner: tuple[StudyAnalysis, Path], other: tuple[StudyAnalysis, Path]
) -> Difference:
    ours, theirs = winner[0].summary, other[0].summary
    assert ours.best is not None and theirs.best is not None
    gain = ours.measure.gain(ours.best.value or 0.0, theirs.best.value or 0.0)
    try:
        first, second = (
            read_trial_oof(trial, folder, dataset)
            for trial, folder in ((ours.best, winner[1]), (theirs.best, other[1]))
        )
        error = difference_error(ours.metric, dataset.train_labels, first, second, dataset.train_groups)
    except DataError:
        error = None
    if error is not None:
        return Difference(theirs.study, gain, error, paired=True)
    errors = [each[0].significance.error if each[0].significance else None for each in (winner, other)]
    known = [each for each in errors if each is not None]
    # The scores are on different rows, so the squares of their errors add up.
    return Difference(theirs.study, gain, math.hypot(*known) if len(known) == 2 else None, paired=False)


def _settings(analyses: Sequence[StudyAnalysis]) -> dict[str, tuple[Any, ...]]:
    each = [dict(analysis.summary.best.settings) if analysis.summary.best else {} for analysis in analyses]
    names = list(dict.fromkeys(name for settings in each for name in settings))
    families = [analysis.summary.best.family if analysis.summary.best else "" for analysis in analyses]
    rows = {}
    for name in names:
        values = tuple(settings.get(name) for settings in each)
        having = {family for family, settings in zip(families, each, strict=True) if name in settings}
        compared = [value for family, value in zip(families, values, strict=True) if family in having]
        if len(set(map(repr, compared))) > 1:
            rows[name] = values
    return rows
