"""A submission with several labels a row, best first: ``new_whale w_1287fbc w_98baff9`` or ``[7, 3, 1]``."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from kagglebot.datasets.sample_submission.sample import Sample
from kagglebot.datasets.spellings.class_names import match_spellings
from kagglebot.datasets.spellings.values import match
from kagglebot.datasets.submission_format.label import label_format
from kagglebot.datasets.submission_format.record import HINT, Classes, SubmissionFormat
from kagglebot.errors import DataError
from kagglebot.metrics.registry import get_metric
from kagglebot.metrics.top_k import map_at
from kagglebot.system.listing import listed

_SEPARATORS = (r"\s*[|;,]\s*", r"\s+")
#: What a cell of labels may begin and end with, brackets before quotes.
_ENDS = (("[", "]"), ("{", "}"), ("(", ")"), ('"', '"'), ("'", "'"))
_DIVIDED = f"{HINT} If a cell of the training data holds several labels, read them so with --labels several."
_EMPTY = ("", "[]", "{}", "()", "set()")


@dataclass(frozen=True)
class LabelLists:
    """Labels in the cells of a sample submission.

    Attributes:
        separator: What stands between two labels.
        length: The most labels in a cell.
        labels: The different labels, in the order of their first use.
        known: How many of them are classes.
        ends: What stands before the first and after the last.
    """

    separator: str
    length: int
    labels: tuple[str, ...]
    known: int
    ends: tuple[str, str] = ("", "")

    @property
    def are_likely(self) -> bool:
        """Whether they are labels, and not the words of names that no class has, such as "Common wheat"."""
        listed = self.length > 2 or any(self.ends)
        return 2 * self.known > len(self.labels) or (self.known > 0 and listed)


def read_label_lists(cells: Sequence[str], classes: Sequence[str]) -> LabelLists | None:
    """Return the labels in the cells; None where a cell holds one label, as "Sugar beet" does.

    One label in brackets or quotes is a list too, where it is a class without them.
    """
    cells = [cell.strip() for cell in cells if cell.strip() not in _EMPTY]
    inner, ends = _without_ends(cells)
    if any(ends) and not any(index is not None for index in match(cells, classes)):
        return _read_between(inner, ends, classes)
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


def _without_ends(cells: Sequence[str]) -> tuple[Sequence[str], tuple[str, str]]:
    """Return what stands in the brackets and quotes that all cells begin and end with, and these."""
    start, end = "", ""
    for first, last in _ENDS:
        if cells and all(len(cell) > 2 and cell[0] == first and cell[-1] == last for cell in cells):
            cells, start, end = [cell[1:-1].strip() for cell in cells], start + first, last + end
    return cells, (start, end)


def _read_between(cells: Sequence[str], ends: tuple[str, str], classes: Sequence[str]) -> LabelLists | None:
    """Return the labels in cells whose brackets and quotes are taken off; None where there is no class among them.

    Each may have its own quotes, as in ``['a', 'b']``, or all together one pair, as in ``"a b"``.
    """
    quote = ends[0][-1] if ends[0][-1] in "'\"" else ""
    quoted = (rf"{quote}\s*[|;,]\s*{quote}", rf"{quote}\s+{quote}") if quote else ()
    whole = None not in match_spellings(cells, classes)
    separators = (*quoted, *(() if whole else _SEPARATORS))
    found = ((each, re.search(each, cell)) for each in separators for cell in cells)
    separator, first = next((pair for pair in found if pair[1]), ("", None))
    lists = [re.split(separator, cell) if first else [cell] for cell in cells]
    if quote and any(quote in label for each in lists for label in each):
        return None
    labels = [*dict.fromkeys(chain.from_iterable(lists))]
    known = sum(index is not None for index in match_spellings(labels, classes))
    usual = f"{quote}{' ' if ends[0] == quote else ', '}{quote}"
    between = first[0] if first else usual
    return LabelLists(between, max(map(len, lists)), tuple(labels), known, ends) if known or first else None


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
    metric = metric or (map_at(count).name if count > 1 else "accuracy")
    listed = replace(sample, values=values)
    form = label_format(listed, classes, metric, labels_in_table=labels_in_table)
    unseen = f": {get_metric(metric).text} takes several, and sample_submission.csv shows no other separator"
    refuse_divided(form.classes, separator, "" if lists else unseen, _DIVIDED)
    asked = get_metric(metric).labels_a_row
    most = count if asked == 1 else asked
    ends = lists.ends if lists else ("", "")
    return replace(form, prediction_kind="labels", labels_a_row=most, label_separator=separator, label_ends=ends)


def refuse_divided(classes: Classes, separator: str, why: str = "", hint: str = HINT) -> None:
    """Raise DataError for a class with the separator of labels in its name; ``why`` ends the sentence."""
    divided = [name for name in map(str, classes) if (separator.strip() or " ") in name]
    if divided:
        raise DataError(
            f"The class {divided[0]!r} has {separator!r} in its name, which stands between the labels of a row"
            f"{why}.",
            hint,
        )
