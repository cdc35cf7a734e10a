from pathlib import Path

import numpy as np
import pytest

from kagglebot.errors import DataError
from kagglebot.metrics.registry import get_metric
from kagglebot.search.trial.study_splits import make_splits
from kagglebot.study_config.load import parse_definition
from kagglebot.study_config.schema import Definition


def define() -> Definition:
    return parse_definition(b'family = "mlp"\n', Path("mine.toml"), "mine")


def test_a_metric_that_says_nothing_of_the_rows_held_out_is_refused() -> None:
    labels = np.array([0] * 20 + [1])  # the only row of its class trains
    (split,) = make_splits(define(), labels, get_metric("log_loss"))
    assert set(labels[split[1]]) == {0}
    for metric in ("auc", "kappa"):
        with pytest.raises(DataError, match=r"All 4 validation rows are of one class, and .* needs two"):
            make_splits(define(), labels, get_metric(metric))
