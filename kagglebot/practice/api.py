"""The calls of Kaggle's protocol that the practice server answers; requests and answers are dictionaries."""

import threading
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from kagglebot.practice.competition import PracticeCompetition
from kagglebot.practice.faults import Faults
from kagglebot.practice.notebooks.datasets import Datasets
from kagglebot.practice.notebooks.notebook_run import NotebookRun
from kagglebot.practice.notebooks.notebooks import SUBMISSION, Notebooks
from kagglebot.practice.records import (
    USER,
    Fields,
    Refusal,
    Submission,
    competition_card,
    now,
    page,
    submission_row,
    written,
)
from kagglebot.practice.scoring.metrics import lowest_first
from kagglebot.practice.scoring.score import Unscorable, score
from kagglebot.practice.storage import Storage, StoredFile


@dataclass(frozen=True)
class Redirect:
    """An answer that sends the client to an address of the file storage."""

    location: str


class Api:
    """Answers calls about some competitions; public methods may be called from several threads."""

    def __init__(
        self,
        competitions: Sequence[PracticeCompetition],
        faults: Faults,
        storage: Storage,
        storage_url: Callable[[], str],
    ) -> None:
        self.competitions = {competition.name: competition for competition in competitions}
        self.submissions: list[Submission] = []
        self._faults = faults
        self._storage = storage
        self._storage_url = storage_url
        self._announced: dict[str, str] = {}  # upload token → file name
        self._lock = threading.RLock()
        self.datasets = Datasets(faults, storage, storage_url)
        self.notebooks = Notebooks(faults, storage, storage_url, self.datasets, self.competitions)
        self._methods: dict[str, Callable[[Fields], Fields | Redirect]] = {
            "IntrospectToken": self._introspect_token,
            "ListCompetitions": self._list_competitions,
            "GetCompetition": self._get_competition,
            "ListCompetitionPages": self._list_competition_pages,
            "ListDataFiles": self._list_data_files,
            "DownloadDataFiles": self._download_data_files,
            "DownloadDataFile": self._download_data_file,
            "StartSubmissionUpload": self._start_submission_upload,
            "CreateSubmission": self._create_submission,
            "ListSubmissions": self._list_submissions,
            "GetSubmission": self._get_submission,
            "GetSubmissionLimits": self._get_submission_limits,
            "GetLeaderboard": self._get_leaderboard,
            "CreateCodeSubmission": self._create_code_submission,
            **self.datasets.methods,
            **self.notebooks.methods,
        }

    def answer(self, method: str, request: Fields) -> Fields | Redirect:
        """Answer one call; raise ``Refusal`` where Kaggle would answer with an HTTP error."""
        if method not in self._methods:
            raise Refusal(404, "NotFound")
        with self._lock:
            return self._methods[method](request)

    def _introspect_token(self, request: Fields) -> Fields:
        return {"active": not self._faults.expired_token, "username": USER}

    def _list_competitions(self, request: Fields) -> Fields:
        words = request.get("search", "").lower()
        found = [c for c in self.competitions.values() if words in c.name or words in c.title.lower()]
        return self._page("competitions", [competition_card(competition) for competition in found], request)

    def _get_competition(self, request: Fields) -> Fields:
        return competition_card(self._find(request, "competitions.get"))

    def _list_competition_pages(self, request: Fields) -> Fields:
        competition = self._find(request, "competitions.get")
        return {"pages": [{"name": "Description"}, {"name": "Evaluation", "content": competition.evaluation}]}

    def _list_data_files(self, request: Fields) -> Fields:
        competition = self._find(request, "competitions.get")
        date = written(datetime.fromtimestamp(competition.archive.stat().st_mtime, UTC))
        with zipfile.ZipFile(competition.archive) as zipped:
            files = [
                {"name": info.filename, "totalBytes": info.file_size, "creationDate": date}
                for info in zipped.infolist()
                if not info.is_dir()
            ]
        return self._page("files", files, request)

    def _download_data_files(self, request: Fields) -> Redirect:
        archive = self._open_to_user(request).archive
        return Redirect(self._sign(StoredFile(archive), archive.name))

    def _download_data_file(self, request: Fields) -> Redirect:
        archive = self._open_to_user(request).archive
        name = str(request.get("fileName", ""))
        try:
            with zipfile.ZipFile(archive) as zipped:
                content = zipped.read(name)
        except KeyError:
            raise Refusal(404, "NotFound") from None
        return Redirect(self._sign(StoredFile(archive, content), name.rsplit("/", 1)[-1]))

    def _open_to_user(self, request: Fields) -> PracticeCompetition:
        refusal = "You must accept this competition's rules before you'll be able to download files."
        return self._entered(request, refusal)

    def _start_submission_upload(self, request: Fields) -> Fields:
        self._entered(request)
        token = self._storage.expect_upload()
        self._announced[token] = str(request.get("fileName", "submission.csv"))
        return {"token": token, "createUrl": f"{self._storage_url()}/uploads/{token}"}

    def _create_submission(self, request: Fields) -> Fields:
        competition = self._entered(request)
        self._check_allowed(competition)
        token = str(request.get("blobFileTokens", ""))
        content = self._storage.uploads.get(token)
        if content is None:
            raise Refusal(400, "Submission not allowed:  The file was not uploaded.")
        error, public_score = self._faults.scoring_error, None
        try:
            public_score = None if error else score(content, competition)
        except Unscorable as reason:
            error = str(reason)
        submission = Submission(
            ref=1000 + len(self.submissions),
            competition=competition.name,
            file_name=self._announced[token],
            description=str(request.get("submissionDescription", "")),
            date=now(),
            content=content,
            public_score=public_score,
            error=error,
            polls_left=self._faults.pending_polls,
        )
        self.submissions.append(submission)
        return {"message": f"Successfully submitted to {competition.title}", "ref": submission.ref}

    def _create_code_submission(self, request: Fields) -> Fields:
        competition = self._entered(request)
        self._check_allowed(competition, by_notebook=True)
        version = self.notebooks.submittable(request, competition)
        submission = Submission(
            ref=1000 + len(self.submissions),
            competition=competition.name,
            file_name=SUBMISSION,
            description=str(request.get("submissionDescription", "")),
            date=now(),
            content=b"",
            public_score=None,
            error="",
            polls_left=self._faults.pending_polls,
            by_notebook=True,
            reruns=True,
        )
        self.submissions.append(submission)
        fails = self._faults.take("failing_reruns")
        self.notebooks.rerun(
            version, competition, fails, lambda run: self._score_rerun(submission, competition, run)
        )
        return {"message": f"Successfully submitted to {competition.title}", "ref": submission.ref}

    def _score_rerun(self, submission: Submission, competition: PracticeCompetition, run: NotebookRun) -> None:
        path = run.working / SUBMISSION
        error = self._faults.scoring_error
        if run.status != "COMPLETE":
            error = "Notebook Threw Exception"
        elif not path.is_file():
            error = "Submission CSV Not Found"
        else:
            submission.content = path.read_bytes()
            try:
                submission.public_score = None if error else score(submission.content, competition)
            except Unscorable as reason:
                error = f"Submission Scoring Error: {reason}"
        submission.error = error
        submission.reruns = False

    def _list_submissions(self, request: Fields) -> Fields:
        competition = self._entered(request)
        newest_first = [s for s in reversed(self.submissions) if s.competition == competition.name]
        if newest_first and self._faults.take("late_lists"):
            del newest_first[0]
        return self._page("submissions", [submission_row(submission) for submission in newest_first], request)

    def _get_submission(self, request: Fields) -> Fields:
        for submission in self.submissions:
            if submission.ref == request.get("ref"):
                return submission_row(submission)
        raise Refusal(404, "NotFound")

    def _get_submission_limits(self, request: Fields) -> Fields:
        competition = self._find(request, "competitions.participate")
        today = self._count_today(competition)
        return {
            "numToday": today,
            "numTotal": sum(s.competition == competition.name for s in self.submissions),
            "numAllowedNow": max(0, competition.max_daily_submissions - today) * competition.rules_accepted,
        }

    def _get_leaderboard(self, request: Fields) -> Fields:
        competition = self._find(request, "competitions.get")
        mine = [s.public_score for s in self.submissions if s.competition == competition.name]
        lowest = lowest_first(competition.metric)
        best = (min if lowest else max)((value for value in mine if value is not None), default=None)
        teams = list(competition.rivals) + ([(USER, best)] if best is not None else [])
        ranked = sorted(teams, key=lambda team: team[1], reverse=not lowest)
        rows = [
            {"teamId": team_id, "teamName": team, "score": f"{value:.5f}", "submissionDate": written(now())}
            for team_id, (team, value) in enumerate(ranked, start=1)
        ]
        return self._page("submissions", rows, request)

    def _find(self, request: Fields, permission: str) -> PracticeCompetition:
        name = request.get("competitionName", "")
        if name in self.competitions:
            return self.competitions[name]
        if permission == "competitions.get":
            raise Refusal(404, "NotFound")
        raise Refusal(403, f"Permission '{permission}' was denied")  # Kaggle answers so to a mistyped name

    def _entered(
        self, request: Fields, refusal: str = "Permission 'competitions.participate' was denied"
    ) -> PracticeCompetition:
        competition = self._find(request, "competitions.participate")
        if not competition.rules_accepted:
            raise Refusal(403, refusal)
        return competition

    def _check_allowed(self, competition: PracticeCompetition, *, by_notebook: bool = False) -> None:
        allowed = competition.max_daily_submissions
        if competition.notebooks_only and not by_notebook:
            reason = "This competition only accepts Submissions from Notebooks."
        elif competition.submissions_disabled or (
            competition.deadline < now() and not competition.late_submissions
        ):
            reason = "This competition does not accept submissions any more."
        elif self._count_today(competition) >= allowed:
            used = f"Your team has used its daily Submission allowance ({allowed}) today"
            reason = f"{used}, please try again tomorrow UTC."
        else:
            return
        raise Refusal(400, f"Submission not allowed:  {reason}")

    def _count_today(self, competition: PracticeCompetition) -> int:
        today = now().date()
        mine = (s for s in self.submissions if s.competition == competition.name and s.counts)
        return sum(s.date.date() == today for s in mine)

    def _page(self, key: str, records: list[Fields], request: Fields) -> Fields:
        return page(key, records, request, self._faults.page_size)

    def _sign(self, file: StoredFile, name: str) -> str:
        return self._storage_url() + self._storage.sign(file, name)
