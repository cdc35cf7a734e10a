"""A head that learns from the features of a frozen backbone, with real weights at 32 pixels."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kagglebot.models.registry import get_family
from kagglebot.training.learner import Learner
from kagglebot.training.registry import load_predictor, make_learner

pytestmark = pytest.mark.usefixtures("lite0")

SHAPE, CLASSES = (40, 40, 3), 2
SETTINGS: Mapping[str, Any] = {
    "resolution": 32,
    "optimizer": "adam",
    "learning_rate": 0.01,
    "schedule": "constant",
    "batch_size": 16,
    "min_steps_per_epoch": 1,
    "ema_epochs": 1.0,
}


def learner(**settings: Any) -> Learner:
    family = get_family("pretrained")
    return make_learner(family, {**SETTINGS, **settings}, SHAPE, CLASSES, seed=3, pixel_moments=(0.0, 1.0))


def train(net: Learner, images: NDArray[np.uint8], labels: NDArray[np.int64], epochs: int = 8) -> Learner:
    for _ in range(epochs):
        net.run_epoch(images, labels, np.arange(len(images)), schedule_position=lambda share: share)
    return net


@pytest.fixture(scope="module")
def labels() -> NDArray[np.int64]:
    return np.arange(48) % CLASSES


@pytest.fixture
def images(labels: NDArray[np.int64], tmp_path: Path) -> NDArray[np.uint8]:
    """Noise of two colours, in a file that is mapped into memory; class 1 has a dark left half."""
    pixels = np.random.default_rng(0).integers(60, 256, (len(labels), *SHAPE), np.uint8)
    pixels[labels == 1, :, :20] //= 4
    np.save(tmp_path / "train_images.npy", pixels, allow_pickle=False)
    mapped: NDArray[np.uint8] = np.load(tmp_path / "train_images.npy", mmap_mode="r", allow_pickle=False)
    return mapped


def test_the_head_learns_and_the_backbone_stays(
    images: NDArray[np.uint8], labels: NDArray[np.int64], tmp_path: Path
) -> None:
    net = train(learner(), images, labels)
    assert (net.predict(images).argmax(axis=1) == labels).all()
    assert net.parameter_count == (1280 + 1) * CLASSES
    assert len(list(tmp_path.glob("train_images.efficientnet-lite0-*.npy"))) == 1


@pytest.mark.parametrize("head", ["linear", "mlp"])
def test_the_saved_net_predicts_from_pixels_what_the_head_did_from_features(
    images: NDArray[np.uint8], labels: NDArray[np.int64], tmp_path: Path, head: str
) -> None:
    net = train(learner(head=head), images, labels, epochs=2)
    net.save(tmp_path / "model.keras")
    settings = {**SETTINGS, "head": head}
    predict = load_predictor(
        tmp_path / "model.keras", get_family("pretrained"), settings, SHAPE, CLASSES, scaling=(1, 0)
    )
    # Kept features have half the precision.
    np.testing.assert_allclose(predict(np.array(images)), net.predict(images), atol=2e-3)


def test_test_time_augmentation_mirrors_and_does_not_shift(
    images: NDArray[np.uint8], labels: NDArray[np.int64]
) -> None:
    net, rows = train(learner(flip=True), images, labels, epochs=2), np.array([5, 1])
    plain, averaged = net.predict_views(images, rows)
    np.testing.assert_allclose(plain, net.predict(images, rows), atol=1e-6)
    mirrored = net.predict(np.array(images[:, :, ::-1]), rows)
    np.testing.assert_allclose(averaged, (plain + mirrored) / 2, atol=1e-6)
    still, same = train(learner(), images, labels, epochs=1).predict_views(images, rows)
    np.testing.assert_array_equal(still, same)


def test_mirrored_images_are_learned_from(images: NDArray[np.uint8], labels: NDArray[np.int64]) -> None:
    """Without them the side of the dark half would matter more."""
    difference = []
    for flip in (False, True):
        net = train(learner(flip=flip), images, labels)
        mirrored = net.predict(np.array(images[:, :, ::-1]))
        difference.append(np.abs(mirrored - net.predict(images)).mean())
    assert difference[1] < difference[0]


def test_a_training_goes_on_from_its_state(images: NDArray[np.uint8], labels: NDArray[np.int64]) -> None:
    whole = train(learner(flip=True), images, labels, epochs=4)
    half = train(learner(flip=True), images, labels, epochs=2)
    rest = learner(flip=True)
    state = half.state()
    assert state is not None
    assert sum(array.size for array in state.values()) < 50_000  # of the head alone
    rest.restore(state)
    np.testing.assert_array_equal(train(rest, images, labels, epochs=2).predict(images), whole.predict(images))


def test_grey_images_are_taken(labels: NDArray[np.int64]) -> None:
    net = make_learner(get_family("pretrained"), SETTINGS, (28, 28, 1), CLASSES, seed=0, pixel_moments=(0, 1))
    pixels = np.random.default_rng(0).integers(0, 256, (len(labels), 28, 28, 1), np.uint8)
    assert train(net, pixels, labels, epochs=1).predict(pixels).shape == (len(labels), CLASSES)
