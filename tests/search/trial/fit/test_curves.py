"""The learning curves of several folds, and their mean."""

import numpy as np
import pytest

from kagglebot.metrics.registry import get_metric
from kagglebot.search.trial.fit.curves import FoldCurves
from kagglebot.training.curve import Curve
from kagglebot.training.files.checkpoints import Checkpoint

ACCURACY = get_metric("accuracy")
SPLITS = [(np.arange(800), np.arange(350))] * 3


def test_an_epoch_counts_in_the_folds_that_have_run_it() -> None:
    curves = FoldCurves(ACCURACY, SPLITS)
    assert (curves.mean().scores, curves.validated_rows, curves.epochs_ended) == ([], 0, 0)
    curves.ended = [Curve(ACCURACY, [0.5, 0.7, 0.6], errors=[0.03, 0.04, 0.03])]
    curves.running = Curve(ACCURACY, [0.7], errors=[0.04])
    assert curves.mean().scores == pytest.approx([0.6, 0.7, 0.6])
    assert curves.mean().errors == pytest.approx([0.025, 0.04, 0.03])
    assert (curves.validated_rows, curves.epochs_ended) == (700, 3)
    assert curves.chooses(2) and not curves.chooses(3)


def test_a_fold_without_a_score_does_not_count() -> None:
    curves = FoldCurves(ACCURACY, SPLITS)
    curves.running = Curve(ACCURACY)
    assert curves.scored == []
    curves.split_ended()
    assert (curves.ended, curves.running) == ([], None)


def test_a_curve_goes_on_where_its_checkpoint_was_saved() -> None:
    curve = FoldCurves(ACCURACY, SPLITS).restored(Checkpoint({}, (0.5,), (2.0,), under_way=1.5, errors=(0.1,)))
    assert (curve.scores, curve.seconds, curve.under_way, curve.errors) == ([0.5], [2.0], 1.5, [0.1])
