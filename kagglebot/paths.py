"""Paths in a workspace, and the competition and study that a command uses."""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kagglebot.config import Settings, read_settings
from kagglebot.errors import DataError, KagglebotError, StudyError, UsageError
from kagglebot.kaggle.names import NAME, competition_slug
from kagglebot.system.files.json_file import read_json, write_json
from kagglebot.system.storage_url import absolute, as_option, shown, sqlite_file, with_sqlite_file, without_secrets

if TYPE_CHECKING:
    from kagglebot.datasets.schema import Schema

DEFAULT_COMPETITION = "digit-recognizer"
#: The shipped studies of which one is taken where none is named: the second for photographs.
DEFAULT_STUDY, PHOTO_STUDY = "cnn", "photo"
#: The longest side in pixels of grey images that are digits or letters rather than photographs.
_LARGEST_DIGIT = 48
#: Trials in a study's folder.
JOURNAL = "trials.journal"
#: In a study's folder: where its trials are, if not in the folder, and what the study is called there.
RECORD = "study.json"
_RECORD_HINT = "Delete it, and name the storage of the trials with --storage."


@dataclass(frozen=True)
class StudyLocation:
    """Folder and storage of a study.

    Attributes:
        competition: Name of the competition.
        study: Name of the study.
        folder: ``studies/COMPETITION/NAME``.
        url: URL of a database or of a proxy; None for the journal in the folder.
        stored_as: The study's name in its Optuna storage, if its folder was renamed since; empty if it was not.
        asked: Whether the storage was named for this command, rather than by a setting or the record.
    """

    competition: str
    study: str
    folder: Path
    url: str | None = field(default=None, repr=False)  # it may hold a password

    stored_as: str = ""
    asked: bool = False

    @property
    def key(self) -> str:
        """The study's name in its Optuna storage."""
        return self.stored_as or f"{self.competition}/{self.study}"

    @property
    def tune_command(self) -> str:
        """The command that searches in this place, without a password."""
        option = as_option(self.url) if self.asked else ""
        return f"kagglebot tune {self.study} --competition {self.competition}{option}"

    def other_place(self) -> str:
        """Return where the folder's trials are so far, without a password; empty if nowhere, or at ``url``."""
        record = _read_record(self.folder)
        journal = self.folder / JOURNAL
        if self.url is None or not (record or journal.is_file()):
            return ""
        if not record:
            return str(journal)
        recorded = absolute(record["storage"], self.folder)
        return "" if without_secrets(recorded) == without_secrets(self.url) else shown(recorded)

    def check_original(self) -> None:
        """Check that the folder is no copy of another that keeps its trials in the same place.

        Raises:
            StudyError: It is one.
        """
        original = self.folder.with_name(self.key.rpartition("/")[2])
        record = _read_record(self.folder)
        if record and original != self.folder and _read_record(original) == record:
            raise StudyError(
                f"{self.folder} is a copy of {original}: both would add to the same trials.",
                f"Delete one of them, or, to begin a new study there, {self.folder / RECORD}.",
            )

    def remember(self) -> None:
        """Record in the folder where the trials are, without a password, for commands that are not told.

        Trials in the folder need no record. A proxy is recorded only where nothing else is known of the trials: it
        may be in front of them.

        Raises:
            DataError: The disk refused.
        """
        known = (self.folder / JOURNAL).is_file() or (self.folder / RECORD).is_file()
        if self.url is None or (known and self.url.startswith("grpc:")):
            return
        url = without_secrets(self.url)
        if (path := sqlite_file(url)) and path.is_relative_to(self.folder.absolute().parents[2]):
            # A workspace may be moved.
            url = with_sqlite_file(url, Path(os.path.relpath(path, self.folder.absolute())))
        record = {"study": self.key, "storage": url}
        if _read_record(self.folder) != record:
            write_json(self.folder / RECORD, record)


def study_name(text: str) -> str:
    """Return the name of a study in ``text``, without spaces around it.

    Raises:
        UsageError: A study cannot have that name.
    """
    name = text.strip()
    if not NAME.fullmatch(name):
        raise UsageError(
            f"{text[:100]!r} is not a name for a study.",
            "Use up to 100 letters (a to z), digits, hyphens and underscores; rename the study's files, if any.",
        )
    return name


