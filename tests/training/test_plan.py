import pytest

from kagglebot.training import plan
from kagglebot.training.plan import EpochTimer


def test_time_of_validation_is_in_no_estimate_of_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(plan.time, "monotonic", lambda: clock[0])
    timer, taken = EpochTimer(6), []
    for _ in range(6):
        clock[0] += 1
        taken.append(timer.step_ended())
        with timer.paused():
            clock[0] += 30
    assert list(filter(None, taken)) == [pytest.approx(6 * 1.07)]


def test_the_step_that_compiles_is_in_no_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(plan.time, "monotonic", lambda: clock[0])
    estimates = []
    for steps in (1, 2, 5, 50):
        timer, taken = EpochTimer(steps), []
        for step in range(3 * steps):
            clock[0] += 1 if step else 60
            taken.append(timer.step_ended())
        estimates.append([seconds / steps for seconds in taken if seconds is not None])
    assert estimates == [[], *[[pytest.approx(1.07)]] * 3]
