"""A head that learns from the features of a frozen backbone, with real weights at 32 pixels."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kagglebot.models.base import HEAD
from kagglebot.models.registry import get_family
from kagglebot.training.keras.parts import features_kept
from kagglebot.training.learner import Learner
from kagglebot.training.registry import load_predictor, make_learner, split_settings

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


def learner(family: str = "pretrained", **settings: Any) -> Learner:
    return make_learner(
        get_family(family), {**SETTINGS, **settings}, SHAPE, CLASSES, seed=3, pixel_moments=(0.0, 1.0)
    )


def train(net: Learner, images: NDArray[np.uint8], labels: NDArray[np.int64], epochs: int = 8) -> Learner:
    for _ in range(epochs):
        net.run_epoch(images, labels, np.arange(len(images)), schedule_position=lambda share: share)
    return net


@pytest.fixture(scope="module")
def labels() -> NDArray[np.int64]:
    return np.arange(48) % CLASSES


@pytest.fixture(scope="module")
def images(labels: NDArray[np.int64], tmp_path_factory: pytest.TempPathFactory) -> NDArray[np.uint8]:
    """Noise of two colours, in a file that is mapped into memory; class 1 has a dark left half.

    Their features are computed by the first test that needs them.
    """
    folder = tmp_path_factory.mktemp("images")
    pixels = np.random.default_rng(0).integers(60, 256, (len(labels), *SHAPE), np.uint8)
    pixels[labels == 1, :, :20] //= 4
    np.save(folder / "train_images.npy", pixels, allow_pickle=False)
    mapped: NDArray[np.uint8] = np.load(folder / "train_images.npy", mmap_mode="r", allow_pickle=False)
    return mapped


@pytest.fixture(scope="module")
def taught(images: NDArray[np.uint8], labels: NDArray[np.int64]) -> Learner:
    """A head after eight epochs; read only, as are the next two after two epochs."""
    return train(learner(), images, labels)


@pytest.fixture(scope="module")
def plain(images: NDArray[np.uint8], labels: NDArray[np.int64]) -> Learner:
    return train(learner(), images, labels, epochs=2)


@pytest.fixture(scope="module")
def flipped(images: NDArray[np.uint8], labels: NDArray[np.int64]) -> Learner:
    return train(learner(flip=True), images, labels, epochs=2)


def test_the_head_learns_and_the_backbone_stays(
    taught: Learner, images: NDArray[np.uint8], labels: NDArray[np.int64]
) -> None:
    net = taught
    assert (net.predict(images).argmax(axis=1) == labels).all()
    assert net.parameter_count == (1280 + 1) * CLASSES
    folder = Path(images.filename).parent  # type: ignore[attr-defined]
    plain = [path for path in folder.glob("train_images.efficientnet-lite0-*.npy") if "mirrored" not in path.name]
    assert len(plain) == 1


def test_a_new_head_finds_all_classes_equally_probable(images: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(learner().predict(images), np.full((len(images), CLASSES), 1 / CLASSES))


@pytest.mark.parametrize("head", ["linear", "mlp"])
def test_the_saved_net_predicts_from_pixels_what_the_head_did_from_features(
    plain: Learner, images: NDArray[np.uint8], labels: NDArray[np.int64], tmp_path: Path, head: str
) -> None:
    net = plain if head == "linear" else train(learner(head=head), images, labels, epochs=2)
    net.save(tmp_path / "model.keras")
    settings = {**SETTINGS, "head": head}
    predict = load_predictor(
        tmp_path / "model.keras", get_family("pretrained"), settings, SHAPE, CLASSES, scaling=(1, 0)
    )
    # Kept features have half the precision.
    np.testing.assert_allclose(predict(np.array(images)), net.predict(images), atol=2e-3)


def test_test_time_augmentation_mirrors_and_does_not_shift(
    plain: Learner, flipped: Learner, images: NDArray[np.uint8]
) -> None:
    net, rows = flipped, np.array([5, 1])
    single, averaged = net.predict_views(images, rows)
    np.testing.assert_allclose(single, net.predict(images, rows), atol=1e-6)
    mirrored = net.predict(np.array(images[:, :, ::-1]), rows)
    np.testing.assert_allclose(averaged, (single + mirrored) / 2, atol=1e-6)
    still, same = plain.predict_views(images, rows)
    np.testing.assert_array_equal(still, same)


def test_mirrored_images_are_learned_from(
    taught: Learner, images: NDArray[np.uint8], labels: NDArray[np.int64]
) -> None:
    """Without them the side of the dark half would matter more."""
    difference = []
    for net in (taught, train(learner(flip=True), images, labels)):
        mirrored = net.predict(np.array(images[:, :, ::-1]))
        difference.append(np.abs(mirrored - net.predict(images)).mean())
    assert difference[1] < difference[0]


def test_features_can_be_mixed_and_what_changes_pixels_does_not_apply_to_them(
    plain: Learner, images: NDArray[np.uint8], labels: NDArray[np.int64]
) -> None:
    expected = plain.predict(images)
    of_pixels = {"rotation": 20.0, "crop": 0.5, "jitter": 0.3, "erasing": 1.0, "cutmix": 1.0}
    np.testing.assert_array_equal(train(learner(**of_pixels), images, labels, epochs=2).predict(images), expected)
    mixed = train(learner(mixup=0.4), images, labels, epochs=2).predict(images)
    assert np.abs(mixed - expected).max() > 0.01


def test_a_training_goes_on_from_its_state(
    flipped: Learner, images: NDArray[np.uint8], labels: NDArray[np.int64]
) -> None:
    whole = train(learner(flip=True), images, labels, epochs=4)
    rest = learner(flip=True)
    state = flipped.state()
    assert state is not None
    assert sum(array.size for array in state.values()) < 50_000  # of the head alone
    rest.restore(state)
    np.testing.assert_array_equal(train(rest, images, labels, epochs=2).predict(images), whole.predict(images))


def test_grey_images_are_taken(labels: NDArray[np.int64]) -> None:
    net = make_learner(get_family("pretrained"), SETTINGS, (28, 28, 1), CLASSES, seed=0, pixel_moments=(0, 1))
    pixels = np.random.default_rng(0).integers(0, 256, (len(labels), 28, 28, 1), np.uint8)
    assert train(net, pixels, labels, epochs=1).predict(pixels).shape == (len(labels), CLASSES)


def weights_of(net: Learner) -> list[NDArray[np.float32]]:
    """Copies of the net's weights: those of the backbone in order, then the head's."""
    return [np.array(weight) for weight in net.model.get_weights()]  # type: ignore[attr-defined]


TUNED: Mapping[str, Any] = {**SETTINGS, "trained_stages": 1, "flip": True}


@pytest.fixture(scope="module")
def tuned(images: NDArray[np.uint8], labels: NDArray[np.int64]) -> tuple[Learner, list[NDArray[np.float32]]]:
    """A net whose last stages were trained for an epoch, and its weights before; read only."""
    net = learner("finetuned", **TUNED)
    before = weights_of(net)
    return train(net, images, labels, epochs=1), before


def test_the_last_stages_are_tuned_and_the_others_stay(
    tuned: tuple[Learner, list[NDArray[np.float32]]],
) -> None:
    net, before = tuned
    variables = [variable.path for variable in net.model.weights]  # type: ignore[attr-defined]
    moved = {
        path
        for path, old, new in zip(variables, before, weights_of(net), strict=True)
        if not np.array_equal(old, new) and "_blocks" in path
    }
    # The feature maps halve for the fifth time in the twelfth block.
    assert {int(path.split("_blocks-")[1].split("-")[0]) for path in moved} == {11, 12, 13, 14, 15}
    assert any(path.endswith("bias") for path in moved)  # the net's batch normalisation is a part of them


def test_the_nearer_to_the_pixels_the_lower_is_the_learning_rate(
    images: NDArray[np.uint8], labels: NDArray[np.int64]
) -> None:
    net = learner(
        "finetuned", backbone_rate=0.5, stage_rate=0.5, optimizer="adam", learning_rate=1e-3, ema_epochs=0.0
    )
    logits = net.model.get_layer(HEAD).get_layer("logits").kernel  # type: ignore[attr-defined]
    logits.assign(np.random.default_rng(1).normal(size=logits.shape))  # zeros let no gradient through
    before = dict(zip((v.path for v in net.model.weights), weights_of(net), strict=True))  # type: ignore[attr-defined]
    net.run_epoch(images, labels, np.arange(16), schedule_position=lambda share: share)
    after = dict(zip(before, weights_of(net), strict=True))
    # The first step of Adam moves a weight by the learning rate.
    steps = {path: np.abs(after[path] - before[path]).max() for path in before if path.endswith("kernel")}
    for name, factor in (
        ("logits", 1),
        ("_conv_head", 0.5),
        ("_blocks-15-_project", 0.5),
        ("_blocks-5-_depth", 0.25),
        ("_conv_stem", 0.03125),
    ):
        step = next(step for path, step in steps.items() if name in path)
        assert step == pytest.approx(1e-3 * factor, rel=0.02), name


def test_a_tuned_net_is_saved_whole_and_goes_on_from_its_state(
    tuned: tuple[Learner, list[NDArray[np.float32]]], images: NDArray[np.uint8], tmp_path: Path
) -> None:
    net, _ = tuned
    state = net.state()
    assert state is not None
    rest = learner("finetuned", **TUNED)
    rest.restore(state)
    for restored, own in zip(weights_of(rest), weights_of(net), strict=True):
        np.testing.assert_array_equal(restored, own)
    net.save(tmp_path / "model.keras")
    load = (tmp_path / "model.keras", get_family("finetuned"), TUNED, SHAPE, CLASSES)
    # The net is trained at 32 pixels, and predicts from images of 40.
    np.testing.assert_allclose(load_predictor(*load, scaling=(1, 0))(images), net.predict(images), atol=1e-5)


@pytest.mark.parametrize("resolution", [12, 40, None])
def test_a_cnn_sees_images_at_its_resolution(
    images: NDArray[np.uint8], labels: NDArray[np.int64], tmp_path: Path, resolution: int | None
) -> None:
    settings = {"resolution": resolution, "blocks": 1, "filters": 4, "epochs": 1, "shift": 0.1}
    settings = {name: value for name, value in settings.items() if value is not None}
    family = get_family("cnn")
    net = make_learner(family, settings, (20, 20, 3), CLASSES, seed=1, pixel_moments=(0, 1))
    pixels = np.ascontiguousarray(images[:, ::2, ::2])
    predictions = train(net, pixels, labels, epochs=1).predict(pixels)
    assert net.model.input_shape[1] == min(resolution or 20, 20)  # type: ignore[attr-defined]
    net.save(tmp_path / "model.keras")
    load = load_predictor(tmp_path / "model.keras", family, settings, (20, 20, 3), CLASSES)
    np.testing.assert_allclose(load(pixels), predictions, atol=1e-5)


@pytest.mark.parametrize(
    ("family", "settings"), [("pretrained", {"head_dropout": 0.3}), ("cnn", {"dropout": 0.3})]
)
def test_a_renewed_net_learns_as_a_new_one(
    images: NDArray[np.uint8], labels: NDArray[np.int64], family: str, settings: dict[str, Any]
) -> None:
    kind, rows = get_family(family), np.arange(32)
    chosen = {**SETTINGS, **settings, "resolution": 32, "flip": True}

    def new() -> Learner:
        return make_learner(kind, chosen, SHAPE, CLASSES, seed=3, pixel_moments=(0.0, 1.0))

    used = train(new(), images, labels, epochs=1)
    assert used.renew(pixel_moments=(0.0, 1.0))
    for net in (fresh := new(), used):
        net.run_epoch(images, labels, rows, schedule_position=lambda share: share)
    np.testing.assert_array_equal(used.predict(images), fresh.predict(images))


def test_a_net_whose_pixels_are_scaled_otherwise_is_not_renewed() -> None:
    net = make_learner(
        get_family("cnn"), {"preprocessing": "standardise"}, SHAPE, CLASSES, seed=3, pixel_moments=(90.0, 40.0)
    )
    assert not net.renew(pixel_moments=(91.0, 40.0))


def test_the_features_that_are_kept_are_those_of_both_sides(tmp_path: Path) -> None:
    np.save(tmp_path / "train_images.npy", np.zeros((4, *SHAPE), np.uint8), allow_pickle=False)
    images = np.load(tmp_path / "train_images.npy", mmap_mode="r", allow_pickle=False)
    family = get_family("pretrained")
    parameters, _ = split_settings(family, SETTINGS)
    assert family.transfer is not None
    kept = partial(features_kept, family.transfer, parameters, images)
    assert [kept(flip=False), kept(flip=True)] == [0, 0]
    learner().prepare(images, lambda share: None)
    assert [kept(flip=False), kept(flip=True)] == [1, 0.5]
