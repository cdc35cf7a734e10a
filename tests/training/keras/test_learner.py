"""What a Keras learner does otherwise on a card; the card is stood in for."""

from typing import Any

import numpy as np
import pytest

from kagglebot.models.registry import get_family
from kagglebot.training.keras.learner import (
    PREDICT_BATCH,
    STEPS_AHEAD,
    TIMED_STEPS,
    KerasLearner,
    predict_in_batches,
)
from kagglebot.training.keras.on_tensorflow import steps as tensorflow_steps
from kagglebot.training.keras.on_tensorflow.held_images import HeldImages
from kagglebot.training.registry import make_learner

SHAPE = (8, 8, 1)
ROWS = 96
IMAGES = np.random.default_rng(0).integers(0, 256, (ROWS, *SHAPE)).astype(np.uint8)
LABELS = np.arange(ROWS, dtype=np.int64) % 3


def _learner(**settings: object) -> KerasLearner:
    small = {"blocks": 1, "convolutions": 1, "filters": 4, "batch_size": 2, "rotation": 10, **settings}
    learner = make_learner(get_family("cnn"), small, SHAPE, 3, seed=1, pixel_moments=(0.0, 1.0))
    assert isinstance(learner, KerasLearner)
    return learner


def _train(learner: KerasLearner, on_step: Any = None) -> None:
    rows = np.arange(ROWS)
    learner.run_epoch(IMAGES, LABELS, rows, schedule_position=lambda share: share, on_step=on_step)


@pytest.mark.parametrize("on_card", [False, True])
def test_on_a_card_only_the_timed_steps_and_then_some_are_waited_for(
    on_card: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[int] = []
    shares: list[float] = []

    class Loss:
        """Notes the step that is under way when it is read."""

        def __float__(self) -> float:
            waited.append(len(shares) + 1)
            return 0.5

    monkeypatch.setattr(tensorflow_steps, "on_card", lambda: on_card)
    learner = _learner()
    monkeypatch.setattr(learner, "_train_step", lambda *_, **__: Loss())
    _train(learner, shares.append)
    steps = ROWS // 2
    assert len(shares) == steps and shares[-1] == 1
    last = [steps + 1] if on_card and steps % STEPS_AHEAD else []  # whether the loss is a number
    due = range(1, steps + 1)
    expected = [step for step in due if not on_card or step <= TIMED_STEPS or step % STEPS_AHEAD == 0]
    assert waited == [*expected, *last]


def test_images_on_a_card_make_the_same_net(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = _learner(batch_size=16)
    _train(plain)
    asked: list[object] = []

    def held(images: Any) -> HeldImages:
        asked.append(images)
        return HeldImages(images)

    monkeypatch.setattr(tensorflow_steps, "held", held)
    other = _learner(batch_size=16)
    _train(other)
    assert len(asked) == 1 and asked[0] is IMAGES
    for one, two in zip(plain.model.get_weights(), other.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(("on_card", "most"), [(False, PREDICT_BATCH), (True, 4 * PREDICT_BATCH)])
def test_more_images_are_predicted_at_once_on_a_card(
    on_card: bool, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tensorflow_steps, "on_card", lambda: on_card)
    seen: list[int] = []

    def step(images: np.ndarray) -> np.ndarray:
        seen.append(len(images))
        return np.zeros((len(images), 3), np.float32)

    predict_in_batches(step, np.zeros((5000, *SHAPE), np.uint8), None, largest=10_000)
    predict_in_batches(step, np.zeros((5000, 32, 32, 1), np.uint8), None, largest=10_000)
    assert max(seen) == 5000 and seen[-1] == most
    assert _learner()._predict.keywords["largest"] == most
