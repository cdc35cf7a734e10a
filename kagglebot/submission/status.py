"""What was submitted from a workspace, and where that stands."""

from kagglebot.kaggle.client import open_client
from kagglebot.metrics.registry import get_metric
from kagglebot.paths import WorkspacePaths
from kagglebot.submission.ledger import Entry, Ledgers
from kagglebot.submission.records import Leaderboard
from kagglebot.submission.upload_once import refresh
from kagglebot.system.progress import ProgressCallback


def history(
    folder: WorkspacePaths, competition: str, *, ask: bool, on_progress: ProgressCallback | None
) -> list[Entry]:
    """Give everything submitted from here; with ``ask``, scores that came later are filled in from Kaggle.

    Raises:
        KaggleError: Kaggle said no, or cannot be reached.
    """
    for ledger in Ledgers(folder.studies_folder).all(competition):
        if ask and any(entry.status in ("intended", "pending") for entry in ledger.entries(competition)):
            refresh(open_client(on_progress), ledger, competition)
    return Ledgers(folder.studies_folder).entries(competition)


def standing(folder: WorkspacePaths, competition: str, on_progress: ProgressCallback | None) -> Leaderboard:
    """Give the competition's public leaderboard, and the scores submitted from here.

    Raises:
        KaggleError: Kaggle said no, or cannot be reached.
    """
    entries = Ledgers(folder.studies_folder).entries(competition)
    scores = [entry.public_score for entry in entries if entry.public_score is not None]
    metric = folder.schema(competition).metric if competition in folder.fetched() else "accuracy"
    return Leaderboard(competition, open_client(on_progress).leaderboard(competition), scores, get_metric(metric))
