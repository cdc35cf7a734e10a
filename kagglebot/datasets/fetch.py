"""A fetch from start to finish: ask Kaggle, download, recognise the form, decode."""

from collections.abc import Mapping
from pathlib import Path

from kagglebot.datasets.fetch_request import make_request
from kagglebot.datasets.ingest import ingest
from kagglebot.datasets.schema import FetchResult
from kagglebot.kaggle.client import open_client
from kagglebot.system.progress import ProgressCallback, log_phases


def fetch(
    folder: Path,
    competition: str,
    *,
    choices: Mapping[str, str] | None,
    force: bool,
    on_progress: ProgressCallback | None,
) -> FetchResult:
    """Download a competition's data unless it is up to date, recognise its form, and decode it.

    Args:
        folder: ``data/COMPETITION``.
        competition: Name of the competition.
        choices: Corrections of what would be assumed; see ``Schema.choices``.
        force: Download even if nothing is new, and replace files that were edited by hand.
        on_progress: Called with each step.

    Raises:
        KaggleError: Kaggle refused, or cannot be reached.
        DataError: The competition is out of scope, its form is not known, or the disk refuses.
        UsageError: The chosen metric is not known.
    """
    client, report = open_client(on_progress), log_phases(on_progress)
    metric_name = client.competition(competition).metric
    make_request(folder, competition, metric_name, choices)  # out of scope: found before the download
    download = client.download(competition, folder, on_progress=report, force=force)
    schema = ingest(
        download.path,
        folder,
        competition=competition,
        metric_name=metric_name,
        choices=choices,
        force=force,
        on_progress=report,
    )
    return FetchResult(schema, download.new, folder)
