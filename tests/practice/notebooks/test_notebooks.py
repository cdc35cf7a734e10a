"""The notebooks of the practice server beyond what the client shows: see tests/kaggle/test_kernels.py for that."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from kagglebot.practice import PracticeServer, write_competition

SOURCE = json.dumps(
    {"cells": [{"cell_type": "code", "source": "open('submission.csv', 'w').write('ImageId,Label')"}]}
)
SAVED = {"slug": "practice/a-notebook", "newTitle": "a notebook", "text": SOURCE, "enableInternet": False}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PracticeServer]:
    with PracticeServer([write_competition(tmp_path, notebooks_only=True)]) as server:
        yield server


def ask(server: PracticeServer, method: str, token: str = "", **request: object) -> requests.Response:
    headers = {"Authorization": f"Bearer {token or server.token}"}
    with requests.Session() as session:
        session.trust_env = False
        return session.post(f"{server.url}/api/v1/any/{method}", json=request, headers=headers, timeout=10)


def save(server: PracticeServer, **changes: object) -> None:
    answer = ask(server, "SaveKernel", **SAVED | {"competitionDataSources": ["digits-practice"]} | changes)
    assert answer.json()["versionNumber"]
    run = server.notebooks["a-notebook"].versions[-1].run
    while not run.ended:
        time.sleep(0.01)


def submit(server: PracticeServer, version: int | None = 1) -> requests.Response:
    fields = {"competitionName": "digits-practice", "kernelOwner": "practice", "kernelSlug": "a-notebook"}
    return ask(server, "CreateCodeSubmission", fileName="submission.csv", kernelVersion=version, **fields)


def test_only_who_knows_the_token_has_a_notebook_run(server: PracticeServer) -> None:
    assert ask(server, "SaveKernel", token="guess", **SAVED).status_code == 401
    assert ask(server, "GetCompetition", token="guess", competitionName="digits-practice").status_code == 200
    assert not server.notebooks


def test_a_submission_needs_the_version_no_internet_and_the_competition(server: PracticeServer) -> None:
    assert submit(server).json()["message"] == "Permission 'kernelSessions.get' was denied"
    save(server, enableInternet=True)
    assert "cannot use internet" in submit(server).json()["message"]
    save(server, competitionDataSources=[])
    assert "as a data source" in submit(server, 2).json()["message"]
    save(server)
    assert submit(server, None).status_code == 403
    assert submit(server, 3).status_code == 200


def test_what_the_rerun_writes_is_scored_and_an_error_costs_nothing(server: PracticeServer) -> None:
    save(server)
    submit(server)
    (submission,) = server.submissions
    while submission.reruns:
        time.sleep(0.01)
    assert submission.error.startswith("Submission Scoring Error: 597 rows were expected")
    limits = ask(server, "GetSubmissionLimits", competitionName="digits-practice").json()
    assert (limits["numToday"], limits["numAllowedNow"]) == (0, 5)


def test_a_version_is_named_with_its_v(server: PracticeServer) -> None:
    save(server)
    for label, status in (("v1", 200), ("1", 404), ("v2", 404), (None, 200)):
        asked = {"userName": "practice", "kernelSlug": "a-notebook", "versionLabel": label}
        assert ask(server, "GetKernelSessionStatus", **asked).status_code == status


def test_the_status_may_be_that_of_the_run_before(server: PracticeServer) -> None:
    save(server)
    save(server, text=json.dumps({"cells": [{"cell_type": "code", "source": "1 / 0"}]}))
    server.faults.stale_statuses = 1
    asked = {"userName": "practice", "kernelSlug": "a-notebook", "versionLabel": "v2"}
    statuses = [ask(server, "GetKernelSessionStatus", **asked).json()["status"] for _ in range(2)]
    assert statuses == ["COMPLETE", "ERROR"]
