"""What a search prints on Kaggle's machines."""

import pytest

from kagglebot.callbacks.events import TrialEnded, TrialStarted
from kagglebot.remote.there import _Lines


@pytest.mark.parametrize(
    ("params", "line"),
    [({}, "trial 0 begins"), ({"units": 16, "rate": 0.01}, "trial 0 begins: units=16 rate=0.01")],
)
def test_a_trial_begins_with_its_parameters_if_any(
    params: dict[str, object], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _Lines().on_trial_start(TrialStarted(0, 0, params, 1))
    assert capsys.readouterr().out.splitlines() == [line]


@pytest.mark.parametrize(
    ("value", "reason", "line"),
    [
        (0.9, "behind earlier trials", "trial 3 is pruned with 0.90000 after 2 s (behind earlier trials)"),
        (None, "", "trial 3 is pruned after 2 s"),
    ],
)
def test_the_reason_of_an_end_is_told_apart(
    value: float | None, reason: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _Lines().on_trial_end(TrialEnded(3, 0, "pruned", value, reason, 2.0))
    assert capsys.readouterr().out.splitlines() == [line]
