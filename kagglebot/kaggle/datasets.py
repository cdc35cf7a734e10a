"""The user's datasets on Kaggle: looked up, made, renewed and deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from kagglebot.errors import KaggleError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.connection.pages import pages
from kagglebot.system.progress import ProgressCallback, no_progress

#: absent: there is none, or it was made seconds ago; pending: Kaggle is processing its newest version.
DatasetStatus = Literal["absent", "pending", "ready", "failed"]
_SERVICE = "datasets"
_LICENCE = "other"  # it is the user's own; Kaggle asks for one of its names
_PAGE_SIZE = 100


@dataclass(frozen=True)
class Dataset:
    """A dataset of the user's.

    Attributes:
        slug: Its name.
        about: Its description, and the notes on its newest version.
        private: Whether only the user sees it.
        bytes: The size of its newest version.
        url: The address of its page.
    """

    slug: str
    about: str
    private: bool
    bytes: int
    url: str


class Datasets:
    """The datasets of the user who is logged in. Every method raises ``KaggleError`` where Kaggle refuses.

    Args:
        client: The Kaggle client.
    """

    def __init__(self, client: KaggleClient) -> None:
        self._client = client

    def status(self, slug: str) -> DatasetStatus:
        """Return how far Kaggle is with the newest version of a dataset."""
        answer = self._look_up("GetDatasetStatus", slug)
        if answer is None or answer.status.name == "DELETED":
            return "absent"
        known: dict[str, DatasetStatus] = {"READY": "ready", "FAILED": "failed"}
        return known.get(answer.status.name, "pending")

    def file_names(self, slug: str) -> list[str]:
        """Return the names of the files in the newest version of a dataset that is ready."""
        ask = partial(self._look_up, "ListDatasetFiles", slug, page_size=_PAGE_SIZE)
        return [str(file.name) for answer in pages(ask) for file in answer.dataset_files]

    def create(
        self, slug: str, title: str, files: Sequence[Path], description: str, on_progress: ProgressCallback
    ) -> bool:
        """Make a private dataset of ``files``, and return whether Kaggle confirmed it.

        Raises:
            KaggleError: It was certainly not made.
        """
        tokens = self._upload(files, on_progress)
        answer = self._client.call_once(
            "CreateDataset",
            service=_SERVICE,
            owner_slug=self._client.username,
            slug=slug,
            title=title,
            license_name=_LICENCE,
            is_private=True,
            files=tokens,
            description=description,
        )
        return self._confirmed(answer, slug)

    def renew(
        self, slug: str, files: Sequence[Path], description: str, notes: str, on_progress: ProgressCallback
    ) -> bool:
        """Add a version of ``files`` alone to a dataset, and return whether Kaggle confirmed it.

        Raises:
            KaggleError: It was certainly not added.
        """
        tokens = self._upload(files, on_progress)
        answer = self._client.call_once(
            "CreateDatasetVersion",
            service=_SERVICE,
            owner_slug=self._client.username,
            dataset_slug=slug,
            body={"versionNotes": notes, "description": description, "files": tokens},
        )
        return self._confirmed(answer, slug)

    def find(self, slug: str) -> Dataset | None:
        """Return a dataset, or None if there is none."""
        answer = self._look_up("GetDataset", slug)
        return None if answer is None else self._dataset(answer)

    def search(self, text: str) -> list[str]:
        """Return the names of the user's datasets that Kaggle finds for a text."""
        fields: dict[str, Any] = {"group": "DATASET_SELECTION_GROUP_MY", "search": text, "page_size": _PAGE_SIZE}
        ask = partial(self._client.call, "ListDatasets", service=_SERVICE, **fields)
        return [str(each.ref).rsplit("/", 1)[-1] for answer in pages(ask) for each in answer.datasets]

    def delete(self, slug: str) -> None:
        """Delete a dataset with all of its versions; nothing happens if there is none."""
        confirmed = self._confirmed(self._look_up("DeleteDataset", slug), slug)
        if not confirmed and (left := self.find(slug)) is not None:
            raise not_deleted(left.url)

    def _upload(self, files: Sequence[Path], on_progress: ProgressCallback = no_progress) -> list[dict[str, str]]:
        total = sum(file.stat().st_size for file in files)
        done, tokens = 0, []
        for file in files:
            on_progress("uploading the dataset", done, total)
            token = self._client.upload(file, "StartBlobUpload", service="blobs", type="DATASET", name=file.name)
            tokens.append({"token": token})
            done += file.stat().st_size
        return tokens

    def _look_up(self, method: str, slug: str, **fields: Any) -> Any:
        return self._client.look_up(
            method, service=_SERVICE, owner_slug=self._client.username, dataset_slug=slug, **fields
        )

    @staticmethod
    def _dataset(answer: Any) -> Dataset:
        slug = str(answer.ref).rsplit("/", 1)[-1]
        url = str(answer.url or f"https://www.kaggle.com/datasets/{answer.ref}")
        newest = max(answer.versions, key=lambda version: int(version.version_number), default=None)
        about = f"{answer.description or ''}\n{newest.version_notes or '' if newest else ''}".strip()
        return Dataset(slug, about, bool(answer.is_private), int(answer.total_bytes or 0), url)

    @staticmethod
    def _confirmed(answer: Any, slug: str) -> bool:
        from kagglebot.kaggle.connection.error_messages import refused

        error = "" if answer is None else str(answer.error or "")
        if error and "already in use" not in error:
            raise refused(error, f"the dataset {slug}")
        return answer is not None and not error


def not_deleted(url: str) -> KaggleError:
    """Return the error for a dataset or notebook that Kaggle did not delete."""
    return KaggleError(f"Kaggle did not delete {url}.", "Delete it on that page.")
