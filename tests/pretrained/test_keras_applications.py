"""Nets of keras.applications: what is published of them, and a net through a file and back."""

import math
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from kagglebot.errors import DataError
from kagglebot.pretrained.backbones import BACKBONES, Backbone
from kagglebot.pretrained.keras_applications import NETS

SMALL = BACKBONES["mobilenet-v3-small"]
PICTURES = np.random.default_rng(0).integers(0, 256, (2, 40, 40, 3)).astype(np.float32)


@pytest.mark.parametrize("net", NETS, ids=lambda net: net.name)
def test_addresses_and_digests_are_those_of_keras(net: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from keras import applications
    from keras.src.applications import convnext, efficientnet_v2, mobilenet_v3

    module = {"M": mobilenet_v3, "E": efficientnet_v2, "C": convnext}[net.function[0]]
    assert callable(getattr(applications, net.function))
    address = getattr(module, "BASE_WEIGHTS_PATH", None) or module.BASE_WEIGHT_PATH
    assert net.url == f"{address}{net.file}"
    digests = {pair[1] for key, pair in module.WEIGHTS_HASHES.items() if key.strip("-") in net.file}
    assert net.checksum.partition(":")[2] in digests


@pytest.fixture(scope="module")
def net() -> Any:
    return randomised(SMALL.build(), 0)


def randomised(model: Any, seed: int) -> Any:
    """Set every weight of a net to a random one, as those of normalisation are zeros and ones at first."""
    rng = np.random.default_rng(seed)
    model.set_weights([rng.uniform(0.1, 0.9, weight.shape).astype(np.float32) for weight in model.get_weights()])
    return model


@pytest.mark.parametrize("name", ["saved.h5", "saved.weights.h5"])
def test_a_saved_net_loads_with_the_same_answers(net: Any, tmp_path: Path, name: str) -> None:
    net.save(tmp_path / name) if name == "saved.h5" else net.save_weights(tmp_path / name)
    other = SMALL.build()
    other.trainable = False
    SMALL.load(other, tmp_path / name)
    features = other(PICTURES, training=False).numpy()
    assert features.shape == (2, SMALL.features) and np.isfinite(features).all()
    np.testing.assert_array_equal(features, net(PICTURES, training=False).numpy())


@pytest.fixture(scope="module")
def saved(net: Any, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("saved") / "net.h5"
    net.save(path)
    return path.read_bytes()


def test_a_file_that_is_cut_short_is_named(net: Any, saved: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cut.h5"
    path.write_bytes(saved[: len(saved) // 2])
    with pytest.raises(DataError, match=r"cut\.h5 is not a file of Keras weights that can be read: .*truncated"):
        SMALL.load(net, path)


@pytest.mark.parametrize("content", [b"", b"cos\nsystem\n(S'exit 3'\ntR."], ids=["empty", "code"])
def test_what_is_no_hdf5_file_is_refused_unread(net: Any, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "net.pth"
    path.write_bytes(content)
    with pytest.raises(DataError, match="is not a file of Keras weights that can be read"):
        SMALL.load(net, path)


def test_weights_that_are_not_numbers_are_refused(net: Any, saved: bytes, tmp_path: Path) -> None:
    path = tmp_path / "net.h5"
    path.write_bytes(saved)
    with h5py.File(path, "r+") as file:
        file["model_weights/conv/conv/kernel"][...] = np.nan
    with pytest.raises(DataError, match="kernel holds numbers that are not finite"):
        SMALL.load(net, path)


def test_a_link_to_another_file_is_refused(net: Any, saved: bytes, tmp_path: Path) -> None:
    path = tmp_path / "net.h5"
    path.write_bytes(saved)
    with h5py.File(path, "r+") as file:
        file["model_weights/elsewhere"] = h5py.ExternalLink("/etc/passwd", "/")
    with pytest.raises(DataError, match="elsewhere in it is a link"):
        SMALL.load(net, path)


@pytest.mark.parametrize("other", ["fewer layers", "another width"])
def test_weights_of_another_net_are_refused(net: Any, tmp_path: Path, other: str) -> None:
    from keras import Sequential, applications, layers

    path = tmp_path / "other.h5"
    if other == "fewer layers":
        Sequential([layers.Input((3,)), layers.Dense(2)]).save(path)
    else:
        wide = applications.MobileNetV3Small(alpha=0.75, include_top=False, weights=None, input_shape=(32, 32, 3))
        wide.save(path)
    with pytest.raises(ValueError, match=r"Layer count mismatch|shape"):
        SMALL.load(net, path)


def test_backbones_are_told_apart_by_name() -> None:
    assert len({backbone.file for backbone in BACKBONES.values()}) == len(BACKBONES)
    assert all(isinstance(backbone, Backbone) and backbone.name == name for name, backbone in BACKBONES.items())


def test_operations_are_counted_at_224_pixels() -> None:
    from keras import applications

    net = applications.MobileNetV3Small(include_top=False, weights=None, input_shape=(224, 224, 3), pooling="avg")
    counted = [layer for layer in net.layers if hasattr(layer, "kernel")]
    outputs = [layer.output.shape[1:] for layer in counted]
    per_kernel = zip(outputs, counted, strict=True)
    assert SMALL.multiply_adds == sum(
        math.prod(shape[:2]) * math.prod(layer.kernel.shape) for shape, layer in per_kernel
    )
    assert SMALL.activations == sum(map(math.prod, outputs))
    assert SMALL.layers == len(counted)
