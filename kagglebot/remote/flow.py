"""Work for a study on Kaggle's machines: from what is packed for it to what comes home.

Several notebooks may share the work; each is a session with a dataset of its own.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from kagglebot.errors import KagglebotError, StudyError
from kagglebot.kaggle.client import KaggleClient, open_client
from kagglebot.kaggle.kernels import Notebooks
from kagglebot.paths import WorkspacePaths
from kagglebot.remote.job import Job
from kagglebot.remote.session import Session
from kagglebot.remote.study_archive import read_note
from kagglebot.submission.notebooks import polling
from kagglebot.submission.notebooks.flow import LOGIN_NOTE
from kagglebot.system.files.space import size_text
from kagglebot.system.logging import LOG_FILE, LOGGER
from kagglebot.system.progress import ProgressCallback


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
