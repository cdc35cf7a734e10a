"""The user's datasets on the practice server, and the uploads that they are made of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from kagglebot.practice.faults import Faults
from kagglebot.practice.records import USER, Fields, Refusal, now, page, written
from kagglebot.practice.storage import Storage


@dataclass
class DatasetVersion:
    """A version of a dataset; ``polls_left`` is how often it is still shown as being processed."""

    number: int
    files: dict[str, bytes]
    notes: str
    polls_left: int
    failed: bool

    @property
    def ready(self) -> bool:
        """Whether notebooks can read it."""
        return not self.polls_left and not self.failed


@dataclass
class Dataset:
    """A dataset and all of its versions, the oldest first."""

    slug: str
    title: str
    description: str
    private: bool
    versions: list[DatasetVersion] = field(default_factory=list)

    @property
    def mounted(self) -> DatasetVersion | None:
        """The version that a notebook would read now: the newest that is ready."""
        return next((version for version in reversed(self.versions) if version.ready), None)


class Datasets:
    """Answers the calls of DatasetApiService and BlobApiService.

    Args:
        faults: The faults to show.
        storage: Where uploads arrive.
        storage_url: Returns its address.
    """

    def __init__(self, faults: Faults, storage: Storage, storage_url: Callable[[], str]) -> None:
        self.by_slug: dict[str, Dataset] = {}
        self._faults = faults
        self._storage = storage
        self._storage_url = storage_url
        self._announced: dict[str, str] = {}  # upload token → file name
        self.methods: dict[str, Callable[[Fields], Fields]] = {
            "StartBlobUpload": self._start_blob_upload,
            "CreateDataset": self._create_dataset,
            "CreateDatasetVersion": self._create_dataset_version,
            "GetDatasetStatus": self._get_dataset_status,
            "GetDataset": self._get_dataset,
            "ListDatasetFiles": self._list_dataset_files,
            "ListDatasets": self._list_datasets,
            "DeleteDataset": self._delete_dataset,
        }

    def _start_blob_upload(self, request: Fields) -> Fields:
        token = self._storage.expect_upload()
        self._announced[token] = str(request["name"])
        return {"token": token, "createUrl": f"{self._storage_url()}/uploads/{token}"}

    def _create_dataset(self, request: Fields) -> Fields:
        slug, title = str(request.get("slug", "")), str(request.get("title", ""))
        if not (6 <= len(slug) <= 50 and 6 <= len(title) <= 50):
            return {"error": "The dataset title and slug must be between 6 and 50 characters"}
        if not request.get("licenseName"):
            return {"error": "Please specify exactly one license"}
        if slug in self.by_slug:
            taken = f'The requested title "{title}" is already in use by a dataset. Please choose another title.'
            return {"error": taken}
        dataset = Dataset(slug, title, str(request.get("description", "")), bool(request.get("isPrivate")))
        self._add_version(dataset, request.get("files", []), "Initial release")
        self.by_slug[slug] = dataset
        return self._made(dataset)

    def _create_dataset_version(self, request: Fields) -> Fields:
        dataset, body = self._find(request, "datasets.update"), request.get("body", {})
        if dataset.versions[-1].polls_left:
            raise Refusal(403, "Permission 'datasets.update' was denied")  # as long as a version is processed
        self._add_version(dataset, body.get("files", []), str(body.get("versionNotes", "")))
        dataset.description = str(body.get("description") or dataset.description)
        return self._made(dataset)

    def _add_version(self, dataset: Dataset, files: Iterable[Fields], notes: str) -> None:
        contents = {}
        for file in files:
            content = self._storage.uploads.get(str(file.get("token")))
            if content is None:
                raise Refusal(400, "The file was not uploaded")
            contents[self._announced[file["token"]]] = content
        version = DatasetVersion(
            number=len(dataset.versions) + 1,
            files=contents,
            notes=notes,
            polls_left=self._faults.processing_polls,
            failed=self._faults.take("failed_datasets"),
        )
        dataset.versions.append(version)

    def _get_dataset_status(self, request: Fields) -> Fields:
        newest = self._shown(request).versions[-1]
        processing = newest.polls_left > 0
        newest.polls_left -= processing
        return {"status": "BLOBS_RECEIVED" if processing else "FAILED" if newest.failed else "READY"}

    def _get_dataset(self, request: Fields) -> Fields:
        return _card(self._shown(request))

    def _list_dataset_files(self, request: Fields) -> Fields:
        mounted = self._shown(request).mounted
        files = [] if mounted is None else [{"name": n, "totalBytes": len(c)} for n, c in mounted.files.items()]
        return page("datasetFiles", files, request, self._faults.page_size)

    def _list_datasets(self, request: Fields) -> Fields:
        words = str(request.get("search", ""))
        cards = [_card(dataset) for slug, dataset in self.by_slug.items() if words in slug]
        return page("datasets", cards, request, self._faults.page_size)

    def _delete_dataset(self, request: Fields) -> Fields:
        del self.by_slug[self._find(request, "datasets.delete").slug]
        return {}

    def _shown(self, request: Fields) -> Dataset:
        dataset = self._find(request, "datasets.get")
        if self._faults.take("late_shows"):
            raise Refusal(403, "Permission 'datasets.get' was denied")
        return dataset

    def _find(self, request: Fields, permission: str) -> Dataset:
        dataset = self.by_slug.get(str(request.get("datasetSlug")))
        if dataset is None or request.get("ownerSlug") != USER:
            raise Refusal(403, f"Permission '{permission}' was denied")
        return dataset

    @staticmethod
    def _made(dataset: Dataset) -> Fields:
        address = f"https://www.kaggle.com/datasets/{USER}/{dataset.slug}"
        return {"ref": f"/{USER}/{dataset.slug}", "url": address, "status": "ok"}


def _card(dataset: Dataset) -> dict[str, Any]:
    newest = dataset.versions[-1]
    return {
        "ref": f"{USER}/{dataset.slug}",
        "title": dataset.title,
        "description": dataset.description,
        "isPrivate": dataset.private,
        "totalBytes": sum(map(len, newest.files.values())),
        "currentVersionNumber": newest.number,
        "versions": [{"versionNumber": each.number, "versionNotes": each.notes} for each in dataset.versions],
        "url": f"https://www.kaggle.com/datasets/{USER}/{dataset.slug}",
        "lastUpdated": written(now()),
    }
