"""The net with its real weights: known answers on known photographs, and weights that do not fit."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from kagglebot.pretrained.backbones import BACKBONES
from kagglebot.pretrained.efficientnet_lite import Scale, assign, blocks, build
from kagglebot.pretrained.torch_file import read_tensors


@pytest.fixture(scope="module")
def tensors(lite0: Path) -> Mapping[str, Any]:
    return read_tensors(lite0)


@pytest.fixture(scope="module")
def net(tensors: Mapping[str, Any]) -> Any:
    model = build(Scale())
    assign(model, tensors)
    return model


@pytest.mark.parametrize(
    ("picture", "classes", "logits"),
    [  # of ImageNet: bell cote, boathouse, monastery, palace; daisy, bee, plant pot, mushroom
        ("china.jpg", [442, 449, 663, 698], [7.776987, 7.074887, 6.735893, 6.720309]),
        ("flower.jpg", [985, 309, 738, 994], [6.337550, 5.558159, 4.980326, 4.859653]),
    ],
)
def test_known_photographs_have_the_logits_of_the_original(
    net: Any, tensors: Mapping[str, Any], picture: str, classes: list[int], logits: list[float]
) -> None:
    """The expected logits are those of efficientnet_lite_pytorch 0.1.0 on PyTorch 2.13."""
    image = Image.fromarray(load_sample_image(picture)).resize((224, 224), Image.Resampling.BICUBIC)
    features = net(np.asarray(image, np.float32)[None], training=False).numpy()
    assert features.shape == (1, 1280)
    found = (features @ tensors["_fc.weight"].T + tensors["_fc.bias"])[0]
    assert np.argsort(-found)[:4].tolist() == classes
    np.testing.assert_allclose(found[classes], logits, atol=1e-4)


def test_larger_nets_are_wider_and_deeper() -> None:
    smallest, deeper, wider = list(blocks(Scale())), list(blocks(Scale(1.0, 1.1))), list(blocks(Scale(1.1, 1.2)))
    assert [len(smallest), len(deeper), len(wider)] == [16, 21, 21]
    assert [each.filters for each in (smallest[0], smallest[-1], wider[-1])] == [16, 320, 352]


def test_its_layers_are_counted(net: Any) -> None:
    assert BACKBONES["efficientnet-lite0"].layers == sum(hasattr(layer, "kernel") for layer in net.layers)


def test_any_size_of_images_is_taken(net: Any) -> None:
    assert net(np.zeros((2, 45, 70, 3), np.float32), training=False).shape == (2, 1280)


@pytest.mark.parametrize(
    ("name", "change", "problem"),
    [
        ("_bn0.bias", None, "it has no _bn0.bias"),
        ("_blocks.3._project_conv.weight", np.zeros((1, 2, 3, 4)), r"has the shape \(1, 2, 3, 4\) of another net"),
        ("_conv_head.weight", np.full((1280, 320, 1, 1), np.nan), "numbers that are not finite"),
    ],
)
def test_weights_of_another_net_are_refused(
    net: Any, tensors: Mapping[str, Any], name: str, change: Any, problem: str
) -> None:
    changed = {key: value for key, value in tensors.items() if key != name}
    with pytest.raises(ValueError, match=problem):
        assign(net, changed if change is None else {**changed, name: change})
