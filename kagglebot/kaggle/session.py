"""The Kaggle client, logged in at the chosen endpoint. Importing this module imports it (about 0.5 s)."""

import base64
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidHeader

from kagglebot.errors import KaggleError
from kagglebot.kaggle.endpoint import is_loopback, is_private
from kagglebot.kaggle.quiet import quiet
from kagglebot.kaggle.retry import BrokenTransfer
from kagglebot.system.files import disk_errors

_TIMEOUT_SECONDS = (15, 60)  # to connect, and between two packets; the client itself waits forever
_HIDDEN = (
    "KAGGLE_API_TOKEN",
    "KAGGLE_API_V1_TOKEN",
    "KAGGLE_USERNAME",
    "KAGGLE_KEY",
    "VERBOSE",
    "VERBOSE_OUTPUT",
)
_FOLDERS = ("HOME", "USERPROFILE", "KAGGLE_CONFIG_DIR")
_NEW_TOKEN = (
    "Create a token at https://www.kaggle.com/settings/api, then export KAGGLE_API_TOKEN=... "
    "or save it as ~/.kaggle/access_token."
)


@contextmanager
def _nothing_to_log_in_with() -> Iterator[None]:
    """Hide credentials from the import below, which logs in at kaggle.com whatever endpoint is meant."""
    with tempfile.TemporaryDirectory() as empty:
        changes = dict.fromkeys(_HIDDEN) | dict.fromkeys(_FOLDERS, empty)
        before = {name: os.environ.get(name) for name in changes}
        _set_environment(changes)
        try:
            yield
        finally:
            _set_environment(before)


