"""Checkpoints are written and read again."""

import math
from pathlib import Path

import numpy as np
import pytest

from kagglebot.models.registry import get_family
from kagglebot.system.files.atomic_write import atomic_write
from kagglebot.training.curve import PartScore
from kagglebot.training.files.checkpoints import (
    Checkpoint,
    EndedFold,
    FoldNet,
    RunningCheckpoint,
    StoredCheckpoint,
    checkpoint_path,
    chosen_path,
    more_epochs,
    read_checkpoint,
    save_checkpoint,
    stored_checkpoints,
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


DENSE = {"dropout": 0.3, "rotation": 10.0, "ema_epochs": 1.0, "warmup_steps": 9, "min_steps_per_epoch": 1}
#: With a batch of one row, 160 rows take ten calls of scikit-learn.
PERCEPTRON = {"batch_size": 1, "tolerance": 1.0, "patience": 5, "learning_rate": 1e-2}


@pytest.mark.parametrize(
    ("family", "more"),
    [("dense", DENSE), ("mlp", {**PERCEPTRON, "optimizer": "adam"}), ("mlp", {**PERCEPTRON, "optimizer": "sgd"})],
    ids=["dense", "adam", "sgd"],
)
@pytest.mark.parametrize("done", [1, 4, 10])
def test_a_net_that_was_cut_off_within_an_epoch_goes_on_with_its_other_rows_bit_for_bit(
    family: str, more: dict[str, object], done: int, tmp_path: Path
) -> None:
    settings = {"layers": 1, "units_1": 8, **more}
    path, shares = tmp_path / "running.npz", []

    def cut_off(share: float) -> None:
        shares.append(share)
        if share == done / 10:
            state = stopped.state()
            assert state is not None
            save_checkpoint(path, Checkpoint(state, (), (), under_way=3.0), "key")
            raise KeyboardInterrupt

    def train_on(learner: Learner) -> None:
        learner.run_epoch(IMAGES, LABELS, np.arange(160), schedule_position=float, on_step=shares.append)
        learner.run_epoch(IMAGES, LABELS, np.arange(160), schedule_position=float)

    straight, stopped = new_learner(family, **settings), new_learner(family, **settings)
    train(straight, 1)
    train_on(straight)
    train(stopped, 1)
    shares.clear()
    with pytest.raises(KeyboardInterrupt):
        stopped.run_epoch(IMAGES, LABELS, np.arange(160), schedule_position=float, on_step=cut_off)
    resumed, checkpoint = new_learner(family, **settings), read_checkpoint(path, "key")
    assert checkpoint is not None and checkpoint.under_way == 3.0
    resumed.restore(checkpoint.state)
    train_on(resumed)
    assert shares == [(step + 1) / 10 for step in range(10)]
    expected, found = straight.state(), resumed.state()
    assert expected is not None and found is not None and expected.keys() == found.keys()
    assert all(np.array_equal(value, found[name]) for name, value in expected.items())


def test_a_checkpoint_has_the_chosen_epoch_and_the_folds_before_it(tmp_path: Path) -> None:
    path, ones = tmp_path / "running.npz", np.ones((3, 2), np.float32)
    chosen = Checkpoint({"0": np.full(3, 7.0)}, (0.6,), (1.0,))
    folds = (EndedFold((0.1, 0.2), (1.0, 2.0), ones, 2 * ones), EndedFold((0.3,), (3.0,), 3 * ones, 4 * ones))
    parts = (PartScore(0.5, 0.4, 0.1), PartScore(1.5, math.nan, math.nan))
    whole = Checkpoint({"0": np.ones(3)}, (0.6, 0.5), (1.0, 2.0), 4.0, chosen, folds, parts=parts)
    save_checkpoint(path, whole, "key")
    found = read_checkpoint(path, "key")
    assert found is not None and found.chosen is not None
    assert found.parts[0] == parts[0] and math.isnan(found.parts[1].score) and found.chosen.parts == ()
    assert (found.scores, found.under_way, found.chosen.scores) == ((0.6, 0.5), 4.0, (0.6,))
    assert found.state.keys() == found.chosen.state.keys() and found.chosen.state["0"][0] == 7.0
    assert [(fold.scores, fold.seconds) for fold in found.folds] == [((0.1, 0.2), (1.0, 2.0)), ((0.3,), (3.0,))]
    assert [fold.averaged[0, 0] for fold in found.folds] == [2.0, 4.0]


@pytest.mark.parametrize(
    ("family", "settings"),
    [("cnn", {"blocks": 1, "filters": 4, "ema_epochs": 1.0}), ("mlp", {"layers": 1, "units_1": 4})],
)
def test_the_net_of_a_fold_is_kept_as_it_predicts(
    family: str, settings: dict[str, object], tmp_path: Path
) -> None:
    trained, path = new_learner(family, **settings), tmp_path / "chosen.npz"
    train(trained, 1)
    nets = tuple(FoldNet(tuple(trained.get_weights()), np.array([100.0, each])) for each in (60.0, 70.0))
    save_checkpoint(path, Checkpoint({"0": np.ones(3)}, (0.6,), (1.0,), nets=nets), "key")
    found = read_checkpoint(path, "key")
    assert found is not None and [net.moments.tolist() for net in found.nets] == [[100.0, 60.0], [100.0, 70.0]]
    assert (StoredCheckpoint(path, "key").count_nets(), StoredCheckpoint(path, "other").count_nets()) == (2, 0)
    new = new_learner(family, **settings)
    new.set_weights(found.nets[0].weights)
    np.testing.assert_allclose(new.predict(IMAGES), trained.predict(IMAGES), atol=1e-6)
    new.save(tmp_path / f"model{'.keras' if family == 'cnn' else '.npz'}")


def test_a_perceptron_that_has_seen_no_row_has_no_state() -> None:
    assert new_learner(blocks=1, schedule="onecycle").state() is not None
    assert new_learner("mlp").state() is None


@pytest.mark.parametrize(
    ("family", "settings", "other"),
    [
        ("cnn", {"blocks": 1, "schedule": "constant", "filters": 4}, {"filters": 5}),
        ("mlp", {"layers": 1, "units_1": 4}, {"units_1": 5}),
        ("mlp", {"layers": 1, "optimizer": "adam"}, {"optimizer": "sgd"}),
    ],
)
def test_the_state_of_another_net_is_refused(
    family: str, settings: dict[str, object], other: dict[str, object]
) -> None:
    learner = new_learner(family, **settings)
    if family == "mlp":  # it takes its shapes from the first rows
        train(learner, 1)
    state = learner.state()
    assert state is not None
    with pytest.raises(ValueError, match="another net"):
        new_learner(family, **{**settings, **other}).restore(state)


@pytest.mark.parametrize("several", [False, True])
def test_a_perceptron_of_few_or_several_classes_is_restored(several: bool) -> None:
    labels = np.eye(2, dtype=np.uint8)[LABELS] if several else LABELS
    nets = []
    for _ in range(2):
        kind = get_family("mlp")
        net = make_learner(kind, {"layers": 1}, (8, 8, 1), 2, seed=0, pixel_moments=(0.0, 1.0), several=several)
        if nets:
            net.restore(nets[0].state() or {})
        net.run_epoch(IMAGES, labels, np.arange(160), schedule_position=float)
        if nets:
            nets[0].run_epoch(IMAGES, labels, np.arange(160), schedule_position=float)
        nets.append(net)
    np.testing.assert_array_equal(nets[0].predict(IMAGES), nets[1].predict(IMAGES))


def test_what_is_damaged_or_of_another_training_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    path = tmp_path / "checkpoints" / "trial-0.npz"
    assert read_checkpoint(path, "key") is None
    save_checkpoint(path, Checkpoint({"0": np.ones(3)}, (0.5,), (1.0,)), "key")
    assert read_checkpoint(path, "another") is None
    path.write_bytes(path.read_bytes()[:100])
    assert read_checkpoint(path, "key") is None


def test_a_training_goes_on_although_the_disk_refuses_its_state(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "full").touch()
    running = RunningCheckpoint(tmp_path / "full" / "running.npz", "key")
    running.save(lambda: Checkpoint({}, (), ()))  # not yet due
    assert not caplog.records
    running.save(lambda: Checkpoint({}, (), ()), now=True)
    assert "The training goes on" in caplog.text


def test_a_checkpoint_that_is_being_written_is_not_yet_one(tmp_path: Path) -> None:
    save_checkpoint(checkpoint_path(tmp_path, 1), Checkpoint({}, (), ()), "key")
    with atomic_write(chosen_path(tmp_path, 2)) as temporary:
        temporary.touch()
        assert stored_checkpoints(tmp_path) == [checkpoint_path(tmp_path, 1)]
    assert set(stored_checkpoints(tmp_path)) == {checkpoint_path(tmp_path, 1), chosen_path(tmp_path, 2)}


def test_a_net_is_trained_further_for_a_fifth_of_its_epochs_at_least_one() -> None:
    assert [more_epochs(epochs, 0.2) for epochs in (1, 6, 24, 48)] == [1, 1, 5, 10]
