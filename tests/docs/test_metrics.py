"""The table of metrics in docs/competitions.md says what the metrics are."""

import re
from pathlib import Path

import pytest

from kagglebot.metrics.metric import Metric
from kagglebot.metrics.registry import get_metric, known_metrics, match_metric

PAGE = Path(__file__).parents[2] / "docs" / "competitions.md"
_ROW = re.compile(r"^\| `([^`]+)` \| ([^|]+) \| (higher|lower) \| ([^|]+) \|([^|]*)\|$", re.MULTILINE)
ROWS = {name: cells for name, *cells in _ROW.findall(PAGE.read_text())}


def test_every_metric_has_its_row() -> None:
    assert set(ROWS) == set(known_metrics())


def row_of_a_submission(metric: Metric) -> str:
    if metric.needs_probabilities:
        return "probabilities"
    if metric.several:
        return "all classes"
    return "a class" if metric.labels_a_row == 1 else "k classes"


@pytest.mark.parametrize("name", ROWS)
def test_a_row_says_what_is_so(name: str) -> None:
    names, better, submission, fitted = (cell.strip() for cell in ROWS[name])
    metric = get_metric(name)
    assert metric.minimise == (better == "lower")
    assert submission == row_of_a_submission(metric)
    assert fitted == (metric.adjustment.name if metric.adjustment else "")
    for words in names.split(", "):
        found = match_metric(words, "x", several=metric.several)
        number = re.search("[0-9]", words)
        wanted = metric.of_number(int(number[0])) if metric.of_number and number else metric
        assert found is not None and found.name == wanted.name, words
