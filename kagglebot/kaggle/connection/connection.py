"""The connection to Kaggle: logged in, with requests repeated, and failures told as errors that carry a hint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from kagglebot.errors import KaggleError
from kagglebot.kaggle.endpoint import endpoint
from kagglebot.kaggle.records import OnWait
from kagglebot.system.files.disk_errors import disk_errors

if TYPE_CHECKING:
    from kagglebot.kaggle.connection.session import Api
    from kagglebot.kaggle.retry import RetryPolicy

T = TypeVar("T")
_KAGGLE = "https://api.kaggle.com"


class Connection:
    """A connection to Kaggle's API that retries, masks credentials, and raises errors with a hint.

    Creating one costs nothing; the first request logs in. Every method raises ``KaggleError`` when Kaggle or the
    network refuses, and ``UsageError`` when ``KAGGLEBOT_KAGGLE_URL`` is not safe.

    Args:
        retry: How often to retry and how long to wait; the default suits a person at a terminal.
        on_wait: Called with the reason before each wait.
    """

    def __init__(self, *, retry: RetryPolicy | None = None, on_wait: OnWait | None = None) -> None:
        self._given_retry = retry
        self._on_wait = on_wait
        self._logged_in: Api | None = None

    @property
    def username(self) -> str:
        """The name of the user, to whom notebooks and datasets belong."""
        return self._api().username

    @property
    def login_expires(self) -> bool:
        """Whether the login is one of the ``kaggle`` command, which lasts some hours."""
        return self._api().is_oauth

    def call(self, method: str, competition: str = "", *, service: str = "competitions", **fields: Any) -> Any:
        """Call a method of one of Kaggle's services, which is safe to repeat, and return its answer."""
        fields |= {"competition_name": competition} if competition else {}
        return self.attempt(lambda api: api.call(method, service=service, **fields), competition)

    def look_up(self, method: str, *, service: str, **fields: Any) -> Any:
        """Do the same, but return None where there is no such thing, or none for this user: 403 means both."""
        from kagglebot.kaggle.connection.error_messages import read_refusal
        from kagglebot.kaggle.connection.exceptions import FAILURES

        def asked(api: Api) -> Any:
            try:
                return api.call(method, service=service, **fields)
            except FAILURES as error:
                refusal = read_refusal(error)
                if refusal is None or refusal.is_page or refusal.status not in (403, 404):
                    raise
                return None

        return self.attempt(asked)

    def call_once(
        self, method: str, competition: str = "", *, service: str = "competitions", **fields: Any
    ) -> Any:
        """Call a method that must not be carried out twice.

        Returns:
            The answer, or None if it was lost: what was asked for may have been done.

        Raises:
            KaggleError: It was certainly not done.
        """
        from kagglebot.kaggle.connection.error_messages import read_refusal
        from kagglebot.kaggle.connection.exceptions import FAILURES

        api = self._api()
        fields |= {"competition_name": competition} if competition else {}

        def not_processed(error: BaseException) -> bool:  # Kaggle sends 429 before it looks at the request
            refusal = read_refusal(error)
            return refusal is not None and refusal.status == 429 and self._retry.is_temporary(error)

        with self._explained(api, competition):
            try:
                return self._retry.repeat(
                    lambda: api.call(method, service=service, **fields),
                    on_wait=self._on_wait,
                    retry_on=not_processed,
                )
            except FAILURES as error:
                refusal = read_refusal(error)
                if refusal is None or refusal.status >= 500:
                    return None
                raise

    def stream_log(self, notebook: str) -> Iterator[str]:
        """Yield what the newest run of a notebook prints, from its first line on, while it lasts.

        It ends with the run, or when the connection breaks, which happens every few minutes.

        Args:
            notebook: ``OWNER/SLUG``.
        """
        from kagglebot.kaggle.connection.exceptions import FAILURES

        with suppress(*FAILURES, ValueError):  # the client's, for a refusal
            for piece in self._api().kernels_logs_stream(notebook):
                yield str(piece.get("data", ""))

    def upload(self, file: Path, method: str, competition: str = "", **fields: Any) -> str:
        """Upload a file, and return its token.

        Args:
            file: The file.
            method: The method that starts an upload of its kind.
            competition: The competition that it is for, if any.
            fields: What else that method is told.

        Raises:
            DataError: The file cannot be read.
        """

        def uploaded(api: Api) -> str:
            from kagglebot.kaggle.connection.session import upload

            with disk_errors(f"read {file}"):
                status = file.stat()
            size, date = status.st_size, int(status.st_mtime)
            answer = api.call(method, content_length=size, last_modified_epoch_seconds=date, **fields)
            upload(file, str(answer.create_url))
            return str(answer.token)

        return self.attempt(uploaded, competition)

    def read_file(self, address: str, longest_bytes: int) -> bytes:
        """Return the file behind a signed address of Kaggle's storage."""

        def read(_api: Api) -> bytes:
            from kagglebot.kaggle.connection.session import read_file

            return read_file(address, longest_bytes)

        return self.attempt(read)

    def attempt(
        self, action: Callable[[Api], T], competition: str = "", *, amount: Callable[[], int] = lambda: 0
    ) -> T:
        """Do what is safe to repeat, again after a temporary failure, and return its result.

        Args:
            action: What is done with the official client.
            competition: The competition that it is about, for messages.
            amount: Returns how far it has got; attempts that got further do not count.
        """
        api = self._api()
        with self._explained(api, competition):
            return self._retry.repeat(lambda: action(api), on_wait=self._on_wait, amount=amount)

    def parse(self, parse: Callable[[], T], competition: str = "") -> T:
        """Return what is read from an answer; one that cannot be read is Kaggle's failure, not a bug of ours."""
        from kagglebot.kaggle.connection.exceptions import parsing

        with self._explained(self._api(), competition), parsing():
            return parse()

    @property
    def _retry(self) -> RetryPolicy:
        from kagglebot.kaggle.retry import RetryPolicy

        return self._given_retry or RetryPolicy()

    def _api(self) -> Api:
        if self._logged_in is None:
            url = endpoint()  # before the import below, and before any credential is read
            from kagglebot.kaggle.connection.session import Api

            api = Api(url)
            with self._explained(api):
                self._retry.repeat(api.log_in, on_wait=self._on_wait)
            self._logged_in = api
        return self._logged_in

    @contextmanager
    def _explained(self, api: Api, competition: str = "") -> Iterator[None]:
        """Raise a failure of Kaggle's or the network's as a ``KaggleError``; let a bug of ours through."""
        from kagglebot.kaggle.connection.exceptions import FAILURES, masked

        try:
            yield
        except FAILURES as error:
            # The cause is for --debug: masked, as its text may hold a signed address.
            raise self._error(error, api, competition) from masked(error, api.without_secrets)

    def _error(self, error: BaseException, api: Api, competition: str) -> KaggleError:
        from kagglebot.kaggle.connection import error_messages

        host = urlsplit(api.endpoint or _KAGGLE).netloc
        explained = error_messages.explain(error, competition=competition, host=host, credentials=api.source)
        return KaggleError(api.without_secrets(explained.message), api.without_secrets(explained.hint))
