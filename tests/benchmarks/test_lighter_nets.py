import pytest
from lighter_nets import Small, with_stride

from kagglebot.models.registry import get_family

SHAPE = 28, 28, 1


def test_whole_images_come_when_their_share_of_the_epochs_is_left() -> None:
    small = Small(share=0.6, side=0.5)
    assert small.settings((28, 20, 1)) == {"resolution": 14}
    assert not small.is_over(epochs=0, left=12.0)
    assert not small.is_over(epochs=9, left=6.1)
    assert small.is_over(epochs=9, left=6.0)  # 9 of 15 epochs were small


@pytest.mark.parametrize("kernel", [3, 6])
def test_a_stride_takes_the_place_of_the_first_pooling(kernel: int) -> None:
    parameters = get_family("cnn").parameters.parse({"convolutions_1": 1})
    plain, strided = (
        family.build(parameters, SHAPE, 10, (1 / 255, 0.0)) for family in (get_family("cnn"), with_stride(kernel))
    )
    first = next(layer for layer in strided.layers if "conv" in layer.name)
    assert (first.kernel_size, first.strides, first.output.shape) == ((kernel, kernel), (2, 2), (None, 14, 14, 16))
    assert [each.shape for each in strided.variables[1:]] == [each.shape for each in plain.variables[1:]]
    assert [each.shape for each in strided.outputs] == [(None, 10)]
    poolings = [sum("max_pooling" in layer.name for layer in net.layers) for net in (plain, strided)]
    assert poolings == [2, 1]
