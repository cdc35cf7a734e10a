"""Checkpoints are written and read again."""

from pathlib import Path

import numpy as np
import pytest

from kagglebot.models.registry import get_family
from kagglebot.training.checkpoints import (
    Checkpoint,
    checkpoint_path,
    chosen_path,
    drop_checkpoints,
    further_epochs,
    read_checkpoint,
    save_checkpoint,
)
from kagglebot.training.learner import Learner
from kagglebot.training.registry import make_learner

RNG = np.random.default_rng(0)
LABELS = np.arange(160).astype(np.int64) % 2
IMAGES = (RNG.integers(0, 100, (160, 8, 8, 1)) + 120 * LABELS[:, None, None, None]).astype(np.uint8)


def new_learner(family: str = "cnn", **settings: object) -> Learner:
    kind, shape = get_family(family), (8, 8, 1)
    return make_learner(kind, {"batch_size": 16, **settings}, shape, 2, seed=0, pixel_moments=(100.0, 60.0))


def train(learner: Learner, epochs: int) -> None:
    for _ in range(epochs):
        learner.run_epoch(IMAGES, LABELS, np.arange(160), schedule_position=float)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_a_restored_net_goes_on_as_if_it_had_never_stopped(optimizer: str, tmp_path: Path) -> None:
    settings = {
        "blocks": 1,
        "filters": 4,
        "schedule": "constant",
        "warmup_steps": 200,
        "ema_epochs": 1.0,
        "dropout": 0.3,
        "rotation": 10.0,
        "optimizer": optimizer,
        "learning_rate": 1e-2,
    }
    straight = new_learner(**settings)
    train(straight, 2)
    path, state = checkpoint_path(tmp_path, 4), straight.state()
    assert state is not None
    save_checkpoint(path, Checkpoint(state, (0.5, 0.6), (1.0, 2.0)), "key")
    train(straight, 2)
    expected = straight.predict(IMAGES)

    checkpoint = read_checkpoint(path, "key")
    assert checkpoint is not None and (checkpoint.scores, checkpoint.seconds) == ((0.5, 0.6), (1.0, 2.0))
    resumed = new_learner(**settings)
    resumed.restore(checkpoint.state)
    train(resumed, 2)
    np.testing.assert_allclose(resumed.predict(IMAGES), expected, rtol=1e-3, atol=1e-5)


def test_a_training_that_is_not_ours_has_no_state() -> None:
    assert new_learner(blocks=1, schedule="onecycle").state() is not None
    assert new_learner("mlp").state() is None


def test_the_state_of_another_net_is_refused() -> None:
    state = new_learner(blocks=1, filters=4, schedule="constant").state()
    assert state is not None
    with pytest.raises(ValueError, match="another net"):
        new_learner(blocks=1, filters=5, schedule="constant").restore(state)


def test_what_is_damaged_or_of_another_training_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    path = tmp_path / "checkpoints" / "trial-0.npz"
    assert read_checkpoint(path, "key") is None
    save_checkpoint(path, Checkpoint({"0": np.ones(3)}, (0.5,), (1.0,)), "key")
    assert read_checkpoint(path, "another") is None
    path.write_bytes(path.read_bytes()[:100])
    assert read_checkpoint(path, "key") is None


def test_all_but_some_are_dropped(tmp_path: Path) -> None:
    for number in range(3):
        save_checkpoint(checkpoint_path(tmp_path, number), Checkpoint({}, (), ()), "key")
        save_checkpoint(chosen_path(tmp_path, number), Checkpoint({}, (), ()), "key")
    drop_checkpoints(tmp_path, [checkpoint_path(tmp_path, 1), chosen_path(tmp_path, 2), chosen_path(tmp_path, 7)])
    kept = {path.name for path in (tmp_path / "checkpoints").iterdir()}
    assert kept == {"trial-1.npz", "chosen-2.npz"}


def test_a_net_is_trained_further_for_a_fifth_of_its_epochs_at_least_one() -> None:
    assert [further_epochs(epochs) for epochs in (1, 6, 24, 48)] == [1, 1, 5, 10]
