import math

import pytest

from kagglebot.models.base import ParameterError
from kagglebot.models.cnn import CnnParameters, build, check, work


def layers(name: str, **parameters: object) -> list:
    model = build(CnnParameters(**parameters), (28, 28, 1), 10, (1 / 255, 0.0))
    return [layer for layer in model.layers if type(layer).__name__ == name]


def test_filters_grow_from_block_to_block() -> None:
    convolutions = layers("Conv2D", blocks=3, convolutions=2, filters=8, growth=1.5)
    assert [layer.filters for layer in convolutions] == [8, 8, 12, 12, 18, 18]


def test_a_block_can_be_set_apart() -> None:
    """S4 of the original notebook: 32 of 5x5 twice, 64 of 3x3 twice, 128 of 2x2 twice, a dense layer of 256."""
    settings = {
        "blocks": 3,
        "filters": 32,
        "kernel": 3,
        "kernel_1": 5,
        "kernel_3": 2,
        "convolutions": 2,
        "batch_norm": False,
    }
    convolutions = layers("Conv2D", **settings, head="dense", dense_units=256)
    assert [layer.filters for layer in convolutions] == [32, 32, 64, 64, 128, 128]
    assert [layer.kernel_size[0] for layer in convolutions] == [5, 5, 3, 3, 2, 2]
    assert [layer.units for layer in layers("Dense", **settings, head="dense", dense_units=256)] == [256, 10]
    assert len(layers("MaxPooling2D", **settings, head="dense")) == 3


def test_pooling_head_keeps_the_last_block_whole() -> None:
    assert len(layers("MaxPooling2D", blocks=3)) == 2
    assert len(layers("GlobalAveragePooling2D", blocks=3)) == 1


def test_a_residual_block_is_halved_before_its_shortcut() -> None:
    """The net is a narrow ResNet-9: one convolution, then blocks with a shortcut around a pair of them."""
    net = {"blocks": 3, "convolutions": 3, "convolutions_1": 1, "filters": 8, "residual": True}
    assert [layer.output.shape[1:] for layer in layers("Add", **net)] == [(7, 7, 16), (7, 7, 32)]
    assert [layer.output.shape[1] for layer in layers("Conv2D", **net)] == [28, 14, 7, 7, 7, 7, 7]
    assert len(layers("MaxPooling2D", **net)) == 2
    plain = {**net, "residual": False}
    assert layers("Add", **plain) == []
    assert [layer.output.shape[1] for layer in layers("Conv2D", **plain)] == [28, 14, 14, 14, 7, 7, 7]


@pytest.mark.parametrize("head", ["pooling", "dense"])
@pytest.mark.parametrize("residual", [False, True])
def test_work_counts_what_is_built(head: str, residual: bool) -> None:
    net = {"blocks": 3, "convolutions": 3, "convolutions_2": 1, "head": head, "residual": residual, "kernel_1": 5}
    sums = 0
    outputs = 0
    built = layers("Conv2D", **net) + layers("Dense", **net)
    for layer in built:
        positions = layer.output.shape[1] * layer.output.shape[2] if layer.kernel.ndim == 4 else 1
        sums += positions * math.prod(layer.kernel.shape)
        outputs += math.prod(layer.output.shape[1:])
    counted = work(CnnParameters(**net), (28, 28, 1), 10)
    assert (counted.multiply_adds, counted.activations, counted.layers) == (sums, outputs, len(built))


@pytest.mark.parametrize(
    ("parameters", "shape", "blamed"),
    [
        ({"blocks": 5}, (8, 8, 1), "blocks"),
        ({"blocks": 4, "head": "dense"}, (8, 8, 1), "blocks"),
        ({"blocks": 1, "kernel": 11}, (4, 4, 1), "kernel"),
        ({"blocks": 2, "kernel_2": 11}, (8, 8, 1), "kernel_2"),
    ],
)
def test_an_impossible_net_is_refused_by_its_parameter(parameters: dict, shape: tuple, blamed: str) -> None:
    with pytest.raises(ParameterError) as caught:
        check(CnnParameters(**parameters), shape)
    assert caught.value.parameter == blamed


def test_the_deepest_possible_net_is_accepted_and_built() -> None:
    for residual in (False, True):
        deepest = CnnParameters(blocks=4, residual=residual, convolutions=4)
        check(deepest, (8, 8, 1))
        build(deepest, (8, 8, 1), 10, (1.0, 0.0))


@pytest.mark.parametrize(("name", "value"), [("filters", 0), ("blocks", 0), ("dropout", 1.0), ("head", "flat")])
def test_a_value_outside_its_limits_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ParameterError) as caught:
        CnnParameters.parse({name: value})
    assert caught.value.parameter == name
