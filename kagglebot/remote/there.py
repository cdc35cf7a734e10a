"""The part of a search that runs on Kaggle's machine: a workspace, the data, the search, the way back."""

import os
import tempfile
from pathlib import Path

from kagglebot.callbacks.callback import Callback
from kagglebot.callbacks.events import Note, SearchStarted, TrialEnded, TrialStarted
from kagglebot.datasets.fetch import fetch
from kagglebot.datasets.local_source import INPUT_VARIABLE, find_source
from kagglebot.errors import DataError, KagglebotError
from kagglebot.paths import JOURNAL, WorkspacePaths
from kagglebot.pretrained.weights import VARIABLE as WEIGHTS_VARIABLE
from kagglebot.remote.study_archive import copy_out, kept_files, read_journal, write_archive
from kagglebot.search.prepare import start_search
from kagglebot.system.environment import environment
from kagglebot.system.files import atomic_write, read_json

#: In the dataset: what is asked for, the definition, and the study's folder; not .zip, as Kaggle unpacks that.
OPTIONS, DEFINITION, STUDY = "search.json", "study.toml", "study.archive"
#: In the notebook's output: the study's folder as it is afterwards.
RESULT = "kagglebot-study.zip"


def search(packed: Path, output: Path) -> None:
    """Run a packed search; an error that ends it is written into the result, beside the trials so far.

    Args:
        packed: The folder of the dataset.
        output: The folder for ``RESULT``.

    Raises:
        DataError: The competition is not among the notebook's inputs, or the disk refuses.
    """
    asked = read_json(packed / OPTIONS)
    inputs = os.environ.get("KAGGLEBOT_INPUT") or os.environ.get(INPUT_VARIABLE)
    own = {INPUT_VARIABLE: inputs, WEIGHTS_VARIABLE: str(packed) if asked["weights"] else None}
    with tempfile.TemporaryDirectory(prefix="kagglebot-") as root, environment(own):
        workspace = WorkspacePaths(root, on_note=_say)
        competition, study = asked["competition"], asked["study"]
        folder = workspace.location(competition, study).folder
        _lay_out(packed, folder, workspace.studies_folder / f"{study}.toml")
        _fetch(workspace, competition, asked["choices"])
        error = ""
        try:
            start_search(
                workspace, study, competition, storage=None, cluster=None, callbacks=[_Lines()], **asked["search"]
            )
        except KagglebotError as ended:
            error = f"{ended.message} {ended.hint}".strip()
            _say(f"error: {error}")
        write_archive(output / RESULT, folder, {"asked": asked, "error": error})


def _lay_out(packed: Path, folder: Path, definition: Path) -> None:
    contents = {definition: (packed / DEFINITION).read_bytes(), folder / JOURNAL: read_journal(packed / STUDY)}
    for path, content in contents.items():
        if content:
            with atomic_write(path) as temporary:
                temporary.write_bytes(content)
    for kept in kept_files(packed / STUDY):
        copy_out(packed / STUDY, kept, folder / kept.name)


def _fetch(workspace: WorkspacePaths, competition: str, choices: dict[str, str]) -> None:
    source = find_source(None, competition)
    if source is None:
        raise DataError(f"{competition} is not among the inputs of the notebook.")
    fetched = fetch(
        workspace.data(competition),
        competition,
        choices=choices,
        force=False,
        on_progress=None,
        source=source.path,
    )
    _say(f"{fetched.schema.train_rows:,} images of {competition} to learn from")


class _Lines(Callback):
    """Prints a line for each trial."""

    def on_search_start(self, event: SearchStarted) -> None:
        """Print what trials are scored by."""
        _say(f"the search begins; trials are scored by {event.metric.text}")

    def on_trial_start(self, event: TrialStarted) -> None:
        """Print the trial's number and its parameters."""
        _say(f"trial {event.number} begins: " + " ".join(f"{name}={each}" for name, each in event.params.items()))

    def on_trial_end(self, event: TrialEnded) -> None:
        """Print how the trial ended."""
        value = "" if event.value is None else f" with {event.value:.5f}"
        _say(f"trial {event.number} is {event.state}{value} after {event.seconds:.0f} s {event.reason}".rstrip())

    def on_note(self, event: Note) -> None:
        """Print the message."""
        _say(event.text)


def _say(text: str) -> None:
    print(text, flush=True)
