"""Redirects: credentials are sent only to the host they are meant for."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kagglebot.errors import KaggleError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.connection.session import upload
from kagglebot.kaggle.retry import RetryPolicy

CANARY = "canary-8f3a91"
USER = "someone"


@dataclass
class Host:
    """A server that notes all it is sent, and answers everything with one redirect, or else with an empty list."""

    url: str = ""
    status: int = 200
    location: str = ""
    seen: list[str] = field(default_factory=list)

    def knows(self, secret: str) -> bool:
        return any(secret in request for request in self.seen)


def serve(host: Host, address: str) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            host.seen.append(f"{self.command} {self.path}\n{self.headers}\n{body}")
            told = {"active": True, "username": USER, "competitions": []}
            asked_about_token = self.path.endswith("IntrospectToken") and host.status == 302
            self.send_response(200 if asked_about_token else host.status)
            if host.location and not asked_about_token:
                self.send_header("Location", host.location)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(told).encode())

        do_GET = do_POST = do_PUT = _answer

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer((address, 0), Handler)
    host.url = f"http://{address}:{server.server_port}"
    return server


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Host, Host]]:
    """The host that is asked, and another on this machine; both under other names are others again."""
    asked, other = Host(), Host()
    with ExitStack() as stack:
        for host, address in ((asked, "127.0.0.1"), (other, "127.0.0.2")):
            try:
                server = stack.enter_context(serve(host, address))
            except OSError:  # macOS has but one loopback address
                server = stack.enter_context(serve(host, "127.0.0.1"))
                host.url = host.url.replace("127.0.0.1", "localhost")
            stack.callback(server.shutdown)
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        monkeypatch.setenv("KAGGLEBOT_KAGGLE_URL", asked.url)
        yield asked, other


@pytest.fixture(params=["token", "key"])
def secrets(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    if request.param == "token":
        monkeypatch.setenv("KAGGLE_API_TOKEN", CANARY)
    else:
        monkeypatch.setenv("KAGGLE_USERNAME", USER)
        monkeypatch.setenv("KAGGLE_KEY", CANARY)
    return CANARY, base64.b64encode(f"{USER}:{CANARY}".encode()).decode(), "Authorization"


def ask() -> None:
    KaggleClient(retry=RetryPolicy(attempts=1)).search()


def test_another_host_sees_no_credentials(hosts: tuple[Host, Host], secrets: tuple[str, ...]) -> None:
    asked, other = hosts
    asked.status, asked.location = 302, f"{other.url}/elsewhere"
    ask()
    assert asked.knows("Authorization") and any(asked.knows(secret) for secret in secrets[:2])
    assert len(other.seen) == 1 and not any(other.knows(secret) for secret in secrets)


@pytest.mark.parametrize("status", [307, 308])
def test_a_question_is_not_repeated_to_another_host(
    status: int, hosts: tuple[Host, Host], secrets: tuple[str, ...]
) -> None:
    asked, other = hosts
    asked.status, asked.location = status, f"{other.url}/elsewhere?signature={CANARY}"
    with pytest.raises(KaggleError, match=r"leads to .*, another host, where nothing private is sent") as caught:
        ask()
    assert asked.seen and not other.seen
    assert CANARY not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("location", ["http://kaggle.example/x", "//kaggle.example/x", "ftp://127.0.0.1/x"])
def test_a_redirect_off_this_machine_without_https_is_not_followed(
    location: str, hosts: tuple[Host, Host], secrets: tuple[str, ...]
) -> None:
    asked, _ = hosts
    asked.status, asked.location = 302, location
    if location.startswith("ftp"):  # this machine, but nothing that requests could speak
        with pytest.raises(KaggleError):
            ask()
        return
    with pytest.raises(KaggleError, match=r"leads to kaggle\.example, an address that is not https"):
        ask()


def test_a_redirect_to_what_is_no_address_is_not_followed(
    hosts: tuple[Host, Host], secrets: tuple[str, ...]
) -> None:
    asked, _ = hosts
    asked.status, asked.location = 302, "http://[::1"
    with pytest.raises(KaggleError, match=r"leads to an empty address"):
        ask()


@pytest.mark.parametrize("address", ["", "None", "https://", "https://[", "[]"])
def test_a_file_is_uploaded_to_nothing_else_than_an_address(address: str, tmp_path: Path) -> None:
    (tmp_path / "out.csv").touch()
    with pytest.raises(KaggleError, match=r"leads to an empty address"):
        upload(tmp_path / "out.csv", address)


def test_a_file_is_uploaded_to_no_address_that_others_can_listen_to(tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    file.write_text("Id,Label\n")
    with pytest.raises(KaggleError, match=r"leads to storage\.example, an address that is not https") as caught:
        upload(file, f"http://storage.example/x?signature={CANARY}")
    assert CANARY not in caught.value.message + caught.value.hint
