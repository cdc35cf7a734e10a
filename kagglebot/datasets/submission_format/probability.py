"""A submission with one column, the probability of one of two classes."""

import re
from collections.abc import Sequence

from kagglebot.datasets.sample_submission.sample import Sample
from kagglebot.datasets.spellings.class_names import other_names, plain_spelling
from kagglebot.datasets.spellings.values import canonical, is_number
from kagglebot.datasets.submission_format.record import HINT, Classes, SubmissionFormat
from kagglebot.errors import DataError


def probability_format(sample: Sample, classes: Classes, metric: str | None) -> SubmissionFormat:
    """Return the format of the probability of the class that the column names, else of the last one."""
    number = next((value for value in sample.values if is_number(value) and not 0 <= float(value) <= 1), None)
    if number is not None:
        raise DataError(
            f"sample_submission.csv holds numbers such as {number} in {sample.target_column!r}: a regression, "
            f"which is out of scope.",
            HINT,
        )
    if len(classes) != 2:
        raise DataError(
            f"sample_submission.csv has one column of probabilities ({sample.target_column!r}), and there are "
            f"{len(classes)} classes; scored by {metric or 'probabilities'}, one column can answer for two only.",
            HINT,
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
