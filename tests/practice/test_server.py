"""The server's side of the protocol, asked with plain HTTP; the real client is tried in tests/kaggle."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from kagglebot.errors import UsageError
from kagglebot.practice import PracticeCompetition, PracticeServer, handlers, write_competition

LOGIN = {"Authorization": "Bearer x"}


@pytest.fixture(scope="module")
def competition(tmp_path_factory: pytest.TempPathFactory) -> PracticeCompetition:
    return write_competition(tmp_path_factory.mktemp("competition"))


@pytest.fixture
def server(competition: PracticeCompetition) -> Iterator[PracticeServer]:
    with PracticeServer([competition]) as practice:
        yield practice


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


def ask(session: requests.Session, server: PracticeServer, method: str, **fields: Any) -> requests.Response:
    return session.post(
        f"{server.url}/api/v1/competitions.CompetitionApiService/{method}",
        json={"competitionName": "digits-practice"} | fields,
        headers=LOGIN,
        allow_redirects=False,
        timeout=10,
    )


def submit(session: requests.Session, server: PracticeServer, content: bytes) -> requests.Response:
    started = ask(session, server, "StartSubmissionUpload", fileName="s.csv").json()
    session.put(started["createUrl"], data=content, timeout=10)
    return ask(session, server, "CreateSubmission", blobFileTokens=started["token"])


def test_only_this_machine_is_served(server: PracticeServer) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", server.url)
    assert server.storage_url != server.url


def test_without_credentials_nothing_is_said(server: PracticeServer, session: requests.Session) -> None:
    answer = session.post(f"{server.url}/api/v1/x/ListCompetitions", json={}, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (401, 401)


def test_unknown_call(server: PracticeServer, session: requests.Session) -> None:
    assert ask(session, server, "CreateWorld").status_code == 404


def test_file_comes_by_a_signed_address_only(
    server: PracticeServer, session: requests.Session, competition: PracticeCompetition
) -> None:
    address = ask(session, server, "DownloadDataFiles").headers["Location"]
    assert address.startswith(server.storage_url)
    assert session.get(address, timeout=10).content == competition.archive.read_bytes()
    assert session.get(address[:-1], timeout=10).status_code == 403
    assert session.get(address, headers=LOGIN, timeout=10).status_code == 400
    assert server.leaked_credentials == 1


def test_ranges(server: PracticeServer, session: requests.Session, competition: PracticeCompetition) -> None:
    address = ask(session, server, "DownloadDataFiles").headers["Location"]
    content = competition.archive.read_bytes()
    tag = session.get(address, timeout=10).headers["ETag"]
    for headers, status, expected in (
        ({"Range": "bytes=100-"}, 206, content[100:]),
        ({"Range": "bytes=100-199"}, 206, content[100:200]),
        ({"Range": "bytes=100-", "If-Range": tag}, 206, content[100:]),
        ({"Range": "bytes=100-", "If-Range": '"another"'}, 200, content),
    ):
        answer = session.get(address, headers=headers, timeout=10)
        assert (answer.status_code, answer.content) == (status, expected)
    assert session.get(address, headers={"Range": f"bytes={len(content)}-"}, timeout=10).status_code == 416


def test_single_file(server: PracticeServer, session: requests.Session, competition: PracticeCompetition) -> None:
    names = [file["name"] for file in ask(session, server, "ListDataFiles").json()["files"]]
    assert names == ["train.csv", "test.csv", "sample_submission.csv"]
    address = ask(session, server, "DownloadDataFile", fileName="test.csv").headers["Location"]
    with zipfile.ZipFile(competition.archive) as zipped:
        assert session.get(address, timeout=10).content == zipped.read("test.csv")
    assert ask(session, server, "DownloadDataFile", fileName="none.csv").status_code == 404


def test_submission_needs_its_upload(server: PracticeServer, session: requests.Session) -> None:
    assert session.put(f"{server.storage_url}/uploads/guess", data=b"x", timeout=10).status_code == 404
    started = ask(session, server, "StartSubmissionUpload", fileName="s.csv").json()
    answer = ask(session, server, "CreateSubmission", blobFileTokens=started["token"])
    assert answer.status_code == 400 and "not uploaded" in answer.json()["message"]
    assert submit(session, server, b"id,label\n").json()["ref"] == 1000


def test_submission_is_shown_by_its_number(server: PracticeServer, session: requests.Session) -> None:
    ref = submit(session, server, b"ImageId,Label\n").json()["ref"]
    shown = ask(session, server, "GetSubmission", ref=ref).json()
    assert (shown["status"], shown["errorDescription"]) == ("ERROR", "597 rows were expected and 0 found")
    assert ask(session, server, "GetSubmission", ref=1).status_code == 404


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"notebooks_only": True}, "only accepts Submissions from Notebooks"),
        ({"submissions_disabled": True}, "does not accept submissions"),
        ({"deadline": datetime(2020, 1, 1, tzinfo=UTC)}, "does not accept submissions"),
        ({"max_daily_submissions": 0}, r"daily Submission allowance \(0\)"),
    ],
)
def test_refused_submissions(
    server: PracticeServer, session: requests.Session, change: dict[str, Any], reason: str
) -> None:
    server.competitions["digits-practice"] = replace(server.competitions["digits-practice"], **change)
    answer = submit(session, server, b"")
    assert answer.status_code == 400
    assert re.search(reason, answer.json()["message"])
    assert not server.submissions


@pytest.mark.parametrize(("metric", "first"), [("Log Loss", "Low"), ("AUC", "High")])
def test_the_best_score_leads_the_board(
    server: PracticeServer, session: requests.Session, metric: str, first: str
) -> None:
    rivals = (("Low", 0.2), ("High", 0.8))
    served = replace(server.competitions["digits-practice"], metric=metric, rivals=rivals, classes=("3",))
    server.competitions["digits-practice"] = served
    assert served.hidden is not None
    even = "".join(f"{row_id},0.5\n" for row_id in served.hidden)
    sharp = "".join(f"{row_id},{0.9 if label == '3' else 0.1}\n" for row_id, label in served.hidden.items())
    for rows in (sharp, even):
        submit(session, server, f"ImageId,Label\n{rows}".encode())
    board = ask(session, server, "GetLeaderboard").json()["submissions"]
    scores = [float(row["score"]) for row in board]
    assert scores == sorted(scores, reverse=metric == "AUC")
    assert next(row["teamName"] for row in board if row["teamName"] != "practice") == first
    assert scores[0] == pytest.approx(0.10536 if metric == "Log Loss" else 1, abs=1e-5)


def test_environment_keeps_other_proxy_rules(server: PracticeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "intranet.example")
    assert server.environment["NO_PROXY"] == "intranet.example,127.0.0.1"


def test_nothing_is_left_at_the_end(competition: PracticeCompetition) -> None:
    with PracticeServer([competition]) as practice:
        folder, url = Path(practice.environment["KAGGLE_CONFIG_DIR"]), practice.url
        assert folder.is_dir()
    assert not folder.exists()
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=10, proxies={"http": ""})


def test_it_listens_on_the_loopback_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    competition = write_competition(tmp_path)
    with PracticeServer([competition]) as server:
        assert {each.server_address[0] for each in server._servers} == {"127.0.0.1"}
        monkeypatch.setattr(handlers, "HOST", "0.0.0.0")
        with pytest.raises(UsageError, match=r"loopback only, not on 0\.0\.0\.0"):
            handlers.LoopbackServer(handlers.ApiHandler, server, 0)
