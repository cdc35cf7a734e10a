"""What a search prints on Kaggle's machines."""

import pytest

from kagglebot.callbacks.events import TrialStarted
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
