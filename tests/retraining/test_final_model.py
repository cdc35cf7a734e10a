"""A model is known again by its recipe and its file's content; what cannot be used is said, and trained again."""

import io
import json
import math
import os
import pickle
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest
from made_predictions import SCHEMA

from kagglebot.datasets.dataset import Dataset
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.errors import DataError
from kagglebot.models.registry import get_family
from kagglebot.retraining.final_model import FinalModel, Recipe, train_final
from kagglebot.retraining.model_card import card_path, read_card, write_card
from kagglebot.retraining.predict import model_rule
from kagglebot.system.files.h5_file import arrays_in
from kagglebot.training.files.checkpoints import Checkpoint, final_path
from kagglebot.training.keras.weights_file import read_weights
from kagglebot.training.learner import TrainingError
from kagglebot.training.registry import make_learner

RECIPE = Recipe(
    family="mlp",
    settings={"layers": 1, "units_1": 2},
    epochs=2,
    planned=3,
    curve=(math.nan, 0.5, 0.4),
    metric="accuracy",
    seed=1,
    digest="abc",
    images=ImageRule(),
)


def save(folder: Path, recipe: Recipe = RECIPE) -> FinalModel:
    """A model with a card, as training leaves it."""
    path = folder / "trial-0.npz"
    arrays = {
        "weights_0": np.ones((4, 2)),
        "bias_0": np.ones(2),
        "weights_1": np.ones((2, 1)),
        "bias_1": np.ones(1),
    }
    np.savez(path, allow_pickle=False, scaling=np.array([1.0, 0.0]), **arrays)
    write_card(path, {"recipe": recipe.to_json(), "seconds": 1.0, "threads": 2})
    return FinalModel(path, recipe, {})


def forget(model: FinalModel, *names: str) -> None:
    """Leave on the card what an early version stored."""
    card = read_card(model.path)
    card.pop("sha256", None)
    card["recipe"] = {key: value for key, value in card["recipe"].items() if key not in names}
    card_path(model.path).write_text(json.dumps(card))


def test_a_model_is_known_again_by_its_recipe(tmp_path: Path) -> None:
    model = save(tmp_path, replace(RECIPE, images=ImageRule((32, 48), "crop", 1)))
    assert model.is_there and replace(model, threads=2).is_there
    assert model_rule(model.path) == model.recipe.images
    assert replace(model, threads=1).why_train() == ""
    for change in ({"images": ImageRule()}, {"metric": "log_loss"}, {"epochs": 3}, {"tta": True}):
        assert replace(model, recipe=replace(model.recipe, **change)).why_train() == ""


def test_a_model_of_the_first_version_stays_in_use(tmp_path: Path) -> None:
    model = save(tmp_path)
    forget(model, "metric", "images", "tta")
    assert model.is_there
    assert model_rule(model.path) == ImageRule()


def test_no_model_is_no_fault(tmp_path: Path) -> None:
    assert FinalModel(tmp_path / "trial-0.npz", RECIPE, {}).why_train() == ""
    model = save(tmp_path)
    model.path.unlink()
    assert model.why_train() == ""
    model.path.symlink_to(tmp_path / "nowhere")
    assert model.why_train() == ""


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def other_weights(path: Path) -> None:
    with np.load(path) as arrays:
        changed = dict(arrays) | {"bias_0": np.array([np.nan, 1])}
    np.savez(path, allow_pickle=False, **changed)


FILE = [(lambda path: path.write_bytes(b""), "empty|damaged"), (cut, "damaged"), (other_weights, "damaged|finite")]
CARD = [
    (lambda path: card_path(path).unlink(), "has no card"),
    (lambda path: cut(card_path(path)), r"trial-0\.json is damaged"),
    (lambda path: card_path(path).write_bytes(b""), r"trial-0\.json is damaged"),
    (lambda path: card_path(path).write_text("[]"), r"trial-0\.json is damaged"),
    (lambda path: card_path(path).write_text('{"recipe": []}'), r"trial-0\.json is damaged: recipe"),
    (
        lambda path: card_path(path).write_text('{"recipe": {"family": "mlp", "settings": 3}}'),
        "damaged: recipe.settings",
    ),
    (lambda path: card_path(path).write_bytes(b"\xff\xfe\x00"), r"trial-0\.json is damaged"),
]


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize(("spoil", "reason"), FILE)
def test_a_spoiled_file_is_said(
    tmp_path: Path, spoil: Callable[[Path], None], reason: str, *, early: bool
) -> None:
    model = save(tmp_path)
    if early:
        forget(model)
    spoil(model.path)
    said = model.why_train()
    assert said and str(model.path) in said and re.search(reason, said)


