import pytest

from kagglebot.training.keras.schedules import Schedule


def test_one_cycle_rises_to_the_peak_and_falls_to_nothing() -> None:
    schedule = Schedule("onecycle", 0.01)
    rates = [schedule.rate(step / 100, 0, 100) for step in range(101)]
    peak = rates.index(max(rates))
    assert rates[peak] == pytest.approx(0.01)
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[-1] == pytest.approx(0, abs=1e-9)


def test_cosine_begins_at_the_peak_and_constant_stays_there() -> None:
    assert Schedule("cosine", 0.1).rate(0, 0, 100) == pytest.approx(0.1)
    assert Schedule("cosine", 0.1).rate(0.5, 0, 100) == pytest.approx(0.05)
    assert {Schedule("constant", 0.1).rate(share, 0, 100) for share in (0, 0.3, 1)} == {0.1}


def test_plateau_halves_only_when_validation_stalls() -> None:
    schedule = Schedule("plateau", 1.0)
    for improved in (True, True, True, False, False):
        schedule.epoch_ended(improved=improved)
    assert schedule.rate(0.9, 0, 100) == 1.0
    schedule.epoch_ended(improved=False)
    assert schedule.rate(0.9, 0, 100) == 0.5


def test_warmup_begins_alike_however_long_the_training_is() -> None:
    schedule = Schedule("constant", 0.1, warmup_steps=200)
    rates = [
        schedule.rate(share, step, 900) for share, step in ((0, 0), (0.5, 99), (0.1, 99), (0.9, 199), (1, 5000))
    ]
    assert rates == pytest.approx([0.0005, 0.05, 0.05, 0.1, 0.1])
    assert [schedule.rate(0, step, 4) for step in range(5)] == pytest.approx([0.025, 0.05, 0.075, 0.1, 0.1])


def test_warmup_rises_to_the_rate_of_any_schedule() -> None:
    schedule = Schedule("cosine", 1.0, warmup_steps=10)
    assert schedule.rate(0.0, 4, 100) == 0.5
    assert schedule.rate(0.5, 50, 100) == Schedule("cosine", 1.0).rate(0.5, 50, 100) == pytest.approx(0.5)
