"""Paths in a workspace, and the competition and study that a command uses."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kagglebot.config import Settings, read_settings
from kagglebot.errors import DataError, UsageError
from kagglebot.kaggle.names import competition_slug

if TYPE_CHECKING:
    from kagglebot.datasets.schema import Schema

DEFAULT_COMPETITION = "digit-recognizer"
DEFAULT_STUDY = "cnn"


@dataclass(frozen=True)
class StudyLocation:
    """Folder and storage of a study.

    Attributes:
        competition: Name of the competition.
        study: Name of the study.
        folder: ``studies/COMPETITION/NAME``.
        url: URL of a database or of a proxy; None for the journal in the folder.
    """

    competition: str
    study: str
    folder: Path
    url: str | None = field(default=None, repr=False)  # it may hold a password

    @property
    def key(self) -> str:
        """The study's name in its Optuna storage."""
        return f"{self.competition}/{self.study}"


class WorkspacePaths:
    """Paths in a workspace; "Files" in the README lists them.

    Args:
        root: The workspace folder.

    Raises:
        UsageError: ``kagglebot.toml`` in it is invalid.
    """

    def __init__(self, root: Path | str = Path()) -> None:
        self.root = Path(root)
        self.settings: Settings = read_settings(self.root)

    def competition(self, name: str | None = None) -> str:
        """Return ``name``, else the competition in ``kagglebot.toml``, else the only one that was fetched.

        Raises:
            UsageError: Several were fetched, and none is named.
            DataError: None was fetched.
        """
        if name or self.settings.competition:
            return competition_slug(name or self.settings.competition or "")
        fetched = self.fetched()
        if len(fetched) > 1:
            raise UsageError(
                f"Several competitions are here: {', '.join(fetched)}.",
                f'Choose one with --competition, or write competition = "{fetched[0]}" into kagglebot.toml.',
            )
        if not fetched:
            raise DataError(f"No competition has been fetched into {self.root.resolve()}.", "Run: kagglebot fetch")
        return fetched[0]

    def study(self, name: str | None = None) -> str:
        """Return ``name``, else the study in ``kagglebot.toml``, else the default study."""
        return name or self.settings.study or DEFAULT_STUDY

    def fetched(self) -> list[str]:
        """Return the names of the competitions that were fetched."""
        return sorted(path.parent.name for path in (self.root / "data").glob("*/competition.json"))

    def data(self, competition: str) -> Path:
        """Return the folder of a competition's data."""
        return self.root / "data" / competition

    @property
    def studies_folder(self) -> Path:
        """Folder of the studies' definitions and results."""
        return self.root / "studies"

    def schema(self, competition: str) -> "Schema":
        """Return the schema of a fetched competition.

        Raises:
            DataError: The competition has not been fetched.
        """
        from kagglebot.datasets.schema import read_schema

        return read_schema(self.data(competition))

    def location(self, competition: str, study: str, storage: str | None = None) -> StudyLocation:
        """Return the location of a study's trials, models and submissions."""
        folder = self.root / "studies" / competition / study
        return StudyLocation(competition, study, folder, storage or self.settings.storage)
