"""The request of a fetch: the competition, its metric, and the user's choices."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from kagglebot.datasets.schema import read_schema
from kagglebot.errors import DataError, UsageError
from kagglebot.metrics.registry import get_metric, match_metric, variant

SKIP_CORRUPT = "skip_corrupt"
#: The choice of files to download: a pattern a line.
FILES = "files"
#: The choice whether cells hold one label or several.
LABELS = "labels"
_ONE, _SEVERAL = "one", "several"
#: What helps where rows cannot be kept together as ``--group`` says.
GROUP_HINT = (
    "Name a column, or a pattern of file names with one group, such as --group '(p[0-9]+)_'; "
    "--group none keeps no rows together."
)


@dataclass(frozen=True)
class FetchRequest:
    """A competition to fetch, Kaggle's name of its metric, and the user's choices; see ``Schema.choices``."""

    competition: str
    metric_name: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)

    @property
    def file_patterns(self) -> tuple[str, ...]:
        """The patterns of the files to download, from ``--files``; none where all are."""
        return tuple(self.choices.get(FILES, "").splitlines())

    @property
    def several_labels(self) -> bool | None:
        """Whether cells of the training table hold several labels, from ``--labels``; None where they tell."""
        return self.choices[LABELS] == _SEVERAL if LABELS in self.choices else None

    @property
    def scores_one_class(self) -> bool:
        """Whether Kaggle's metric scores one class an image only, and the user chose no other."""
        if self.choices.get("metric"):
            return False
        one, several = (
            match_metric(self.metric_name, self.competition, several=several) for several in (False, True)
        )
        return one is not None and several is None

    def metric(self, *, several: bool = False) -> str | None:
        """Return the metric in kagglebot's words: the one chosen, else Kaggle's; None where that is not known.

        Args:
            several: Whether an image may have several classes.

        Raises:
            DataError: Kaggle's metric measures something out of scope.
            UsageError: There is no metric of the chosen name.
        """
        if chosen := self.choices.get("metric"):
            try:
                return variant(get_metric(chosen), several=several).name
            except DataError as error:
                other = _ONE if several else _SEVERAL
                error.hint = f"{error.hint} --labels {other} reads cells of labels otherwise."
                raise
        matched = match_metric(self.metric_name, self.competition, several=several)
        return matched.name if matched else None


def make_request(
    folder: Path, competition: str, metric_name: str, choices: Mapping[str, str] | None
) -> FetchRequest:
    """Return a request whose choices are those of earlier fetches into ``folder``, changed by ``choices``.

    An empty text among ``choices`` takes an earlier one back.

    Raises:
        DataError: Kaggle's metric is out of scope.
        UsageError: The chosen metric is not known, the pattern of groups is wrong, or ``labels`` is another word
            than "one" and "several".
    """
    merged: dict[str, str] = {}
    with suppress(DataError):  # nothing was fetched before
        merged |= read_schema(folder).choices
    merged |= choices or {}
    request = FetchRequest(competition, metric_name, {name: value for name, value in merged.items() if value})
    if chosen := request.choices.get("metric"):
        get_metric(chosen)
    else:
        request.metric()
    if (word := request.choices.get(LABELS, _ONE)) not in (_ONE, _SEVERAL):
        raise UsageError(
            f"--labels is {word!r}, and takes 'one' or 'several'.",
            "Choose 'one' where a cell is one class, 'several' where it may hold several.",
        )
    file_name_pattern(request.choices.get("group", ""))
    return request


def file_name_pattern(choice: str) -> re.Pattern[str] | None:
    """Return a choice of groups as a pattern of file names; None where it can only name a column.

    Raises:
        UsageError: It has a parenthesis, and is no pattern with one group.
    """
    if "(" not in choice:
        return None
    try:
        pattern = re.compile(choice)
    except re.error as error:
        raise UsageError(f"--group: {choice!r} is not a regular expression: {error}.", GROUP_HINT) from error
    if pattern.groups != 1:
        raise UsageError(
            f"--group: the pattern {choice!r} has {pattern.groups} groups, and needs one.", GROUP_HINT
        )
    return pattern
