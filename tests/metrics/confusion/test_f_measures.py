import numpy as np
import pytest
from sklearn.metrics import f1_score, fbeta_score

from kagglebot.metrics.registry import get_metric

RNG = np.random.default_rng(0)
LABELS = RNG.choice(4, 200, p=[0.6, 0.2, 0.15, 0.05])
PROBABILITIES = RNG.dirichlet(np.ones(5), 200).astype(np.float32)
SAID = PROBABILITIES.argmax(axis=1)


@pytest.mark.parametrize("average", ["macro", "weighted"])
@pytest.mark.parametrize("beta", [1, 2, 0.5])
def test_they_are_those_of_scikit_learn(average: str, beta: float) -> None:
    score = get_metric(f"{average}_f{beta}").score(LABELS, PROBABILITIES)
    assert score == pytest.approx(fbeta_score(LABELS, SAID, beta=beta, average=average, zero_division=0))


def test_micro_f1_of_one_class_a_row_is_the_share_of_right_ones() -> None:
    score = get_metric("micro_f1").score(LABELS, PROBABILITIES)
    assert score == pytest.approx(f1_score(LABELS, SAID, average="micro")) == (LABELS == SAID).mean()
