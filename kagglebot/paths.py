"""What lies in a workspace's folder, and which competition and study of it are meant."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kagglebot.config import Settings, read_settings
from kagglebot.errors import DataError, UsageError

if TYPE_CHECKING:
    from kagglebot.datasets.schema import Schema

DEFAULT_COMPETITION = "digit-recognizer"
DEFAULT_STUDY = "cnn"


@dataclass(frozen=True)
class StudyLocation:
    """Where a study lives.

    Attributes:
        competition: Name of the competition.
        study: Name of the study.
        folder: ``studies/COMPETITION/NAME``.
        url: URL of a database, or of a proxy in front of one; None for the journal in the folder.
    """

    competition: str
    study: str
    folder: Path
    url: str | None = field(default=None, repr=False)  # it may hold a password

    @property
    def key(self) -> str:
        """The study's name in its storage."""
        return f"{self.competition}/{self.study}"


class WorkspacePaths:
    """Where things are; see "Where things are" in the README.

    Args:
        root: The folder.

    Raises:
        UsageError: Its ``kagglebot.toml`` is wrong.
    """

    def __init__(self, root: Path | str = Path()) -> None:
        self.root = Path(root)
        self.settings: Settings = read_settings(self.root)

    def competition(self, name: str | None = None) -> str:
        """Say which competition is meant: the one named, that of ``kagglebot.toml``, or the only one fetched.

        Raises:
            UsageError: Several were fetched and none is named.
            DataError: None was fetched.
        """
        if name or self.settings.competition:
            return slug(name or self.settings.competition or "")
        fetched = self.fetched()
        if len(fetched) > 1:
            raise UsageError(
                f"Several competitions are here: {', '.join(fetched)}.",
                f'Say which with --competition, or write competition = "{fetched[0]}" into kagglebot.toml.',
            )
        if not fetched:
            raise DataError(f"No competition has been fetched into {self.root.resolve()}.", "Run: kagglebot fetch")
        return fetched[0]

    def study(self, name: str | None = None) -> str:
        """Say which study is meant: the one named, that of ``kagglebot.toml``, or the default."""
        return name or self.settings.study or DEFAULT_STUDY

    def fetched(self) -> list[str]:
        """Names of the competitions whose data is here."""
        return sorted(path.parent.name for path in (self.root / "data").glob("*/competition.json"))

    def data(self, competition: str) -> Path:
        """Folder of a competition's data."""
        return self.root / "data" / competition

    @property
    def studies_folder(self) -> Path:
        """Folder of what the studies produced."""
        return self.root / "studies"

    def schema(self, competition: str) -> "Schema":
        """What was learned about a fetched competition.

        Raises:
            DataError: It has not been fetched.
        """
        from kagglebot.datasets.schema import read_schema

        return read_schema(self.data(competition))

    def location(self, competition: str, study: str, storage: str | None = None) -> StudyLocation:
        """Where a study's trials, models and submissions are."""
        folder = self.root / "studies" / competition / study
        return StudyLocation(competition, study, folder, storage or self.settings.storage)


def slug(name: str) -> str:
    """Give a competition's name, which may be typed as the address of its page.

    Raises:
        UsageError: There is none in it.
    """
    from kagglebot.kaggle.names import competition_slug

    return competition_slug(name)
