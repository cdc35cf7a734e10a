"""Scores an uploaded file the way Kaggle does: a score, or a reason why there is none."""

import csv
from collections.abc import Mapping

from kagglebot.practice.competition import PracticeCompetition


class Unscorable(Exception):
    """The file does not have the form that the competition asks for; the text says where."""


def score(content: bytes, competition: PracticeCompetition) -> float | None:
    """Return the share of right labels, from 0 to 1, or None where the true ones are unknown.

    Raises:
        Unscorable: The header, the ids or the number of rows are not those of the sample submission.
    """
    try:
        rows = [row for row in csv.reader(content.decode("utf-8-sig").splitlines()) if row]
    except (UnicodeDecodeError, csv.Error):
        raise Unscorable("The file is not a CSV file in UTF-8") from None
    header = [competition.id_column, competition.target_column]
    if not rows or rows[0] != header:
        raise Unscorable(f"The columns must be {','.join(header)}")
    if competition.hidden is None:
        return None
    labels = _labels(rows[1:], competition.hidden)
    right = sum(labels[key] == label for key, label in competition.hidden.items())
    return right / len(competition.hidden)


def _labels(rows: list[list[str]], hidden: Mapping[str, str]) -> dict[str, str]:
    labels: dict[str, str] = {}
    for line, row in enumerate(rows, start=2):
        if len(row) != 2 or not row[1]:
            raise Unscorable(f"Line {line} must hold an id and a value")
        if row[0] not in hidden:
            raise Unscorable(f"Line {line}: id {row[0][:40]} is not in the sample submission")
        if row[0] in labels:
            raise Unscorable(f"Line {line}: id {row[0][:40]} is there twice")
        labels[row[0]] = row[1]
    if len(labels) != len(hidden):
        raise Unscorable(f"{len(hidden)} rows were expected and {len(labels)} found")
    return labels
