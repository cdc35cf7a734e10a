import json
from pathlib import Path

import pytest

from kagglebot.cli.main import run
from kagglebot.diagnostics.checks import examine
from kagglebot.practice.competition import write_competition
from kagglebot.practice.server import PracticeServer

CANARY = "canary-0123456789abcdef"


def checks(folder: Path) -> dict:
    return {check.name: check for check in examine(folder)}


def test_without_credentials_it_says_how_to_get_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KAGGLEBOT_KAGGLE_URL", "http://127.0.0.1:1")
    assert run(["--workspace", str(tmp_path), "doctor", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert not found["healthy"]
    (account,) = [check for check in found["checks"] if check["name"] == "Kaggle account"]
    assert account["state"] == "failed"
    assert "token" in account["hint"]


def test_with_good_credentials_all_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with PracticeServer([write_competition(tmp_path)]) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        found = checks(tmp_path)
    assert found["Kaggle account"].state == "ok"
    assert found["Kaggle endpoint"].value == server.url
    assert found["tensorflow"].state == "ok"


def test_credentials_are_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with PracticeServer([write_competition(tmp_path)]) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("KAGGLE_API_TOKEN", CANARY)
        server.faults.unauthorised = 9
        assert run(["--workspace", str(tmp_path), "doctor"]) == 1
    printed = capsys.readouterr()
    assert CANARY not in printed.out + printed.err


def test_an_unsafe_endpoint_is_found_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAGGLEBOT_KAGGLE_URL", "http://example.com")
    found = checks(tmp_path)
    assert found["Kaggle endpoint"].state == "failed"
    assert "Kaggle account" not in found
