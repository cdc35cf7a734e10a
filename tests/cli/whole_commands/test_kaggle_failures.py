"""Every answer that Kaggle can give, on the real command line: a sentence, a hint, and nothing done twice."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from practice_server import serving

from kagglebot.cli.main import run
from kagglebot.kaggle import retry
from kagglebot.practice import Faults, PracticeCompetition, PracticeServer, write_competition
from kagglebot.submission import upload_once

NAME = "digits-practice"
OTHER = "digit-practices"
CANARY = "canary-5d21c7"
PAGE = f"https://www.kaggle.com/competitions/{NAME}"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
DENIED = "Permission 'competitions.participate' was denied"
FETCH = ("fetch", NAME)
SUBMIT = ("submit", "--file", "out.csv")


@dataclass(frozen=True)
class Case:
    """What is wrong, with what command it is met, and what the user is told.

    Attributes:
        command: What follows ``kagglebot``.
        cause: Part of the error's sentence.
        hint: Part of the hint: the next command or page.
        faults: What the server gets wrong.
        competition: How the competition is different.
        environment: What is set otherwise.
        uploads: How often the file is uploaded for all that.
    """

    command: Sequence[str]
    cause: str
    hint: str
    faults: Mapping[str, Any] = field(default_factory=dict)
    competition: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    uploads: int = 0


def refusal(status: int, words: str, *methods: str) -> dict[str, Any]:
    return {"refusal": words, "refusal_status": status, "methods": frozenset(methods)}


UNKNOWN = f"Kaggle has no competition named {NAME}"
LAST_CALL = frozenset({"CreateSubmission"})
CASES = {
    "401 fetch": Case(FETCH, "the credentials in KAGGLE_API_TOKEN", "settings/api", {"unauthorised": True}),
    "401 submit": Case(SUBMIT, "the credentials in KAGGLE_API_TOKEN", "settings/api", {"unauthorised": True}),
    "401 list": Case(["competitions"], "credentials in KAGGLE_API_TOKEN", "settings/api", {"unauthorised": True}),
    "token expired": Case(FETCH, "does not know the access token", "settings/api", {"expired_token": True}),
    "rules fetch": Case(FETCH, "not accepted the rules", f"{PAGE}/rules", competition={"rules_accepted": False}),
    "rules submit": Case(SUBMIT, "not accepted the rules", f"{PAGE}/rules", competition={"rules_accepted": False}),
    "mistyped fetch": Case(FETCH, UNKNOWN, f"mean {OTHER}?", competition={"name": OTHER}),
    "mistyped submit": Case(SUBMIT, UNKNOWN, f"mean {OTHER}?", competition={"name": OTHER}),
    "mistyped board": Case(["leaderboard"], UNKNOWN, f"mean {OTHER}?", competition={"name": OTHER}),
    "denied": Case(SUBMIT, "does not let this account", "com/settings", refusal(403, DENIED, "ListSubmissions")),
    "phone": Case(
        SUBMIT,
        "You must verify your phone number.",
        "https://www.kaggle.com/settings",
        refusal(403, "You must verify your phone number.", "StartSubmissionUpload"),
    ),
    "identity": Case(
        SUBMIT,
        "Identity verification is required",
        "https://www.kaggle.com/settings",
        refusal(400, "Submission not allowed:  Identity verification is required", "CreateSubmission"),
        uploads=1,
    ),
    "other refusal": Case(
        FETCH, "The host has gone home.", PAGE, refusal(400, "The host has gone home", "GetCompetition")
    ),
    "429 for an hour": Case(
        FETCH, "Too many requests", "again in 3600 s", {"too_many_requests": 9, "retry_after": "3600"}
    ),
    "429 for ever": Case(
        SUBMIT, "Too many requests", "same command", {"too_many_requests": 99, "retry_after": "0"}
    ),
    "500": Case(FETCH, "problem of its own (HTTP 500)", "again in some minutes", {"server_errors": 99}),
    "500 list": Case(["competitions"], "(HTTP 500)", "again in some minutes", {"server_errors": 99}),
    "hung up": Case(SUBMIT, "broke off", "Check the network", {"dropped_calls": 99}),
    "nobody there": Case(
        FETCH, "cannot be reached", "Check the network", environment={"KAGGLEBOT_KAGGLE_URL": "http://127.0.0.1:9"}
    ),
    "login page": Case(FETCH, "cannot be read", "A login page", {"unreadable_answers": 99}),
    "storage closed": Case(FETCH, "(HTTP 503)", "again in some minutes", {"storage_errors": 99}),
    "download cut": Case(
        FETCH, f"{NAME}.zip broke off after 0 of", "same command", {"cut_downloads": 99, "cut_after_bytes": 0}
    ),
    "archive too short": Case(FETCH, f"{NAME}.zip broke off after", "same command", {"surplus_bytes": 999}),
    "archive cut short": Case(FETCH, "as announced, and it is damaged", "same command", {"surplus_bytes": -999}),
    "upload refused": Case(SUBMIT, "upload of out.csv broke", "same command", {"failed_uploads": 99}, uploads=5),
    "upload cut": Case(SUBMIT, "upload of out.csv broke", "same command", {"cut_uploads": 99}, uploads=5),
    "message without a submission": Case(
        SUBMIT, "did not confirm the submission", "looks on Kaggle first", {"hollow_answers": 1}, uploads=1
    ),
    "500 at the last call": Case(
        SUBMIT,
        "did not confirm the submission",
        "looks on Kaggle first",
        {"server_errors": 1, "methods": LAST_CALL},
        uploads=1,
    ),
    "over": Case(SUBMIT, "ended on 2020-01-01", "add --late", competition={"deadline": LONG_AGO}),
    "notebooks only": Case(
        SUBMIT, "notebooks only", f"submit --best --competition {NAME}", competition={"notebooks_only": True}
    ),
    "disabled": Case(SUBMIT, "takes no submissions", PAGE, competition={"submissions_disabled": True}),
    "allowance": Case(SUBMIT, "is used up", "midnight UTC", competition={"max_daily_submissions": 0}),
}


@pytest.fixture(scope="module")
def competition(tmp_path_factory: pytest.TempPathFactory) -> PracticeCompetition:
    return write_competition(tmp_path_factory.mktemp("served"))


@pytest.fixture
def server(
    competition: PracticeCompetition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PracticeServer]:
    """The practice server, with a token that must never be seen, and nothing to wait for."""
    with serving(monkeypatch, competition) as server:
        monkeypatch.setenv("KAGGLE_API_TOKEN", CANARY)
        monkeypatch.setattr(retry, "RetryPolicy", partial(retry.RetryPolicy, first_wait_seconds=0.001))
        monkeypatch.setattr(upload_once, "_LIST_PAUSES", (0.001,))
        yield server


@pytest.fixture
def kagglebot(
    server: PracticeServer, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run a command in a workspace with a file to submit; its exit code, output and errors."""

    def kagglebot(*command: str) -> tuple[int, str, str]:
        code = run([*command, "--json"])
        said = capfd.readouterr()
        assert CANARY not in said.out + said.err and "Traceback" not in said.err
        return code, said.out, said.err

    return kagglebot


