"""The Kaggle client: every request that kagglebot makes to Kaggle, with failures as errors that carry a hint."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from kagglebot.errors import KaggleError
from kagglebot.kaggle.endpoint import endpoint
from kagglebot.kaggle.names import competition_slug, nearest, related_names
from kagglebot.kaggle.records import (
    Allowance,
    Competition,
    Download,
    FileList,
    OnWait,
    RemoteFile,
    RemoteSubmission,
    Standing,
)
from kagglebot.system.files import disk_errors
from kagglebot.system.progress import ProgressCallback, log_phases, no_progress

if TYPE_CHECKING:
    from kagglebot.kaggle.download import ArchiveFiles, PartialFile
    from kagglebot.kaggle.retry import RetryPolicy
    from kagglebot.kaggle.session import Api

T = TypeVar("T")
_KAGGLE = "https://api.kaggle.com"
_PAGE_SIZE = 100
_CHUNK_BYTES = 1 << 16
_MAX_PAGES = 200  # more than any list has, but of files; stops a server whose pages never end


class KaggleClient:
    """A client for Kaggle's API that retries, masks credentials, and raises errors with a hint.

    Creating one costs nothing; the first request logs in. Every method raises ``KaggleError`` when Kaggle or the
    network refuses, and ``UsageError`` when ``KAGGLEBOT_KAGGLE_URL`` is not safe or a competition's name is not
    valid. Requests are retried while that can help, except the one that creates a submission.

    Args:
        retry: How often to retry and how long to wait; the default suits a person at a terminal.
        on_wait: Called with the reason before each wait.
    """

    def __init__(self, *, retry: RetryPolicy | None = None, on_wait: OnWait | None = None) -> None:
        self._given_retry = retry
        self._on_wait = on_wait
        self._logged_in: Api | None = None

    def competition(self, name: str) -> Competition:
        """Return what Kaggle says about a competition: title, metric, deadline, whether the user entered it."""
        name = competition_slug(name)
        answer = self._request("GetCompetition", name)
        return self._parse(lambda: Competition.from_api(answer), name)

    def search(self, text: str = "") -> list[Competition]:
        """Return up to a hundred competitions that match ``text``, in Kaggle's order."""
        answer = self._request("ListCompetitions", search=text, page=1, page_size=_PAGE_SIZE)
        return self._parse(lambda: [Competition.from_api(card) for card in answer.competitions])

    def evaluation_page(self, name: str) -> str:
        """Return the text of a competition's page on the evaluation, Markdown or HTML; empty where it has none."""
        name = competition_slug(name)
        answer = self._request("ListCompetitionPages", name)
        pages = self._parse(
            lambda: {str(page.name).lower(): str(page.content or "") for page in answer.pages}, name
        )
        return next((content for title, content in pages.items() if "evaluation" in title), "")

    def files(self, name: str, *, pages: int = _MAX_PAGES) -> FileList:
        """Return a competition's files as its archive holds them, at most those of so many pages of a hundred."""
        name = competition_slug(name)
        rows, whole = self._pages("ListDataFiles", "files", name, pages)
        return FileList(tuple(self._parse(lambda: [RemoteFile.from_api(row) for row in rows], name)), whole)

    def read_start(self, name: str, file: RemoteFile, most: int) -> bytes:
        """Return a file's first bytes, at most about so many; where Kaggle packed it, those of a zip file."""
        name = competition_slug(name)
        return self._attempt(lambda api: self._read_start(api, name, file.name, most), name)

    def download(
        self,
        name: str,
        folder: Path,
        *,
        on_progress: ProgressCallback | None = None,
        force: bool = False,
        chosen: Sequence[RemoteFile] = (),
    ) -> Download:
        """Download a competition's archive to ``folder/NAME.zip`` unless that is Kaggle's current version.

        An interrupted download is resumed. The old archive stays until the new one is complete and verified.

        Args:
            name: The competition.
            folder: Where the archive goes; created if it does not exist.
            on_progress: Called with the bytes on disk and their total.
            force: Download even if the archive is up to date, for example because its content is damaged.
            chosen: The files that the archive is to hold; where there are none, it holds all.

        Raises:
            DataError: The disk is full or refuses.
        """
        from kagglebot.kaggle.download import ArchiveFiles

        name = competition_slug(name)
        files = ArchiveFiles(folder, name)
        with files.locked():
            if chosen:
                new = self._download_chosen(name, files, chosen, on_progress or no_progress, force)
                return Download(files.archive, new)
            new = self._attempt(
                lambda api: self._download_once(api, files, name, on_progress or no_progress, force),
                name,
                amount=files.partial_bytes,
            )
        return Download(files.archive, new)

    def submit(self, name: str, file: Path, message: str) -> int | None:
        """Upload ``file`` and submit it once.

        Args:
            name: The competition.
            file: The submission; Kaggle shows its name.
            message: Its description on Kaggle.

        Returns:
            The submission's number, or None if Kaggle's answer was lost: ``submissions`` then shows whether it
            arrived.

        Raises:
            KaggleError: It was certainly not submitted.
            DataError: The file cannot be read.
        """
        name = competition_slug(name)
        token = self._attempt(lambda api: self._upload(api, name, file), name)
        return self._create_submission(name, token, message)

    def submit_notebook(self, name: str, notebook: str, version: int, file_name: str, message: str) -> int | None:
        """Submit a version of a notebook once: Kaggle runs it again, on the hidden test data.

        Args:
            name: The competition.
            notebook: ``OWNER/SLUG``.
            version: Number of the version, which has run.
            file_name: The file of its output that is the submission.
            message: Its description on Kaggle.

        Returns:
            As ``submit`` does.

        Raises:
            KaggleError: It was certainly not submitted.
        """
        name = competition_slug(name)
        owner, _, slug = notebook.partition("/")
        answer = self.call_once(
            "CreateCodeSubmission",
            name,
            competition_name=name,
            kernel_owner=owner,
            kernel_slug=slug,
            kernel_version=version,
            file_name=file_name,
            submission_description=message,
        )
        return _number(answer)

    def submissions(self, name: str) -> list[RemoteSubmission]:
        """Return all submissions of the user's team, newest first."""
        name = competition_slug(name)
        rows, _ = self._pages("ListSubmissions", "submissions", name)
        found = self._parse(lambda: [RemoteSubmission.from_api(row) for row in rows], name)
        unique = {submission.ref: submission for submission in found}  # the list may shift between two pages
        return sorted(unique.values(), key=lambda submission: (submission.date, submission.ref), reverse=True)

    def allowance(self, name: str) -> Allowance:
        """Return how many submissions are allowed; both numbers are 0 if the user has not entered."""
        name = competition_slug(name)
        limits = self._request("GetSubmissionLimits", name)
        return self._parse(lambda: Allowance.from_api(limits), name)

    def leaderboard(self, name: str) -> list[Standing]:
        """Return the public leaderboard, best first."""
        name = competition_slug(name)
        rows, _ = self._pages("GetLeaderboard", "submissions", name)
        return self._parse(lambda: [Standing.from_api(rank, row) for rank, row in enumerate(rows, start=1)], name)

    @property
    def username(self) -> str:
        """The name of the user, to whom notebooks and datasets belong."""
        return self._api().username

    @property
    def login_expires(self) -> bool:
        """Whether the login is one of the ``kaggle`` command, which lasts some hours."""
        return self._api().is_oauth

    def call(self, method: str, *, service: str, **fields: Any) -> Any:
        """Call a method of one of Kaggle's services, which is safe to repeat, and return its answer."""
        return self._attempt(lambda api: api.call(method, service=service, **fields))

    def look_up(self, method: str, *, service: str, **fields: Any) -> Any:
        """Do the same, but return None where there is no such thing, or none for this user: 403 means both."""
        from kagglebot.kaggle.error_messages import read_refusal
        from kagglebot.kaggle.exceptions import FAILURES

        def asked(api: Api) -> Any:
            try:
                return api.call(method, service=service, **fields)
            except FAILURES as error:
                refusal = read_refusal(error)
                if refusal is None or refusal.is_page or refusal.status not in (403, 404):
                    raise
                return None

        return self._attempt(asked)

    def call_once(
        self, method: str, competition: str = "", *, service: str = "competitions", **fields: Any
    ) -> Any:
        """Call a method that must not be carried out twice.

        Returns:
            The answer, or None if it was lost: what was asked for may have been done.

        Raises:
            KaggleError: It was certainly not done.
        """
        from kagglebot.kaggle.error_messages import read_refusal
        from kagglebot.kaggle.exceptions import FAILURES

        api = self._api()

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
        from kagglebot.kaggle.exceptions import FAILURES

        with suppress(*FAILURES, ValueError):  # the client's, for a refusal
            for piece in self._api().kernels_logs_stream(notebook):
                yield str(piece.get("data", ""))

    def upload_blob(self, file: Path) -> str:
        """Upload a file for a dataset, and return its token.

        Raises:
            DataError: The file cannot be read.
        """

        def uploaded(api: Api) -> str:
            from kagglebot.kaggle.session import upload

            with disk_errors(f"read {file}"):
                status = file.stat()
            answer = api.call(
                "StartBlobUpload",
                service="blobs",
                type="DATASET",
                name=file.name,
                content_length=status.st_size,
                last_modified_epoch_seconds=int(status.st_mtime),
            )
            upload(file, str(answer.create_url))
            return str(answer.token)

        return self._attempt(uploaded)

    def read_file(self, address: str, longest_bytes: int) -> bytes:
        """Return the file behind a signed address of Kaggle's storage."""

        def read(_api: Api) -> bytes:
            from kagglebot.kaggle.session import read_file

            return read_file(address, longest_bytes)

        return self._attempt(read)

    def _download_once(
        self, api: Api, files: ArchiveFiles, name: str, on_progress: ProgressCallback, force: bool
    ) -> bool:
        from kagglebot.kaggle.download import Version, transfer

        with api.build_kaggle_client() as kaggle:
            response = api.call_with(kaggle, "DownloadDataFiles", competition_name=name)
            with closing(response):
                version = Version.from_headers(response.headers)
                if files.is_version(version) and not force:
                    files.discard()
                    return False
                transfer(api, response, kaggle.http_client(), files, on_progress)
        files.save(version)
        return True

    def _download_chosen(
        self,
        name: str,
        files: ArchiveFiles,
        chosen: Sequence[RemoteFile],
        on_progress: ProgressCallback,
        force: bool,
    ) -> bool:
        from kagglebot.kaggle.download import version_of

        version, parts, before = version_of(chosen), {}, 0
        if files.is_version(version) and not force:
            return False
        total = sum(file.size for file in chosen)
        for number, file in enumerate(chosen, start=1):
            phase, part, start = f"downloading file {number:,} of {len(chosen):,}", files.part(file), before

            def report(_: str, done: int, __: int | None, phase: str = phase, start: int = start) -> None:
                on_progress(phase, start + done, total)

            download = partial(self._download_part, part=part, name=name, file=file.name, on_progress=report)
            parts[file.name] = self._attempt(download, name, amount=part.partial_bytes)
            before += file.size
        files.pack(parts)
        files.save(version)
        return True

    @staticmethod
    def _download_part(api: Api, part: PartialFile, name: str, file: str, on_progress: ProgressCallback) -> Path:
        from kagglebot.kaggle.download import is_packed, transfer

        if done := part.finished():
            return done
        with api.build_kaggle_client() as kaggle:
            response = api.call_with(kaggle, "DownloadDataFile", competition_name=name, file_name=file)
            with closing(response):
                transfer(api, response, kaggle.http_client(), part, on_progress)
                return part.finish(packed=is_packed(response, file))

    @staticmethod
    def _read_start(api: Api, name: str, file: str, most: int) -> bytes:
        content = bytearray()
        with api.build_kaggle_client() as kaggle:
            response = api.call_with(kaggle, "DownloadDataFile", competition_name=name, file_name=file)
            with closing(response):
                for chunk in response.iter_content(_CHUNK_BYTES):
                    content += chunk
                    if len(content) >= most:
                        break
        return bytes(content)

    def _upload(self, api: Api, name: str, file: Path) -> str:
        from kagglebot.kaggle.session import upload

        with disk_errors(f"read {file}"):
            status = file.stat()
        answer = api.call(
            "StartSubmissionUpload",
            competition_name=name,
            file_name=file.name,
            content_length=status.st_size,
            last_modified_epoch_seconds=int(status.st_mtime),
        )
        upload(file, str(answer.create_url))
        return str(answer.token)

    def _create_submission(self, name: str, token: str, message: str) -> int | None:
        fields = {"competition_name": name, "blob_file_tokens": token, "submission_description": message}
        return _number(self.call_once("CreateSubmission", name, **fields))

    def _pages(self, method: str, field: str, competition: str, pages: int = _MAX_PAGES) -> tuple[list[Any], bool]:
        """Return the records of a list, and whether they are all."""
        from kagglebot.kaggle.exceptions import parsing

        rows: list[Any] = []
        page_token = ""
        for _ in range(pages):
            answer = self._request(method, competition, page_size=_PAGE_SIZE, page_token=page_token)
            with self._explained(self._api(), competition), parsing():
                rows += list(getattr(answer, field))
            page_token = str(answer.next_page_token or "")
            if not page_token:
                break
        return rows, not page_token

    def _request(self, method: str, competition: str = "", **fields: Any) -> Any:
        if competition:
            fields["competition_name"] = competition
        return self._attempt(lambda api: api.call(method, **fields), competition)

    def _attempt(
        self, action: Callable[[Api], T], competition: str = "", *, amount: Callable[[], int] = lambda: 0
    ) -> T:
        api = self._api()
        with self._explained(api, competition):
            return self._retry.repeat(lambda: action(api), on_wait=self._on_wait, amount=amount)

    def _parse(self, parse: Callable[[], T], competition: str = "") -> T:
        from kagglebot.kaggle.exceptions import parsing

        with self._explained(self._api(), competition), parsing():
            return parse()

    @property
    def _retry(self) -> RetryPolicy:
        from kagglebot.kaggle.retry import RetryPolicy

        return self._given_retry or RetryPolicy()

    def _api(self) -> Api:
        if self._logged_in is None:
            url = endpoint()  # before the import below, and before any credential is read
            from kagglebot.kaggle.session import Api

            api = Api(url)
            with self._explained(api):
                self._retry.repeat(api.log_in, on_wait=self._on_wait)
            self._logged_in = api
        return self._logged_in

    @contextmanager
    def _explained(self, api: Api, competition: str = "") -> Iterator[None]:
        """Raise a failure of Kaggle's or the network's as a ``KaggleError``; let a bug of ours through."""
        from kagglebot.kaggle.exceptions import FAILURES, masked

        try:
            yield
        except FAILURES as error:
            # The cause is for --debug: masked, as its text may hold a signed address.
            raise self._error(error, api, competition) from masked(error, api.without_secrets)

    def _error(self, error: BaseException, api: Api, competition: str) -> KaggleError:
        from kagglebot.kaggle import error_messages

        refusal = error_messages.read_refusal(error)
        if competition and refusal is not None and refusal.about_name:
            return self._name_error(api, competition)
        host = urlsplit(api.endpoint or _KAGGLE).netloc
        explained = error_messages.explain(error, competition=competition, host=host, credentials=api.source)
        return KaggleError(api.without_secrets(explained.message), api.without_secrets(explained.hint))

    def _name_error(self, api: Api, competition: str) -> KaggleError:
        """Return the error for a 403 or 404: an unknown name, rules not accepted, or an account without access."""
        from kagglebot.kaggle import error_messages
        from kagglebot.kaggle.exceptions import FAILURES, parsing

        try:
            answer = api.call("GetCompetition", competition_name=competition)
            with parsing():
                card = Competition.from_api(answer)
            return (error_messages.not_allowed if card.entered else error_messages.rules_not_accepted)(competition)
        except FAILURES as error:
            refusal = error_messages.read_refusal(error)
            if refusal is None or not refusal.about_name:
                return self._error(error, api, "")
        try:
            names = related_names(competition, lambda text: [card.name for card in self.search(text)])
        except KaggleError as error:
            return error  # Kaggle, or what stands between, does not let us ask: the name may be right
        return error_messages.unknown_competition(competition, nearest(competition, names))


def _number(answer: Any) -> int | None:
    """Return a new submission's number; None where the answer was lost or holds none."""
    return answer.ref if answer is not None and isinstance(answer.ref, int) and answer.ref else None


def holds_chosen(folder: Path, name: str) -> bool:
    """Return whether the archive in ``folder`` holds chosen files of a competition only."""
    from kagglebot.kaggle.download import ArchiveFiles

    return ArchiveFiles(folder, name).holds_chosen()


def open_client(on_progress: ProgressCallback | None) -> KaggleClient:
    """Return a client that reports its waits to ``on_progress``, as phases."""
    on_phase = log_phases(on_progress)
    return KaggleClient(on_wait=lambda reason: on_phase(reason, 0, None))
