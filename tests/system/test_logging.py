import logging
from pathlib import Path

import pytest

from kagglebot.callbacks.events import EpochEnded, Note, SearchStarted, Stepped, TrialEnded, TrialStarted
from kagglebot.callbacks.log import log_events
from kagglebot.errors import StudyError
from kagglebot.metrics.registry import get_metric
from kagglebot.system.logging import FILE, LOGGER, discreet, study_log
from kagglebot.system.progress import log_phases


def lines(folder: Path) -> list[str]:
    """What happened, without time and process."""
    return [line.partition("] ")[2] or line for line in (folder / FILE).read_text().splitlines()]


def test_a_search_is_written_down_trial_by_trial_and_told_as_before(tmp_path: Path) -> None:
    events = [
        SearchStarted(get_metric("accuracy")),
        TrialStarted(3, 0, {"filters": 8}, 4),
        Stepped(3, 0, 1, 0.5, 4),
        EpochEnded(3, 0, 1, 4, 0.9, 2.0, 1),
        TrialEnded(3, 0, "pruned", None, "behind earlier trials", 2.04),
        TrialEnded(4, 1, "complete", 0.98765, "", 8.0),
        Note("Stopping."),
    ]
    told: list[object] = []
    with study_log(tmp_path / "study", "tune cnn, 2 trials"):
        listener = log_events(told.append)
        for event in events:
            listener(event)
    assert told == events
    first, *between, last = lines(tmp_path / "study")
    assert first.startswith("INFO tune cnn, 2 trials: begins on ")
    assert between == [
        "INFO trials are scored by accuracy",
        "INFO trial 3: begins in worker 0, 4 epochs, filters=8",
        "INFO trial 3: pruned after 2.0 s: behind earlier trials",
        "INFO trial 4: complete with 0.98765 after 8.0 s",
        "INFO Stopping.",
    ]
    assert last.startswith("INFO tune cnn, 2 trials: done after ")


def test_a_bug_leaves_its_traceback_and_what_can_be_mended_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), study_log(tmp_path, "train trial 1"):
        secret = 1  # a value, which no traceback shows
        secret / 0
    with pytest.raises(StudyError), study_log(tmp_path, "train trial 2"):
        raise StudyError("There is no trial 2.", "Choose another.")
    with pytest.raises(KeyboardInterrupt), study_log(tmp_path, "train trial 3"):
        raise KeyboardInterrupt
    written = "\n".join(lines(tmp_path))
    assert "ERROR train trial 1: a bug\nTraceback" in written and "ZeroDivisionError" in written
    assert "ERROR train trial 2: There is no trial 2. Choose another." in written
    assert written.count("Traceback") == 1
    assert "WARNING train trial 3: interrupted" in written


def test_no_credential_reaches_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAGGLE_API_TOKEN", "KGAT_0123")
    monkeypatch.setenv("KAGGLE_KEY", "hunter2")
    with study_log(tmp_path, "tune"):
        LOGGER.info("%s", "KGAT_0123 and hunter2 in postgresql://me:word@host/db?x=1")
        LOGGER.info("from https://storage.example/file.zip?X-Signature=abc&Key=def now")
    written = (tmp_path / FILE).read_text()
    for secret in ("KGAT_0123", "hunter2", "me:word", "abc", "def"):
        assert secret not in written
    assert "postgresql://***@host/db" in written
    assert discreet("from https://host/file?a=b, then") == "from https://host/file?*** then"


def test_a_step_inside_another_is_written_once_and_the_file_let_go(tmp_path: Path) -> None:
    handlers = list(LOGGER.handlers)
    with study_log(tmp_path, "submit"), study_log(tmp_path, "train"):
        LOGGER.info("once")
    assert lines(tmp_path).count("INFO once") == 1
    assert handlers == LOGGER.handlers


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    with study_log(tmp_path / "file" / "study", "tune"):
        LOGGER.info("lost")
    (tmp_path / FILE).mkdir()
    with study_log(tmp_path, "tune"):
        LOGGER.info("lost")
    assert capsys.readouterr() == ("", "")


def test_each_phase_is_written_once_when_more_is_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "kagglebot")
    seen = []
    on_progress = log_phases(lambda *told: seen.append(told))
    for told in (("reading", 1, 2), ("reading", 2, 2), ("writing", 0, None)):
        on_progress(*told)
    assert [record.message for record in caplog.records] == ["reading", "writing"]
    assert len(seen) == 3
