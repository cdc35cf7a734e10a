"""Login: sources of credentials, and that they never leave the client."""

import base64
import json
import os
import socket
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from kagglebot.errors import KaggleError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.connection.session import Api
from kagglebot.kaggle.retry import RetryPolicy
from kagglebot.practice import PracticeServer

CANARY = "canary-3f9b1c"


@pytest.fixture
def log_out(server: PracticeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAGGLE_API_TOKEN")


def test_no_credentials_at_all(client: KaggleClient, log_out: None, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KaggleError, match="no Kaggle credentials") as caught:
        client.search()
    assert "KAGGLE_API_TOKEN" in caught.value.hint
    assert capfd.readouterr() == ("", "")  # the client prints a page of help


def test_legacy_key_from_the_environment(
    client: KaggleClient, server: PracticeServer, log_out: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAGGLE_USERNAME", "somebody")
    monkeypatch.setenv("KAGGLE_KEY", CANARY)
    assert client.search()
    assert server.calls["IntrospectToken"] == 0


def test_legacy_key_from_the_file_of_this_moment(
    client: KaggleClient, log_out: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    (tmp_path / "kaggle.json").write_text(json.dumps({"username": "somebody", "key": CANARY}))
    assert client.search()


def test_token_from_the_home_folder(client: KaggleClient, log_out: None, no_login: Path) -> None:
    (no_login / ".kaggle").mkdir()
    (no_login / ".kaggle" / "access_token").write_text(CANARY)
    assert client.search()


def test_expired_token_is_told_from_none(client: KaggleClient, server: PracticeServer) -> None:
    server.faults.expired_token = True
    with pytest.raises(KaggleError, match="token in KAGGLE_API_TOKEN"):
        client.search()


def test_unauthorised_at_the_login(client: KaggleClient, server: PracticeServer) -> None:
    server.faults.unauthorised = True
    with pytest.raises(KaggleError, match="credentials in KAGGLE_API_TOKEN"):
        client.search()


def test_login_of_the_kaggle_command_is_not_tried_elsewhere(
    client: KaggleClient, log_out: None, no_login: Path
) -> None:
    login = no_login / ".kaggle" / "credentials.json"
    login.parent.mkdir()
    login.write_text(json.dumps({"refresh_token": CANARY, "username": "somebody"}))
    with pytest.raises(KaggleError, match="no Kaggle credentials"):
        client.search()
    assert login.exists()  # the client deletes it when it is refused


@pytest.mark.parametrize("token", [CANARY + "\n" + CANARY, CANARY * 1000, CANARY + "é€"])
def test_token_that_is_none_is_never_shown(
    client: KaggleClient, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("KAGGLE_API_TOKEN", token)
    with pytest.raises(KaggleError) as caught:
        client.search()
    assert CANARY not in caught.value.message + caught.value.hint
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_answer_that_repeats_the_credentials_is_blotted_out(
    log_out: None, server: PracticeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAGGLE_USERNAME", "somebody")
    monkeypatch.setenv("KAGGLE_KEY", CANARY)
    api = Api(server.url)
    api.log_in()
    header = base64.b64encode(f"somebody:{CANARY}".encode()).decode()
    assert api.without_secrets(f"Bad header Basic {header} of key {CANARY}") == "Bad header Basic … of key …"


def test_credentials_appear_nowhere(server: PracticeServer, tmp_path: Path) -> None:
    """In a process of its own, with the client's own debugging on: what it prints and what it leaves behind."""
    program = (
        "import sys; from pathlib import Path; from kagglebot.kaggle.client import KaggleClient\n"
        "client = KaggleClient(); folder = Path(sys.argv[1])\n"
        "client.download('digits-practice', folder)\n"
        "(folder / 's.csv').write_text('ImageId,Label\\n')\n"
        "client.submit('digits-practice', folder / 's.csv', 'x')\n"
        "try: client.competition('digits-practise')\n"
        "except Exception as error: print(error, error.hint)\n"
    )
    environment = os.environ | {"KAGGLE_API_TOKEN": CANARY, "VERBOSE": "1", "VERBOSE_OUTPUT": "1"}
    result = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], env=environment, capture_output=True, check=True
    )
    assert b"did you mean" in result.stdout.lower()
    assert CANARY.encode() not in result.stdout + result.stderr
    assert server.leaked_credentials == 0
    left = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(left) >= 3
    assert not any(CANARY.encode() in file.read_bytes() for file in left)


def test_chatter_of_the_client_stays_off_standard_output(
    client: KaggleClient, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "kaggle.json").write_text("{}")
    (tmp_path / "kaggle.json").chmod(0o644)  # which makes the client print a warning
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    client.download("digits-practice", tmp_path)
    assert capfd.readouterr().out == ""


def test_proxy_does_not_see_what_is_for_this_machine(
    client: KaggleClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert client.search()


@pytest.mark.parametrize(
    "proxy", ["http://127.0.0.1:9", "not a url", "http://[::1", "http://127.0.0.1:99999", "foo://x"]
)
def test_proxy_that_cannot_be_used_is_named(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.setenv("KAGGLEBOT_KAGGLE_URL", "https://kaggle.invalid")
    monkeypatch.setenv("KAGGLE_API_TOKEN", CANARY)
    with pytest.raises(KaggleError, match=r"kaggle\.invalid cannot be reached through the proxy"):
        KaggleClient(retry=RetryPolicy(attempts=1)).search()


def test_certificates_that_are_not_there_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "gone.pem"))
    monkeypatch.setenv("KAGGLEBOT_KAGGLE_URL", "https://kaggle.invalid")
    monkeypatch.setenv("KAGGLE_API_TOKEN", CANARY)
    with pytest.raises(KaggleError, match=r"certificates for https cannot be read: .*gone\.pem"):
        KaggleClient(retry=RetryPolicy(attempts=1)).search()


def test_redirect_to_another_machine_carries_no_credentials(
    client: KaggleClient, server: PracticeServer, tmp_path: Path
) -> None:
    client.download("digits-practice", tmp_path)
    assert server.calls["download"] == 1  # it has another port, so it counts as another host
    assert server.leaked_credentials == 0


def test_import_of_the_client_asks_nobody_and_leaves_standard_input_open(tmp_path: Path) -> None:
    """The client logs in at kaggle.com when it is imported; a proxy that nobody may call shows that."""
    asked = listen_once()
    environment = os.environ | {
        "KAGGLE_API_TOKEN": CANARY,
        "HTTPS_PROXY": asked.address,
        "HOME": str(tmp_path),
    }
    program = (
        "import os, sys, kagglebot.kaggle.connection.session; "
        "assert os.environ['KAGGLE_API_TOKEN'] and sys.stdin.read()"
    )
    subprocess.run([sys.executable, "-c", program], env=environment, input=b"an answer", check=True)
    assert not asked.by_anybody()


class listen_once:
    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def by_anybody(self) -> bool:
        self._socket.settimeout(0)
        try:
            self._socket.accept()[0].close()
        except BlockingIOError:
            return False
        finally:
            self._socket.close()
        return True
