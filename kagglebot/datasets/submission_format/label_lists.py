"""A submission with several labels a row, best first: ``new_whale w_1287fbc w_98baff9``."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from kagglebot.datasets.sample_submission import Sample
from kagglebot.datasets.submission_format.label import label_format
from kagglebot.datasets.submission_format.name_spellings import match_spellings
from kagglebot.datasets.submission_format.record import HINT, Classes, SubmissionFormat
from kagglebot.errors import DataError
from kagglebot.metrics.registry import get_metric
from kagglebot.metrics.top_k import map_at
from kagglebot.system.listing import listed

_SEPARATORS = (r"\s*[|;,]\s*", r"\s+")


@dataclass(frozen=True)
class LabelLists:
    """Labels in the cells of a sample submission.

    Attributes:
        separator: What stands between two labels.
        length: The most labels in a cell.
        labels: The different labels, in the order of their first use.
        known: How many of them are classes.
    """

    separator: str
    length: int
    labels: tuple[str, ...]
    known: int

    @property
    def are_likely(self) -> bool:
        """Whether they are labels, and not the words of names that no class has, such as "Common wheat"."""
        return 2 * self.known > len(self.labels) or (self.known > 0 and self.length > 2)


def read_label_lists(cells: Sequence[str], classes: Sequence[str]) -> LabelLists | None:
    """Return the labels in the cells; None where a cell holds one label, as "Sugar beet" does."""
    cells = [cell for cell in cells if cell]
    for separator in _SEPARATORS:
        lists = [re.split(separator, cell) for cell in cells]
        first = re.search(separator, cells[0]) if cells else None
        if first is None or any(len({*labels}) < 2 for labels in lists):
            continue
        if any(index is not None for index in match_spellings(cells, classes)):
            return None
        labels = [*dict.fromkeys(chain.from_iterable(lists))]
        known = sum(index is not None for index in match_spellings(labels, classes))
        return LabelLists(first[0], max(map(len, lists)), tuple(labels), known)
    return None


def find_label_lists(sample: Sample, classes: Classes, metric: str | None) -> LabelLists | None:
    """Return the labels of the sample's cells where these hold several, best first.

    Raises:
        DataError: The metric scores such cells, and none of these labels is a class.
    """
    if len(sample.columns) > 2:
        return None
    lists = read_label_lists(sample.values, [str(name) for name in classes])
    if lists is None or metric is None or get_metric(metric).labels_a_row == 1:
        return lists if lists and lists.are_likely else None
    if not lists.known:
        raise DataError(
            f"sample_submission.csv holds {listed(lists.labels)} in {sample.target_column!r}, none of which is a "
            f"class of the training data.",
            HINT,
        )
    return lists


def list_format(
    sample: Sample, classes: Classes, metric: str | None, lists: LabelLists | None, *, labels_in_table: bool
) -> SubmissionFormat:
    """Return the format of several labels a row: as many as the metric counts, else as the sample shows."""
    values = lists.labels if lists else sample.values
    count, separator = (lists.length, lists.separator) if lists else (1, " ")
    metric = metric or map_at(count).name
    listed = replace(sample, values=values)
    form = label_format(listed, classes, metric, labels_in_table=labels_in_table)
    refuse_divided(form.classes, separator)
    asked = get_metric(metric).labels_a_row
    most = count if asked == 1 else asked
    return replace(form, prediction_kind="labels", labels_a_row=most, label_separator=separator)


def refuse_divided(classes: Classes, separator: str) -> None:
    """Raise DataError for a class with the separator of labels in its name."""
    divided = [name for name in map(str, classes) if (separator.strip() or " ") in name]
    if divided:
        raise DataError(
            f"The class {divided[0]!r} has {separator!r} in its name, which stands between the labels of a row.",
            HINT,
        )