class WorkspacePaths:
    """Paths in a workspace; "Files" in the README lists them.

    Args:
        root: The workspace folder.
        storage: URL of the database or proxy that has the trials of all studies. Without, ``KAGGLEBOT_STORAGE``
            and ``kagglebot.toml`` decide, then what a study's folder records.
        on_note: Called with a sentence on what may surprise: a study has trials elsewhere, too.

    Raises:
        UsageError: ``kagglebot.toml`` in it is invalid.
    """

    def __init__(
        self,
        root: Path | str = Path(),
        *,
        storage: str | None = None,
        on_note: Callable[[str], None] | None = None,
    ) -> None:
        self.root = Path(root)
        settings = read_settings(self.root)
        self.settings: Settings = replace(settings, storage=storage) if storage else settings
        self._asked = storage
        self._on_note, self._noted = on_note, set[str]()

    def competition(self, name: str | None = None) -> str:
        """Return ``name``, else the competition in ``kagglebot.toml``, else the only one that was fetched.

        A name that differs from that of one fetched competition, or from the one that is fetched where none is
        named, by upper and lower case only means that one.

        Raises:
            UsageError: Several were fetched, and none is named.
            DataError: None was fetched.
        """
        name, fetched = self.settings.competition if name is None else name, self.fetched()
        if name is not None:
            slug = competition_slug(name)
            alike = [each for each in {*fetched, DEFAULT_COMPETITION} if each.casefold() == slug.casefold()]
            return alike[0] if len(alike) == 1 else slug
        if len(fetched) > 1:
            raise UsageError(
                f"Several competitions are here: {', '.join(fetched)}.",
                f'Choose one with --competition, or write competition = "{fetched[0]}" into kagglebot.toml.',
            )
        if not fetched:
            raise DataError(
                f"No competition has been fetched into {self.root.absolute()}.", "Run: kagglebot fetch"
            )
        return fetched[0]

    def competition_option(self, name: str) -> str:
        """Return the end of a command for a competition; empty where a command without it means that one."""
        meant = ""
        with suppress(KagglebotError):
            meant = self.competition()
        return "" if meant == name else f" --competition {name}"

    def study(self, name: str | None = None, competition: str | None = None) -> str:
        """Return ``name``, else the study in ``kagglebot.toml``, else the one that fits the competition's images.

        Raises:
            UsageError: A study cannot have that name.
        """
        chosen = (self.settings.study or None) if name is None else name
        return study_name(chosen) if chosen is not None else self.fitting_study(competition)

    def fitting_study(self, competition: str | None) -> str:
        """Return ``photo`` for images in colour or with a side of more than 48 pixels, else ``cnn``.

        If the other one of the two has trials and this one has none, the other one goes on. ``on_note`` is told
        which and why.
        """
        if competition is None or competition not in self.fetched():
            return DEFAULT_STUDY
        height, width, channels = self.schema(competition).image_shape
        if channels == 1 and max(height, width) <= _LARGEST_DIGIT:
            images, fitting, other = "small and grey", DEFAULT_STUDY, PHOTO_STUDY
        else:
            images, fitting, other = "in colour" if channels > 1 else "large", PHOTO_STUDY, DEFAULT_STUDY
        if self._has_trials(competition, other) and not self._has_trials(competition, fitting):
            self.note(
                f"The study is '{other}', as it has trials; for images that are {images} '{fitting}' is better: "
                f"kagglebot tune {fitting}{self.competition_option(competition)}"
            )
            return other
        if fitting == PHOTO_STUDY and not self._has_trials(competition, fitting):
            self.note(
                f"The study is '{fitting}', as the images of {competition} are {images}; "
                f"`kagglebot tune {other}{self.competition_option(competition)}` searches CNNs alone."
            )
        return fitting

    def _has_trials(self, competition: str, study: str) -> bool:
        folder = self.studies_folder / competition / study
        return (folder / JOURNAL).is_file() or (folder / RECORD).is_file()

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
        """Return the location of a study's trials, models and submissions.

        The trials are where ``storage`` says, else the workspace's settings, else the record in the study's
        folder, else in that folder.

        Raises:
            StudyError: The record is damaged.
            UsageError: A study cannot have that name.
        """
        study = study_name(study)
        folder = self.root / "studies" / competition / study
        record = _read_record(folder)
        asked = storage or self.settings.storage
        url = absolute(asked, Path()) if asked else absolute(record["storage"], folder) if record else None
        location = StudyLocation(
            competition, study, folder, url, record.get("study", ""), asked=bool(storage or self._asked)
        )
        if url and (before := location.other_place()):
            self.note(f"The trials of '{study}' so far are in {before}; as asked, {shown(url)} is used now.")
        return location

    def note(self, text: str) -> None:
        """Pass a sentence on what may surprise to the user, once."""
        if self._on_note and text not in self._noted:
            self._noted.add(text)
            self._on_note(text)


def _read_record(folder: Path) -> dict[str, str]:
    """Return what a study's folder records of where its trials are; nothing where they are in the folder."""
    path = folder / RECORD
    if not path.is_file():
        return {}
    try:
        record = read_json(path)
    except DataError as error:
        raise StudyError(error.message, _RECORD_HINT) from error
    if not isinstance(record, dict) or not all(isinstance(record.get(name), str) for name in ("study", "storage")):
        raise StudyError(f"{path} is damaged: it names no study and storage.", _RECORD_HINT)
    return record
