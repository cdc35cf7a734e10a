import numpy as np
import pytest
from example_definition import parse

from kagglebot.errors import DataError
from kagglebot.metrics.registry import get_metric
from kagglebot.search.trial.study_splits import make_splits


def test_a_metric_that_says_nothing_of_the_rows_held_out_is_refused() -> None:
    labels = np.array([0] * 20 + [1])  # the only row of its class trains
    (split,) = make_splits(parse('family = "mlp"'), labels, get_metric("log_loss"))
    assert set(labels[split[1]]) == {0}
    for metric in ("auc", "kappa"):
        with pytest.raises(DataError, match=r"All 4 validation rows are of one class, and .* needs two"):
            make_splits(parse('family = "mlp"'), labels, get_metric(metric))
