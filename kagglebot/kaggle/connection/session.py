"""The official Kaggle client, logged in at the chosen endpoint. Importing this module takes about 0.5 s."""

import base64
import re
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter

from kagglebot.errors import KaggleError
from kagglebot.kaggle.connection.error_messages import read_refusal
from kagglebot.kaggle.connection.exceptions import BrokenTransfer, parsing
from kagglebot.kaggle.connection.quiet import quiet, standard_input_kept
from kagglebot.kaggle.credentials import find_credentials, unusable
from kagglebot.kaggle.endpoint import host_of, is_loopback, is_private
from kagglebot.system.files.disk_errors import disk_errors
from kagglebot.system.processes.environment import environment

_TIMEOUT_SECONDS = (15, 60)  # to connect, and between two packets; the client itself waits forever
_HIDDEN_VARIABLES = (
    "KAGGLE_API_TOKEN",
    "KAGGLE_API_V1_TOKEN",
    "KAGGLE_USERNAME",
    "KAGGLE_KEY",
    "VERBOSE",
    "VERBOSE_OUTPUT",
)
_OAUTH = "the login of the kaggle command"
_FOLDER_VARIABLES = ("HOME", "USERPROFILE", "KAGGLE_CONFIG_DIR")


# The import below logs in at kaggle.com, even if another endpoint is set: it must find no credentials.
with (
    quiet(),
    standard_input_kept(),
    tempfile.TemporaryDirectory() as _empty,
    environment(dict.fromkeys(_HIDDEN_VARIABLES) | dict.fromkeys(_FOLDER_VARIABLES, _empty)),
):
    from kaggle.api.kaggle_api_extended import KaggleApi
    from kagglesdk.blobs.types import blob_api_service
    from kagglesdk.competitions.types import competition_api_service
    from kagglesdk.datasets.types import dataset_api_service
    from kagglesdk.kaggle_http_client import KaggleHttpClient
    from kagglesdk.kernels.types import kernels_api_service
    from kagglesdk.security.types.oauth_service import IntrospectTokenRequest

#: The requests of each of Kaggle's services, and the name of its client in the SDK.
_SERVICES = {
    "competitions": (competition_api_service, "competition_api_client"),
    "datasets": (dataset_api_service, "dataset_api_client"),
    "kernels": (kernels_api_service, "kernels_api_client"),
    "blobs": (blob_api_service, "blob_api_client"),
}


class Api(KaggleApi):  # type: ignore[misc]  # the client has no types
    """The official client with its own endpoint, time limits, and settings read now instead of at its import.

    Args:
        endpoint: An address to use instead of Kaggle's, already checked.
    """

    args: list[str] = []  # noqa: RUF012  # as in the client; with "--verbose" it would print the credentials

    def __init__(self, endpoint: str | None) -> None:
        super().__init__()
        self.endpoint = endpoint
        #: Where the credentials come from, such as "KAGGLE_API_TOKEN"; shows none of them.
        self.source = _OAUTH
        self.config_values: dict[str, str] = {}

    def build_kaggle_client(self) -> Any:
        """Return the SDK's client for the endpoint."""
        client = super().build_kaggle_client()
        http = client.http_client()
        http._signed_in = True  # keeps it from a search for credentials of its own
        http.__enter__()  # creates the session
        http._session.auth = self._authorisation()
        http._prepare_response = partial(_parse_response, http._prepare_response)
        if self.endpoint:
            http._endpoint = f"{self.endpoint}/api"
        _guard(http._session, self.endpoint or "")
        return client

    def call(self, method: str, *, service: str = "competitions", **fields: Any) -> Any:
        """Call a method of one of Kaggle's services, such as ``GetCompetition``, and return its answer.

        Args:
            method: The method.
            service: "competitions", "datasets", "kernels" or "blobs".
            fields: The request's fields, as JSON has them: enums as text, objects as dictionaries.

        Raises:
            requests.RequestException: Kaggle refused, or the connection broke.
            UnreadableAnswer: The answer is not what the client expects.
        """
        with quiet(), self.build_kaggle_client() as kaggle:
            return self.call_with(kaggle, method, service=service, **fields)

    @staticmethod
    def call_with(kaggle: Any, method: str, *, service: str = "competitions", **fields: Any) -> Any:
        """Do the same with an SDK client that is already open, for an answer that is streamed."""
        requests_of_service, client = _SERVICES[service]
        request = getattr(requests_of_service, f"Api{method}Request")()
        known = {field.field_name: field for field in request._fields}
        for name, value in fields.items():
            field = known[name]
            setattr(request, field.private_field_name, field.serializer.from_dict_value(field.field_type, value))
        function = re.sub("(?<!^)(?=[A-Z])", "_", method).lower()
        return getattr(getattr(getattr(kaggle, service), client), function)(request)

    def log_in(self) -> None:
        """Find the credentials, in the official client's order, and check a token with Kaggle.

        Raises:
            KaggleError: There are none, or Kaggle does not accept them.
            requests.RequestException: The token could not be checked.
        """
        try:
            found = find_credentials()
        except KaggleError:
            with quiet():
                if not self._authenticate_with_oauth_creds():
                    raise
            return
        self.source = found.source
        if found.key:
            self.config_values = {self.CONFIG_NAME_USER: found.username, self.CONFIG_NAME_KEY: found.key}
            return
        self.config_values = {self.CONFIG_NAME_TOKEN: found.token}
        with quiet():
            username = self._introspect_token(found.token)
        if not username:
            raise KaggleError(
                f"Kaggle does not know the access token in {found.source}: it is mistyped, revoked or expired.",
                "Create a new token at https://www.kaggle.com/settings/api and put it there.",
            )
        self.config_values[self.CONFIG_NAME_USER] = username

    def _introspect_token(self, access_token: str) -> str | None:
        """Return the name of a token's user, or None if Kaggle does not know the token."""
        with self.build_kaggle_client() as kaggle:
            request = IntrospectTokenRequest()
            request.token = access_token
            try:
                answer = kaggle.security.oauth_client.introspect_token(request)
            except requests.HTTPError as error:
                refusal = read_refusal(error)
                if refusal is None or refusal.is_page or refusal.status not in (400, 403, 404):
                    raise
                return None
            return answer.username if answer.active and answer.username else None

    def _authenticate_with_oauth_creds(self) -> bool:
        # They are valid at kaggle.com only, and the client deletes them when another endpoint refuses them.
        try:
            return not self.endpoint and super()._authenticate_with_oauth_creds()
        except requests.RequestException:
            raise
        except (OSError, ValueError, TypeError, AttributeError):  # of a file that is damaged
            hint = "Run `kaggle auth login` again, or use a token."
            raise unusable("~/.kaggle/credentials.json", "is damaged", hint) from None

    def _authorisation(self) -> Any:
        values = self.config_values
        if token := values.get(self.CONFIG_NAME_TOKEN):
            return KaggleHttpClient.BearerAuth(token)
        return (values[self.CONFIG_NAME_USER], values[self.CONFIG_NAME_KEY]) if values else None

    @property
    def is_oauth(self) -> bool:
        """Whether the login is that of the ``kaggle`` command, rather than a token or a key."""
        return self.source == _OAUTH

    @property
    def username(self) -> str:
        """The name of the user who is logged in."""
        return self.config_values.get(self.CONFIG_NAME_USER, "")

    def without_secrets(self, text: str) -> str:
        """Return ``text`` with the credentials replaced by "…"."""
        user, key = self.config_values.get("username", ""), self.config_values.get("key", "")
        secrets = [key, self.config_values.get("token", "")]
        if key:
            secrets.append(base64.b64encode(f"{user}:{key}".encode()).decode())
        for secret in filter(None, secrets):
            text = text.replace(secret, "…")
        return text


