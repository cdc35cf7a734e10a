import math

from kagglebot.metrics.registry import get_metric
from kagglebot.training.curve import Curve


def test_the_first_of_equal_epochs_is_the_best() -> None:
    assert Curve(get_metric("accuracy"), scores=[0.5, 0.9, 0.9, 0.7]).best_epoch == 2


def test_the_lasting_epoch_is_the_last_within_a_standard_error_of_the_best() -> None:
    curve = Curve(get_metric("accuracy"), scores=[0.5, 0.9, 0.89, 0.88, 0.7])
    assert curve.lasting_epoch(100_000) == 2
    assert curve.lasting_epoch(500) == 3  # the error is 0.013
    assert curve.lasting_epoch(100) == 4  # and here 0.03
    groups = Curve(curve.metric, curve.scores, errors=[0.1, 0.025, 0.1, 0.1, 0.1])
    assert groups.lasting_epoch(100_000) == 4  # of few groups the error is larger
    assert Curve(curve.metric, curve.scores, errors=[math.nan] * 5).lasting_epoch(100) == 2
    assert (
        Curve(curve.metric, [0.9, 1.0, 0.99, 0.98]).lasting_epoch(100) == 3
    )  # none wrong or one is chance, not two
    losses = Curve(get_metric("log_loss"), scores=[0.5, 0.2, 0.2, 0.21])
    assert losses.lasting_epoch(10) == 3
    assert Curve(get_metric("auc"), scores=[math.nan]).lasting_epoch(10) == 1


def test_the_best_epoch_is_the_lowest_where_lower_is_better_and_never_one_without_a_score() -> None:
    curve = Curve(get_metric("log_loss"), scores=[math.nan, 0.5, 0.2, 0.3])
    assert (curve.best_epoch, curve.best) == (3, 0.2)
    assert [curve.improved_at(epoch) for epoch in (2, 3, 4)] == [True, True, False]
    assert math.isnan(Curve(get_metric("auc"), scores=[math.nan]).best)
