"""The ledgers of a workspace: one a study, and one a competition for files that were submitted as they are."""

from collections.abc import Sequence
from pathlib import Path

from kagglebot.submission.ledger import Entry, Ledger

NAME = "submissions.jsonl"


class Ledgers:
    """Finds them.

    Args:
        studies: The workspace's ``studies/``.
    """

    def __init__(self, studies: Path) -> None:
        self._studies = studies

    def of(self, competition: str, study: str = "") -> Ledger:
        """Give a study's ledger; without one that of the competition.

        It takes turns with the others of its competition: the same file may be meant in two.
        """
        folder = self._studies / competition
        return Ledger(folder / study / NAME, locks=folder)

    def all(self, competition: str) -> list[Ledger]:
        """Give every ledger of a competition."""
        folder = self._studies / competition
        return [Ledger(path, locks=folder) for path in sorted(folder.glob(f"**/{NAME}"))]

    def entries(self, competition: str) -> list[Entry]:
        """Give every submission to a competition, oldest first.

        Raises:
            DataError: A ledger cannot be read.
        """
        found = [entry for ledger in self.all(competition) for entry in ledger.entries(competition)]
        return sorted(found, key=lambda entry: entry.time)

    def may_hold(self, competition: str, study: str, model: str, members: Sequence[str] = ()) -> bool:
        """Tell whether a submission of that model was made or cut off: then Kaggle's list decides."""
        return any(
            (entry.study, entry.model, list(entry.members)) == (study, model, list(members))
            and entry.status != "failed"
            for entry in self.entries(competition)
        )
