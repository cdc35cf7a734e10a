"""The dataset of a notebook submission: looked for, made or renewed, and waited for."""

from kagglebot.errors import SubmissionError
from kagglebot.kaggle.datasets import Datasets
from kagglebot.submission.notebooks import polling
from kagglebot.submission.notebooks.asked import AskedFile
from kagglebot.submission.notebooks.contents import Contents, made_by_kagglebot
from kagglebot.system.progress import ProgressCallback

#: How long Kaggle may process a version, and how long it may hide one that it was asked to make.
PROCESSING_SECONDS = 3600.0
HIDDEN_SECONDS = 20.0
_WAITING = "waiting for the dataset"


def ensure_dataset(
    datasets: Datasets, contents: Contents, asked: AskedFile, on_progress: ProgressCallback
) -> None:
    """Have the contents as the newest version of the dataset, ready to be mounted.

    A version that Kaggle is still processing is waited for first: meanwhile its files are not listed, and another
    version would be refused.

    Raises:
        SubmissionError: Kaggle cannot process it, takes more than an hour for it, or does not show it.
        KaggleError: Kaggle refused, or cannot be reached.
        DataError: A file cannot be read.
    """

    def look() -> bool | None:
        return True if _is_there(datasets, contents, on_progress) else None

    hidden = HIDDEN_SECONDS if asked.recently(contents.dataset_mark, "dataset") else 0.0
    if polling.poll(look, "looking for the dataset", hidden, on_progress):
        return
    asked.write(contents.dataset_mark, "dataset")
    confirmed = _make(datasets, contents, on_progress)

    def look_again() -> bool | None:
        if confirmed and datasets.status(contents.slug) == "failed":
            raise _failed(contents)
        return look()

    patience = PROCESSING_SECONDS if confirmed else HIDDEN_SECONDS
    if not polling.poll(look_again, _WAITING, patience, on_progress):
        raise SubmissionError(
            f"Kaggle does not show the new version of the dataset {contents.owner}/{contents.slug}.",
            "Run the same command again: it looks for the version first, and goes on from there.",
        )


def _make(datasets: Datasets, contents: Contents, on_progress: ProgressCallback) -> bool:
    """Make the dataset or its next version, and return whether Kaggle confirmed it."""
    found = datasets.find(contents.slug)
    if found is None:
        return datasets.create(contents.slug, contents.title, contents.files, contents.description, on_progress)
    if not made_by_kagglebot(found, datasets.file_names(contents.slug)):
        raise SubmissionError(
            f"There is a dataset {contents.owner}/{contents.slug} already, which kagglebot did not make.",
            f"Rename or delete it at {found.url}, then run the same command again.",
        )
    notes = f"kagglebot {contents.dataset_mark}"
    return datasets.renew(contents.slug, contents.files, contents.description, notes, on_progress)


def _is_there(datasets: Datasets, contents: Contents, on_progress: ProgressCallback) -> bool:
    """Return whether the newest version has the contents, once Kaggle has processed it."""

    def processed() -> str | None:
        status = datasets.status(contents.slug)
        return None if status == "pending" else status

    status = polling.poll(processed, _WAITING, PROCESSING_SECONDS, on_progress)
    if status is None:
        raise SubmissionError(
            f"Kaggle has been processing the dataset {contents.owner}/{contents.slug} for more than an hour.",
            "Run the same command again later: it waits on, and makes nothing twice.",
        )
    if status != "ready":
        return False
    if names := datasets.file_names(contents.slug):
        return contents.marker in names
    found = datasets.find(contents.slug)  # it is ready and lists no files: what is written about it must do
    return found is not None and contents.dataset_mark in found.about


def _failed(contents: Contents) -> SubmissionError:
    return SubmissionError(
        f"Kaggle could not process the dataset {contents.owner}/{contents.slug}.",
        "Run the same command again: it makes another version. `kagglebot notebooks --clean` removes all.",
    )
