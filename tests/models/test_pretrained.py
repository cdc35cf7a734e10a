"""Parameters of pretrained nets: which backbones there are, and which of them an export can hold."""

import pytest

from kagglebot.errors import DataError
from kagglebot.models.base import ParameterError
from kagglebot.models.registry import get_family

FAMILY = get_family("pretrained")


@pytest.mark.parametrize("name", ["resnet", "hub:", "MobileNetV3Small"])
def test_a_name_that_is_none_lists_those_that_are(name: str) -> None:
    with pytest.raises(ParameterError, match=f"backbone: there is no '{name}'") as caught:
        FAMILY.parameters.parse({"backbone": name})
    assert "mobilenet-v3-small" in caught.value.hint and "hub:" in caught.value.hint


def test_nets_of_keras_hub_are_not_exported() -> None:
    FAMILY.check_export(FAMILY.parameters.parse({"backbone": "convnext-tiny"}))
    with pytest.raises(DataError, match="hub:resnet_18_imagenet is built by KerasHub") as caught:
        FAMILY.check_export(FAMILY.parameters.parse({"backbone": "hub:resnet_18_imagenet"}))
    assert "kagglebot submit" in caught.value.hint


@pytest.mark.parametrize(
    ("backbone", "side", "seen"),
    [
        ("efficientnet-lite0", 260, 224),
        ("efficientnet-lite1", 260, 240),
        ("efficientnet-v2-s", 260, 384),
        ("efficientnet-lite1", 32, 128),  # enlarged four times, not more
    ],
)
def test_a_net_sees_images_of_the_size_that_it_was_trained_with(backbone: str, side: int, seen: int) -> None:
    parameters = FAMILY.parameters.parse({"backbone": backbone})
    assert FAMILY.seen_shape(parameters, (side, side, 3)) == (seen, seen, 3)
