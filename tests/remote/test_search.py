"""A search on Kaggle with the real client, and a program there that only adds a trial: nothing is made twice."""

import json
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import optuna
import pytest
from filelock import FileLock
from optuna.trial import TrialState, create_trial

from kagglebot.errors import KagglebotError, KaggleError, StudyError, SubmissionError
from kagglebot.kaggle.client import KaggleClient, open_client
from kagglebot.kaggle.kernels import Notebooks
from kagglebot.paths import JOURNAL, WorkspacePaths
from kagglebot.practice import PracticeServer
from kagglebot.remote import search
from kagglebot.remote.pack import PROGRAM
from kagglebot.remote.search import SEARCH, RemoteSearch, tune_on_kaggle
from kagglebot.remote.shares import share_files
from kagglebot.remote.study_archive import study_files, write_archive
from kagglebot.remote.there import ENDED, OPTIONS, RESULT, STUDY
from kagglebot.search.prepare import SearchPlan
from kagglebot.search.storage.attributes import is_skipped
from kagglebot.search.storage.journal import load_study, open_storage
from kagglebot.system.files.json_file import write_json
from kagglebot.system.logging import LOG_FILE

COMPETITION, PACKED = "digits-practice", SEARCH.folder
SLUG, SECOND = "kagglebot-tune-digits-practice-tiny", "kagglebot-tune-digits-practice-tiny-session-2"
#: A study of two trials that wait from the beginning, and one whose points are tried in order.
SHARED = """\
family = "mlp"
[fixed]
epochs = 1
[space]
units_1 = { low = 16, high = 64 }
[[trials]]
units_1 = 16
[[trials]]
units_1 = 32
"""
GRID = """\
family = "mlp"
[sampler]
name = "grid"
[space]
units_1 = { low = 16, high = 64, step = 16 }
"""
_PROGRAM = f"""\
import os
import shutil
from pathlib import Path

shutil.copyfile(Path(os.environ["KAGGLEBOT_EXPORT"], "came"), {RESULT!r})
print("searched", flush=True)
"""
#: Goes on once a file is there, which is made when the line before is shown.
_WAITS = """
import time

for _ in range(600):
    if Path({path!r}).exists():
        break
    time.sleep(0.05)
else:
    raise TimeoutError
"""


class Killed(BaseException):
    """As SIGKILL, nothing of kagglebot's catches it."""


def trials(folder: Path) -> int:
    study = load_study(open_storage(folder), f"{COMPETITION}/tiny")
    return 0 if study is None else len(study.trials)


def tune(
    workspace: WorkspacePaths, study: str = "tiny", *, gpu: bool = False, sessions: int = 1, **asked: Any
) -> int:
    """Search on Kaggle, and return the number of trials that the study has then."""
    location = tune_on_kaggle(
        workspace, study, COMPETITION, RemoteSearch(**asked), gpu=gpu, sessions=sessions, on_progress=None
    )
    assert not (location.folder / PACKED).exists()
    return trials(location.folder)


def refused(workspace: WorkspacePaths, words: str, study: str = "tiny", **asked: Any) -> None:
    with pytest.raises(KagglebotError, match=words):
        tune(workspace, study, **asked)
    assert not (workspace.studies_folder / COMPETITION / study / PACKED).exists()


def test_what_cannot_be_searched_there_is_refused_before_anything_is_packed(workspace: WorkspacePaths) -> None:
    refused(workspace, "12 hours", timeout_seconds=12 * 3600.0)
    refused(workspace, "trials must be from 1", trials=0)
    refused(workspace, "no study 'unknown'", study="unknown")
    refused(workspace, "units_7", fix=("units_7=3",))
    refused(workspace, "at most 5 notebooks without a GPU", sessions=6)
    refused(workspace, "at most 2 notebooks with a GPU", sessions=3, gpu=True)
    (workspace.studies_folder / "grid.toml").write_text(GRID)
    refused(workspace, "points of a grid", study="grid", sessions=2)
    elsewhere = WorkspacePaths(workspace.root, storage="sqlite:///trials.db")
    refused(elsewhere, "out of reach")


