"""The only door to Kaggle: every question that kagglebot asks it, with errors as hints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from kagglebot.errors import KaggleError
from kagglebot.kaggle.endpoint import endpoint
from kagglebot.kaggle.models import (
    Allowance,
    Competition,
    Download,
    OnWait,
    RemoteSubmission,
    Standing,
)
from kagglebot.kaggle.names import competition_slug, nearest, related_names
from kagglebot.system.files import disk_errors
from kagglebot.system.progress import ProgressCallback, log_phases, no_progress

if TYPE_CHECKING:
    from kagglebot.kaggle.retry import RetryPolicy
    from kagglebot.kaggle.session import Api

T = TypeVar("T")
_KAGGLE = "https://api.kaggle.com"
_PAGE_SIZE = 100
_MOST_PAGES = 200  # no list that we ask for is longer; a server that pages in a circle is


class KaggleClient:
    """Asks Kaggle. Making one is cheap; the first question logs in.

    Every method raises ``KaggleError`` with a hint when Kaggle or the network says no, and ``UsageError``
    where ``KAGGLEBOT_KAGGLE_URL`` is not safe or a name is none. Questions are repeated while that may help;
    creating a submission never is.

    Args:
        patience: How often and how long to try again; without, what suits a person who waits.
        on_wait: Told in words before each wait.
    """

    def __init__(self, *, patience: RetryPolicy | None = None, on_wait: OnWait | None = None) -> None:
        self._given_patience = patience
        self._on_wait = on_wait
        self._logged_in: Api | None = None

    def competition(self, name: str) -> Competition:
        """Return the competition's card."""
        name = competition_slug(name)
        return Competition.from_api(self._ask("GetCompetition", name, competition_name=name))

    def search(self, text: str = "") -> list[Competition]:
        """Return the first hundred or so competitions that Kaggle finds for ``text``, best first."""
        answer = self._ask("ListCompetitions", search=text, page=1, page_size=_PAGE_SIZE)
        return [Competition.from_api(card) for card in answer.competitions]

    def unchanged(self, name: str, folder: Path) -> bool:
        """Say whether ``folder/NAME.zip`` is what a download would bring; costs two requests, no file."""
        from kagglebot.kaggle.download import ArchiveFiles, Version

        name = competition_slug(name)
        response = self._ask("DownloadDataFiles", name, competition_name=name)
        with closing(response):
            return ArchiveFiles(folder, name).holds(Version.of(response.headers))

    def download(
        self, name: str, folder: Path, *, on_progress: ProgressCallback | None = None, force: bool = False
    ) -> Download:
        """Bring ``folder/NAME.zip`` up to date: whole, verified by size and resumed after a cut.

        Nothing is downloaded when it is what Kaggle has now. The old one stays until the new one is there.

        Args:
            name: The competition.
            folder: Where the archive goes; made if it is not there.
            on_progress: Called with the bytes that are there and their total.
            force: Download it also where it is up to date, as when its content proved damaged.

        Raises:
            DataError: The disk is full or refuses.
        """
        from kagglebot.kaggle.download import ArchiveFiles

        name = competition_slug(name)
        place = ArchiveFiles(folder, name)
        with place.locked():
            new = self._attempt(
                lambda api: self._download_once(api, place, name, on_progress or no_progress, force),
                name,
                amount=place.partial_bytes,
            )
        return Download(place.archive, new)

    def submit(self, name: str, file: Path, message: str) -> int | None:
        """Upload ``file`` and submit it once.

        Args:
            name: The competition.
            file: The submission; its name is shown at Kaggle.
            message: Its description there.

        Returns:
            The submission's number, or None where Kaggle's answer was lost: whether it arrived is then to be
            found in ``submissions``.

        Raises:
            KaggleError: It was not submitted, for certain.
            DataError: The file cannot be read.
        """
        name = competition_slug(name)
        token = self._attempt(lambda api: self._upload(api, name, file), name)
        return self._create_submission(name, token, message)

    def submissions(self, name: str) -> list[RemoteSubmission]:
        """Return all submissions of the user's team, newest first."""
        name = competition_slug(name)
        rows = self._pages("ListSubmissions", "submissions", name)
        found = {row.ref: RemoteSubmission.from_api(row) for row in rows}  # a list may shift between pages
        return sorted(found.values(), key=lambda submission: (submission.date, submission.ref), reverse=True)

    def allowance(self, name: str) -> Allowance:
        """Return how many submissions are allowed; both numbers are 0 for who has not entered."""
        name = competition_slug(name)
        limits = self._ask("GetSubmissionLimits", name, competition_name=name)
        return Allowance(limits.num_today, limits.num_allowed_now)

    def leaderboard(self, name: str) -> list[Standing]:
        """Return the public leaderboard, best first."""
        name = competition_slug(name)
        rows = self._pages("GetLeaderboard", "submissions", name)
        return [Standing.from_api(rank, row) for rank, row in enumerate(rows, start=1)]

    def _download_once(self, api: Api, place: Any, name: str, on_progress: ProgressCallback, force: bool) -> bool:
        from kagglebot.kaggle.download import Version, transfer

        with api.build_kaggle_client() as kaggle:
            response = api.call_with(kaggle, "DownloadDataFiles", competition_name=name)
            with closing(response):
                version = Version.of(response.headers)
                if place.holds(version) and not force:
                    place.discard()
                    return False
                transfer(api, response, kaggle.http_client(), place, on_progress)
        place.keep(version)
        return True

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
        upload(file, answer.create_url)
        return str(answer.token)

    def _create_submission(self, name: str, token: str, message: str) -> int | None:
        from kagglebot.kaggle.error_messages import FAILURES, read_answer

        api = self._api()
        fields = {"competition_name": name, "blob_file_tokens": token, "submission_description": message}

        def refused_unseen(error: BaseException) -> bool:  # 429 is said before the request is looked at
            answer = read_answer(error)
            return answer is not None and answer.status == 429 and self._patience.passes(error)

        try:
            answer = self._patience.repeat(
                lambda: api.call("CreateSubmission", **fields),
                on_wait=self._on_wait,
                worth_it=refused_unseen,
            )
        except FAILURES as error:
            refusal = read_answer(error)
            if refusal is None or refusal.status >= 500:
                return None
            raise self._explain(error, api, name) from None
        return answer.ref or None

    def _pages(self, method: str, key: str, name: str) -> Iterator[Any]:
        page_token = ""
        for _ in range(_MOST_PAGES):
            answer = self._ask(method, name, competition_name=name, page_size=_PAGE_SIZE, page_token=page_token)
            yield from getattr(answer, key)
            page_token = answer.next_page_token
            if not page_token:
                return

    def _ask(self, method: str, competition: str = "", **fields: Any) -> Any:
        return self._attempt(lambda api: api.call(method, **fields), competition)

    def _attempt(
        self, action: Callable[[Api], T], competition: str = "", *, amount: Callable[[], int] = lambda: 0
    ) -> T:
        from kagglebot.kaggle.error_messages import FAILURES

        api = self._api()
        try:
            return self._patience.repeat(lambda: action(api), on_wait=self._on_wait, amount=amount)
        except FAILURES as error:
            # The cause is left out: its text may hold a signed address.
            raise self._explain(error, api, competition) from None

    @property
    def _patience(self) -> RetryPolicy:
        from kagglebot.kaggle.retry import RetryPolicy

        return self._given_patience or RetryPolicy()

    def _api(self) -> Api:
        if self._logged_in is None:
            url = endpoint()  # before the import below, and before any credential is read
            from kagglebot.kaggle.error_messages import FAILURES
            from kagglebot.kaggle.session import Api

            api = Api(url)
            try:
                self._patience.repeat(api.log_in, on_wait=self._on_wait)
            except FAILURES as error:
                raise self._explain(error, api, "") from None
            self._logged_in = api
        return self._logged_in

    def _explain(self, error: BaseException, api: Api, competition: str) -> KaggleError:
        from kagglebot.kaggle import error_messages

        answer = error_messages.read_answer(error)
        if competition and answer is not None and answer.about_name:
            return self._explain_name(api, competition)
        host = urlsplit(api.endpoint or _KAGGLE).netloc
        told = error_messages.explain(error, competition=competition, host=host, credentials=api.source())
        return KaggleError(api.without_secrets(told.message), api.without_secrets(told.hint))

    def _explain_name(self, api: Api, competition: str) -> KaggleError:
        """Tell apart a name that Kaggle does not know and one that this account may not use."""
        from kagglebot.kaggle import error_messages

        card = self._card(api, competition)
        if card is not None:
            unfit = error_messages.not_allowed if card.entered else error_messages.rules_not_accepted
            return unfit(competition)
        try:
            names = related_names(competition, lambda text: [card.name for card in self.search(text)])
        except KaggleError:
            names = []
        return error_messages.unknown_competition(competition, nearest(competition, names))

    def _card(self, api: Api, competition: str) -> Competition | None:
        from kagglebot.kaggle.error_messages import FAILURES

        try:
            return Competition.from_api(api.call("GetCompetition", competition_name=competition))
        except FAILURES:
            return None


def open_client(on_progress: ProgressCallback | None) -> KaggleClient:
    """Make a client that tells its waits like the phases of a job."""
    tell = log_phases(on_progress)
    return KaggleClient(on_wait=lambda reason: tell(reason, 0, None))
