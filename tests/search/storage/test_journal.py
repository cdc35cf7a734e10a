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


@pytest.mark.parametrize(
    "line",
    [
        b'{"op_code":99,"worker_id":"x"}',
        b'{"op_code":[0],"worker_id":"x"}',
        b"{}",
        b"[]",
        b"7",
        b"null",
        b'{"op_code":0,"worker_id":"x","study_name":"t","directions":[9]}',
        b'{"op_code":0,"worker_id":"x","study_name":"t","directions":5}',
        b'{"op_code":2,"worker_id":"x","study_id":0,"user_attr":[]}',
        b'{"op_code":2,"worker_id":"x","study_id":"0","user_attr":{"a":1}}',
        b'{"op_code":4,"worker_id":"x","study_id":0,"datetime_start":"yesterday"}',
        b'{"op_code":8,"worker_id":"x"}',
    ],
)
def test_a_line_that_is_json_and_no_operation_is_damage(line: bytes, tmp_path: Path) -> None:
    study = new_study(tmp_path)
    journal = tmp_path / JOURNAL
    journal.write_bytes(journal.read_bytes() + line + b"\n")
    for use in (study.get_trials, lambda: open_storage(tmp_path), lambda: open_storage(tmp_path, read_only=True)):
        with pytest.raises(StudyError, match=r"trials\.journal is damaged"):
            use()


def test_lines_that_are_lost_are_damage(tmp_path: Path) -> None:
    new_study(tmp_path)
    add_trials(tmp_path, 2)
    journal = tmp_path / JOURNAL
    lines = journal.read_bytes().splitlines(keepends=True)
    for lost in (slice(0, 1), slice(1, 2), slice(1, 4)):
        journal.write_bytes(b"".join(line for line in lines if line not in lines[lost]))
        with pytest.raises(StudyError, match=r"is damaged: lines before line \d+ are lost\.$"):
            open_storage(tmp_path)


def test_what_optuna_refuses_of_this_process_is_no_damage(tmp_path: Path) -> None:
    study = new_study(tmp_path)
    with pytest.raises(optuna.exceptions.DuplicatedStudyError):
        optuna.create_study(study_name="s", storage=study._storage)
    trial = study.ask()
    study.tell(trial, 0.5)
    with pytest.raises(optuna.exceptions.UpdateFinishedTrialError):
        study._storage.set_trial_user_attr(trial._trial_id, "a", 1)
    optuna.delete_study(study_name="s", storage=study._storage)
    new_study(tmp_path).ask()
    assert load_study(open_storage(tmp_path), "s") is not None


@pytest.mark.parametrize("name", ["", JOURNAL])
def test_a_journal_that_is_no_file_is_named(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(tmp_path / "gone")
    for use in (study_exists, open_storage):
        with pytest.raises(StudyError, match=f"{path} is a link to {tmp_path}/gone, which does not exist"):
            use(folder)
    path.unlink()
    (folder / JOURNAL).mkdir(parents=True)
    for use in (study_exists, open_storage):
        with pytest.raises(StudyError, match=r"trials\.journal is a folder"):
            use(folder)
