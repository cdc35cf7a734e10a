"""Test-time augmentation, with predictors that see one pixel, and the decision to use it."""

from pathlib import Path

import numpy as np
import pytest

from kagglebot.models.registry import get_family
from kagglebot.training.scoring import tta
from kagglebot.training.scoring.tta import count_views, judge, predict_with_tta, shifts_of, with_tta

#: Every pixel another one: none is taken for its neighbour.
IMAGES = (np.arange(5 * 4 * 6 * 1).reshape(5, 4, 6, 1) * 2).astype(np.uint8)


def seen(row: int, column: int):
    """A predictor whose one answer is the brightness of a pixel."""

    def predict(images: np.ndarray) -> np.ndarray:
        assert images.dtype == np.uint8 and images.shape[1:] == IMAGES.shape[1:]
        return images[:, row, column].astype(np.float32)

    return predict


def test_a_pixel_inside_is_averaged_with_its_eight_neighbours() -> None:
    plain, averaged = predict_with_tta(seen(1, 2), IMAGES, flip=False)
    np.testing.assert_array_equal(plain, IMAGES[:, 1, 2])
    np.testing.assert_allclose(averaged, IMAGES[:, 0:3, 1:4].mean(axis=(1, 2)), rtol=1e-6)


def test_at_the_edge_the_edge_is_repeated() -> None:
    block = IMAGES[:, [0, 0, 1]][:, :, [4, 5, 5]]
    np.testing.assert_allclose(with_tta(seen(0, 5), flip=False)(IMAGES), block.mean(axis=(1, 2)), rtol=1e-6)


def test_a_mirror_shows_each_view_from_the_other_side_too() -> None:
    plain, averaged = predict_with_tta(seen(1, 1), IMAGES, flip=True)
    np.testing.assert_array_equal(plain, IMAGES[:, 1, 1])
    both = (IMAGES[:, 0:3, 0:3].mean(axis=(1, 2)) + IMAGES[:, 0:3, 3:6].mean(axis=(1, 2))) / 2
    np.testing.assert_allclose(averaged, both, rtol=1e-6)


@pytest.mark.parametrize(
    ("family", "flip", "views"), [("cnn", False, 9), ("cnn", True, 18), ("finetuned", True, 2)]
)
def test_as_many_views_are_counted_as_are_predicted(family: str, views: int, *, flip: bool) -> None:
    kind, seen_images = get_family(family), []
    assert count_views(kind, flip=flip) == views

    def predict(images: np.ndarray) -> np.ndarray:
        seen_images.append(images)
        return seen(1, 1)(images)

    predict_with_tta(predict, IMAGES, flip=flip, shifts=shifts_of(kind))
    assert len(seen_images) == views


def test_images_are_read_a_part_at_a_time_from_a_map_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.save(tmp_path / "images.npy", IMAGES)
    monkeypatch.setattr(tta, "_BYTES", 2 * IMAGES[0].size)
    sizes: list[int] = []

    def predict(images: np.ndarray) -> np.ndarray:
        sizes.append(len(images))
        return seen(2, 3)(images)

    rows = np.array([4, 0, 3])
    plain, averaged = predict_with_tta(predict, np.load(tmp_path / "images.npy", mmap_mode="r"), rows, flip=False)
    assert sizes == [2] * 9 + [1] * 9
    np.testing.assert_array_equal(plain, IMAGES[rows, 2, 3])
    np.testing.assert_allclose(averaged, IMAGES[rows, 1:4, 2:5].mean(axis=(1, 2)), rtol=1e-6)


def answers(right: list[float]) -> np.ndarray:
    """Two classes, the first one true: how sure of it each row is."""
    sure = np.array(right, np.float32)
    return np.stack([sure, 1 - sure], axis=1)


LABELS = np.zeros(6, np.int64)
PLAIN = answers([0.9, 0.8, 0.6, 0.4, 0.9, 0.7])


@pytest.mark.parametrize(
    ("metric", "right", "approved"),
    [
        ("accuracy", [0.95, 0.85, 0.7, 0.6, 0.92, 0.8], True),  # one more right, all surer
        ("accuracy", [0.95, 0.85, 0.7, 0.45, 0.92, 0.8], True),  # none more right, all surer
        ("accuracy", [0.99, 0.99, 0.49, 0.49, 0.99, 0.9], False),  # surer, and one more wrong
        ("accuracy", [0.95, 0.7, 0.6, 0.42, 0.9, 0.7], False),  # as many right, and better by no more than chance
        ("accuracy", [0.84, 0.69, 0.55, 0.45, 0.84, 0.6], False),  # less sure of all, which says nothing
        ("accuracy", [0.9, 0.8, 0.6, 0.4, 0.9, 0.7], False),  # the same: not worth nine predictions
        ("log_loss", [0.95, 0.85, 0.7, 0.45, 0.92, 0.8], True),
        ("log_loss", [0.95, 0.77, 0.6, 0.4, 0.9, 0.7], False),  # lower, and perhaps by chance
        ("log_loss", [0.8, 0.7, 0.5, 0.3, 0.8, 0.6], False),
    ],
)
def test_views_are_approved_where_they_help_beyond_chance(metric: str, right: list[float], approved: bool) -> None:
    verdict = judge(metric, LABELS, PLAIN, answers(right))
    assert verdict.approved is approved
    if metric == "log_loss":
        assert verdict.tta_score == pytest.approx(-np.log(right).mean(), rel=1e-5)


def test_rows_of_few_groups_prove_less() -> None:
    better = answers([0.95, 0.85, 0.7, 0.45, 0.92, 0.8])
    assert judge("accuracy", LABELS, PLAIN, better, np.arange(6)).approved
    assert not judge("accuracy", LABELS, PLAIN, better, np.zeros(6, np.int64)).approved


def test_one_row_proves_nothing() -> None:
    assert not judge("accuracy", LABELS[:1], PLAIN[:1], answers([0.99])).approved
