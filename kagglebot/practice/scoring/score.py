"""Scores of uploaded files, worked out as Kaggle does."""

import csv
import math
import re
from collections.abc import Collection, Mapping, Sequence

from kagglebot.practice.competition import PracticeCompetition
from kagglebot.practice.scoring.metrics import find_beta, find_metric, find_most_labels
from kagglebot.practice.scoring.set_scoring import score_sets
from kagglebot.practice.scoring.true_labels import split_labels

_NEAREST_TO_CERTAIN = 1e-15  # Kaggle's bound in log loss
_NULL = {"nan", "na", "null", "none"}


class Unscorable(Exception):
    """The file is not in the form that the competition asks for; the message says where."""


def score(content: bytes, competition: PracticeCompetition) -> float | None:
    """Return the score in the competition's metric, or None where the true labels are unknown.

    As on Kaggle, rows of probabilities are divided by their sum, and log loss keeps probabilities 1e-15 away from
    0 and 1. A label that is no class counts as wrong.

    Raises:
        Unscorable: The header, the ids or the number of rows are not those of the sample submission, a value
            is missing, or the metric is unknown here.
    """
    try:
        rows = [row for row in csv.reader(content.decode("utf-8-sig").splitlines()) if row]
    except (UnicodeDecodeError, csv.Error):
        raise Unscorable("The file is not a CSV file in UTF-8") from None
    header = list(competition.header)
    if competition.bare:
        rows = [header, *([str(line), *row] for line, row in enumerate(rows, start=1))]
    if not rows or rows[0] != header:
        raise Unscorable(f"The columns must be {','.join(header)}")
    if competition.hidden is None:
        return None
    answers = _answers(rows[1:], competition.hidden, header, first_line=1 if competition.bare else 2)
    truth = list(competition.hidden.values())
    given = [answers[key] for key in competition.hidden]
    metric = find_metric(competition.metric, several=bool(competition.label_separator))
    if metric is None:
        raise Unscorable(f"Evaluation metric {competition.metric} is unknown here")
    if competition.label_separator:
        beta = find_beta(competition.metric, several=True)
        return score_sets(metric.name, beta, *_columns(competition, truth, given, marks=not metric.probabilities))
    if metric.probabilities:
        return _score_probabilities(metric.name, truth, given, competition.asked)
    if metric.ranked:
        return _score_lists(metric.name, truth, given, find_most_labels(competition.metric))
    labels = [values[0] for _line, values in given]
    return _score_labels(metric.name, truth, labels, find_beta(competition.metric))


_Answer = tuple[int, list[str]]  # a row's line, and what stands after its id


def _answers(
    rows: list[list[str]], hidden: Mapping[str, str], header: list[str], *, first_line: int
) -> dict[str, _Answer]:
    answers: dict[str, _Answer] = {}
    true = {label.lower() for label in hidden.values()}
    empty = _NULL - true  # a class may be called NA
    may_be_empty = len(header) == 2 and "" in true  # an image of no class
    for line, (row_id, *values) in enumerate(rows, start=first_line):
        if len(values) != len(header) - 1 or not (all(values) or may_be_empty):
            wanted = "a value" if len(header) == 2 else f"{len(header) - 1} values"
            raise Unscorable(f"Line {line} must hold an id and {wanted}")
        if row_id not in hidden:
            raise Unscorable(f"Line {line}: id {row_id[:40]} is not in the sample submission")
        if row_id in answers:
            raise Unscorable(f"Line {line}: id {row_id[:40]} is there twice")
        for column, value in zip(header[1:], values, strict=True):
            if value.strip().lower() in empty:
                raise Unscorable(f"Submission contains null values (line {line}, column {column})")
        answers[row_id] = line, values
    if len(answers) != len(hidden):
        raise Unscorable(f"{len(hidden)} rows were expected and {len(answers)} found")
    return answers


def _columns(
    competition: PracticeCompetition, truth: list[str], given: list[_Answer], *, marks: bool
) -> tuple[list[list[int]], list[list[float]]]:
    """Return what is true of each image, and what is said of it, a column a class."""
    sets = [split_labels(cell, competition.label_separator) for cell in truth]
    if not competition.columns[1:]:
        named = [split_labels(values[0], competition.label_separator) for _line, values in given]
        classes = sorted(frozenset().union(*sets, *named))
        said = [[float(name in each) for name in classes] for each in named]
    else:
        classes = list(competition.asked)
        said = [_numbers(line, values) for line, values in given]
        for (line, _values), row in zip(given, said, strict=True):
            if marks and not {*row} <= {0, 1}:
                raise Unscorable(f"Line {line}: the columns must hold 0 or 1")
    return [[int(name in each) for name in classes] for each in sets], said


