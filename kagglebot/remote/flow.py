"""Work for a study on Kaggle's machines: from what is packed for it to what comes home.

The steps are those of a submission by a notebook: a dataset, a notebook, its run, its output. Each looks on Kaggle
first, for the mark of what was packed, so the same command goes on from wherever an earlier one ended. Several
notebooks may share the work; each has a dataset of its own.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from kagglebot.errors import DataError, KagglebotError, KaggleError, StudyError, SubmissionError
from kagglebot.kaggle.client import KaggleClient, open_client
from kagglebot.kaggle.datasets import Datasets
from kagglebot.kaggle.kernels import Notebooks
from kagglebot.paths import StudyLocation, WorkspacePaths
from kagglebot.remote.follow import following
from kagglebot.remote.pack import PROGRAM
from kagglebot.remote.study_archive import read_note
from kagglebot.remote.there import ENDED, OPTIONS, RESULT
from kagglebot.submission.notebooks import polling
from kagglebot.submission.notebooks.asked import AskedFile
from kagglebot.submission.notebooks.contents import prepare, slug_of
from kagglebot.submission.notebooks.dataset_step import ensure_dataset
from kagglebot.submission.notebooks.flow import LOGIN_NOTE
from kagglebot.submission.notebooks.notebook_step import NotebookStep
from kagglebot.submission.notebooks.source import begin_line
from kagglebot.system.files import disk_errors, read_json, size_text
from kagglebot.system.logging import LOG_FILE, LOGGER
from kagglebot.system.progress import ProgressCallback
from kagglebot.system.storage_url import shown


@dataclass(frozen=True)
class Kind:
    """A kind of work.

    Attributes:
        command: The command that asks for it; datasets and notebooks are named after it.
        folder: In a study's folder: what is packed for it, until it is home.
        noun: What it is called.
        does: What a notebook does.
        kept: What is here although it ended with an error.
    """

    command: str
    folder: str
    noun: str
    does: str
    kept: str


@dataclass(frozen=True)
class Job:
    """Work of a kind for a study."""

    location: StudyLocation
    kind: Kind

    @property
    def folder(self) -> Path:
        """The folder of what is packed for each notebook, by its number from 1 on."""
        return self.location.folder / self.kind.folder

    @property
    def sessions(self) -> list[int]:
        """The numbers of the notebooks whose work is packed, and not home yet."""
        return sorted(int(path.parent.name) for path in self.folder.glob(f"[1-9]/{OPTIONS}"))

    def asked(self) -> dict[str, Any] | None:
        """Return what the work was packed for; None if none is packed."""
        return next((dict(read_json(self.folder / f"{each}" / OPTIONS)) for each in self.sessions), None)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the lock of the work, in a study's folder that is there.

        Raises:
            StudyError: Another command holds it, or the study's trials are not in its folder.
        """
        location, noun = self.location, self.kind.noun
        if location.url is not None:
            raise StudyError(
                f"The trials of '{location.study}' are in {shown(location.url)}, out of reach on Kaggle.",
                f"Run the {noun} here, or on Kaggle for a study whose trials are in its folder.",
            )
        with disk_errors(f"write {location.folder}"):
            location.folder.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(location.folder / f"{self.kind.folder}.lock", timeout=0):
                yield
        except Timeout as error:
            raise StudyError(
                f"Another command follows the {noun} of '{location.study}' on Kaggle.", "Wait for it, or stop it."
            ) from error

    def note_other(self, workspace: WorkspacePaths, what_now: str) -> None:
        """Note that other work than asked for now is packed, and what is done with it."""
        workspace.note(
            f"A {self.kind.noun} of '{self.location.study}' with other options is on Kaggle, or on its way: "
            f"{what_now}. To give it up, delete {self.folder}."
        )


