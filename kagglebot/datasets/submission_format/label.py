"""A submission with a label a row, spelled as the sample submission spells labels."""

from collections.abc import Sequence

from kagglebot.datasets.labels.encode import as_classes
from kagglebot.datasets.sample_submission.sample import Sample
from kagglebot.datasets.spellings.class_names import match_spellings, natural_order, other_names, spell_names_like
from kagglebot.datasets.spellings.values import canonical, is_number, is_whole, number_style, spell_like
from kagglebot.datasets.submission_format.record import Classes, SubmissionFormat
from kagglebot.system.listing import listed


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
    shown = listed([f"{number} for {name}" for number, name in zip(spelled, names, strict=True)])
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
            f"sample_submission.csv holds {listed(strange)}, which no training image has as its label; written "
            f"are {listed(spelled)}. If that is wrong, name another column of classes with --target."
        )
    if not values and not words and list(map(canonical, names)) != names:
        return f"sample_submission.csv shows no label: written are {listed(spelled)}, as in the training data."
    if (
        not words
        and all(map(is_whole, [*names, *values]))
        and not all_found
        and values
        and not number_style(values)
    ):
        return f"sample_submission.csv spells numbers in several ways; written are {listed(spelled)}."
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
