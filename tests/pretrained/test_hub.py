"""Presets of KerasHub: built, loaded and refused from a folder; downloaded by kagglehub."""

import json
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests

from kagglebot.errors import DataError
from kagglebot.pretrained import hub
from kagglebot.pretrained.backbones import Backbone, find_backbone
from kagglebot.pretrained.weights import (
    MissingWeights,
    fetch_weights,
    find_weights,
    known_backbones,
    load_weights,
    own_weights,
    weights_folder,
)

NAME = "hub:resnet_18_imagenet"
needs_hub = pytest.mark.skipif(find_spec("keras_hub") is None, reason="keras-hub is an extra, and not installed")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def backbone(name: str = NAME) -> Backbone:
    found = find_backbone(name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "preset", "file"),
    [
        (NAME, "resnet_18_imagenet", "hub-resnet_18_imagenet"),
        ("hub:kaggle://me/net/keras/mine/2", "me/net/keras/mine/2", "hub-me-net-keras-mine-2"),
        ("hub:../mine", "../mine", "hub-..-mine"),
    ],
)
def test_presets_have_names_of_their_own_folders(name: str, preset: str, file: str) -> None:
    assert (backbone(name).preset, backbone(name).file) == (preset, file)


@pytest.mark.parametrize("name", ["resnet_18_imagenet", "hub:", "kaggle://me/net/keras/mine"])
def test_a_preset_without_its_prefix_is_none(name: str) -> None:
    assert find_backbone(name) is None


def test_a_preset_that_is_not_here_names_its_folder() -> None:
    with pytest.raises(MissingWeights, match=f"weights of {NAME} are not on this machine") as caught:
        find_weights(backbone())
    assert str(weights_folder() / "hub-resnet_18_imagenet") in caught.value.hint


@pytest.mark.skipif(find_spec("keras_hub") is not None, reason="keras-hub is installed")
def test_without_keras_hub_the_extra_is_named() -> None:
    with pytest.raises(DataError, match="built by KerasHub, which is not installed") as caught:
        fetch_weights(backbone())
    assert "kagglebot[hub]" in caught.value.hint


def test_a_description_with_other_code_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "_keras_hub", lambda preset: None)
    inner = {"module": "os", "class_name": "system", "config": {"command": "exit 3"}}
    (tmp_path / "config.json").write_text(json.dumps({"module": "keras_hub.src", "config": {"layers": [inner]}}))
    with pytest.raises(DataError, match=r"config\.json names code of os, which is not run"):
        hub.build(tmp_path)


@pytest.fixture(scope="module")
def net() -> Any:
    import keras_hub

    return keras_hub.models.ResNetBackbone(
        input_conv_filters=[64],
        input_conv_kernel_sizes=[7],
        stackwise_num_filters=[64, 64],
        stackwise_num_blocks=[1, 1],
        stackwise_num_strides=[1, 2],
        block_type="basic_block",
    )


@pytest.fixture
def preset(net: Any, tmp_path: Path) -> Path:
    """The folder of a small preset."""
    import keras_hub

    folder = tmp_path / "preset"
    net.save_to_preset(str(folder))
    converter = keras_hub.layers.ResNetImageConverter(scale=[0.01, 0.02, 0.03], offset=[-2.0, -1.5, -1.0])
    converter.save_to_preset(str(folder))
    return folder


@needs_hub
def test_a_preset_of_the_users_own_gives_the_features_of_keras_hub(preset: Path, net: Any) -> None:
    import keras_hub

    with own_weights({NAME: str(preset)}):
        model = backbone().build()
        load_weights(backbone(), model)
        assert backbone().features == 64
    pictures = np.random.default_rng(0).integers(0, 256, (2, 48, 48, 3)).astype(np.float32)
    prepared = keras_hub.layers.ImageConverter.from_preset(str(preset))(pictures)
    expected = net(prepared, training=False).numpy().mean((1, 2))
    np.testing.assert_allclose(model(pictures, training=False).numpy(), expected, atol=1e-5)
    assert len(model.layers) == len(net.layers) + 2  # of one functional net: preparation and pooling


@needs_hub
def test_a_preset_is_downloaded_once_and_damage_is_noticed(preset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def model_download(handle: str, output_dir: str) -> str:
        asked.append(handle)
        return str(shutil.copytree(preset, output_dir))

    monkeypatch.setattr("kagglehub.model_download", model_download)
    found = fetch_weights(backbone())
    assert found == fetch_weights(backbone()) and found.path == weights_folder() / "hub-resnet_18_imagenet"
    assert asked == ["keras/resnetv1/keras/resnet_18_imagenet/3"]
    weights = found.path / "model.weights.h5"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(DataError, match="is damaged: its SHA-256 is"):
        find_weights(backbone())
    assert fetch_weights(backbone()) == found and len(asked) == 2
    assert known_backbones()[-1].name == NAME


@needs_hub
@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("hub:resnet_19_imagenet", "KerasHub has no preset 'resnet_19_imagenet'"),
        (NAME, "resnet_18_imagenet/3 could not be downloaded from Kaggle Models: .*no route"),
    ],
)
def test_a_preset_that_cannot_be_had_is_one_sentence(
    name: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def model_download(handle: str, output_dir: str) -> str:
        raise requests.ConnectionError("no route to www.kaggle.com")

    monkeypatch.setattr("kagglehub.model_download", model_download)
    with pytest.raises(DataError, match=problem) as caught:
        fetch_weights(backbone(name))
    assert caught.value.hint and not [path for path in weights_folder().iterdir() if path.suffix != ".lock"]
