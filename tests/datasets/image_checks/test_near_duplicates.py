import numpy as np
import pytest
from PIL import Image

from kagglebot.datasets.image_checks.near_duplicates import MOST_BITS, difference_hashes, nearly_same


def _photographs(count: int, side: int = 64) -> np.ndarray:
    """Parts of a photograph: they have detail everywhere."""
    from sklearn.datasets import load_sample_image

    photograph = load_sample_image("china.jpg")
    generator = np.random.default_rng(0)
    places = generator.integers(0, [photograph.shape[0] - side, photograph.shape[1] - side], (count, 2))
    return np.stack([photograph[top : top + side, left : left + side] for top, left in places])


def _apart(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.bitwise_count(difference_hashes(first) ^ difference_hashes(second))


def test_a_smaller_version_or_little_noise_changes_few_bits() -> None:
    images = _photographs(20)
    noisy = np.clip(images + np.random.default_rng(1).normal(0, 3, images.shape), 0, 255).astype(np.uint8)
    smaller = np.stack([np.asarray(Image.fromarray(image).resize((48, 48))) for image in images])
    assert np.median(_apart(images, noisy)) <= MOST_BITS
    assert np.median(_apart(images, smaller)) <= 2 * MOST_BITS
    assert np.median(_apart(images, np.roll(images, 1, axis=0))) > 5 * MOST_BITS


@pytest.mark.parametrize("shape", [(8, 9, 1), (28, 28, 1), (100, 73, 3), (300, 200, 3)])
def test_each_bit_says_whether_a_field_is_darker_than_the_next(shape: tuple[int, int, int]) -> None:
    columns = np.arange(shape[1]) * 255 // (shape[1] - 1)
    rising = np.broadcast_to(columns[None, None, :, None], (1, *shape)).astype(np.uint8)
    assert np.bitwise_count(difference_hashes(rising)).tolist() == [64]
    assert np.bitwise_count(difference_hashes(255 - rising)).tolist() == [0]


def test_digits_on_black_have_too_little_detail() -> None:
    images = np.zeros((2, 28, 28, 1), np.uint8)
    images[:, 6:22, 8:20] = np.random.default_rng(0).integers(0, 255, (2, 16, 12, 1))
    assert difference_hashes(images).tolist() == [0, 0]


def test_images_too_small_have_no_hash() -> None:
    assert difference_hashes(np.full((3, 7, 20, 1), 9, np.uint8)).tolist() == [0, 0, 0]


def _flipped(value: int, *bits: int) -> int:
    for bit in bits:
        value ^= 1 << bit
    return value


def test_near_ones_are_found_wherever_the_bits_are_that_differ() -> None:
    generator = np.random.default_rng(5)
    base = [int(value) for value in generator.integers(0, 2**63, 40)]
    for bits in ((0,), (63,), (5, 6), (10, 30), (40, 60), (21, 22), (42, 43)):
        hashes = np.array([*base, _flipped(base[7], *bits), _flipped(base[9], *bits)], np.uint64)
        sides = np.array([0] * 41 + [1], np.int8)
        assert nearly_same(hashes, np.arange(42, dtype=np.uint64), sides) == (2, 1)
    hashes = np.array([*base, _flipped(base[7], 1, 30, 62)], np.uint64)
    assert nearly_same(hashes, np.arange(41, dtype=np.uint64), np.zeros(41, np.int8)) == (0, 0)


def test_copies_and_images_with_little_detail_do_not_count() -> None:
    value = int(np.random.default_rng(2).integers(0, 2**63))
    hashes = np.array([value, value, 3, 2], np.uint64)
    assert nearly_same(hashes, np.array([5, 5, 6, 7], np.uint64), np.zeros(4, np.int8)) == (0, 0)
    assert nearly_same(hashes, np.array([5, 4, 6, 7], np.uint64), np.zeros(4, np.int8)) == (2, 0)
    assert nearly_same(hashes, np.array([5, 4, 6, 7], np.uint64), np.ones(4, np.int8)) == (0, 0)
