import numpy as np
import pytest

from kagglebot.datasets.image_checks.duplicates import Duplicates, find_duplicates

TRAIN = np.random.default_rng(3).integers(0, 255, (12, 6, 5, 3), np.uint8)
TEST = np.random.default_rng(4).integers(0, 255, (4, 6, 5, 3), np.uint8)
LABELS = np.arange(12) % 3


def _find(train: np.ndarray, test: np.ndarray = TEST) -> tuple[Duplicates, np.ndarray]:
    return find_duplicates(train, test, LABELS, classes=("a", "b", 7), locate="{}.png".format)


def test_there_are_none_among_different_images() -> None:
    found, copies = _find(TRAIN)
    assert found == Duplicates()
    assert copies.tolist() == list(range(12))
    assert found.notes(12, 4) == ()


def test_copies_are_counted_within_train_across_classes_and_in_the_test_set() -> None:
    train, test = TRAIN.copy(), TEST.copy()
    train[6] = train[9] = train[0]  # all of class a
    train[7] = train[2]  # classes b and 7
    test[1] = train[4]
    test[3] = train[0]
    found, copies = _find(train, test)
    assert found == Duplicates(3, 2, 2, examples=("2.png (7) and 7.png (b)",))
    assert copies.tolist() == [0, 1, 2, 3, 4, 5, 0, 2, 8, 0, 10, 11]
    first, second = found.notes(12, 4)
    assert "3 of 12 training images repeat another, and 2 of 4 test images" in first
    assert second == "2 training images have a copy of another class: 2.png (7) and 7.png (b)."


def test_a_pixel_makes_another_image() -> None:
    train = TRAIN.copy()
    train[1] = train[0]
    train[1, 5, 4, 2] ^= 1
    assert _find(train)[0] == Duplicates()


@pytest.mark.parametrize("colour", [(0, 0, 0), (200, 10, 3)])
def test_images_of_one_colour_are_no_copies(colour: tuple[int, int, int]) -> None:
    train, test = TRAIN.copy(), TEST.copy()
    train[[1, 2, 5]] = test[0] = colour
    found, copies = _find(train, test)
    assert found == Duplicates()
    assert len(set(copies.tolist())) == 12


def test_only_some_pairs_are_named() -> None:
    train = np.repeat(np.random.default_rng(1).integers(0, 255, (15, 4, 4, 1), np.uint8), 2, axis=0)
    labels = np.arange(30) % 2
    found, _ = find_duplicates(train, TEST[..., :1], labels, classes=("a", "b"), locate=str)
    assert (found.train, found.across_classes, len(found.examples)) == (15, 30, 10)
    assert found.notes(30, 4)[1].endswith("; ….")
