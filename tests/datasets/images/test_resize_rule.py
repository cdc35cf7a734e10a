import pytest

from kagglebot.datasets.images.resize_rule import ImageRule


@pytest.mark.parametrize(
    ("rule", "shape"),
    [
        (ImageRule(), (28, 20, 1)),
        (ImageRule((32, 16)), (32, 16, 1)),
        (ImageRule(channels=3), (28, 20, 3)),
        (ImageRule((32, 16), "pad", 3), (32, 16, 3)),
    ],
)
def test_images_have_the_shape_of_the_rule_and_else_their_own(
    rule: ImageRule, shape: tuple[int, int, int]
) -> None:
    assert rule.resized_shape((28, 20, 1)) == shape
