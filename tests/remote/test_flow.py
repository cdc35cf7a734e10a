"""A search on Kaggle with the real client, and a program there that only adds a trial: nothing is made twice."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import optuna
import pytest
from filelock import FileLock
from optuna.trial import create_trial

from kagglebot.errors import KagglebotError, KaggleError, StudyError, SubmissionError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.paths import WorkspacePaths
from kagglebot.practice import PracticeCompetition, PracticeServer, write_competition
from kagglebot.remote import flow
from kagglebot.remote.flow import PACKED, RemoteSearch, tune_on_kaggle
from kagglebot.remote.pack import PROGRAM
from kagglebot.remote.study_archive import write_archive
from kagglebot.remote.there import OPTIONS, RESULT, STUDY
from kagglebot.search.prepare import SearchPlan
from kagglebot.search.storage.journal import load_study, open_storage
from kagglebot.submission.notebooks import dataset_step, notebook_step, polling
from kagglebot.system.files import write_json

COMPETITION = "digits-practice"
SLUG = "kagglebot-tune-digits-practice-tiny"
_PROGRAM = f"""\
import os
import shutil
from pathlib import Path

shutil.copyfile(Path(os.environ["KAGGLEBOT_EXPORT"], "came"), {RESULT!r})
print("searched")
"""


class Killed(BaseException):
    """As SIGKILL, nothing of kagglebot's catches it."""


def trials(folder: Path) -> int:
    study = load_study(open_storage(folder), f"{COMPETITION}/tiny")
    return 0 if study is None else len(study.trials)


def tune(workspace: WorkspacePaths, study: str = "tiny", *, gpu: bool = False, **asked: Any) -> int:
    """Search on Kaggle, and return the number of trials that the study has then."""
    location = tune_on_kaggle(workspace, study, COMPETITION, RemoteSearch(**asked), gpu=gpu, on_progress=None)
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
    elsewhere = WorkspacePaths(workspace.root, storage="sqlite:///trials.db")
    refused(elsewhere, "out of reach")


def test_a_study_that_is_followed_already_is_left_alone(workspace: WorkspacePaths) -> None:
    folder = workspace.studies_folder / COMPETITION / "tiny"
    folder.mkdir(parents=True)
    with FileLock(folder / f"{PACKED}.lock"):
        refused(workspace, "Another command follows", trials=1)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> PracticeCompetition:
    return write_competition(tmp_path_factory.mktemp("served"))


@pytest.fixture
def server(served: PracticeCompetition, monkeypatch: pytest.MonkeyPatch) -> Iterator[PracticeServer]:
    monkeypatch.setattr(polling, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(polling, "LONGEST_PAUSE", 0.1)
    for step in (dataset_step, notebook_step):
        monkeypatch.setattr(step, "HIDDEN_SECONDS", 0.2)
    with PracticeServer([served]) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def packed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """What the archive that comes back notes; the program that goes there only copies it."""
    note: dict[str, Any] = {"error": ""}

    def pack(
        target: Path, _: object, __: object, plan: SearchPlan, search: Mapping[str, Any], *, gpu: bool
    ) -> None:
        folder = plan.location.folder
        target.mkdir()
        (target / PROGRAM).write_text(_PROGRAM)
        write_archive(target / STUDY, folder, {})
        there = tmp_path / "there"
        shutil.rmtree(there, ignore_errors=True)
        shutil.copytree(folder, there)
        storage = open_storage(there)
        study = load_study(storage, plan.location.key)
        study = study or optuna.create_study(study_name=plan.location.key, storage=storage, direction="maximize")
        study.add_trial(create_trial(value=0.5))
        write_archive(target / "came", there, note)
        write_json(target / OPTIONS, {"search": dict(search), "gpu": gpu})

    monkeypatch.setattr(flow, "pack", pack)
    return note


def versions(server: PracticeServer) -> tuple[int, int]:
    """Return the number of versions of the dataset and of the notebook."""
    return len(server.datasets[SLUG].versions), len(server.notebooks[SLUG].versions)


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

    for name in ("call", "call_once", "look_up", "upload_blob", "read_file"):
        monkeypatch.setattr(KaggleClient, name, watched(getattr(KaggleClient, name)))

    def kill_at(number: int, answered: bool) -> None:
        nonlocal left, after
        left, after = number, answered

    return kill_at


@pytest.mark.usefixtures("packed")
@pytest.mark.parametrize("answered", [False, True])
def test_killed_at_each_call_in_turn_one_of_each_is_made(
    workspace: WorkspacePaths, server: PracticeServer, kill: Callable[[int, bool], None], answered: bool
) -> None:
    number, found = 0, 0
    while not found:
        number += 1
        assert number < 200
        kill(number, answered)
        try:
            found = tune(workspace, trials=1)
        except Killed:
            continue
    assert number > 8 and found == 1
    assert versions(server) == (1, 1)
    kill(0, False)
    assert tune(workspace, trials=1) == 2  # another search, as the study has gained a trial
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


@pytest.mark.usefixtures("packed", "server")
def test_what_the_run_prints_is_shown(workspace: WorkspacePaths, notes: list[str]) -> None:
    tune(workspace, trials=1)
    assert "searched" in notes