def test_a_study_that_is_followed_already_is_left_alone(workspace: WorkspacePaths) -> None:
    folder = workspace.studies_folder / COMPETITION / "tiny"
    folder.mkdir(parents=True)
    with FileLock(folder / f"{PACKED}.lock"):
        refused(workspace, "Another command follows", trials=1)


@pytest.fixture
def packed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """What the archive that comes back notes; the program that goes there only copies it."""
    note: dict[str, Any] = {"error": ""}

    def pack(
        target: Path, _: object, plan: SearchPlan, options: Mapping[str, Any], share: tuple[int, int]
    ) -> None:
        folder = plan.location.folder
        target.mkdir()
        (target / PROGRAM).write_text(_PROGRAM if share[0] else note.get("program", _PROGRAM))
        there = tmp_path / "there"
        shutil.rmtree(there, ignore_errors=True)
        shutil.copytree(folder, there, ignore=shutil.ignore_patterns(".*"))
        files = share_files(plan.location, tmp_path / "there" / JOURNAL, *share)
        write_archive(target / STUDY, files, {})
        storage = open_storage(there)
        study = load_study(storage, plan.location.key)
        study = study or optuna.create_study(study_name=plan.location.key, storage=storage, direction="maximize")
        for trial in study.get_trials(deepcopy=False):
            if trial.state == TrialState.WAITING:
                study.tell(study.ask(), trial.number / 8)
        study.add_trial(create_trial(value=0.5))
        write_archive(target / "came", study_files(there), {"error": note["error"]})
        write_json(target / OPTIONS, options)

    monkeypatch.setattr(search, "pack_search", pack)
    return note


def versions(server: PracticeServer, slug: str = SLUG) -> tuple[int, int]:
    """Return the number of versions of the dataset and of the notebook."""
    return len(server.datasets[slug].versions), len(server.notebooks[slug].versions)


def shares(server: PracticeServer, *slugs: str) -> list[dict[str, Any]]:
    """Return what the notebooks are to search for."""
    newest = [server.datasets[slug].versions[-1] for slug in slugs]
    return [json.loads(version.files[OPTIONS])["search"] for version in newest]


