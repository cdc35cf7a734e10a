"""A session on Kaggle: the notebook that does a job, or its share of it, and the dataset that it needs.

The steps are those of a submission by a notebook: a dataset, a notebook, its run, its output. Each looks on Kaggle
first, for the mark of what was packed, so the same command goes on from wherever an earlier one ended.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace

from kagglebot.errors import DataError, KaggleError, SubmissionError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.datasets import Datasets
from kagglebot.kaggle.kernels import Notebooks
from kagglebot.remote.follow import following
from kagglebot.remote.job import Job
from kagglebot.remote.pack import PROGRAM
from kagglebot.remote.study_archive import read_note
from kagglebot.remote.there import ENDED, OPTIONS, RESULT
from kagglebot.submission.notebooks.asked import AskedFile
from kagglebot.submission.notebooks.contents import prepare, slug_of
from kagglebot.submission.notebooks.dataset_step import ensure_dataset
from kagglebot.submission.notebooks.notebook_step import NotebookStep
from kagglebot.submission.notebooks.source import begin_line
from kagglebot.system.files.disk_errors import disk_errors
from kagglebot.system.files.json_file import read_json
from kagglebot.system.logging import LOGGER
from kagglebot.system.progress import ProgressCallback


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
