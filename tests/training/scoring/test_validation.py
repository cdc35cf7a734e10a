"""A net is validated on all validation rows after an epoch, on the same few of them within one."""

import math

import numpy as np
import pytest

from kagglebot.metrics.metric import least_error
from kagglebot.metrics.registry import get_metric
from kagglebot.training.learner import TrainingError
from kagglebot.training.scoring.validation import PART_ROWS, Validation, count_part_rows

LABELS = np.arange(4000, dtype=np.int64) % 2
IMAGES = np.zeros((4000, 2, 2, 1), np.uint8)
TRAIN, VALID = np.arange(3200), np.arange(3200, 4000)


class Sayer:
    """Gives the true class this probability, and notes of which rows."""

    def __init__(self, *right: float) -> None:
        self.asked: list[list[int]] = []
        self._right = right

    def predict(self, images: np.ndarray, rows: np.ndarray) -> np.ndarray:
        self.asked.append(rows.tolist())
        right = np.resize(self._right, len(rows))
        return np.where(LABELS[rows, None] == np.arange(2), right[:, None], 1 - right[:, None]).astype(np.float32)


def validation(learner: Sayer, metric: str = "accuracy", groups: np.ndarray | None = None) -> Validation:
    return Validation(learner, IMAGES, LABELS, TRAIN, VALID, get_metric(metric), groups)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("train_rows", "valid_rows", "count"),
    [(3200, 800, 200), (3200, 100, 100), (100_000, 25_000, PART_ROWS), (10, 5, 1)],
)
def test_within_an_epoch_so_few_rows_count_that_it_hardly_takes_longer(
    train_rows: int, valid_rows: int, count: int
) -> None:
    assert count_part_rows(train_rows, valid_rows) == count


def test_every_net_is_validated_on_the_same_rows_within_its_epochs() -> None:
    first, second = Sayer(0.9), Sayer(0.8, 0.8, 0.8, 0.2)
    for learner, epochs in ((first, 0.25), (first, 0.5), (second, 1.5)):
        validation(learner).score_part(epochs)
    rows = first.asked[0]
    assert first.asked == [rows, rows] and second.asked == [rows]
    assert rows == sorted(set(rows)) and len(rows) == 200 and set(rows) <= set(VALID.tolist())
    assert validation(second).score_part(1.5) == pytest.approx((1.5, 0.75, math.sqrt(0.75 * 0.25 / 200)))


def test_an_epoch_is_scored_on_all_rows_and_its_error_is_of_groups_if_there_are_any() -> None:
    learner, groups = Sayer(0.8, 0.8, 0.8, 0.2), np.arange(4000) // 4
    assert validation(learner).score_epoch() == (0.75, None)
    assert validation(learner, groups=groups).score_epoch() == (0.75, pytest.approx(least_error(800)))
    assert validation(learner, "log_loss", groups).score_epoch()[1] is None
    assert learner.asked == [VALID.tolist()] * 3


@pytest.mark.parametrize("part", [True, False])
def test_predictions_that_are_no_numbers_end_the_training(part: bool) -> None:
    broken = validation(Sayer(0.9, math.nan))
    with pytest.raises(TrainingError, match="predictions are no longer numbers"):
        broken.score_part(0.5) if part else broken.score_epoch()
