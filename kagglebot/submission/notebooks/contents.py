"""What a notebook submission consists of: an export as a dataset, a notebook that runs it, a mark of each."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kagglebot.kaggle.datasets import Dataset
from kagglebot.kaggle.kernels import notebook_url
from kagglebot.submission.notebooks.source import MADE_BY, notebook_source
from kagglebot.system.files.digest import file_digest
from kagglebot.system.files.json_file import write_json
from kagglebot.system.files.space import size_text

#: What the names of all datasets and notebooks begin with.
PREFIX = "kagglebot-"
_LONGEST = 50  # Kaggle's limit for titles, and for the names of datasets
_MARK_DIGITS = 12
_MARKER = re.compile(rf"{PREFIX}[0-9a-f]{{{_MARK_DIGITS}}}\.json")


@dataclass(frozen=True)
class Contents:
    """A dataset and a notebook to make, each found on Kaggle by a mark of its own.

    Attributes:
        competition: The competition.
        owner: The user's name.
        slug: The name of both.
        dataset_digest: SHA-256 of the dataset's files, in hexadecimal.
        digest: SHA-256 of these files, the notebook's source and its settings.
        files: The dataset's files; the last is named by the dataset's mark.
        source: The notebook, as JSON.
        gpu: Whether it runs on a GPU.
        about: What the dataset holds.
    """

    competition: str
    owner: str
    slug: str
    dataset_digest: str
    digest: str
    files: tuple[Path, ...]
    source: str
    gpu: bool
    about: str = "a model, and the code that predicts with it"

    @property
    def dataset_mark(self) -> str:
        """What the dataset's version is found by on Kaggle."""
        return self.dataset_digest[:_MARK_DIGITS]

    @property
    def mark(self) -> str:
        """What the notebook's version is found by on Kaggle, and its submission."""
        return self.digest[:_MARK_DIGITS]

    @property
    def title(self) -> str:
        """The title of both; Kaggle makes the slug of it."""
        return self.slug.replace("-", " ")

    @property
    def description(self) -> str:
        """The description of the dataset."""
        return f"{MADE_BY} for {self.competition}: {self.about}. {self.dataset_mark}"

    @property
    def url(self) -> str:
        """The address of the notebook's page."""
        return notebook_url(self.owner, self.slug)

    @property
    def marker(self) -> str:
        """The name of the dataset's file that tells its version."""
        return self.files[-1].name

    def described(self, *, again: bool = False) -> str:
        """Return what will be made in the user's account; ``again`` if it may be submitted already."""
        times = "once more, if it was submitted already" if again else "once"
        size = size_text(sum(file.stat().st_size for file in self.files))
        machine = "a GPU" if self.gpu else "a CPU"
        return (
            f"In your Kaggle account, private: the dataset {self.owner}/{self.slug} ({len(self.files)} files, "
            f"{size}) and the notebook {self.url} (on {machine}, internet off), which is submitted to "
            f"{self.competition} {times}. `kagglebot notebooks --clean` removes both."
        )


def prepare(
    export: Path,
    competition: str,
    owner: str,
    *,
    gpu: bool = False,
    slug: str | None = None,
    program: str = "inference.py",
) -> Contents:
    """Return what to make of an exported folder, and write the marker file into it.

    Args:
        export: What ``kagglebot export`` wrote, or another folder with a program.
        competition: The competition.
        owner: The user's name.
        gpu: Run the notebook on a GPU.
        slug: The name of the dataset and the notebook; without, that of a submission to the competition.
        program: The file that the notebook runs.

    Raises:
        DataError: The folder cannot be read or written.
    """
    slug = slug or slug_of(competition)
    files = [path for path in sorted(export.iterdir()) if not path.name.startswith(PREFIX)]
    digests = {path.name: file_digest(path) for path in files}
    dataset_digest = _digest(digests)
    digest = _digest([digests, notebook_source("", "", owner, slug, program), gpu])  # as in earlier submissions
    dataset_mark, mark = dataset_digest[:_MARK_DIGITS], digest[:_MARK_DIGITS]
    marker = export / f"{PREFIX}{dataset_mark}.json"
    for old in export.glob(f"{PREFIX}*.json"):
        old.unlink()
    write_json(marker, {"digest": dataset_digest, "files": digests})
    source = notebook_source(mark, dataset_mark, owner, slug, program)
    return Contents(competition, owner, slug, dataset_digest, digest, (*files, marker), source, gpu)


def _digest(contents: object) -> str:
    return hashlib.sha256(json.dumps(contents).encode()).hexdigest()


def made_by_kagglebot(dataset: Dataset, file_names: Sequence[str]) -> bool:
    """Return whether ``submit`` made a dataset: its description says so, or it has a marker file."""
    return MADE_BY in dataset.about or any(map(_MARKER.fullmatch, file_names))


def slug_of(competition: str) -> str:
    """Return the name of a competition's dataset and notebook: one that its title, with spaces, leads to."""
    name = PREFIX + re.sub(r"[^a-z0-9]+", "-", competition.lower()).strip("-")
    if len(name) <= _LONGEST:
        return name
    short = hashlib.sha256(competition.encode()).hexdigest()[:6]
    return f"{name[: _LONGEST - 7].rstrip('-')}-{short}"
