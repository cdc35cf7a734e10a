"""Kaggle's competitions: looked up, downloaded, and submitted to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kagglebot.errors import KaggleError
from kagglebot.kaggle.connection.connection import Connection
from kagglebot.kaggle.connection.pages import pages
from kagglebot.kaggle.names import competition_slug, nearest, related_names
from kagglebot.kaggle.records import (
    Allowance,
    Competition,
    Download,
    FileList,
    RemoteFile,
    RemoteSubmission,
    Standing,
)
from kagglebot.system.progress import ProgressCallback, log_phases, no_progress

if TYPE_CHECKING:
    from kagglebot.kaggle.connection.session import Api

_PAGE_SIZE = 100
_MAX_PAGES = 200  # more than any list has, but of files; stops a server whose pages never end


class KaggleClient(Connection):
    """A client for Kaggle's competitions, each called by its name or by the address of its page.

    Creating one costs nothing; the first request logs in. Every method raises ``KaggleError`` when Kaggle or the
    network refuses, and ``UsageError`` when ``KAGGLEBOT_KAGGLE_URL`` is not safe or a competition's name is not
    valid. Requests are retried while that can help, except the one that creates a submission.
    """

    def competition(self, name: str) -> Competition:
        """Return what Kaggle says about a competition: title, metric, deadline, whether the user entered it."""
        name = competition_slug(name)
        answer = self.call("GetCompetition", name)
        return self.parse(lambda: Competition.from_api(answer), name)

    def search(self, text: str = "") -> list[Competition]:
        """Return up to a hundred competitions that match ``text``, in Kaggle's order."""
        answer = self.call("ListCompetitions", search=text, page=1, page_size=_PAGE_SIZE)
        return self.parse(lambda: [Competition.from_api(card) for card in answer.competitions])

    def evaluation_page(self, name: str) -> str:
        """Return the text of a competition's page on the evaluation, Markdown or HTML; empty where it has none."""
        name = competition_slug(name)
        answer = self.call("ListCompetitionPages", name)
        texts = self.parse(
            lambda: {str(page.name).lower(): str(page.content or "") for page in answer.pages}, name
        )
        return next((content for title, content in texts.items() if "evaluation" in title), "")

    def files(self, name: str, *, pages: int = _MAX_PAGES) -> FileList:
        """Return a competition's files as its archive holds them, at most those of so many pages of a hundred."""
        name = competition_slug(name)
        rows, whole = self._list("ListDataFiles", "files", name, pages)
        return FileList(tuple(self.parse(lambda: [RemoteFile.from_api(row) for row in rows], name)), whole)

    def read_start(self, name: str, file: RemoteFile, most: int) -> bytes:
        """Return a file's first bytes, at most about so many; where Kaggle packed it, those of a zip file."""
        from kagglebot.kaggle.download.download import read_start

        name = competition_slug(name)
        return self.attempt(lambda api: read_start(api, name, file.name, most), name)

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
        from kagglebot.kaggle.download.archive_files import ArchiveFiles
        from kagglebot.kaggle.download.download import download_archive, download_chosen

        name, on_progress = competition_slug(name), on_progress or no_progress
        files = ArchiveFiles(folder, name)
        with files.locked():
            if chosen:
                new = download_chosen(self, name, files, chosen, on_progress, force=force)
            else:
                new = download_archive(self, name, files, on_progress, force=force)
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
        token = self.upload(file, "StartSubmissionUpload", name, competition_name=name, file_name=file.name)
        fields = {"blob_file_tokens": token, "submission_description": message}
        return _number(self.call_once("CreateSubmission", name, **fields))

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
        rows, _ = self._list("ListSubmissions", "submissions", name)
        found = self.parse(lambda: [RemoteSubmission.from_api(row) for row in rows], name)
        unique = {submission.ref: submission for submission in found}  # the list may shift between two pages
        return sorted(unique.values(), key=lambda submission: (submission.date, submission.ref), reverse=True)

    def allowance(self, name: str) -> Allowance:
        """Return how many submissions are allowed; both numbers are 0 if the user has not entered."""
        name = competition_slug(name)
        limits = self.call("GetSubmissionLimits", name)
        return self.parse(lambda: Allowance.from_api(limits), name)

    def leaderboard(self, name: str) -> list[Standing]:
        """Return the public leaderboard, best first."""
        name = competition_slug(name)
        rows, _ = self._list("GetLeaderboard", "submissions", name)
        return self.parse(lambda: [Standing.from_api(rank, row) for rank, row in enumerate(rows, start=1)], name)

    def _list(self, method: str, field: str, name: str, most: int = _MAX_PAGES) -> tuple[list[Any], bool]:
        """Return the records of a list, and whether they are all: of at most so many pages of a hundred."""
        answers = list(islice(pages(partial(self.call, method, name, page_size=_PAGE_SIZE)), most))
        rows = self.parse(lambda: [row for answer in answers for row in getattr(answer, field)], name)
        return rows, not answers[-1].next_page_token

    def _error(self, error: BaseException, api: Api, competition: str) -> KaggleError:
        from kagglebot.kaggle.connection.error_messages import read_refusal

        refusal = read_refusal(error)
        if competition and refusal is not None and refusal.about_name:
            return self._name_error(api, competition)
        return super()._error(error, api, competition)

    def _name_error(self, api: Api, competition: str) -> KaggleError:
        """Return the error for a 403 or 404: an unknown name, rules not accepted, or an account without access."""
        from kagglebot.kaggle.connection import error_messages
        from kagglebot.kaggle.connection.exceptions import FAILURES, parsing

        try:
            answer = api.call("GetCompetition", competition_name=competition)
            with parsing():
                card = Competition.from_api(answer)
            return (error_messages.not_allowed if card.entered else error_messages.rules_not_accepted)(competition)
        except FAILURES as error:
            refusal = error_messages.read_refusal(error)
            if refusal is None or not refusal.about_name:
                return super()._error(error, api, "")
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
    from kagglebot.kaggle.download.archive_files import ArchiveFiles

    return ArchiveFiles(folder, name).holds_chosen()


def open_client(on_progress: ProgressCallback | None) -> KaggleClient:
    """Return a client that reports its waits to ``on_progress``, as phases."""
    on_phase = log_phases(on_progress)
    return KaggleClient(on_wait=lambda reason: on_phase(reason, 0, None))
