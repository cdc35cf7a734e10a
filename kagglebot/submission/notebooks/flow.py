"""A submission by a notebook, from the exported model to Kaggle's list of submissions.

The steps are: a dataset with the export, a notebook that runs it, its run, the check of its output, and the
submission of that version. Each looks on Kaggle first, so the flow goes on from wherever an earlier one ended. A
notebook that is there needs no new dataset.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from kagglebot.errors import SubmissionError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.datasets import Datasets
from kagglebot.kaggle.kernels import Notebooks
from kagglebot.submission.ledger import Ledger, LedgerEntry
from kagglebot.submission.notebooks.asked import AskedFile
from kagglebot.submission.notebooks.contents import Contents
from kagglebot.submission.notebooks.dataset_step import ensure_dataset
from kagglebot.submission.notebooks.notebook_step import SUBMISSION, NotebookStep
from kagglebot.submission.upload_once import LOCK_TIMEOUT_SECONDS, find_by_digest, upload_once
from kagglebot.system.progress import ProgressCallback

#: File name, in the folder of a competition's studies, of what Kaggle was asked to make.
ASKED = "notebook.json"
LOGIN_NOTE = (
    "The login of the kaggle command ends after some hours, perhaps before the notebook does; a token from "
    "https://www.kaggle.com/settings/api does not. After either, the same command goes on."
)


@dataclass(frozen=True)
class FlowOptions:
    """Options of the flow.

    Attributes:
        wait: Wait for the notebook's run; without, it goes on at Kaggle while the flow ends.
        again: Submit the same contents once more.
        late: Submit after the deadline too.
    """

    wait: bool = True
    again: bool = False
    late: bool = False


def submit_notebook(
    client: KaggleClient,
    ledger: Ledger,
    entry: LedgerEntry,
    contents: Contents,
    *,
    asked: AskedFile,
    check_output: Callable[[Path], int],
    options: FlowOptions,
    on_note: Callable[[str], None],
    on_progress: ProgressCallback,
) -> tuple[LedgerEntry, bool] | None:
    """Submit what a notebook predicts, unless Kaggle has that submission already.

    Args:
        client: The Kaggle client.
        ledger: The ledger that the submission is recorded in.
        entry: The submission; its ``file`` is where the notebook's output goes, its ``digest`` the contents'.
        contents: The dataset and the notebook.
        asked: What Kaggle was asked to make.
        check_output: Checks the output and returns its number of rows.
        options: See ``FlowOptions``.
        on_note: Called with what will be made, before it is made.
        on_progress: Called with each step.

    Returns:
        The entry as it stands now, and whether this call submitted it; None while the notebook runs and nobody
        waits for it.

    Raises:
        SubmissionError: A step failed, or no submission is possible.
        KaggleError: Kaggle refused, or cannot be reached.
        DataError: The disk refused.
    """
    notebook = f"{contents.owner}/{contents.slug}"
    entry = replace(entry, notebook=notebook)
    if options.again or not find_by_digest(client.submissions(entry.competition), entry.digest):
        on_note(contents.described(again=options.again))
        if client.login_expires:
            on_note(LOGIN_NOTE)
        step = NotebookStep(Notebooks(client), contents, asked, on_progress)
        with ledger.lock("notebook", LOCK_TIMEOUT_SECONDS):
            version = step.ensure(
                partial(ensure_dataset, Datasets(client), contents, asked, on_progress),
                _known_versions(ledger, entry),
            )
        output = step.wait_for_output(version, wait=options.wait)
        if output is None:
            return None
        step.save(version, output, Path(entry.file))
        try:
            rows = check_output(Path(entry.file))
        except SubmissionError as error:  # an error page, or another table
            raise SubmissionError(
                f"What version {version} of the notebook {notebook} wrote cannot be submitted: {error.message}",
                f"Run the same command again, which downloads it once more, or look at it at {contents.url}.",
            ) from error
        entry = replace(entry, rows=rows, notebook_version=version)

    def send(description: str) -> int | None:
        version = entry.notebook_version or 0
        return client.submit_notebook(entry.competition, notebook, version, SUBMISSION, description)

    return upload_once(
        client, ledger, entry, again=options.again, late=options.late, send=send, on_progress=on_progress
    )


def _known_versions(ledger: Ledger, entry: LedgerEntry) -> list[int]:
    """Return the versions of the notebook that were submitted with the same contents."""
    entries = (each for each in ledger.entries(entry.competition) if each.digest == entry.digest)
    return [each.notebook_version for each in entries if each.notebook == entry.notebook and each.notebook_version]
