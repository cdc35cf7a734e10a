"""The user's notebooks on Kaggle, which its API calls kernels: pushed, followed, read and deleted."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from kagglebot.errors import KaggleError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.connection.pages import pages
from kagglebot.kaggle.datasets import not_deleted

RunStatus = Literal["queued", "running", "complete", "error", "cancelled"]
_STATUSES: dict[str, RunStatus] = {
    "RUNNING": "running",
    "COMPLETE": "complete",
    "ERROR": "error",
    "CANCEL_REQUESTED": "cancelled",
    "CANCEL_ACKNOWLEDGED": "cancelled",
}
_SERVICE = "kernels"
_PAGE_SIZE = 100  # Kaggle gives 20 unless asked, and at most 200


@dataclass(frozen=True)
class Notebook:
    """A version of a notebook; ``version`` is the number of its newest one, ``source`` that of the version.

    ``competitions`` are those whose data it reads.
    """

    owner: str
    slug: str
    title: str
    version: int
    private: bool
    source: str
    competitions: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """The address of its page."""
        return notebook_url(self.owner, self.slug)


@dataclass(frozen=True)
class Pushed:
    """A version that was saved; ``left_out`` are the inputs that Kaggle runs it without."""

    version: int
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class Run:
    """The run of a version: how far it is, and what Kaggle says of its failure."""

    status: RunStatus
    failure: str = ""


@dataclass(frozen=True)
class Output:
    """What a run left: the signed address of each file, and what it printed."""

    files: Mapping[str, str]
    log: str


def notebook_url(owner: str, slug: str) -> str:
    """Return the address of a notebook's page."""
    return f"https://www.kaggle.com/code/{owner}/{slug}"


class Notebooks:
    """The notebooks of the user who is logged in. Every method raises ``KaggleError`` where Kaggle refuses.

    Args:
        client: The Kaggle client.
    """

    def __init__(self, client: KaggleClient) -> None:
        self._client = client

    def find(self, slug: str, version: int | None = None) -> Notebook | None:
        """Return a notebook's newest version or another; None where there is none that Kaggle shows."""
        label = {"version_label": f"v{version}"} if version else {}
        answer = self._look_up("GetKernel", slug, **label)
        if answer is None or answer.metadata is None:
            return None
        about, blob = answer.metadata, answer.blob
        return Notebook(
            owner=self._client.username,
            slug=slug,
            title=str(about.title or slug),
            version=int(about.current_version_number or 0),
            private=bool(about.is_private),
            source=str((blob.source if blob else "") or ""),
            competitions=tuple(map(str, about.competition_data_sources or ())),
        )

    def push(
        self,
        slug: str,
        title: str,
        source: str,
        *,
        competition: str,
        datasets: Sequence[str],
        gpu: bool = False,
    ) -> Pushed | None:
        """Save a version of a private notebook without internet, and start its run.

        Args:
            slug: Its name; what Kaggle makes of the title.
            title: Its title.
            source: The notebook, as JSON.
            competition: The competition whose data it reads.
            datasets: The datasets that it reads, each ``OWNER/SLUG``.
            gpu: Run it on two T4; Kaggle has no other cards for everybody.

        Returns:
            The version, or None if Kaggle's answer was lost.

        Raises:
            KaggleError: Kaggle refused.
        """
        answer = self._client.call_once(
            "SaveKernel",
            service=_SERVICE,
            slug=f"{self._client.username}/{slug}",
            new_title=title,
            text=source,
            language="python",
            kernel_type="notebook",
            is_private=True,
            enable_gpu=gpu,
            enable_internet=False,
            competition_data_sources=[competition],
            dataset_data_sources=list(datasets),
            kernel_execution_type="SAVE_AND_RUN_ALL",
            **({"machine_shape": "NvidiaTeslaT4"} if gpu else {}),
        )
        if answer is None:
            return None
        _check_pushed(answer, slug)
        left_out = (*answer.invalid_dataset_sources, *answer.invalid_competition_sources)
        return Pushed(int(answer.version_number), tuple(map(str, left_out)))

    def run(self, slug: str, version: int) -> Run | None:
        """Return how far the run of a version is; None where Kaggle does not show it yet."""
        answer = self._look_up("GetKernelSessionStatus", slug, version_label=f"v{version}")
        if answer is None:
            return None
        return Run(_STATUSES.get(answer.status.name, "queued"), str(answer.failure_message or ""))

    def output(self, slug: str, version: int) -> Output:
        """Return what the run of a version left; nothing while it lasts."""
        files, log = dict[str, str](), ""
        fields = {"version_label": f"v{version}", "page_size": _PAGE_SIZE}
        for answer in pages(partial(self._look_up, "ListKernelSessionOutput", slug, **fields)):
            files |= {str(file.file_name): str(file.url) for file in answer.files}
            log = log or _log_text(str(answer.log or ""))
        return Output(files, log)

    def stream_log(self, slug: str) -> Iterator[str]:
        """Yield what the newest run prints while it lasts; see ``KaggleClient.stream_log``."""
        return self._client.stream_log(f"{self._client.username}/{slug}")

    def read_file(self, address: str, longest_bytes: int) -> bytes:
        """Return a file of an output."""
        return self._client.read_file(address, longest_bytes)

    def gpu_seconds_left(self) -> float | None:
        """Return the seconds of GPU time that are left this week; None where Kaggle does not say."""
        quota = self._client.call("GetAcceleratorQuotaStatistics", service=_SERVICE).gpu_quota
        if quota is None or quota.total_time_allowed is None:
            return None
        used = quota.time_used.total_seconds() if quota.time_used else 0.0
        return float(quota.total_time_allowed.total_seconds() - used)

    def search(self, text: str) -> list[str]:
        """Return the names of the user's notebooks that Kaggle finds for a text."""
        fields: dict[str, Any] = {"user": self._client.username, "search": text, "page_size": _PAGE_SIZE}
        ask = partial(self._client.call, "ListKernels", service=_SERVICE, **fields)
        return [str(each.ref).rsplit("/", 1)[-1] for answer in pages(ask) for each in answer.kernels]

    def delete(self, slug: str) -> None:
        """Delete a notebook with all of its versions; nothing happens if there is none."""
        from kagglebot.kaggle.connection.error_messages import refused

        answer = self._look_up("DeleteKernel", slug)
        if answer is not None and answer.error_message:
            raise refused(str(answer.error_message), f"the notebook {slug}")
        if answer is None and (left := self.find(slug)) is not None:
            raise not_deleted(left.url)

    def _look_up(self, method: str, slug: str, **fields: Any) -> Any:
        return self._client.look_up(
            method, service=_SERVICE, user_name=self._client.username, kernel_slug=slug, **fields
        )


def _check_pushed(answer: Any, slug: str) -> None:
    from kagglebot.kaggle.connection.error_messages import refused

    if answer.error or not answer.version_number:
        raise refused(str(answer.error or "it gave no reason"), f"the notebook {slug}")
    given = str(answer.ref or slug)
    if slug not in given.split("/"):
        raise KaggleError(
            f"Kaggle named the notebook {given} instead of {slug}, so it cannot be followed.",
            "Delete it on kaggle.com, or give the other notebook of that title another one; then run the same "
            "command again.",
        )


def _log_text(log: str) -> str:
    """Return what a run printed: Kaggle's log is one JSON list of pieces."""
    try:
        return "".join(str(piece.get("data", "")) for piece in json.loads(log))
    except (ValueError, AttributeError, TypeError):
        return log
