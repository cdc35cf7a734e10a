import multiprocessing
from collections.abc import Callable
from pathlib import Path

import optuna
import pytest

from kagglebot.errors import DataError, StudyError
from kagglebot.paths import JOURNAL
from kagglebot.search.storage.journal import load_study, open_storage, study_exists


def add_trials(folder: Path, count: int) -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.load_study(study_name="s", storage=open_storage(folder))
    for _ in range(count):
        trial = study.ask()
        trial.suggest_float("x", 0, 1)
        study.tell(trial, 0.5)


def new_study(folder: Path) -> optuna.Study:
    return optuna.create_study(study_name="s", storage=open_storage(folder))


def test_several_processes_lose_no_trial(tmp_path: Path) -> None:
    new_study(tmp_path)
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=add_trials, args=(tmp_path, 5)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    study = load_study(open_storage(tmp_path), "s")
    assert study is not None
    assert sorted(trial.number for trial in study.trials) == list(range(15))


def test_a_torn_last_line_is_cut_off_and_the_study_goes_on(tmp_path: Path) -> None:
    new_study(tmp_path)
    add_trials(tmp_path, 2)
    journal = tmp_path / JOURNAL
    whole = journal.read_bytes()
    journal.write_bytes(whole + b'{"op_code": 4, "stu')
    add_trials(tmp_path, 1)
    study = load_study(open_storage(tmp_path), "s")
    assert study is not None
    assert len(study.trials) == 3
    assert journal.read_bytes().startswith(whole)


def test_a_journal_with_rubbish_inside_is_an_error_with_its_path(tmp_path: Path) -> None:
    new_study(tmp_path)
    journal = tmp_path / JOURNAL
    journal.write_bytes(b"rubbish\n" + journal.read_bytes())
    with pytest.raises(StudyError, match=JOURNAL):
        open_storage(tmp_path)


def test_a_database_url_works_and_its_password_stays_hidden(tmp_path: Path) -> None:
    optuna.create_study(study_name="s", storage=open_storage(tmp_path, f"sqlite:///{tmp_path}/study.db"))
    with pytest.raises(StudyError) as caught:
        open_storage(tmp_path, "postgresql://me:canary-secret@127.0.0.1:1/none")
    assert "canary-secret" not in caught.value.message + caught.value.hint
    assert "***" in caught.value.message


def test_looking_makes_nothing(tmp_path: Path) -> None:
    assert not study_exists(tmp_path / "study")
    assert not (tmp_path / "study").exists()


def test_without_room_the_journal_is_as_before_and_it_is_said(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    study = new_study(tmp_path)
    journal = tmp_path / JOURNAL
    before = journal.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, limits[1]))
    try:
        with pytest.raises(DataError, match=f"Could not write .*{JOURNAL}: File too large"):
            study.ask()
        assert journal.read_bytes() == before
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert study.ask().number == 0


def replace_it(journal: Path) -> None:
    other = new_study(journal.parent / "other")
    for _ in range(9):
        other.ask()
    (journal.parent / "other" / JOURNAL).replace(journal)


@pytest.mark.parametrize(
    "do",
    [
        Path.unlink,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-9]),
        replace_it,
    ],
    ids=["deleted", "emptied", "cut off", "replaced"],
)
def test_a_journal_that_changes_hands_is_neither_read_nor_made_anew(
    tmp_path: Path, do: Callable[[Path], None]
) -> None:
    study = new_study(tmp_path)
    trial = study.ask()
    journal = tmp_path / JOURNAL
    do(journal)
    after = journal.read_bytes() if journal.exists() else None
    for use in (study.get_trials, lambda: study.tell(trial, 0.5)):
        with pytest.raises(StudyError, match=r"trials\.journal was deleted, moved or replaced"):
            use()
    assert (journal.read_bytes() if journal.exists() else None) == after


def test_a_copy_put_back_goes_on(tmp_path: Path) -> None:
    study = new_study(tmp_path)
    trial = study.ask()
    journal = tmp_path / JOURNAL
    copy = journal.read_bytes()
    journal.unlink()
    journal.write_bytes(copy)
    study.tell(trial, 0.5)
    assert len(study.trials) == 1


def test_rubbish_that_is_written_meanwhile_is_an_error(tmp_path: Path) -> None:
    study = new_study(tmp_path)
    with (tmp_path / JOURNAL).open("ab") as journal:
        journal.write(b"rubbish\n{}\n")
    with pytest.raises(StudyError, match=r"trials\.journal is damaged"):
        study.get_trials()


def test_reading_writes_nothing(tmp_path: Path) -> None:
    new_study(tmp_path)
    add_trials(tmp_path, 2)
    journal = tmp_path / JOURNAL
    journal.write_bytes(journal.read_bytes() + b'{"op_code": 4, "stu')  # a line that another process now writes
    (tmp_path / "trials.lock").unlink()
    before = journal.read_bytes()
    study = load_study(open_storage(tmp_path, read_only=True), "s")
    assert study is not None and len(study.trials) == 2
    assert (journal.read_bytes(), [path.name for path in tmp_path.iterdir()]) == (before, [JOURNAL])
