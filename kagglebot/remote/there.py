"""The part that runs on Kaggle's machine: a workspace, the data, the search or the training, the way back."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kagglebot.analysis.load import summarise
from kagglebot.callbacks.callback import Callback
from kagglebot.callbacks.events import Note, SearchStarted, TrialEnded, TrialStarted
from kagglebot.datasets.fetching.fetch import fetch
from kagglebot.datasets.fetching.local_source import INPUT_VARIABLE, find_source
from kagglebot.errors import DataError, KagglebotError
from kagglebot.paths import JOURNAL, WorkspacePaths
from kagglebot.pretrained.weights import VARIABLE as WEIGHTS_VARIABLE
from kagglebot.remote.study_archive import copy_out, kept_files, read_journal, study_files, write_archive
from kagglebot.retraining.making import Making
from kagglebot.retraining.model_card import model_files
from kagglebot.retraining.plan import Plan, plan_trials
from kagglebot.retraining.train import train_planned
from kagglebot.search.prepare import start_search
from kagglebot.system.files.atomic_write import atomic_write
from kagglebot.system.files.json_file import read_json
from kagglebot.system.processes.environment import environment

#: In the dataset: what is asked for, the definition, and the study's folder; not .zip, as Kaggle unpacks that.
OPTIONS, DEFINITION, STUDY = "job.json", "study.toml", "study.archive"
#: In the notebook's output: what was made in the study's folder.
RESULT = "kagglebot-study.zip"
#: The beginning of the line that tells which error ended the work; it is in the result, too.
ENDED = "ended with an error: "


def carry_out(packed: Path, output: Path) -> None:
    """Carry out what is packed; an error that ends it is written into the result, beside what was made before.

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
        study = asked["study"]
        folder = workspace.location(asked["competition"], study).folder
        _lay_out(packed, folder, workspace.studies_folder / f"{study}.toml")
        _fetch(workspace, asked)
        work, made, error = (_search, study_files, "") if "search" in asked else (_train, model_files, "")
        try:
            work(workspace, asked)
        except KagglebotError as ended:
            error = f"{ended.message} {ended.hint}".strip()
            _say(f"{ENDED}{error}")
        write_archive(output / RESULT, made(folder), {"asked": asked, "error": error})


def plan_asked(workspace: WorkspacePaths, asked: Mapping[str, Any]) -> Plan:
    """Return the models that a training asks for, there and, when they come home, here.

    Raises:
        StudyError: A trial cannot be read.
    """
    location, training = workspace.location(asked["competition"], asked["study"]), asked["training"]
    making = Making.asked(from_scratch=training["from_scratch"])
    data = workspace.data(location.competition)
    return plan_trials(summarise(workspace, location), training["trials"], location.folder, data, making)


def _search(workspace: WorkspacePaths, asked: Mapping[str, Any]) -> None:
    study, competition, options = asked["study"], asked["competition"], asked["search"]
    start_search(workspace, study, competition, storage=None, cluster=None, callbacks=[_Lines()], **options)


def _train(workspace: WorkspacePaths, asked: Mapping[str, Any]) -> None:
    told = ""

    def tell(phase: str, done: int, total: int | None) -> None:
        nonlocal told
        line = f"{phase}: {100 * done // total // 10 * 10} %" if total else phase
        if line != told:
            told = line
            _say(line)

    train_planned(workspace, plan_asked(workspace, asked), tell, asked["training"]["threads"])


def _lay_out(packed: Path, folder: Path, definition: Path) -> None:
    own = packed / DEFINITION
    contents = {
        folder / JOURNAL: read_journal(packed / STUDY),
        definition: own.read_bytes() if own.exists() else b"",
    }
    for path, content in contents.items():
        if content:
            with atomic_write(path) as temporary:
                temporary.write_bytes(content)
    for kept in kept_files(packed / STUDY):
        copy_out(packed / STUDY, kept.name, folder / kept.name)


def _fetch(workspace: WorkspacePaths, asked: Mapping[str, Any]) -> None:
    competition = asked["competition"]
    source = find_source(None, competition)
    if source is None:
        raise DataError(f"{competition} is not among the inputs of the notebook.")
    fetched = fetch(
        workspace.data(competition),
        competition,
        choices=asked["choices"],
        force=False,
        on_progress=None,
        source=source.path,
    )
    if "training" in asked and fetched.schema.digest != asked["digest"]:
        raise DataError(
            f"The files of {competition} are not the same on Kaggle as here: its model would not be this study's.",
            "Train it here.",
        )
    _say(f"{fetched.schema.train_rows:,} images of {competition} to learn from")


class _Lines(Callback):
    """Prints a line for each trial."""

    def on_search_start(self, event: SearchStarted) -> None:
        """Print what trials are scored by."""
        _say(f"the search begins; trials are scored by {event.metric.text}")

    def on_trial_start(self, event: TrialStarted) -> None:
        """Print the trial's number and its parameters."""
        values = {name: f"{each:.4g}" if isinstance(each, float) else each for name, each in event.params.items()}
        drawn = " ".join(f"{name}={each}" for name, each in values.items())
        _say(f"trial {event.number} begins: {drawn}" if drawn else f"trial {event.number} begins")

    def on_trial_end(self, event: TrialEnded) -> None:
        """Print how the trial ended."""
        value = "" if event.value is None else f" with {event.value:.5f}"
        reason = f" ({event.reason})" if event.reason else ""
        _say(f"trial {event.number} is {event.state}{value} after {event.seconds:.0f} s{reason}")

    def on_note(self, event: Note) -> None:
        """Print the message."""
        _say(event.text)


def _say(text: str) -> None:
    print(text, flush=True)
