"""Out-of-fold predictions of a trial, by nets that see one pixel."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kagglebot.datasets.dataset import Dataset
from kagglebot.datasets.schema import Schema
from kagglebot.metrics.calibrated_loss import calibrated_losses
from kagglebot.metrics.log_loss import LOG_LOSS
from kagglebot.metrics.metric import least_error
from kagglebot.metrics.registry import get_metric
from kagglebot.search.trial.oof_collector import OofCollector
from kagglebot.training.files.oof_predictions import read_oof
from kagglebot.training.scoring import tta
from kagglebot.training.scoring.tta import predict_with_tta

ROWS = 40
LABELS = np.arange(ROWS, dtype=np.int64) % 2


class Pixel:
    """Takes a bright pixel for the second class."""

    def __init__(self, row: int, column: int) -> None:
        self._row, self._column = row, column

    def predict(self, images: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
        share = images[slice(None) if rows is None else rows, self._row, self._column] / np.float32(255)
        return np.concatenate([1 - share, share], axis=1)

    def predict_views(self, images: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return predict_with_tta(self.predict, images, rows, flip=False)


def dataset(side: int, metric: str = "accuracy") -> Dataset:
    """The truth stands in a square in the middle of a grey image, with noise that a mean evens out."""
    images = np.full((ROWS, 7, 7, 1), 128, np.uint8)
    low = (7 - side) // 2
    noise = np.random.default_rng(0).integers(-60, 60, (ROWS, side, side, 1))
    truth = np.where(LABELS, 190, 65)[:, None, None, None]
    images[:, low : low + side, low : low + side] = truth + noise
    schema = Schema(
        "deserts",
        layout="folders",
        id_column="id",
        target_column="name",
        metric=metric,
        train_rows=ROWS,
        test_rows=1,
        image_shape=(7, 7, 1),
        classes=("no", "yes"),
        digest="0",
    )
    return Dataset(schema, images, LABELS, images[:1], ("1",))


@pytest.mark.parametrize(("side", "approved"), [(3, True), (1, False)])
def test_the_better_answers_of_all_folds_are_kept_under_one_verdict(
    side: int, approved: bool, tmp_path: Path
) -> None:
    data, path = dataset(side), tmp_path / "trial-0.npz"
    collector = OofCollector(data)
    for rows in (np.arange(1, ROWS, 2), np.arange(0, ROWS, 2)):
        collector.split_began(Pixel(3, 3), rows)
        collector.split_ended()
    found = collector.judge()
    assert found["tta"] is approved
    assert found["rows"] == ROWS
    assert found["plain_score"] == 1.0
    assert found["tta_score"] <= 1.0
    assert found["score_error"] == least_error(ROWS)  # every row is right
    assert not path.exists()
    collector.save(path, "key")
    kept = read_oof(path, "key", rows=ROWS, classes=2)
    np.testing.assert_array_equal(kept.rows, np.arange(ROWS))
    seen = data.train_images[:, 2:5, 2:5].mean(axis=(1, 2)) if approved else data.train_images[:, 3, 3]
    np.testing.assert_allclose(kept.probabilities[:, 1:], seen / 255, rtol=1e-5)
    losses = calibrated_losses(LABELS, kept.probabilities)
    assert found["log_loss"] == pytest.approx(losses.mean())


def test_without_time_for_it_there_is_no_tta() -> None:
    collector = OofCollector(dataset(3))  # of which it is approved
    net = Pixel(3, 3)
    net.predict_views = lambda *arguments: pytest.fail("it predicts the views")  # type: ignore[method-assign]
    collector.split_began(net, np.arange(ROWS))
    plain = collector.split_ended(tta=lambda share: False)
    assert all(each is plain for each in collector.latest)
    found = collector.judge()
    assert found["tta"] is False and found["tta_score"] == found["plain_score"] == 1.0


@pytest.mark.parametrize(("parts", "viewed"), [(1, ROWS // 4), (9, ROWS)])
def test_tta_ends_between_two_parts_of_the_rows_where_the_time_does(
    parts: int, viewed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, net = dataset(3), Pixel(3, 3)
    monkeypatch.setattr(tta, "_BYTES", data.train_images.nbytes // 4)
    seen: list[np.ndarray] = []
    views = net.predict_views

    def predict_views(images: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        seen.append(rows)
        return views(images, rows)

    net.predict_views = predict_views  # type: ignore[method-assign]
    collector = OofCollector(data)
    collector.split_began(net, np.arange(ROWS))
    plain = collector.split_ended(tta=lambda share: share == 0.25 and len(seen) < parts)
    np.testing.assert_array_equal(np.concatenate(seen), np.arange(viewed))
    np.testing.assert_array_equal(plain, net.predict(data.train_images))
    assert (collector.latest[1] is plain) == (viewed < ROWS)
    assert collector.judge()["tta"] == (viewed == ROWS)


def test_a_trial_that_did_not_end_keeps_nothing(tmp_path: Path) -> None:
    collector = OofCollector(dataset(3))
    collector.split_began(Pixel(3, 3), np.arange(4))
    collector.save(tmp_path / "trial-0.npz", "key")
    assert list(tmp_path.iterdir()) == []


def test_the_temperature_of_what_is_kept_is_recorded(tmp_path: Path) -> None:
    data = dataset(3, "log_loss")
    collector = OofCollector(data)
    collector.split_began(Pixel(3, 3), np.arange(ROWS))
    collector.split_ended()
    found = collector.judge()
    collector.save(tmp_path / "trial-0.npz", "key")
    kept = read_oof(tmp_path / "trial-0.npz", "key", rows=ROWS, classes=2).probabilities
    assert found["adjustment"] == list(LOG_LOSS.fit(LABELS, kept)) and found["adjustment"][0] < 0.9
    assert found["unadjusted_score"] == LOG_LOSS.score(LABELS, kept)
    assert found["tta_score" if found["tta"] else "plain_score"] == LOG_LOSS.adjusted_score(LABELS, kept)


@pytest.mark.parametrize(("metric", "numbers"), [("macro_f1", 2), ("kappa", 1)])
def test_what_decides_the_classes_of_what_is_kept_is_recorded(metric: str, numbers: int) -> None:
    data = dataset(3, metric)
    dark = replace(data, train_images=(data.train_images * 0.6).astype(np.uint8))  # few are taken for the second
    collector = OofCollector(dark)
    collector.split_began(Pixel(3, 3), np.arange(ROWS))
    plain, measure = collector.split_ended(), get_metric(metric)
    found = collector.judge()
    assert len(found["adjustment"]) == numbers
    assert found["plain_score"] == measure.adjusted_score(LABELS, plain) > measure.score(LABELS, plain) + 0.1
    if not found["tta"]:
        assert found["unadjusted_score"] == measure.score(LABELS, plain)


def test_where_groups_are_held_out_other_groups_decide_the_classes() -> None:
    data = dataset(3, "macro_f1")
    dark = (data.train_images * 0.6).astype(np.uint8)
    collector = OofCollector(
        replace(data, train_images=dark, train_groups=LABELS)
    )  # each of the two has one class
    collector.split_began(Pixel(3, 3), np.arange(ROWS))
    plain = collector.split_ended()
    found = collector.judge()
    assert found["plain_score"] == get_metric("macro_f1").adjusted_score(LABELS, plain, LABELS)
    assert "adjustment" not in found


@pytest.mark.parametrize(("groups", "error"), [(None, 0.5 / ROWS**0.5), (LABELS, 0.5)], ids=["rows", "two groups"])
def test_the_error_of_a_score_is_of_groups_where_there_are_any(groups: np.ndarray | None, error: float) -> None:
    collector = OofCollector(replace(dataset(3), train_groups=groups))
    collector.split_began(Pixel(0, 0), np.arange(ROWS))  # it says the same of every row: one group is right
    collector.split_ended()
    assert collector.judge()["score_error"] == pytest.approx(error)
