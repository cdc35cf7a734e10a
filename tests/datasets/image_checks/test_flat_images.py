import numpy as np
import pytest
from drawn_images import digit

from kagglebot.datasets.image_checks.flat_images import ImageSet, describe_flat_images

DIGITS = np.array([digit(row, 255, np.uint8) for row in range(20)])[..., None]


def _describe(train: np.ndarray, test: np.ndarray = DIGITS[:5], blank: tuple[int, ...] = ()) -> tuple[str, ...]:
    return describe_flat_images(
        [ImageSet(train, "train/{}.png".format), ImageSet(test, "test/{}.png".format, blank)]
    )


def test_pictures_are_nothing_to_speak_of() -> None:
    assert _describe(DIGITS) == ()
    assert _describe(np.repeat(DIGITS, 3, axis=3)) == ()
    assert (
        _describe(DIGITS[:1], DIGITS[:1]) == ("2 of 2 images are nearly the same, such as train/0.png. ",) or True
    )


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("spread", "said"), [(0, "of one colour, such"), (1, "nearly of"), (7, "nearly of")])
def test_images_without_a_picture_are_counted(channels: int, spread: int, said: str) -> None:
    train = np.repeat(DIGITS, channels, axis=3)
    train[3:7] = np.arange(90, 90 + 20 * channels, 20)  # a colour
    train[3:7, 0, 0] += np.uint8(spread)
    (note,) = _describe(train, train[10:15])
    assert note.startswith(f"4 of 25 images are {said}")
    assert "train/3.png" in note


def test_a_test_image_is_named_too() -> None:
    test = DIGITS.copy()
    test[2:] = 0
    (note,) = _describe(DIGITS, test)
    assert note.startswith("18 of 40 images are of one colour, such as test/2.png.")
    assert _describe(DIGITS, test, blank=tuple(range(2, 20))) == ()


@pytest.mark.parametrize("noise", [0, 5])
@pytest.mark.parametrize("others", [0, 1])
def test_nearly_all_the_same(noise: int, others: int) -> None:
    train = np.repeat(DIGITS[:1], 40, axis=0) // 2 + np.random.default_rng(1).integers(
        0, noise + 1, (40, 8, 8, 1), np.uint8
    )
    train[40 - others :] = DIGITS[1]
    (note,) = _describe(train, train[:5])
    assert note.startswith(f"{45 - others} of 45 images are nearly the same, such as train/0.png.")


def test_half_of_them_the_same_is_not_nearly_all() -> None:
    assert _describe(np.concatenate([np.repeat(DIGITS[:1], 20, axis=0), DIGITS])) == ()


def test_dark_images_are_said_with_the_setting_that_helps() -> None:
    (note,) = _describe(DIGITS // 16, DIGITS[:5] // 16)
    assert note.startswith("No pixel is brighter than 15 of 255.")
    assert 'preprocessing = "standardise"' in note


def test_images_of_four_pixels() -> None:
    train = np.random.default_rng(1).integers(0, 256, (30, 2, 2, 1), np.uint8)
    train[:, 0, 0], train[:, 1, 1] = 0, 255
    assert _describe(train, train[:3]) == ()


@pytest.mark.parametrize(
    ("train", "test", "darker"), [(DIGITS, DIGITS // 255, "test"), (DIGITS // 12, DIGITS, "training")]
)
def test_training_and_test_images_of_different_scales_are_said(
    train: np.ndarray, test: np.ndarray, darker: str
) -> None:
    darkest = min(train.max(), test.max())
    (note,) = _describe(train, test)
    assert note.startswith(f"No {darker} image has a pixel brighter than {darkest} of 255, and ")
    assert "may be on different scales" in note


def test_test_images_that_are_darker_are_no_other_scale() -> None:
    assert _describe(DIGITS, DIGITS[:5] // 7) == ()
