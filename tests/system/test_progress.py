import logging

import pytest

from kagglebot.system.progress import log_phases


def test_each_phase_is_written_once_when_more_is_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "kagglebot")
    seen = []
    on_progress = log_phases(lambda *told: seen.append(told))
    for told in (("reading", 1, 2), ("reading", 2, 2), ("writing", 0, None)):
        on_progress(*told)
    assert [record.message for record in caplog.records] == ["reading", "writing"]
    assert len(seen) == 3
