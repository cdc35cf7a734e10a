"""``kagglebot dashboard`` in a real browser, on this machine only."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from kagglebot.cli.main import run

if TYPE_CHECKING:
    from chromium import Browser

_PROGRAM = "from kagglebot.cli.main import main; main()"


@pytest.fixture(scope="module")
def dashboard(studied: Path) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """The command as it runs, and the address that it printed."""
    command = [sys.executable, "-c", _PROGRAM, "--workspace", str(studied), "dashboard", "net", "--port", "0"]
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process
        process.kill()


def ask(address: str, **headers: str) -> int:
    """Ask for a page and give the status of the answer."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.netloc, timeout=60)
    try:
        connection.request("GET", "/api/studies", headers={name.title(): value for name, value in headers.items()})
        return connection.getresponse().status
    finally:
        connection.close()


def test_the_study_opens_in_the_browser_and_nothing_is_asked_elsewhere(
    dashboard: tuple[str, "subprocess.Popen[str]"], browser: "Browser"
) -> None:
    address, _ = dashboard
    assert address.startswith("http://127.0.0.1:")
    browser.open(address)
    browser.until("document.body.innerText.includes('digits-practice/net')")
    browser.until("document.querySelector('.main-svg')")
    asked = browser.requests()
    own = f"http://{urlsplit(address).netloc}/"
    assert [each for each in asked if not each.startswith((own, "data:", "blob:"))] == []
    assert any("/api/studies/" in each for each in asked)
    assert browser.complaints() == []


def test_another_sites_page_gets_nothing(dashboard: tuple[str, "subprocess.Popen[str]"]) -> None:
    address, _ = dashboard
    own = urlsplit(address).netloc
    assert ask(address) == 200
    assert ask(address, origin=f"http://{own}") == 200
    assert ask(address, host="practice.example") == 403
    assert ask(address, origin="https://practice.example") == 403


def test_a_taken_port_is_said(
    dashboard: tuple[str, "subprocess.Popen[str]"], studied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = str(urlsplit(dashboard[0]).port)
    assert run(["--workspace", str(studied), "dashboard", "net", "--port", port]) == 2
    assert f"Port {port} cannot be used" in capsys.readouterr().err


def test_ctrl_c_is_the_way_it_ends(dashboard: tuple[str, "subprocess.Popen[str]"]) -> None:
    _, process = dashboard
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "was stopped" in said
    assert "Traceback" not in said


def test_without_its_package_it_says_what_to_install(
    studied: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("kagglebot.search.storage.dashboard.find_spec", lambda name: None)
    assert run(["--workspace", str(studied), "dashboard", "net"]) == 1
    assert "pip install 'kagglebot[dashboard]'" in capsys.readouterr().err


def test_a_study_without_trials_is_said_and_none_is_made(
    studied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--workspace", str(studied), "dashboard", "cnn"]) == 1
    assert "has no trials for digits-practice yet" in capsys.readouterr().err
    assert not (studied / "studies" / "digits-practice" / "cnn").exists()


def test_a_study_that_there_is_not_is_no_study_to_search(
    studied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--workspace", str(studied), "dashboard", "nett", "--no-browser"]) == 1
    said = capsys.readouterr().err
    assert "There is no study 'nett'." in said and "Did you mean 'net'?" in said
    assert "kagglebot tune nett" not in said  # it would end in the same error


def test_a_competition_that_was_not_fetched_is_to_be_fetched(
    studied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--workspace", str(studied), "dashboard", "net", "--no-browser", "-c", "other"]) == 1
    said = capsys.readouterr().err
    assert "The data of other is not here" in said and "fetch other" in said