@pytest.mark.parametrize(("spoil", "reason"), CARD)
def test_a_spoiled_card_is_said(tmp_path: Path, spoil: Callable[[Path], None], reason: str) -> None:
    model = save(tmp_path)
    spoil(model.path)
    said = model.why_train()
    assert said and re.search(reason, said)


def test_the_model_of_another_trial_is_seen(tmp_path: Path) -> None:
    model = save(tmp_path)
    (tmp_path / "other").mkdir()
    other = save(tmp_path / "other", replace(RECIPE, seed=2))
    card_path(model.path).write_bytes(card_path(other.path).read_bytes())
    assert model.why_train() == ""
    other = save(tmp_path / "other")
    np.savez(other.path, allow_pickle=False, scaling=np.array([2.0, 0.0]))
    model = save(tmp_path)
    model.path.write_bytes(other.path.read_bytes())
    assert "other content than when it was trained" in str(model.why_train())


def test_what_training_cannot_mend_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = save(tmp_path)
    model.path.unlink()
    model.path.mkdir()
    with pytest.raises(DataError, match=r"Could not read .*trial-0\.npz: Is a directory"):
        model.why_train()
    model.path.rmdir()
    model = save(tmp_path)
    opened = Path.open

    def refuse(path: Path, *arguments: object, **options: object) -> object:
        if path == model.path:
            raise PermissionError(13, os.strerror(13))
        return opened(path, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError, match=r"Could not read .*trial-0\.npz: Permission denied"):
        model.why_train()


def test_a_model_that_takes_more_memory_than_is_free_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kagglebot.retraining.final_model.available_memory", lambda *, swap: 2e8)
    schema = SimpleNamespace(image_shape=(8, 8, 1), classes=range(10), train_rows=100)
    dataset: Any = SimpleNamespace(
        train_images=np.zeros((100, 8, 8, 1), np.uint8), train_labels=range(100), schema=schema
    )
    with pytest.raises(TrainingError, match=r"100 images of 8 x 8 pixels .* about 0\.3 GB .* 0\.2 GB are free\.$"):
        train_final(dataset, RECIPE, tmp_path / "model.npz", about={})


PROGRAM = """
import pickle, sys, time
from kagglebot.retraining.final_model import train_final
from kagglebot.training.files import checkpoints

checkpoints.CHECKPOINT_SECONDS = 0
dataset, recipe, path = pickle.loads(sys.stdin.buffer.read())
wait = lambda phase, done, total: time.sleep(60 if done >= 150 else 0)
train_final(dataset, recipe, path, about={}, on_progress=wait)
"""


DENSE = {"dropout": 0.2, "rotation": 9.0, "min_steps_per_epoch": 1, "batch_size": 16, "ema_epochs": 1.0}


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize(
    ("family", "more"),
    [("dense", {**DENSE, "schedule": "plateau"}), ("mlp", {"batch_size": 1})],  # six steps an epoch, both
    ids=["dense", "mlp"],
)
def test_killed_within_its_second_epoch_the_training_goes_on_bit_for_bit(
    family: str, more: dict[str, object], tmp_path: Path
) -> None:
    settings = {"layers": 1, "units_1": 16, **more}
    recipe = replace(RECIPE, family=family, settings=settings, epochs=3, curve=(0.9, 0.5, 0.4), digest="0")
    images = np.random.default_rng(0).integers(0, 256, (96, 8, 8, 1)).astype(np.uint8)
    dataset = Dataset(SCHEMA, images, np.tile(np.arange(2), 48), images[:1], ("1",))
    suffix = ".keras" if family == "dense" else ".npz"
    killed, straight = tmp_path / f"killed{suffix}", tmp_path / f"straight{suffix}"
    running, deadline = final_path(killed), time.monotonic() + 200
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(pickle.dumps((dataset, recipe, killed)))
        process.stdin.close()
        while not (running.is_file() and steps_done(running) == 9):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        process.kill()
    assert not killed.exists()
    seen: list[int] = []
    for path in (killed, straight):
        train_final(dataset, recipe, path, about={}, on_progress=lambda phase, done, total: seen.append(done))
    assert len(seen) == 9 + 18 and seen[0] == 166  # the rest of the three epochs, then all of them
    assert not running.exists()
    weights = [saved_weights(path) for path in (killed, straight)]
    assert weights[0].keys() == weights[1].keys() and weights[0]
    assert all(np.array_equal(value, weights[1][name]) for name, value in weights[0].items())


