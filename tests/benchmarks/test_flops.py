from flops import forward_flops, layer_flops, training_flops

from kagglebot.models.registry import get_family


def test_flops_of_a_cnn_match_the_count_by_hand() -> None:
    family = get_family("cnn")
    settings = {"blocks": 2, "filters": 32, "kernel_1": 5, "batch_norm": False, "head": "dense"}
    model = family.build(family.parameters.parse(settings), (28, 28, 1), 10, (1 / 256, 0.0))

    assert layer_flops(model) == [
        2 * 25 * 1 * 32 * 28 * 28,
        2 * 25 * 32 * 32 * 28 * 28,
        2 * 9 * 32 * 64 * 14 * 14,
        2 * 9 * 64 * 64 * 14 * 14,
        2 * (7 * 7 * 64) * 256,
        2 * 256 * 10,
    ]
    assert forward_flops(model) == sum(layer_flops(model))
    assert family.work is not None  # the search's time estimate counts the same without building the net
    assert 2 * family.work(family.parameters.parse(settings), (28, 28, 1), 10).multiply_adds == forward_flops(
        model
    )
    assert round(training_flops(model) / 1e9, 2) == 0.19


def test_the_first_layer_needs_no_gradient_of_the_image() -> None:
    family = get_family("dense")
    model = family.build(
        family.parameters.parse({"layers": 1, "units_1": 5}), (2, 2, 1), 3, preprocessing=(1.0, 0.0)
    )

    assert layer_flops(model) == [2 * 4 * 5, 2 * 5 * 3]
    assert family.work is not None
    assert (
        family.work(family.parameters.parse({"layers": 1, "units_1": 5}), (2, 2, 1), 3).multiply_adds
        == 4 * 5 + 5 * 3
    )
    assert training_flops(model) == 2 * (2 * 4 * 5) + 3 * (2 * 5 * 3)
