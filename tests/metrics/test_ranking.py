import math

import pytest

from kagglebot.metrics.ranking import Measured, comparable_scores, rank
from kagglebot.metrics.registry import get_metric

NAN = math.nan
#: The first is the luckiest; the third is beyond its standard error, although its log loss is the least.
LUCKY = [Measured(0.996, 0.001, 0.03), Measured(0.9952, 0.001, 0.02), Measured(0.9945, 0.001, 0.01)]


@pytest.mark.parametrize(
    ("metric", "models", "order"),
    [
        ("accuracy", LUCKY, [1, 0, 2]),
        ("accuracy", [Measured(each.score, None, each.loss) for each in LUCKY], [0, 1, 2]),
        ("accuracy", [Measured(0.996, 0.001), *LUCKY[1:]], [0, 1, 2]),  # of an early version
        ("accuracy", [*LUCKY, Measured(0.9955, 0.001)], [1, 3, 0, 2]),
        ("accuracy", [Measured(NAN), Measured(0.5), Measured(0.5)], [1, 2, 0]),
        (
            "log_loss",
            [Measured(0.30, 0.02, 0.32), Measured(0.31, 0.02, 0.29), Measured(0.4, 0.02, 0.1)],
            [1, 0, 2],
        ),
        ("accuracy", [], []),
    ],
)
def test_within_a_standard_error_log_loss_ranks(metric: str, models: list[Measured], order: list[int]) -> None:
    measure = get_metric(metric)
    assert rank(measure, models) == order
    scores = comparable_scores(measure, models)
    known = [scores[index] for index in order if not math.isnan(scores[index])]
    assert known == sorted(known, reverse=not measure.minimise)
    for score, each in zip(scores, models, strict=True):
        assert math.isnan(each.score) or abs(score - each.score) <= (each.error or 0.0) + 1e-12


def test_an_error_that_is_no_number_leaves_the_scores_as_they_are() -> None:
    models = [Measured(0.5, NAN, 0.3), Measured(0.6, NAN, 0.4)]
    assert comparable_scores(get_metric("accuracy"), models) == [0.5, 0.6]


@pytest.mark.parametrize(
    ("scores", "order"),
    [
        ((0.9960, 0.9962, 0.9957), [3, 0, 1, 2]),  # the oldest is within an error of the best: it takes the place
        ((0.9960, 0.9970, 0.9957), [1, 0, 3, 2]),  # the oldest is not, the second is
        ((0.9960, NAN, 0.9955), [3, 0, 2, 1]),
    ],
)
def test_of_a_net_that_was_trained_further_the_oldest_comes_first(
    scores: tuple[float, float, float], order: list[int]
) -> None:
    young, older, oldest = scores
    models = [
        Measured(young, 0.001, 0.01, 0),
        Measured(older, 0.001, 0.02, 1, continues=0),
        Measured(0.9951, 0.001, 0.015, 2),
        Measured(oldest, 0.001, 0.03, 7, continues=1),
    ]
    assert rank(get_metric("accuracy"), models) == order
