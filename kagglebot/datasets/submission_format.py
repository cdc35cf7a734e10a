"""The format of a submission: labels or probabilities, of which classes, in which columns."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kagglebot.datasets.label_lists import LabelLists, read_label_lists
from kagglebot.datasets.labels import as_classes
from kagglebot.datasets.name_spellings import (
    match_spellings,
    natural_order,
    other_names,
    plain_spelling,
    spell_names_like,
)
from kagglebot.datasets.out_of_scope import OutOfScope
from kagglebot.datasets.sample_submission import Sample
from kagglebot.datasets.values import canonical, is_number, is_whole, number_style, spell_like
from kagglebot.errors import DataError
from kagglebot.metrics.metric import PredictionKind
from kagglebot.metrics.registry import get_metric, list_metrics, nearest_metric, predicts_number
from kagglebot.metrics.top_k import USUAL_LABELS, map_at

_SHOWN = 5
_HINT = (
    "If another column of the training data holds the classes, name it with --target; if the score is another, "
    "name it with --metric."
)

Classes = tuple[str | int, ...]
#: In place of a class's index: a column of a class that no training image has.
NO_CLASS = -1


@dataclass(frozen=True)
class SubmissionFormat:
    """The format of a submission, in fields that ``Schema`` explains."""

    prediction_kind: PredictionKind
    metric: str
    classes: Classes
    column_classes: tuple[int, ...] = ()
    format_notes: tuple[str, ...] = ()
    labels_a_row: int = 1
    label_separator: str = " "


def infer_submission_format(
    sample: Sample, classes: Classes, metric: str | None, kaggle_metric: str = "", *, labels_in_table: bool = True
) -> SubmissionFormat:
    """Return the format of a submission, from the sample submission and, where it leaves it open, the metric.

    Args:
        sample: The sample submission.
        classes: The classes as the training data writes them, sorted.
        metric: In kagglebot's words; None where Kaggle's name is not known: then the nearest name decides, or else
            the sample submission.
        kaggle_metric: Kaggle's name of it, for the note.
        labels_in_table: Whether a table holds the labels; else they are in the names of folders or files.

    Raises:
        DataError: The sample submission has columns that fit no class, or is of a regression.
    """
    fraction = next((value for value in sample.values if is_number(value) and not is_whole(value)), "")
    if fraction and predicts_number(kaggle_metric):
        raise OutOfScope(
            f"Kaggle calls the metric {kaggle_metric!r}, and sample_submission.csv holds numbers such as "
            f"{fraction} in {sample.target_column!r}: a regression, which is out of scope.",
            "Choose an image-classification competition.",
        )
    nearest = None if metric else nearest_metric(kaggle_metric)
    named, metric = metric, nearest.name if nearest else metric
    lists = _label_lists(sample, classes, metric)
    metric, number_note = _with_number(metric, lists)
    if len(sample.columns) > 2:
        form = wide_format(sample, classes, metric or "log_loss")
    elif (metric and get_metric(metric).needs_probabilities) or (
        fraction and (metric is None or len(classes) == 2)
    ):
        form = _probability_format(sample, classes, metric)
    elif lists or (metric and get_metric(metric).labels_a_row > 1):
        form = _list_format(sample, classes, metric, lists, labels_in_table=labels_in_table)
    else:
        form = label_format(sample, classes, metric or "accuracy", labels_in_table=labels_in_table)
    if named is None:
        source = "its name" if nearest else "the sample submission"
        number_note = (assumption(form.metric, kaggle_metric, source),)
    return replace(form, format_notes=(*form.format_notes, *number_note))


def assumption(metric: str, kaggle_metric: str, source: str) -> str:
    """Return the note that a metric is assumed, as it fits ``source``."""
    named = f"Kaggle calls the metric {kaggle_metric!r}" if kaggle_metric else "Kaggle names no metric"
    return f"{named}: {metric} is assumed, as it fits {source}; name another with --metric: {list_metrics()}."


def _label_lists(sample: Sample, classes: Classes, metric: str | None) -> LabelLists | None:
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
            f"sample_submission.csv holds {_some(lists.labels)} in {sample.target_column!r}, none of which is a "
            f"class of the training data.",
            _HINT,
        )
    return lists


def _with_number(metric: str | None, lists: LabelLists | None) -> tuple[str | None, tuple[str, ...]]:
    """Return a metric such as ``map@k`` with the number of labels in the sample, and a note if it is a guess."""
    measure = get_metric(metric) if metric else None
    if measure is None or measure.of_number is None or measure.labels_a_row:
        return metric, ()
    numbered = measure.of_number(lists.length if lists else USUAL_LABELS)
    note = f"sample_submission.csv does not show how many labels a row may have: {numbered.text} is assumed; "
    return numbered.name, () if lists else (f"{note}name another with --metric.",)


def _list_format(
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
            _HINT,
        )


def wide_format(sample: Sample, classes: Classes, metric: str) -> SubmissionFormat:
    """Return the format of a column a class; one that matches no class is of a class without training images."""
    columns = [column.strip() for column in sample.columns[1:]]
    names = [str(name) for name in classes]
    tries = [_match_columns(columns, each) for each in (names, *other_names(names))]
    positions = max(tries, key=lambda each: len(set(each) - {None}))
    never = [column for column, position in zip(columns, positions, strict=True) if position is None]
    missing = [str(name) for index, name in enumerate(classes) if index not in positions]
    text = next((value for value in sample.values if value and not is_number(value)), "")
    if missing or text or len(columns) - len(never) > len(classes):
        parts = [f"no class is called {_some(never)}"] * bool(never)
        parts += [f"no column is there for {_some(missing)}"] * bool(missing)
        parts += [f"{text!r} is no probability"] * bool(text)
        raise DataError(
            f"sample_submission.csv has {len(columns)} columns of values, which are not the {len(classes)} "
            f"classes of the training data: {' and '.join(parts) or 'their names are alike'}.",
            _HINT,
        )
    note = f"No training image is of {_some(never)}: never predicted, the lowest probability is written there."
    column_classes = tuple(NO_CLASS if position is None else position for position in positions)
    return SubmissionFormat("probabilities", metric, classes, column_classes, (note,) if never else ())


def _match_columns(columns: Sequence[str], names: Sequence[str]) -> list[int | None]:
    """Return the index of the class of each column: of its name, perhaps after a prefix that all columns share."""
    prefixes = [columns[0][:end].lower() for end in range(len(columns[0]) + 1)]
    # No prefix ends within a number: "class_10" and "class_11" are not the classes 0 and 1.
    prefixes = [prefix for prefix in prefixes if not re.search(r"(^[-+.]|[0-9]\.?)$", prefix)]
    ends = [len(prefix) for prefix in prefixes if all(column.lower().startswith(prefix) for column in columns)]
    matches = [match_spellings([column[end:] for column in columns], names) for end in ends]
    return max(matches, key=lambda positions: len(positions) - positions.count(None))


def _some(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + rest


def _probability_format(sample: Sample, classes: Classes, metric: str | None) -> SubmissionFormat:
    number = next((value for value in sample.values if is_number(value) and not 0 <= float(value) <= 1), None)
    if number is not None:
        raise DataError(
            f"sample_submission.csv holds numbers such as {number} in {sample.target_column!r}: a regression, "
            f"which is out of scope.",
            _HINT,
        )
    if len(classes) != 2:
        raise DataError(
            f"sample_submission.csv has one column of probabilities ({sample.target_column!r}), and there are "
            f"{len(classes)} classes; scored by {metric or 'probabilities'}, one column can answer for two only.",
            _HINT,
        )
    metric, names = metric or "auc", [canonical(str(name)) for name in classes]
    tries = [_named_class(sample.target_column, each) for each in (names, *other_names(names))]
    named = next((each for each in tries if each is not None), None)
    if named is not None:
        note = f"{sample.target_column.strip()!r} is taken for the probability of {classes[0]!r}."
        notes = (note,) if named == 0 and all(map(is_number, names)) else ()
        return SubmissionFormat("probability", metric, classes, (named,), notes)
    if names == ["0", "1"]:
        return SubmissionFormat("probability", metric, classes, (1,))
    note = (
        f"{sample.target_column.strip()!r} is taken for the probability of {classes[1]!r}, the last of the two "
        f"classes {classes[0]!r} and {classes[1]!r}; another column of classes is named with --target."
    )
    return SubmissionFormat("probability", metric, classes, (1,), (note,))


def _named_class(column: str, names: Sequence[str]) -> int | None:
    """Return the class that the name of a column names, such as ``cat`` in "is_cat" or ``-1`` in "p_-1"; or None.

    Of several, it is the one with the longest name: ``no tumor`` in "no_tumor", although ``tumor`` is there too.
    """
    words = list(re.finditer(r"[-+]?[0-9]+(\.[0-9]+)?|[^\W\d_]+", column))
    starts = {word.start() + sign for word in words for sign in {0, int(word[0][0] in "-+")}}
    found = {
        plain_spelling(canonical(column[start : word.end()]))
        for word in words
        for start in starts
        if start < word.end()
    }
    found.add(plain_spelling(canonical(column)))
    lengths = [len(plain_spelling(name)) * (plain_spelling(name) in found) for name in names]
    longest = max(lengths)
    return lengths.index(longest) if longest and lengths.count(longest) == 1 else None


def label_format(sample: Sample, classes: Classes, metric: str, *, labels_in_table: bool) -> SubmissionFormat:
    """Return the format of labels, spelled as the sample spells them, or called as it calls them."""
    values, names = [value for value in sample.values if value], [str(name) for name in classes]
    called = _called(values, names, labels_in_table=labels_in_table)
    found = match_spellings(values, called)
    spelled = spell_like(called, values)
    if _are_words(called):
        spelled = spell_names_like(called, values, found)
    for value, index in zip(values, found, strict=True):
        if index is not None:
            spelled[index] = value
    note = _label_note(values, names, called, spelled, found)
    return SubmissionFormat("label", metric, as_classes(spelled), (), (note,) if note else ())


def _label_note(
    values: Sequence[str],
    names: Sequence[str],
    called: Sequence[str],
    spelled: Sequence[str],
    found: Sequence[int | None],
) -> str:
    """Return what is assumed about the spelling of labels; empty where the sample shows it."""
    shown = _some([f"{number} for {name}" for number, name in zip(spelled, names, strict=True)])
    strange = [value for value, index in zip(values, found, strict=True) if index is None]
    words, all_found = _are_words(names), len(set(found) - {None}) == len(names)
    if called != names:
        kinds = ("names" if _are_words(called) else "numbers", "names" if words else "numbers")
        has = "others" if kinds[0] == kinds[1] else kinds[1]
        return (
            f"sample_submission.csv holds {kinds[0]} where the training data has {has}: {shown} is assumed. "
            f"If that is wrong, name a column that holds the {kinds[0]} with --target."
        )
    if strange and (len(values) > 1 or is_number(values[0]) == words):
        return (
            f"sample_submission.csv holds {_some(strange)}, which no training image has as its label; written are "
            f"{_some(spelled)}. If that is wrong, name another column of classes with --target."
        )
    if not values and not words and list(map(canonical, names)) != names:
        return f"sample_submission.csv shows no label: written are {_some(spelled)}, as in the training data."
    if (
        not words
        and all(map(is_whole, [*names, *values]))
        and not all_found
        and values
        and not number_style(values)
    ):
        return f"sample_submission.csv spells numbers in several ways; written are {_some(spelled)}."
    if spelled != names and not all_found and (words or strange):
        return f"{'Names' if words else 'Numbers'} are written as in sample_submission.csv: {shown}."
    return ""


def _are_words(names: Sequence[str]) -> bool:
    return not all(map(is_number, names))


def _called(values: Sequence[str], names: Sequence[str], *, labels_in_table: bool) -> Sequence[str]:
    """Return what the sample calls the classes: as the training data does, in another way, or by their numbers.

    Numbers count the classes from 0 or from 1 in their order. One value in every row, such as 0, may stand for
    nothing, unless it is of two kinds of files or false and true.
    """
    if not values or set(match_spellings(values, names)) != {None}:
        return names
    truths = canonical(names[0]).casefold() in {"0", "1", "false", "true"}
    for other in other_names(names):
        if None not in match_spellings(values, other) and (len(values) > 1 or truths):
            return other
    words = _are_words(names)
    meant = len(values) > 1 or (words and len(names) == 2 and not labels_in_table)
    mixed = words and any(map(is_number, names))
    if mixed or not meant or not all(map(is_whole, values)):
        return names
    present = {int(canonical(value)) for value in values}
    first = int(0 not in present and len(names) in present)
    numbers = range(first, first + len(names))
    if not (present <= set(numbers) if words else present == set(numbers)):
        return names
    order = natural_order(names) if words else range(len(names))
    number = {position: str(first + rank) for rank, position in enumerate(order)}
    return [number[position] for position in range(len(names))]