@pytest.fixture
def kill(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, bool], None]:
    """Kill at the call to Kaggle with that number, counted from 1: before it, or after it was carried out."""
    left, after = 0, False

    def watched(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            here = left == 0
            if here and not after:
                raise Killed
            answer = real(*arguments, **options)
            if here:
                raise Killed
            return answer

        return call

    for name in ("call", "call_once", "look_up", "upload", "read_file"):
        monkeypatch.setattr(KaggleClient, name, watched(getattr(KaggleClient, name)))

    def kill_at(number: int, answered: bool) -> None:
        nonlocal left, after
        left, after = number, answered

    return kill_at


@pytest.mark.usefixtures("packed")
@pytest.mark.parametrize(("answered", "sessions"), [(False, 1), (True, 1), (True, 2)])
def test_killed_at_each_call_in_turn_one_of_each_is_made(
    workspace: WorkspacePaths,
    server: PracticeServer,
    kill: Callable[[int, bool], None],
    answered: bool,
    sessions: int,
) -> None:
    number, found = 0, 0
    while not found:
        number += 1
        assert number < 200
        kill(number, answered)
        try:
            found = tune(workspace, trials=2, sessions=sessions)
        except Killed:
            continue
    assert number > 8 and found == sessions
    assert versions(server) == (1, 1) == versions(server, SECOND if sessions > 1 else SLUG)
    kill(0, False)
    assert tune(workspace, trials=2) == sessions + 1  # another search, as the study has gained a trial
    assert versions(server) == (2, 2)


@pytest.mark.usefixtures("packed")
def test_a_failed_run_is_told_and_the_next_command_runs_it_anew(
    workspace: WorkspacePaths, server: PracticeServer
) -> None:
    server.faults.failing_runs = 1
    with pytest.raises(SubmissionError, match="a fault of the practice server"):
        tune(workspace, trials=1)
    assert tune(workspace, trials=1) == 1
    assert versions(server)[1] == 2


@pytest.mark.usefixtures("packed")
def test_an_error_page_is_not_taken_for_the_study(workspace: WorkspacePaths, server: PracticeServer) -> None:
    server.faults.output_pages = 1
    with pytest.raises(KaggleError, match="something else"):
        tune(workspace, trials=1)
    assert tune(workspace, trials=1) == 1
    assert versions(server) == (1, 1)


def test_the_error_that_ended_a_search_is_told_and_its_trials_are_here(
    workspace: WorkspacePaths, server: PracticeServer, packed: dict[str, Any]
) -> None:
    packed["error"] = "The disk is full."
    with pytest.raises(StudyError, match="The disk is full"):
        tune(workspace, trials=1)
    assert trials(workspace.location(COMPETITION, "tiny").folder) == 1


def test_the_error_of_a_session_is_told_once(
    workspace: WorkspacePaths, server: PracticeServer, packed: dict[str, Any], notes: list[str]
) -> None:
    packed["error"] = "The disk is full."
    packed["program"] = f"{_PROGRAM}print({ENDED + packed['error']!r}, flush=True)\n"
    with pytest.raises(StudyError, match="The disk is full"):
        tune(workspace, trials=2, sessions=2)
    assert trials(workspace.location(COMPETITION, "tiny").folder) == 2
    assert any("Session 2 failed" in note for note in notes) and "session 1: searched" in notes
    assert not any("The disk is full" in note for note in notes)
    log = (workspace.location(COMPETITION, "tiny").folder / LOG_FILE).read_text()
    assert "session 2: The search on Kaggle ended with an error: The disk is full." in log


@pytest.mark.usefixtures("packed")
def test_gpu_time_is_shown_before_it_is_used(
    workspace: WorkspacePaths, server: PracticeServer, notes: list[str]
) -> None:
    server.faults.gpu_seconds_used = 25.5 * 3600
    assert tune(workspace, gpu=True, trials=1) == 1
    assert any("4.5 hours of GPU time are left" in note for note in notes)
    assert any(f"practice/{SLUG}" in note and "on a GPU" in note for note in notes)
    (version,) = server.notebooks[SLUG].versions
    assert version.request["enableGpu"] and not version.request.get("enableInternet")
    server.faults.gpu_seconds_used = 30.0 * 3600
    with pytest.raises(SubmissionError, match="GPU time on Kaggle is used up"):
        tune(workspace, gpu=True, trials=1)
    assert versions(server) == (1, 1)  # nothing is uploaded in vain
    notes.clear()
    assert tune(workspace, trials=1)
    assert not any("with other options" in note for note in notes) and "on a CPU" in " ".join(notes)


@pytest.mark.usefixtures("server")
def test_what_a_run_prints_is_shown_while_it_lasts(
    workspace: WorkspacePaths, packed: dict[str, Any], tmp_path: Path
) -> None:
    seen = tmp_path / "seen"

    def note(text: str) -> None:
        if text == "searched":
            seen.touch()

    packed["program"] = f"{_PROGRAM}{_WAITS.format(path=str(seen))}"
    assert tune(WorkspacePaths(workspace.root, on_note=note), trials=1) == 1


@pytest.mark.usefixtures("packed")
def test_sessions_share_the_trials_and_none_is_trained_twice(
    workspace: WorkspacePaths, server: PracticeServer, notes: list[str]
) -> None:
    (workspace.studies_folder / "tiny.toml").write_text(SHARED)
    assert tune(workspace, trials=3, sessions=2, seed=5, gpu=True, timeout_seconds=3600.0) == 6
    first, second = shares(server, SLUG, SECOND)
    assert (first["trials"], first["seed"], second["trials"], second["seed"]) == (2, 5, 1, 1_000_008)
    assert first["timeout_seconds"] == second["timeout_seconds"] == 3600.0
    assert any("the search takes up to 2.0 of them" in note for note in notes)
    assert all(any(f"the dataset practice/{slug} (" in note for note in notes) for slug in (SLUG, SECOND))
    study = load_study(open_storage(workspace.location(COMPETITION, "tiny").folder), f"{COMPETITION}/tiny")
    assert study is not None
    states = [(trial.state, trial.value) for trial in study.trials]
    assert states[:2] == [(TrialState.FAIL, None)] * 2 and all(map(is_skipped, study.trials[:2]))
    assert states[2:] == [(TrialState.COMPLETE, value) for value in (0.0, 0.5, 0.125, 0.5)]
    assert "Each session counts its trials by itself. Their numbers in 'tiny' are told when it is home." in notes
    told = [note.partition("The numbers of its trials in 'tiny': ") for note in notes if "is home. " in note]
    assert sorted(told) == [
        ("Session 1 is home. ", "The numbers of its trials in 'tiny': ", "0 is 2, 2 is 3."),
        ("Session 2 is home. ", "The numbers of its trials in 'tiny': ", "1-2 are 4-5."),
    ]


@pytest.mark.usefixtures("server")
def test_a_session_that_has_ended_comes_home_while_another_runs(
    workspace: WorkspacePaths, packed: dict[str, Any], tmp_path: Path
) -> None:
    seen = tmp_path / "seen"

    def on_progress(phase: str, _done: int, _total: int | None) -> None:
        if phase == "bringing it home":
            seen.touch()

    packed["program"] = f"{_PROGRAM}{_WAITS.format(path=str(seen))}"
    asked = RemoteSearch(trials=2)
    location = tune_on_kaggle(
        workspace, "tiny", COMPETITION, asked, gpu=False, sessions=2, on_progress=on_progress
    )
    assert trials(location.folder) == 2


@pytest.mark.usefixtures("packed")
def test_a_session_that_fails_does_not_hold_up_the_others(
    workspace: WorkspacePaths, server: PracticeServer, notes: list[str]
) -> None:
    server.faults.failing_runs = 1
    with pytest.raises(SubmissionError, match="a fault of the practice server"):
        tune(workspace, trials=2, sessions=2)
    folder = workspace.location(COMPETITION, "tiny").folder
    assert trials(folder) == 1 and not (folder / PACKED).exists()
    assert any("This holds up no other session." in note for note in notes)
    assert not any("The run of version 1" in note for note in notes)  # which is told in the end


def test_a_session_that_cannot_begin_begins_with_the_next_command(
    workspace: WorkspacePaths, packed: dict[str, Any], server: PracticeServer, tmp_path: Path
) -> None:
    told = tmp_path / "told"

    def note(text: str) -> None:
        if text.endswith("This holds up no other session."):
            told.touch()

    waits = _WAITS.format(path=str(told))
    packed["program"] = _PROGRAM + waits
    cell = {"cell_type": "code", "source": f"from pathlib import Path\n{waits}"}
    own = Notebooks(open_client(None))
    own.push("own", "own", json.dumps({"cells": [cell]}), competition=COMPETITION, datasets=[], gpu=True)
    workspace = WorkspacePaths(workspace.root, on_note=note)
    with pytest.raises(KaggleError, match="GPU session count of 2"):
        tune(workspace, trials=2, sessions=2, gpu=True)
    assert trials(workspace.location(COMPETITION, "tiny").folder) == 1
    while not server.notebooks["own"].versions[0].run.ended:
        time.sleep(0.05)
    assert tune(workspace, trials=2, sessions=2, gpu=True) == 2
    assert versions(server) == versions(server, SECOND) == (1, 1)
