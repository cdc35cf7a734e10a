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


@pytest.mark.parametrize(
    ("largest", "fetched", "own", "size"),
    [
        (None, (64, 64), (300, 400), None),
        (224, (32, 32), (32, 32), None),
        (24, (32, 32), (32, 32), (24, 24)),
        (224, (64, 64), (300, 400), (224, 224)),
        (224, (64, 64), (150, 200), (150, 200)),
        (224, (64, 64), None, (224, 224)),
        (64, (64, 64), (300, 400), None),
    ],
)
def test_a_limit_shrinks_larger_images_and_leaves_others(
    largest: int | None, fetched: tuple[int, int], own: tuple[int, int] | None, size: tuple[int, int] | None
) -> None:
    rule = ImageRule(fit="crop", largest=largest)
    assert rule.limited(fetched, own) == ImageRule(size, "crop")
