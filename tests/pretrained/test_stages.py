"""The stages of a backbone are told by where its feature maps halve."""

import pytest

from kagglebot.pretrained.backbones import BACKBONES
from kagglebot.pretrained.stages import stages


def test_a_net_of_stride_32_has_five_stages_after_the_pixels() -> None:
    of_layers = {layer.name: stage for layer, stage in stages(BACKBONES["efficientnet-lite0"].build()).items()}
    assert set(of_layers.values()) == {0, 1, 2, 3, 4, 5}
    for name, stage in (("pixels", 0), ("_conv_stem", 1), ("_blocks-1-_expand_conv", 1), ("_conv_head", 5)):
        assert of_layers[name] == stage
    assert of_layers["_blocks-1-_depthwise_conv"] == of_layers["_blocks-2-_project_conv"] == 2


@pytest.mark.parametrize("pooled", [True, False])
def test_pooling_halves_too_and_branches_keep_the_larger_stride(pooled: bool) -> None:
    from keras import Model, layers

    pixels = layers.Input((16, 16, 3))
    one = layers.MaxPooling2D(2, name="one")(pixels) if pooled else layers.Conv2D(3, 1, 2, name="one")(pixels)
    gate = layers.GlobalAveragePooling2D(keepdims=True, name="gate")(one)
    net = Model(pixels, layers.Multiply(name="product")([gate, one]))
    assert {layer.name: stage for layer, stage in stages(net).items() if layer.name != net.layers[0].name} == {
        "one": 1,
        "gate": 1,
        "product": 1,
    }


def test_layers_in_a_layer_halve_as_often_as_all_of_them() -> None:
    from keras import Model, Sequential, layers

    pixels = layers.Input((16, 16, 3))
    stem = Sequential([layers.Conv2D(3, 2, 4), layers.MaxPooling2D(2)], name="stem")
    assert [stage for layer, stage in stages(Model(pixels, stem(pixels))).items() if layer.name == "stem"] == [3]
