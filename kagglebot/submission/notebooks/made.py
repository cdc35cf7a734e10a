"""What kagglebot made in the user's account on Kaggle: listed, and removed."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from kagglebot.errors import KaggleError
from kagglebot.kaggle.client import KaggleClient, open_client
from kagglebot.kaggle.datasets import Datasets
from kagglebot.kaggle.kernels import Notebooks
from kagglebot.paths import WorkspacePaths
from kagglebot.submission.ledger import Ledgers
from kagglebot.submission.notebooks.contents import PREFIX, made_by_kagglebot, slug_of
from kagglebot.submission.notebooks.source import MADE_BY
from kagglebot.system.progress import ProgressCallback, log_phases


@dataclass(frozen=True)
class OnKaggle:
    """A dataset or a notebook that kagglebot made in the user's account.

    Attributes:
        kind: "dataset" or "notebook".
        name: Its name on Kaggle.
        url: The address of its page.
        private: Whether only the user sees it.
        size: Bytes of a dataset; 0 for a notebook.
        in_use: Whether Kaggle is still scoring a submission of it, or of the notebook that reads it: one that
            this workspace knows of, or any of the user's in its competition.
    """

    kind: Literal["dataset", "notebook"]
    name: str
    url: str
    private: bool
    size: int
    in_use: bool


def list_made(workspace: WorkspacePaths, on_progress: ProgressCallback | None) -> list[OnKaggle]:
    """Return what kagglebot made in the user's account, from any workspace: notebooks first.

    Others whose name begins in the same way are left out: kagglebot's own say who made them.

    Raises:
        KaggleError: Kaggle refused, or cannot be reached.
    """
    client, report = open_client(on_progress), log_phases(on_progress)
    report("looking on Kaggle", 0, None)
    scoring = {
        entry.notebook.rpartition("/")[2]
        for competition in workspace.fetched()
        for entry in Ledgers(workspace.studies_folder).entries(competition)
        if entry.notebook and entry.is_open
    }
    own = [slug_of(competition) for competition in workspace.fetched()]  # Kaggle's search may not know them yet
    notebooks = list(_notebooks(client, own, scoring))
    scoring |= {each.name for each in notebooks if each.in_use}
    return [*notebooks, *_datasets(client, own, scoring)]


def remove(made: Sequence[OnKaggle], on_progress: ProgressCallback | None) -> list[OnKaggle]:
    """Delete what is not in use from the user's account, and return that.

    Raises:
        KaggleError: Kaggle refused, or cannot be reached.
    """
    client, report = open_client(on_progress), log_phases(on_progress)
    free = [each for each in made if not each.in_use]
    for done, each in enumerate(free):
        report("removing", done, len(free))
        (Notebooks(client) if each.kind == "notebook" else Datasets(client)).delete(each.name)
    return free


def _notebooks(client: KaggleClient, own: Iterable[str], scoring: set[str]) -> Iterator[OnKaggle]:
    notebooks = Notebooks(client)
    for name in _names(own, notebooks.search(PREFIX)):
        found = notebooks.find(name)
        if found is not None and MADE_BY in found.source:
            in_use = name in scoring or any(_is_scoring(client, each) for each in found.competitions)
            yield OnKaggle("notebook", name, found.url, found.private, 0, in_use)


def _is_scoring(client: KaggleClient, competition: str) -> bool:
    """Return whether Kaggle scores a submission of the user's to a competition; False if it does not say so."""
    with suppress(KaggleError):
        return any(each.status == "pending" for each in client.submissions(competition))
    return False


def _datasets(client: KaggleClient, own: Iterable[str], scoring: set[str]) -> Iterator[OnKaggle]:
    datasets = Datasets(client)
    for name in _names(own, datasets.search(PREFIX)):
        found = datasets.find(name)
        if found is not None and made_by_kagglebot(found, datasets.file_names(name)):
            yield OnKaggle("dataset", name, found.url, found.private, found.bytes, name in scoring)


def _names(own: Iterable[str], found: Iterable[str]) -> list[str]:
    return sorted({*own, *(name for name in found if name.startswith(PREFIX))})