def _set_environment(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


with quiet(), _nothing_to_log_in_with():
    from kaggle.api.kaggle_api_extended import KaggleApi
    from kagglesdk.competitions.types import competition_api_service
    from kagglesdk.kaggle_env import get_access_token_from_env


class Api(KaggleApi):  # type: ignore[misc]  # the client has no types
    """The client with another endpoint, time limits, and the settings of this moment instead of its import.

    Args:
        endpoint: Address instead of Kaggle's own, already checked.
    """

    args: list[str] = []  # noqa: RUF012  # as in the client; "--verbose" would print the credentials

    def __init__(self, endpoint: str | None) -> None:
        super().__init__()
        self.endpoint = endpoint
        self.config_dir = str(_config_folder())
        self.config = str(_config_folder() / self.config_file)

    def build_kaggle_client(self) -> Any:
        """Build the SDK's client for the endpoint."""
        client = super().build_kaggle_client()
        http = client.http_client()
        http.__enter__()  # makes the session
        if self.endpoint:
            http._endpoint = f"{self.endpoint}/api"
            # A proxy for http would read the credentials that only this machine may see.
            http._session.trust_env = not is_loopback(self.endpoint)
        for scheme in ("https://", "http://"):
            http._session.mount(scheme, _GuardedAdapter())
        return client

    def call(self, method: str, **fields: Any) -> Any:
        """Make one call of Kaggle's CompetitionApiService, such as ``GetCompetition``, and return its answer.

        Raises:
            requests.RequestException: It was refused, or the connection broke.
        """
        with quiet(), self.build_kaggle_client() as kaggle:
            return self.call_with(kaggle, method, **fields)

    @staticmethod
    def call_with(kaggle: Any, method: str, **fields: Any) -> Any:
        """The same with an SDK client that is open already, for an answer that is read bit by bit."""
        request = getattr(competition_api_service, f"Api{method}Request")()
        for name, value in fields.items():
            setattr(request, name, value)
        function = re.sub("(?<!^)(?=[A-Z])", "_", method).lower()
        return getattr(kaggle.competitions.competition_api_client, function)(request)

    def _authenticate_with_oauth_creds(self) -> bool:
        # They are good at kaggle.com only, and the client deletes them when another endpoint refuses them.
        return not self.endpoint and super()._authenticate_with_oauth_creds()

    def log_in(self) -> None:
        """Find credentials, in the client's own order.

        Raises:
            KaggleError: There are none, or they are not good.
            requests.RequestException: Asking Kaggle about a token failed.
        """
        try:
            with quiet():
                self.authenticate()
        except SystemExit:
            source = _token_source()
            if source:
                message = f"Kaggle does not know the access token in {source}: it is mistyped, revoked or expired."
                raise KaggleError(message, _NEW_TOKEN) from None
            raise KaggleError("There are no Kaggle credentials on this machine.", _NEW_TOKEN) from None
        except (OSError, UnicodeError) as error:
            if isinstance(error, requests.RequestException) and not isinstance(error, InvalidHeader):
                raise
            # The text of these errors may hold the token itself: it was taken for a path or a header.
            raise _unreadable() from None
        for name in (self.CONFIG_NAME_USER, self.CONFIG_NAME_KEY, self.CONFIG_NAME_TOKEN):
            value = self.config_values.get(name, "")
            if not (isinstance(value, str) and value.isascii() and value.isprintable()):
                raise _unreadable()

    def source(self) -> str:
        """Say where the credentials come from, without showing any."""
        token = _token_source()
        if token:
            return token
        if "KAGGLE_KEY" in os.environ:
            return "KAGGLE_USERNAME and KAGGLE_KEY"
        return self.config if Path(self.config).exists() else "the login of the kaggle command"

    def without_secrets(self, text: str) -> str:
        """Return ``text`` with the credentials blotted out, should an answer repeat them."""
        user, key = self.config_values.get("username", ""), self.config_values.get("key", "")
        secrets = [key, self.config_values.get("token", ""), get_access_token_from_env()[0]]
        if key:
            secrets.append(base64.b64encode(f"{user}:{key}".encode()).decode())
        for secret in filter(None, secrets):
            text = text.replace(secret, "…")
        return text


def upload(file: Path, address: str) -> None:
    """Send ``file`` to the signed ``address``, in one attempt.

    Not with the client's own upload: that one waits without limit, repeats on its own for minutes, and lets the
    address be logged.

    Raises:
        BrokenTransfer: It did not arrive.
        DataError: The file cannot be read.
        KaggleError: The address is neither https nor on this machine.
    """
    _check_private(address)
    broken = BrokenTransfer(f"The upload of {file.name} broke off, so nothing was submitted.")
    with disk_errors(f"read {file}"), file.open("rb") as content, requests.Session() as session:
        session.trust_env = not is_loopback(address)
        for scheme in ("https://", "http://"):
            session.mount(scheme, _GuardedAdapter())
        try:
            answer = session.put(address, data=content, allow_redirects=False)
        except requests.RequestException:  # its text holds the address
            raise broken from None
    if answer.status_code not in (200, 201):  # 308 is how the storage says that a part is missing
        raise broken


class _GuardedAdapter(HTTPAdapter):
    """Sends with time limits, and lets no redirect lead to where others read what is sent.

    That the header with the credentials stays behind at another host is the work of requests. But a question may
    hold a token as well, and a redirect with status 307 or 308 repeats the question.
    """

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        options["timeout"] = options.get("timeout") or _TIMEOUT_SECONDS
        answer = super().send(request, **options)
        if answer.is_redirect:
            target = urljoin(answer.url, answer.headers["Location"])
            elsewhere = urlsplit(target)[:2] != urlsplit(answer.url)[:2]
            try:
                _check_private(target)
                if elsewhere and answer.status_code in (307, 308):
                    raise _led_astray(target, "another host")
            except KaggleError:
                answer.close()
                raise
        return answer


def _check_private(address: str) -> None:
    if not is_private(address):
        raise _led_astray(address, "an address that is not https")


def _led_astray(address: str, what: str) -> KaggleError:
    host = urlsplit(address).hostname or "nowhere"  # the rest may hold a signature
    return KaggleError(
        f"Kaggle's answer leads to {host}, {what}, where nothing private is sent.",
        "Something on the network may be in between: try another network, and report it if that does not help.",
    )


def _unreadable() -> KaggleError:
    return KaggleError("The Kaggle credentials on this machine cannot be read.", _NEW_TOKEN)


def _token_source() -> str | None:
    source = get_access_token_from_env()[1]
    return "~/.kaggle/access_token" if source == "access_token" else source


def _config_folder() -> Path:
    # The client works this out once, at its import; the same order here.
    chosen = os.environ.get("KAGGLE_CONFIG_DIR")
    if chosen:
        return Path(chosen)
    folder = Path.home() / ".kaggle"
    if sys.platform.startswith("linux") and not folder.exists():
        return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "kaggle"
    return folder
