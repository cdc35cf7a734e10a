"""A fetch from start to finish: ask Kaggle, download or read what is here, recognise the form, decode."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from kagglebot.datasets.archive.guard import AGAIN
from kagglebot.datasets.fetch_request import FILES, make_request
from kagglebot.datasets.fetching.before_download.look import look_before
from kagglebot.datasets.fetching.before_download.metric import ask_metric
from kagglebot.datasets.fetching.ingest import ingest
from kagglebot.datasets.schema import FetchResult
from kagglebot.errors import DataError, KaggleError, UsageError
from kagglebot.kaggle.client import open_client
from kagglebot.system.processes.environment import in_kaggle_notebook
from kagglebot.system.progress import ProgressCallback, log_phases


def fetch(
    folder: Path,
    competition: str,
    *,
    choices: Mapping[str, str] | None,
    force: bool,
    on_progress: ProgressCallback | None,
    source: Path | None = None,
) -> FetchResult:
    """Download a competition's data unless it is up to date, recognise its form, and decode it.

    Args:
        folder: ``data/COMPETITION``.
        competition: Name of the competition.
        choices: Corrections of what would be assumed; see ``Schema.choices``.
        force: Download even if nothing is new, and replace files that were edited by hand.
        on_progress: Called with each step.
        source: A folder or zip file to read instead of asking Kaggle; nothing is written there.

    Raises:
        KaggleError: Kaggle refused, or cannot be reached.
        DataError: The competition is out of scope, its form is not known, or the disk refuses.
        UsageError: The chosen metric is not known, no file is like a chosen pattern, files are to be chosen from a
            ``source``, or that is the workspace's own folder.
    """
    report = log_phases(on_progress)
    if source is not None:
        if (choices or {}).get(FILES):
            raise UsageError(
                "--files chooses among Kaggle's files, and --from reads others.", "Leave one of them out."
            )
        _check_apart(source, folder)
        with _hint_to_source(source):
            schema = ingest(
                source,
                folder,
                competition=competition,
                choices=choices,
                force=force,
                origin=str(source),
                on_progress=report,
            )
        return FetchResult(schema, downloaded=False, folder=folder, source=source)
    client = open_client(on_progress)
    with _hint_to_inputs():
        metric_name = ask_metric(client, competition, report)
        request = make_request(folder, competition, metric_name, choices)
        with _hint_to_choice(request.file_patterns):
            chosen = look_before(client, folder, request, report)
        download = client.download(competition, folder, on_progress=report, force=force, chosen=chosen)
    with _hint_to_choice(request.file_patterns):
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


def _check_apart(source: Path, folder: Path) -> None:
    """Check that a folder to read is not the workspace's own: links to its files would replace them.

    The archive in ``folder`` may be read: it is not touched.

    Raises:
        UsageError: It is, or it holds that.
    """
    given, own = source.resolve(), folder.resolve()
    if source.is_dir() and (given.is_relative_to(own) or own.is_relative_to(given)):
        raise UsageError(
            f"--from {source} is where `fetch` writes to: the workspace keeps its own copy in {folder}.",
            "Name the folder or the zip file that the files came from; those of a competition go into a folder of "
            "their own, outside the workspace.",
        )


@contextmanager
def _hint_to_source(source: Path) -> Iterator[None]:
    """Replace the hint to download damaged files again: they are read from a folder here."""
    try:
        yield
    except DataError as error:
        here = f"It is read from {source}: if it is damaged there, put a whole copy in its place."
        error.hint = error.hint.replace(AGAIN, here)
        raise


@contextmanager
def _hint_to_choice(patterns: Sequence[str]) -> Iterator[None]:
    """Add to an error in the data that only some files were looked at, where they were chosen by ``--files``."""
    try:
        yield
    except DataError as error:
        if patterns:
            shown = " and ".join(map(repr, patterns))
            chosen = f'Only files like {shown} were looked at: name more with --files, or all with --files ""'
            error.hint = f"{chosen}. {error.hint}".strip()
        raise


@contextmanager
def _hint_to_inputs() -> Iterator[None]:
    """Add to an error of Kaggle's, in a notebook there, that the data needs no download."""
    try:
        yield
    except KaggleError as error:
        if in_kaggle_notebook():
            error.hint = f"Add the competition to the notebook by Add Input. {error.hint}".strip()
        raise