def _score_lists(name: str, truth: list[str], given: list[_Answer], most: int) -> float:
    points, names = [], {*truth}
    for label, (line, values) in zip(truth, given, strict=True):
        labels = _listed(values[0], names)
        if len(labels) > most:
            raise Unscorable(f"Line {line}: {len(labels)} labels, and at most {most} are scored")
        place = labels.index(label) + 1 if label in labels else math.inf
        points.append(1 / place if name == "map at k" else float(place <= most))
    mean = sum(points) / len(points)
    return 1 - mean if name == "top k error" else mean


def _listed(cell: str, names: Collection[str]) -> list[str]:
    """Return the labels in a cell: those in quotes, else between commas and the like, else between spaces."""
    inner = cell.strip(" []{}()")
    quoted = [double or single for double, single in re.findall(r"\"([^\"]+)\"|'([^']+)'", inner)]
    if len(quoted) > 1:
        return quoted
    inner = quoted[0] if quoted else inner
    if inner in names:
        return [inner]
    return re.split(r"\s*[,;|]\s*" if re.search("[,;|]", inner) else r"\s+", inner)


def _score_labels(name: str, truth: list[str], given: list[str], beta: float) -> float:
    from sklearn import metrics

    if name == "accuracy":
        return float(metrics.accuracy_score(truth, given))
    if name == "balanced accuracy":
        shares = metrics.recall_score(truth, given, labels=sorted(set(truth)), average=None)
        return float(sum(shares) / len(shares))
    if name == "matthews":
        return float(metrics.matthews_corrcoef(truth, given))
    if name in ("macro f1", "weighted f"):
        average = name.split(maxsplit=1)[0]
        return float(metrics.fbeta_score(truth, given, beta=beta, average=average, zero_division=0))
    try:
        right, said = list(map(int, truth)), list(map(int, given))
    except ValueError as error:
        raise Unscorable(f"Kappa is taken of whole numbers: {error}") from None
    grades = list(range(min(right + said), max(right + said) + 1))
    return float(metrics.cohen_kappa_score(right, said, labels=grades, weights="quadratic"))


def _score_probabilities(name: str, truth: list[str], given: list[_Answer], asked: Sequence[str]) -> float:
    import numpy as np
    from sklearn import metrics

    numbers = np.array([_numbers(line, values) for line, values in given])
    if name == "partial auc":
        found = [label == asked[-1] for label in truth]
        false, true, _ = metrics.roc_curve(found, numbers[:, -1], drop_intermediate=False)
        heights = np.interp(np.linspace(0, 1, 100_001), false, true)
        return float(np.mean(np.clip(heights - 0.8, 0, None)))
    if name == "auc":
        present = [index for index, label in enumerate(asked) if label in set(truth)]
        areas = [
            metrics.roc_auc_score([label == asked[index] for label in truth], numbers[:, index])
            for index in present
        ]
        return float(np.mean(areas))
    if len(asked) == 1:
        numbers = numbers.clip(_NEAREST_TO_CERTAIN, 1 - _NEAREST_TO_CERTAIN)
        numbers = np.hstack([1 - numbers, numbers])
        right = [int(label == asked[0]) for label in truth]
    else:
        sums = numbers.sum(axis=1, keepdims=True)
        if (sums <= 0).any():
            raise Unscorable(f"Line {given[int(sums.argmin())][0]}: the probabilities sum to 0")
        numbers = (numbers / sums).clip(_NEAREST_TO_CERTAIN, 1 - _NEAREST_TO_CERTAIN)
        right = [asked.index(label) for label in truth]
    counts = np.bincount(right)
    weights = 1 / counts[right] if name == "weighted log loss" else None  # each class counts the same
    columns = np.arange(numbers.shape[1])
    return float(metrics.log_loss(right, numbers, labels=columns, sample_weight=weights))


def _numbers(line: int, values: list[str]) -> list[float]:
    try:
        numbers = list(map(float, values))
    except ValueError as error:
        raise Unscorable(f"Line {line}: {error}") from None
    if not all(map(math.isfinite, numbers)):
        raise Unscorable(f"Line {line}: a value is infinite")
    return numbers