def upload(file: Path, address: str) -> None:
    """Upload ``file`` to the signed ``address``, in one attempt.

    The official client's own upload is not used: it waits without limit, retries for minutes, and may log the
    address.

    Raises:
        BrokenTransfer: The file did not arrive.
        DataError: The file cannot be read.
        KaggleError: The address is neither https nor on this machine.
    """
    _check_private(address)
    broken = BrokenTransfer(f"The upload of {file.name} broke off, so nothing was submitted.")
    with disk_errors(f"read {file}"), file.open("rb") as content, requests.Session() as session:
        _guard(session, address)
        try:
            answer = session.put(address, data=content, allow_redirects=False)
        except requests.RequestException as error:
            raise broken from error
    if answer.status_code not in (200, 201):  # 308 means that a part is missing
        raise broken


def read_file(address: str, longest_bytes: int) -> bytes:
    """Return the file behind a signed ``address``.

    Raises:
        requests.RequestException: The storage refused, or the connection broke.
        BrokenTransfer: The file is longer than ``longest_bytes``, or did not arrive whole.
        KaggleError: The address is neither https nor on this machine.
    """
    _check_private(address)
    content = bytearray()
    with requests.Session() as session:
        _guard(session, address)
        with session.get(address, stream=True) as answer:
            answer.raise_for_status()
            for chunk in answer.iter_content(1 << 20):
                content += chunk
                if len(content) > longest_bytes:
                    raise BrokenTransfer(f"The file is longer than {longest_bytes:,} bytes.")
    return bytes(content)


def _parse_response(parse: Callable[[Any, requests.Response], Any], kind: Any, response: requests.Response) -> Any:
    with parsing():
        return parse(kind, response)


def _guard(session: requests.Session, address: str) -> None:
    # An http proxy would see the credentials that are meant for this machine alone.
    session.trust_env = not is_loopback(address)
    for scheme in ("https://", "http://"):
        session.mount(scheme, _GuardedAdapter())


class _GuardedAdapter(HTTPAdapter):
    """An adapter with time limits that follows redirects only to private addresses.

    requests itself drops the header with the credentials at another host. But the body may hold a token as well,
    and a redirect with status 307 or 308 sends the body again.
    """

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        options["timeout"] = options.get("timeout") or _TIMEOUT_SECONDS
        try:
            answer = super().send(request, **options)
        except requests.RequestException:
            raise
        except OSError as error:
            raise KaggleError(
                f"The certificates for https cannot be read: {error}.",
                "Correct REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE, or unset it.",
            ) from None
        if answer.is_redirect:
            try:
                target = urljoin(answer.url, answer.headers["Location"])
            except ValueError:  # it is no address
                target = ""
            elsewhere = urlsplit(target)[:2] != urlsplit(answer.url)[:2]
            try:
                _check_private(target)
                if elsewhere and answer.status_code in (307, 308):
                    raise _unsafe_redirect(target, "another host")
            except KaggleError:
                answer.close()
                raise
        return answer


def _check_private(address: str) -> None:
    if not is_private(address):
        raise _unsafe_redirect(address, "an address that is not https")


def _unsafe_redirect(address: str, what: str) -> KaggleError:
    host = host_of(address) or "an empty address"  # the rest may hold a signature
    return KaggleError(
        f"Kaggle's answer leads to {host}, {what}, where nothing private is sent.",
        "Something on the network may be intercepting: try another network, and report it if that does not help.",
    )
