"""A competition's data: fetch it, and remove what can be made again."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kagglebot.kaggle.names import competition_slug
from kagglebot.paths import DEFAULT_COMPETITION, WorkspacePaths
from kagglebot.system.progress import ProgressCallback

if TYPE_CHECKING:
    from kagglebot.datasets.cleaning import Removable
    from kagglebot.datasets.schema import FetchResult


class DataMethods(WorkspacePaths):
    """The methods of a workspace for data."""

    def fetch(
        self,
        competition: str | None = None,
        *,
        on_progress: ProgressCallback | None = None,
        force: bool = False,
        choices: Mapping[str, str] | None = None,
        source: Path | str | None = None,
    ) -> "FetchResult":
        """Download a competition's files, unpack them, recognise their layout and decode the images.

        What is there already is neither downloaded nor decoded again; files that were edited by hand are decoded
        as they are now.

        Args:
            competition: Kaggle's name of the competition, or the address of its page.
            on_progress: Called while it runs.
            force: Download again even where Kaggle has nothing new, and replace files that were edited by hand.
            choices: What to read otherwise than assumed: column names for ``target``, ``id`` and ``group``, a
                name for ``metric``, "one" or "several" for ``labels``, "yes" for ``skip_corrupt``, patterns of the
                only ``files`` to download, one a line. They are saved; an empty text takes one back.
            source: A folder of the competition's files, or its zip file, to read instead of asking Kaggle; it is
                never written to. In a notebook on Kaggle, the competition among its inputs is found without.

        Raises:
            KaggleError: Kaggle refused, or cannot be reached.
            DataError: The data is out of scope, damaged or in no known layout, or the disk is full.
            UsageError: There is no such metric, or no file is like a pattern.

        Example:
            >>> found = workspace.fetch("digits-practice")
            >>> found.schema.train_rows, found.schema.image_shape, found.schema.layout
            (1200, (8, 8, 1), 'pixel-columns')
        """
        from kagglebot.datasets.fetching.fetch import fetch
        from kagglebot.datasets.fetching.local_source import find_source

        asked = (self.settings.competition or None) if competition is None else competition
        local = find_source(source, asked)
        name = competition_slug(DEFAULT_COMPETITION if asked is None else asked)
        path = None
        if local:  # a file may be named in capitals
            name, path = self.competition(local.competition), local.path
        return fetch(self.data(name), name, choices=choices, force=force, on_progress=on_progress, source=path)

    def clean(self, competition: str | None = None, *, dry_run: bool = False) -> "list[Removable]":
        """Remove what can be made again: features, decoded images of sizes that no study has, leftovers.

        Args:
            competition: The competition; without, all competitions.
            dry_run: Only return what would be removed.

        Returns:
            What was removed.

        Raises:
            DataError: The disk refuses.
            StudyError: A study is at work, or cannot be read, so that it is not known which images it needs.

        Example:
            >>> workspace.clean(dry_run=True)
            [...]
        """
        from kagglebot.analysis.load import find_studies
        from kagglebot.datasets.cleaning import find_removable, remove
        from kagglebot.search.at_work import check_idle

        removed: list[Removable] = []
        for name in self.fetched() if competition is None else [self.competition(competition)]:
            folder, studies = self.data(name), self.studies_folder / name
            rules = {summary.images for summary in find_studies(self, [name], every=True)}
            found = find_removable(folder, rules, [path for path in studies.rglob("*") if path.is_dir()])
            if found and not dry_run:
                check_idle(studies)
                remove(folder, found)
            removed += found
        return removed