def steps_done(running: Path) -> int:
    with np.load(running) as arrays:
        if "state_steps" in arrays:
            return int(arrays["state_steps"])
        return int(arrays["state_optimizer_steps"]) // 16  # scikit-learn is given 16 batches at a time


def saved_weights(path: Path) -> dict[str, np.ndarray]:
    if path.suffix == ".npz":
        with np.load(path) as arrays:
            return dict(arrays)
    with h5py.File(io.BytesIO(read_weights(path)[0]), "r") as file:
        return {name: array[()] for name, array in arrays_in(file)}


@pytest.mark.parametrize("further", [0, 2])
def test_a_perceptron_is_made_of_its_checkpoint_as_it_is_or_trained_further(further: int, tmp_path: Path) -> None:
    images, labels = np.random.default_rng(0).integers(0, 256, (96, 8, 8, 1)).astype(np.uint8), np.tile([0, 1], 48)
    net = make_learner(get_family("mlp"), RECIPE.settings, (8, 8, 1), 2, seed=1, pixel_moments=(0.0, 1.0))
    net.run_epoch(images, labels, np.arange(96), schedule_position=float)
    recipe, path = replace(RECIPE, further=further, digest="0"), tmp_path / "model.npz"
    start = Checkpoint(net.state() or {}, (0.5,), (1.0,))
    train_final(Dataset(SCHEMA, images, labels, images[:1], ("1",)), recipe, path, about={}, start=start)
    for _ in range(further):
        net.run_epoch(images, labels, np.arange(96), schedule_position=float)
    net.save(tmp_path / "expected.npz")
    made, expected = (saved_weights(each) for each in (path, tmp_path / "expected.npz"))
    assert all(np.array_equal(value, made[name]) for name, value in expected.items())


@pytest.mark.parametrize("groups", [None, np.arange(100) // 5], ids=["rows", "groups"])
def test_nothing_of_the_sealed_rows_is_learned_and_the_model_is_scored_on_them(
    groups: np.ndarray | None, tmp_path: Path
) -> None:
    recipe = replace(RECIPE, settings={"layers": 1, "units_1": 32, "batch_size": 16}, sealed=(0.25, 3), digest="0")
    labels = np.tile(np.arange(2), 50)
    images = np.random.default_rng(0).integers(0, 99, (100, 1, 1, 1)).astype(np.uint8)
    images[labels == 1] += 150
    learned, sealed = recipe.split(labels, groups)
    assert (len(learned), len(sealed)) == (75, 25)
    assert groups is None or not set(groups[learned]) & set(groups[sealed])
    shuffled = images.copy()
    shuffled[sealed] = images[sealed][::-1] // 2
    saved = []
    for name, seen in (("whole", images), ("shuffled", shuffled)):
        path = tmp_path / f"{name}.npz"
        dataset = Dataset(SCHEMA, seen, labels, seen[:1], ("1",), train_groups=groups)
        train_final(dataset, recipe, path, about={})
        card = read_card(path)
        assert card["sealed_rows"] == 25 and 0 <= (score := card["sealed_score"]) <= 1
        if groups is None:
            assert card["sealed_error"] == pytest.approx((score * (1 - score) / 25) ** 0.5)
        assert (
            FinalModel(path, recipe, {}).is_there
            and not FinalModel(path, replace(recipe, sealed=None), {}).is_there
        )
        with np.load(path) as arrays:
            saved.append({key: arrays[key] for key in arrays.files})
    assert saved[0].keys() == saved[1].keys()
    assert all(np.array_equal(saved[0][key], saved[1][key]) for key in saved[0])
    assert recipe.how(3) == "trained from nothing on all rows but the sealed ones"