class Session:
    """A notebook of a job, from what is packed for it to what it leaves.

    Args:
        job: The job.
        number: Which of its notebooks.
        client: The Kaggle client.
        report: Called with each step.

    Attributes:
        number: Which of the job's notebooks it is.
        packed: The folder of what is packed.
        options: What is asked for, with what the notebook needs to know.
        archive: Where what it leaves is saved.
        contents: The dataset and the notebook.
    """

    def __init__(self, job: Job, number: int, client: KaggleClient, report: ProgressCallback) -> None:
        self.number, self._job, self._client, self._report = number, job, client, report
        location, further = job.location, f"-{number}" if number > 1 else ""
        self.packed, self.archive = job.folder / f"{number}", job.folder / f"{number}.zip"
        self._asked = AskedFile(location.folder / f"{job.kind.folder}{further}.json")
        self.options = read_json(self.packed / OPTIONS)
        session = f"-session{further}" if further else ""
        contents = prepare(
            self.packed,
            location.competition,
            client.username,
            gpu=bool(self.options["gpu"]),
            slug=slug_of(f"{job.kind.command}-{location.competition}-{location.study}{session}"),
            program=PROGRAM,
        )
        about = f"kagglebot, and its study {location.study} as it was before the {job.kind.noun}"
        self.contents = replace(contents, about=about)
        self._step = NotebookStep(Notebooks(client), self.contents, self._asked, report)
        self._version = 0
        self._show_rest: Callable[[str], None] = lambda log: None

    def begin(self, until: ExitStack, on_line: Callable[[str], None]) -> None:
        """Have the notebook run, and pass on what it prints until ``until`` closes."""
        if self.archive.is_file():
            return
        with self._packed_anew():
            datasets = Datasets(self._client)
            self._version = self._step.ensure(
                lambda: ensure_dataset(datasets, self.contents, self._asked, self._report)
            )
        mark = self.contents.mark
        told_elsewhere = (f"kagglebot {mark} ", ENDED)  # where a run's own lines begin and end; its error

        def own(line: str) -> None:
            if not line.startswith(told_elsewhere):
                on_line(line)

        log = following(Notebooks(self._client), self.contents.slug, begin_line(mark), own)
        self._show_rest = until.enter_context(log)

    def end(self, *, wait: bool) -> bool:
        """Save what the run leaves, if it is over or can be waited for; return whether that is here."""
        if self.archive.is_file():
            return True
        with self._packed_anew():
            output = self._step.wait_for_output(self._version, wait=wait)
            if output is None:
                return False
            self._show_rest(output.log)
            for line in output.log.splitlines():
                LOGGER.info("kaggle: %s", line)
            self._report(f"downloading what the {self._job.kind.noun} left", 0, None)
            self._step.save(self._version, output, self.archive, RESULT)
        try:
            read_note(self.archive)
        except DataError as error:  # such as a page that tells of an error
            self.archive.unlink()
            raise KaggleError(
                f"Kaggle sent something else than {RESULT} of the notebook {self.contents.slug}.",
                "Run the same command again: it downloads it once more.",
            ) from error
        return True

    def forget(self) -> None:
        """Remove what was packed and what came back; killed in between, the same command brings it home again."""
        with disk_errors(f"delete {self.packed}"):
            self.archive.unlink(missing_ok=True)
            (self.packed / OPTIONS).unlink(missing_ok=True)
            shutil.rmtree(self.packed)
        with suppress(OSError):  # others are not home yet
            self._job.folder.rmdir()

    @contextmanager
    def _packed_anew(self) -> Iterator[None]:
        """Forget what is packed if its run fails or nothing is made of it: the next command may ask otherwise."""
        failed = self._asked.read().failed
        try:
            yield
        except SubmissionError:
            asked = self._asked.read()
            if asked.failed != failed or asked.mark not in (self.contents.mark, self.contents.dataset_mark):
                self.forget()
            raise


def log_in(workspace: WorkspacePaths, on_progress: ProgressCallback | None) -> KaggleClient:
    """Return a client that is logged in, before anything is packed.

    Raises:
        KaggleError: There are no credentials, or Kaggle cannot be reached.
    """
    client = open_client(on_progress)
    if client.login_expires:
        workspace.note(LOGIN_NOTE)
    return client