@pytest.fixture
def fetched(kagglebot: Callable[..., tuple[int, str, str]], server: PracticeServer, tmp_path: Path) -> None:
    assert kagglebot(*FETCH)[0] == 0
    (tmp_path / "out.csv").write_text("ImageId,Label\n" + "".join(f"{row},3\n" for row in range(1, 598)))
    server.calls.clear()


def change(server: PracticeServer, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in case.faults.items():
        setattr(server.faults, name, value)
    served = replace(server.competitions.pop(NAME), **case.competition)
    server.competitions[served.name] = served
    for name, value in case.environment.items():
        monkeypatch.setenv(name, value)


def mend(server: PracticeServer, competition: PracticeCompetition, monkeypatch: pytest.MonkeyPatch) -> None:
    vars(server.faults).update(vars(Faults()))
    server.competitions.clear()
    server.competitions[NAME] = competition
    monkeypatch.setenv("KAGGLEBOT_KAGGLE_URL", server.url)


@pytest.mark.parametrize("nested", [False, True], ids=["plain", "nested"])
@pytest.mark.parametrize("name", CASES)
def test_it_is_said_with_a_hint_and_the_same_command_goes_on_later(
    name: str,
    nested: bool,
    server: PracticeServer,
    competition: PracticeCompetition,
    kagglebot: Callable[..., tuple[int, str, str]],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    case = CASES[name]
    if case.command is not FETCH:
        request.getfixturevalue("fetched")
    change(server, case, monkeypatch)
    server.faults.nested_errors = nested
    code, out, err = kagglebot(*case.command)
    assert (code, out) == (1, "")
    *_, sentence, hint = err.splitlines()
    assert sentence.startswith("error: ") and case.cause in sentence and sentence.endswith(".")
    assert hint.startswith("hint: ") and case.hint in hint
    assert err.count("error: ") == 1
    assert (server.calls["upload"], len(server.submissions)) == (case.uploads, 0)

    mend(server, competition, monkeypatch)
    for again in (False, True):
        code, out, err = kagglebot(*case.command)
        assert code == 0, err
        document = json.loads(out)
        if case.command is SUBMIT:
            assert document["new"] is not again
            assert len(server.submissions) == 1
        elif case.command is FETCH:
            assert document["downloaded"] is not again
    assert server.leaked_credentials == 0
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(CANARY.encode() in path.read_bytes() for path in left)
    if case.command is SUBMIT:
        _, out, _ = kagglebot("submissions")
        (entry,) = json.loads(out)["submissions"]
        assert (entry["status"], entry["ref"]) == ("complete", server.submissions[0].ref)


@pytest.mark.parametrize(
    "faults",
    [
        {"too_many_requests": 2, "retry_after": "0"},
        {"server_errors": 2},
        {"dropped_calls": 2},
        {"failed_uploads": 2},
        {"cut_uploads": 1},
        {"lost_answers": 1},
    ],
    ids=lambda faults: next(iter(faults)),
)
def test_what_passes_is_waited_for_and_the_file_arrives_once(
    faults: Mapping[str, Any],
    server: PracticeServer,
    fetched: None,
    kagglebot: Callable[..., tuple[int, str, str]],
) -> None:
    for name, value in faults.items():
        setattr(server.faults, name, value)
    code, out, err = kagglebot(*SUBMIT)
    assert code == 0, err
    assert json.loads(out)["status"] == "complete"
    assert "lost_answers" in faults or "retrying in" in err
    assert len(server.submissions) == 1


def test_late_submissions_are_made_where_the_user_says_so(
    server: PracticeServer, fetched: None, kagglebot: Callable[..., tuple[int, str, str]]
) -> None:
    over = replace(server.competitions[NAME], deadline=LONG_AGO)
    server.competitions[NAME] = over
    code, _, err = kagglebot(*SUBMIT, "--late")
    assert code == 1 and "does not accept submissions any more" in err
    server.competitions[NAME] = replace(over, late_submissions=True)
    code, out, _ = kagglebot(*SUBMIT, "--late")
    assert (code, json.loads(out)["status"]) == (0, "complete")


def test_what_kaggle_cannot_score_is_told_each_time_and_not_sent_again(
    server: PracticeServer, fetched: None, kagglebot: Callable[..., tuple[int, str, str]]
) -> None:
    server.faults.scoring_error = "Evaluation Exception: the solution column is odd"
    for further in ((), (), ("--no-wait",)):
        code, _, err = kagglebot(*SUBMIT, *further)
        assert code == 1
        assert "the solution column is odd" in err and "hint: " in err and "--again" in err
    assert len(server.submissions) == 1
    _, out, _ = kagglebot("submissions")
    assert json.loads(out)["submissions"][0]["error"] == server.faults.scoring_error


def test_a_pending_submission_is_picked_up_later(
    server: PracticeServer, fetched: None, kagglebot: Callable[..., tuple[int, str, str]]
) -> None:
    server.faults.pending_polls = 2
    code, out, _ = kagglebot(*SUBMIT, "--no-wait")
    assert (code, json.loads(out)["status"]) == (0, "pending")
    server.faults.server_errors = 99
    code, _, err = kagglebot("submissions")
    assert code == 1 and "(HTTP 500)" in err
    code, out, _ = kagglebot("submissions", "--no-refresh")
    assert json.loads(out)["submissions"][0]["status"] == "pending"
    server.faults.server_errors = 0
    statuses = [json.loads(kagglebot("submissions")[1])["submissions"][0]["status"] for _ in range(3)]
    assert statuses == ["pending", "pending", "complete"]


@pytest.mark.parametrize("command", [("submissions",), SUBMIT], ids=["submissions", "submit"])
def test_an_unconfirmed_submission_that_is_listed_late_is_picked_up(
    command: Sequence[str], server: PracticeServer, fetched: None, kagglebot: Callable[..., tuple[int, str, str]]
) -> None:
    server.faults.lost_answers, server.faults.late_lists = 1, 1
    code, _, err = kagglebot(*SUBMIT)
    assert code == 1 and "did not confirm" in err
    server.faults.late_lists = int(command is SUBMIT)  # cut off a moment ago, so it looks more than once
    assert kagglebot(*command)[0] == 0
    _, out, _ = kagglebot("submissions")
    (entry,) = json.loads(out)["submissions"]
    assert (entry["status"], entry["ref"], len(server.submissions)) == ("complete", 1000, 1)
