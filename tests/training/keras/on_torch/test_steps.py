"""PyTorch matches TensorFlow: the same net, the same batches, and models that load on either."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_backbone import NAME, small_backbone

from kagglebot.models.registry import get_family
from kagglebot.pretrained.backbones import BACKBONES
from kagglebot.training.keras import backends
from kagglebot.training.keras.augmentation import Augmentation, draw_augmentation
from kagglebot.training.keras.augmented_batch import change_colours, mix
from kagglebot.training.keras.on_tensorflow import steps as tensorflow_steps
from kagglebot.training.keras.on_torch import steps as torch_steps
from kagglebot.training.provenance import runtime_of
from kagglebot.training.registry import load_predictor, make_learner
from kagglebot.training.settings import TrainingSettings

pytestmark = pytest.mark.usefixtures("pytorch")

SHAPE, CLASSES = (12, 10, 2), 3
RNG = np.random.default_rng(0)
LABELS = np.arange(240, dtype=np.int64) % CLASSES
IMAGES = (RNG.integers(0, 100, (240, *SHAPE)) + 50 * LABELS[:, None, None, None]).astype(np.uint8)
LEARNING: dict[str, Any] = {
    "batch_size": 32,
    "min_steps_per_epoch": 1,
    "ema_epochs": 1.0,
    "label_smoothing": 0.1,
    "rotation": 20.0,
    "shift": 0.1,
    "flip": True,
}
NETS: list[tuple[str, dict[str, Any]]] = [
    ("cnn", {"blocks": 2, "filters": 4, "optimizer": "adamw", "weight_decay": 0.01, "class_weights": "root"}),
    ("cnn", {"blocks": 1, "filters": 4, "batch_norm": False, "head": "dense", "optimizer": "sgd"}),
    ("dense", {"layers": 1, "units_1": 16, "batch_norm": True, "optimizer": "rmsprop"}),
    (
        "cnn",
        {
            "blocks": 1,
            "filters": 4,
            "residual": True,
            "crop": 0.5,
            "jitter": 0.2,
            "erasing": 0.5,
            "mixup": 0.2,
            "cutmix": 0.5,
        },
    ),
]


def learner(family: str, settings: dict[str, Any]) -> Any:
    moments = (100.0, 60.0)
    return make_learner(
        get_family(family), {**LEARNING, **settings}, SHAPE, CLASSES, seed=5, pixel_moments=moments
    )


def learn(family: str, settings: dict[str, Any], weights: list[np.ndarray], path: Path, epochs: int) -> np.ndarray:
    """Train from these weights, save the model, and return its predictions."""
    ours = learner(family, settings)
    for net in (ours.model, ours.result):
        net.set_weights(weights)
    # Weights of classes matter where some are rarer: the first class is there twice.
    rows = np.r_[0:240, 0:240:3] if "class_weights" in settings else np.arange(240)
    for _ in range(epochs):
        ours.run_epoch(IMAGES, LABELS, rows, schedule_position=lambda share: share)
    ours.save(path)
    return np.asarray(ours.predict(IMAGES))


def learn_in_float32(*arguments: Any) -> np.ndarray:
    torch_steps._BFLOAT16 = ()
    return learn(*arguments)


def augment(images: np.ndarray, targets: np.ndarray, drawn: Augmentation) -> tuple[np.ndarray, np.ndarray]:
    import torch

    warped = torch_steps.warp(torch.from_numpy(images), torch.from_numpy(drawn.maps), reflect=drawn.reflect)
    pixels, targets = mix(change_colours(warped, drawn), torch.from_numpy(targets), drawn)
    return pixels.numpy(), targets.numpy()


def predict(path: Path, family: str, settings: dict[str, Any]) -> np.ndarray:
    return load_predictor(path, get_family(family), {**LEARNING, **settings}, SHAPE, CLASSES)(IMAGES)


def predict_on_torch(*arguments: Any) -> np.ndarray:
    assert backends.current_backend() == "torch"
    return predict(*arguments)


@pytest.fixture(scope="module")
def on_torch() -> Iterator[ProcessPoolExecutor]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=backends.use_backend, initargs=("torch",)) as pool:
        yield pool


def features(weights: list[np.ndarray], images: np.ndarray) -> np.ndarray:
    backends.backend()  # else Keras is imported on its own default
    net = BACKBONES["efficientnet-lite0"].build()
    net.set_weights(weights)
    return np.asarray(net.predict_on_batch(images))


def test_pretrained_nets_are_built_and_see_the_same(on_torch: ProcessPoolExecutor) -> None:
    backends.backend()
    weights = BACKBONES["efficientnet-lite0"].build().get_weights()
    images = RNG.uniform(0, 255, (2, 64, 64, 3)).astype(np.float32)
    ours, theirs = features(weights, images), on_torch.submit(features, weights, images).result()
    assert ours.std() > 0
    np.testing.assert_allclose(theirs, ours, atol=1e-3 * np.abs(ours).max())


@pytest.mark.parametrize(("family", "settings"), NETS)
def test_both_learn_the_same_and_load_what_the_other_kept(
    family: str, settings: dict[str, Any], on_torch: ProcessPoolExecutor, tmp_path: Path
) -> None:
    weights = learner(family, settings).model.get_weights()
    here, there = tmp_path / "tensorflow.keras", tmp_path / "torch.keras"
    ours = learn(family, settings, weights, here, 1)
    theirs = on_torch.submit(learn_in_float32, family, settings, weights, there, 1).result()
    untrained = learn(family, settings, weights, tmp_path / "untrained.keras", 0)
    assert np.abs(ours - untrained).max() > 0.05
    np.testing.assert_allclose(theirs, ours, atol=0.01)  # rounding alone, grown over the steps
    np.testing.assert_allclose(predict(there, family, settings), theirs, atol=1e-4)
    np.testing.assert_allclose(on_torch.submit(predict_on_torch, here, family, settings).result(), ours, atol=1e-4)


def learn_sets(weights: list[np.ndarray]) -> np.ndarray:
    """Train on images of several classes, in float32, and return the predictions."""
    torch_steps._BFLOAT16 = ()
    settings = {**LEARNING, **NETS[0][1]}
    ours: Any = make_learner(
        get_family("cnn"), settings, SHAPE, CLASSES, seed=5, pixel_moments=(100.0, 60.0), several=True
    )
    for net in (ours.model, ours.result):
        net.set_weights(weights)
    sets = np.tril(np.ones((CLASSES, CLASSES), np.uint8))[LABELS]
    ours.run_epoch(IMAGES, sets, np.arange(240), schedule_position=lambda share: share)
    return np.asarray(ours.predict(IMAGES))


def test_both_learn_several_classes_an_image_alike(on_torch: ProcessPoolExecutor) -> None:
    weights = learner("cnn", NETS[0][1]).model.get_weights()
    ours, theirs = learn_sets(weights), on_torch.submit(learn_sets, weights).result()
    np.testing.assert_allclose(theirs, ours, atol=0.01)
    assert np.abs(ours.sum(axis=1) - 1).max() > 0.1


@pytest.mark.parametrize("border", ["zero", "reflect"])
def test_images_are_augmented_alike(border: Any, on_torch: ProcessPoolExecutor) -> None:
    moved = {"rotation": 30.0, "zoom": 0.3, "shift": 0.3, "shear": 0.2, "flip": True, "crop": 0.5}
    recoloured = {"jitter": 0.4, "erasing": 0.5, "mixup": 0.5, "cutmix": 0.5}
    settings = TrainingSettings(**moved, **recoloured, border=border)
    drawn = draw_augmentation(np.random.default_rng(1), len(IMAGES), SHAPE, settings)
    images, targets = IMAGES.astype(np.float32), np.eye(CLASSES, dtype=np.float32)[LABELS]
    warped = tensorflow_steps.warp(images, drawn.maps, reflect=drawn.reflect)
    ours = mix(change_colours(warped, drawn), targets, drawn)
    theirs = on_torch.submit(augment, images, targets, drawn).result()
    np.testing.assert_allclose(theirs[0], ours[0], atol=0.1)
    np.testing.assert_allclose(theirs[1], ours[1], atol=1e-6)


def state_after(epochs: int, state: dict[str, np.ndarray] | None = None) -> dict[str, np.ndarray]:
    """Return the state of a net after so many epochs, starting from ``state``."""
    net = {"blocks": 1, "filters": 4, "dropout": 0.3}
    ours = learner("cnn", net | {"schedule": "constant", "warmup_steps": 200, "optimizer": "adam"})
    if state is not None:
        ours.restore(state)
    states = []
    for _ in range(epochs):
        ours.run_epoch(IMAGES, LABELS, np.arange(240), schedule_position=lambda share: share)
        states.append(ours.state())
    return {**states[-1], "first": next(iter(states[0].values()))}


def test_a_restored_net_goes_on_as_if_it_had_never_stopped(on_torch: ProcessPoolExecutor) -> None:
    half, straight = (on_torch.submit(state_after, epochs).result() for epochs in (2, 4))
    assert np.abs(straight.pop("first") - straight["0"]).max() > 0  # what was given stays as it was
    half.pop("first")
    resumed = on_torch.submit(state_after, 2, half).result()
    resumed.pop("first")
    assert resumed.keys() == straight.keys() and resumed["steps"] == straight["steps"]
    for name in straight.keys() - {"random"}:
        np.testing.assert_allclose(resumed[name], straight[name], rtol=1e-3, atol=1e-4)
    assert resumed["random"] == straight["random"]


def learn_from_one(family: str, settings: dict[str, Any]) -> np.ndarray:
    alone = learner(family, {**settings, "batch_size": 1, "dropout": 0.5})
    alone.run_epoch(IMAGES, LABELS, np.arange(4), schedule_position=lambda share: share)
    return np.asarray(alone.predict(IMAGES[:2]))


def test_batches_of_one_image_can_be_normalised(on_torch: ProcessPoolExecutor) -> None:
    assert np.isfinite(on_torch.submit(learn_from_one, *NETS[2]).result()).all()


def state_after_predicting(shares: list[float]) -> dict[str, np.ndarray]:
    """Return the state of a net after two epochs, in which it predicts at these shares of them."""
    ours = learner("cnn", {"blocks": 1, "filters": 4, "dropout": 0.3, "batch_size": 24})

    def on_step(share: float) -> None:
        if share in shares:
            ours.predict(IMAGES, np.arange(7))

    for _ in range(2):
        ours.run_epoch(IMAGES, LABELS, np.arange(240), schedule_position=lambda share: share, on_step=on_step)
    return dict(ours.state())


def test_predictions_within_an_epoch_change_nothing_that_is_learned(on_torch: ProcessPoolExecutor) -> None:
    plain, parted = (on_torch.submit(state_after_predicting, shares).result() for shares in ([], [0.3, 0.5]))
    assert plain.keys() == parted.keys()
    assert all(np.array_equal(value, parted[name]) for name, value in plain.items())


def formats(family: str, settings: dict[str, Any], folder: Path) -> tuple[set[str], str]:
    """Return the formats that convolutions are trained in where the hardware has bfloat16, and the stored one."""
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    found = set()

    class Watch(TorchDispatchMode):
        def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if function is torch.ops.aten.convolution.default:
                found.add(str(args[0].dtype).removeprefix("torch."))
            return function(*args, **(kwargs or {}))

    backends.backend()
    with small_backbone(folder), pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch_steps, "computes_bfloat16", lambda: True)
        net = make_learner(
            get_family(family), {**LEARNING, **settings}, (12, 12, 3), CLASSES, seed=5, pixel_moments=(100.0, 60.0)
        )
        images = RNG.integers(0, 255, (32, 12, 12, 3), np.uint8)
        with Watch():
            net.run_epoch(images, LABELS, np.arange(32), schedule_position=lambda share: share)
        return found, runtime_of(get_family(family)).precision


@pytest.mark.parametrize(
    ("family", "settings", "precision"),
    [
        ("cnn", {"blocks": 1, "filters": 4}, "bfloat16"),
        ("finetuned", {"backbone": NAME, "resolution": 32, "trained_stages": 1}, "float32"),
    ],
)
def test_the_format_that_is_stored_is_that_of_the_training(
    family: str, settings: dict[str, Any], precision: str, on_torch: ProcessPoolExecutor, tmp_path: Path
) -> None:
    assert on_torch.submit(formats, family, settings, tmp_path).result() == ({precision}, precision)
