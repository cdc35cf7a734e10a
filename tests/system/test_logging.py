import shutil
from pathlib import Path

import pytest

from kagglebot.errors import StudyError
from kagglebot.system.logging import LOG_FILE, LOGGER, mask_secrets, study_log


def lines(folder: Path) -> list[str]:
    """What happened, without time and process."""
    return [line.partition("] ")[2] or line for line in (folder / LOG_FILE).read_text().splitlines()]


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
    written = (tmp_path / LOG_FILE).read_text()
    for secret in ("KGAT_0123", "hunter2", "me:word", "abc", "def"):
        assert secret not in written
    assert "postgresql://***@host/db" in written
    assert mask_secrets("from https://host/file?a=b, then") == "from https://host/file?*** then"


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
    (tmp_path / LOG_FILE).mkdir()
    with study_log(tmp_path, "tune"):
        LOGGER.info("lost")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("error", [FileNotFoundError("trial-0.csv"), StudyError("Something else."), ValueError()])
def test_a_folder_that_is_deleted_meanwhile_is_the_error(tmp_path: Path, error: Exception) -> None:
    folder = tmp_path / "study"
    with pytest.raises(StudyError, match="study was deleted or moved"), study_log(folder, "submit trial 0"):
        shutil.rmtree(folder)
        folder.mkdir()  # as what writes into it does
        raise error
