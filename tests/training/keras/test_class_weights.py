import numpy as np
import pytest

from kagglebot.models.registry import get_family
from kagglebot.training.keras.class_weights import class_weights
from kagglebot.training.learner import Rows
from kagglebot.training.registry import make_learner

LABELS = np.repeat(np.arange(3), [80, 20, 5]).astype(np.int64)
IMAGES = np.random.default_rng(0).integers(0, 255, (105, 4, 4, 1)).astype(np.uint8)


@pytest.mark.parametrize(("kind", "ratios"), [("balanced", [1, 4, 16]), ("root", [1, 2, 4])])
def test_weights_fall_with_the_rows_of_a_class(kind: str, ratios: list[int]) -> None:
    weights = class_weights(kind, LABELS, 3)
    assert weights.dtype == np.float32
    assert weights / weights[0] == pytest.approx(ratios)
    assert weights[LABELS].mean() == pytest.approx(1)


def test_classes_in_equal_numbers_weigh_the_same() -> None:
    assert class_weights("balanced", np.arange(12) % 3, 3) == pytest.approx([1, 1, 1])
    assert class_weights("none", LABELS, 3) is None


def test_a_class_without_rows_weighs_nothing() -> None:
    assert class_weights("balanced", LABELS, 4)[3] == 0
    assert class_weights("root", LABELS[:80], 3) == pytest.approx([1, 0, 0])


def test_of_several_classes_an_image_every_label_counts() -> None:
    matrix = np.zeros((100, 2), np.uint8)
    matrix[:80, 0] = 1
    matrix[70:90, 1] = 1
    weights = class_weights("balanced", matrix, 2)
    assert weights / weights[0] == pytest.approx([1, 4])
    assert (matrix @ weights).sum() / matrix.sum() == pytest.approx(1)


def rare_probability(rows: Rows, **settings: object) -> float:
    """Train on noise, from which only the shares of the classes can be learned; predict those of the rarest."""
    chosen = {"layers": 1, "units_1": 1, "batch_size": 105, "min_steps_per_epoch": 1, "schedule": "constant"}
    chosen |= {"learning_rate": 0.1, **settings}
    learner = make_learner(get_family("dense"), chosen, (4, 4, 1), 3, seed=0, pixel_moments=(127.0, 70.0))
    for _ in range(40):
        learner.run_epoch(0 * IMAGES, LABELS, rows, schedule_position=lambda share: share)
    return float(learner.predict(0 * IMAGES[:1])[0, 2])


@pytest.mark.parametrize(
    ("kind", "smoothing", "expected"), [("none", 0.0, 1 / 21), ("root", 0.3, 1 / 7), ("balanced", 0.0, 1 / 3)]
)
def test_a_net_learns_the_weighted_shares(kind: str, smoothing: float, expected: float) -> None:
    found = rare_probability(np.arange(105), class_weights=kind, label_smoothing=smoothing)
    assert found == pytest.approx(expected * (1 - smoothing) + smoothing / 3, abs=0.02)


def test_the_counts_are_those_of_the_training_rows() -> None:
    """So the final model, which is trained on all rows, takes the counts of all."""
    assert rare_probability(np.r_[0:10, 80:90, 100:105], class_weights="balanced") == pytest.approx(
        1 / 3, abs=0.02
    )