def carry_out(
    workspace: WorkspacePaths,
    job: Job,
    client: KaggleClient,
    take: Callable[[Session], None],
    report: ProgressCallback,
) -> None:
    """Have the notebooks of a job run at the same time, and take what each leaves.

    What one cannot do, or fails at, does not hold up the others; it is told in the end.

    Args:
        workspace: The workspace; it is told what will be made in the user's account, before it is made.
        job: The job, which is packed.
        client: The Kaggle client.
        take: Called with each notebook whose output is here.
        report: Called with each step.

    Raises:
        StudyError: The work there ended with an error; what was done before is here then.
        SubmissionError: A dataset or a notebook failed.
        KaggleError: Kaggle refused, or cannot be reached.
        DataError: A file is damaged, or the disk refuses.
    """
    sessions = [Session(job, number, client, report) for number in job.sessions]
    _tell(workspace, client, job, sessions)
    failed: list[KagglebotError] = []

    @contextmanager
    def alone(session: Session) -> Iterator[None]:
        try:
            yield
        except KagglebotError as error:
            failed.append(error)
            LOGGER.warning("session %d: %s", session.number, error.message)
            if len(sessions) > 1:
                told = f"the reason is told in the end, and stands in {LOG_FILE}"
                workspace.note(f"Session {session.number} failed; {told}. This holds up no other session.")

    with ExitStack() as until:
        begun = []
        for session in sessions:
            with alone(session):
                session.begin(until, _teller(workspace, f"session {session.number}: " * (len(sessions) > 1)))
                begun.append(session)
        while begun:
            running = []
            for session in begun:
                with alone(session):
                    if session.end(wait=len(begun) == 1):
                        _bring(job, session, take, report)
                    else:
                        running.append(session)
            if begun == running:
                report("waiting for the notebooks' runs", 0, None)
                time.sleep(polling.LONGEST_PAUSE)
            begun = running
    if failed:
        for error in failed[1:]:
            if error.message != failed[0].message:
                workspace.note(f"{error.message} {error.hint}".rstrip())
        raise failed[0]


def _bring(job: Job, session: Session, take: Callable[[Session], None], report: ProgressCallback) -> None:
    """Take what a notebook left, and forget what was packed for it; raise the error that it ended with."""
    error = str(read_note(session.archive).get("error", ""))
    report("bringing it home", 0, None)
    take(session)
    session.forget()
    if error:
        raise StudyError(
            f"The {job.kind.noun} on Kaggle ended with an error: {error.rstrip('.')}.",
            f"{job.kind.kept} Mend the cause and run the same command again.",
        )


def _teller(workspace: WorkspacePaths, before: str) -> Callable[[str], None]:
    return lambda line: workspace.note(before + line)


def _tell(workspace: WorkspacePaths, client: KaggleClient, job: Job, sessions: list[Session]) -> None:
    """Report what will be made in the user's account, and what GPU time is left."""
    for contents in (session.contents for session in sessions):
        size = size_text(sum(file.stat().st_size for file in contents.files))
        machine = "a GPU" if contents.gpu else "a CPU"
        workspace.note(
            f"In your Kaggle account, private: the dataset {contents.owner}/{contents.slug} "
            f"({len(contents.files)} files, {size}) and the notebook {contents.url} (on {machine}, internet off), "
            f"which {job.kind.does}. `kagglebot notebooks --clean` removes both."
        )
    with_gpu = [session for session in sessions if session.contents.gpu]
    if with_gpu and (left := Notebooks(client).gpu_seconds_left()) is not None:
        most = sum(session.options.get("search", {}).get("timeout_seconds") or 0.0 for session in with_gpu)
        needed = f"; the {job.kind.noun} takes up to {most / 3600:.1f} of them" if most else ""
        workspace.note(f"{max(0.0, left) / 3600:.1f} hours of GPU time are left on Kaggle this week{needed}.")
