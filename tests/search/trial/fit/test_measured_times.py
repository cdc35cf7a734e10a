"""What a trial measures of its own speed, by a clock that the test sets."""

import pytest

from kagglebot.search.trial.fit import measured_times
from kagglebot.search.trial.fit.measured_times import MeasuredTimes


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(measured_times.time, "monotonic", lambda: now[0])
    return now


def test_the_time_to_the_first_step_is_that_of_the_first_fold(clock: list[float]) -> None:
    times = MeasuredTimes()
    assert times.start_seconds is None
    clock[0] += 12
    times.step_at(0.1)
    clock[0] += 5
    times.step_at(0.2)
    assert times.start_seconds == 12
    assert times.seconds == 17


def test_features_are_no_part_of_it(clock: list[float]) -> None:
    times = MeasuredTimes()
    times.features_at(0.0)
    clock[0] += 12
    times.step_at(0.1)
    assert times.start_seconds is None


def test_features_are_measured_from_the_end_of_the_first_block(clock: list[float]) -> None:
    times = MeasuredTimes()
    seen = []
    for seconds, share in ((30, 0.0), (5, 0.2), (5, 0.2), (5, 0.4), (2, 0.4), (8, 0.6)):
        clock[0] += seconds
        seen.append(times.features_at(share))
    assert seen == [None, None, None, pytest.approx(30), None, pytest.approx(20)]
    assert times.features_seconds == pytest.approx(50)


def test_an_epochs_time_is_that_of_whole_ones_once_there_are_any(clock: list[float]) -> None:
    times = MeasuredTimes()
    assert times.epoch_seconds is None
    seen = []
    for share in (0.1, 0.2):
        clock[0] += 2
        times.step_at(share)
    seen.append(times.epoch_seconds)
    times.epoch_estimated(23.0)
    seen.append(times.epoch_seconds)
    for whole in ([60.0], [60.0, 25.0], [60.0, 25.0, 24.0, 40.0], []):
        times.epochs_took(whole)  # the first one compiled
        seen.append(times.epoch_seconds)
    assert seen == [pytest.approx(20), 23, 23, 25, 25, 23]


def test_the_fastest_step_counts(clock: list[float]) -> None:
    times = MeasuredTimes()
    for seconds, done in ((20, 0.1), (9, 0.2), (3, 0.3), (4, 0.4), (1, 0.4), (6, 1.1)):
        clock[0] += seconds
        times.step_at(done)
    assert times.epoch_seconds == pytest.approx(6 / 0.7)
    assert times.step_seconds == 6
