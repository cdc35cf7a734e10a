"""Checks of trials, files and submissions after a kill."""

import json
import shutil
import tempfile
import zipfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from optuna.trial import FrozenTrial, TrialState

from kagglebot.datasets.dataset import load_dataset
from kagglebot.paths import JOURNAL
from kagglebot.practice import PracticeServer
from kagglebot.search.storage.attributes import AGAIN, RESULT
from kagglebot.search.storage.journal import load_study, open_storage
from kagglebot.system.files.digest import file_digest
from kagglebot.training.learner import FailureKind


class Trials:
    """The trials of one study across kills.

    Args:
        folder: ``studies/COMPETITION/NAME``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._trials: list[FrozenTrial] = []
        #: State, values and parameters of each finished trial, as first seen.
        self.finished: dict[int, tuple[object, ...]] = {}

    def check(self) -> None:
        """Read a copy of the storage as the next start would, and check that finished trials are unchanged."""
        self._trials = self._read()
        ended: dict[int, tuple[object, ...]] = {
            trial.number: (trial.state, trial.values, trial.params)
            for trial in self._trials
            if trial.state.is_finished()
        }
        for number, trial in self.finished.items():
            assert ended.get(number) == trial, f"trial {number} was {trial} and is {ended.get(number)}"
        self.finished = ended

    def check_after_tune(self, *, at_least: int) -> None:
        """Check a tune that ended: no trial runs, none is missing, each cut-off trial ran again once."""
        running = [trial.number for trial in self._trials if trial.state == TrialState.RUNNING]
        assert not running, f"trials {running} are still running"
        assert len(self.kept) >= at_least, f"{len(self.kept)} trials have ended instead of {at_least}"
        for trial in self._trials:
            again = [other for other in self._trials if other.user_attrs.get(AGAIN) == trial.number]
            wanted = trial.number in self.cut_off and trial.number not in self.given_up
            assert len(again) == wanted, f"trial {trial.number} runs again {len(again)} times instead of {wanted}"
            for other in again:
                settings = {**other.system_attrs["fixed_params"], **other.params}
                changed = {name for name, value in trial.params.items() if settings.get(name) != value}
                assert not changed, f"trial {other.number} should be {trial.number} again, but not in {changed}"

    @property
    def kept(self) -> set[int]:
        """Trials that finished by themselves."""
        return set(self.finished) - self.cut_off

    @property
    def cut_off(self) -> set[int]:
        """Trials that were running when a kill came."""
        return {
            trial.number
            for trial in self._trials
            if trial.user_attrs.get(RESULT, {}).get("state") == "died" or trial.number in self.given_up
        }

    @property
    def given_up(self) -> set[int]:
        """Trials that were cut off a second time."""
        return {
            trial.number
            for trial in self._trials
            if trial.user_attrs.get(RESULT, {}).get("kind") == FailureKind.KILLED
        }

    @property
    def run_again(self) -> set[int]:
        """Trials whose settings ran again, or are enqueued to."""
        return {int(trial.user_attrs[AGAIN]) for trial in self._trials if AGAIN in trial.user_attrs}

    def _read(self) -> list[FrozenTrial]:
        if not (self._folder / JOURNAL).exists():
            return []
        with tempfile.TemporaryDirectory() as copy:
            shutil.copy(self._folder / JOURNAL, copy)
            study = load_study(open_storage(Path(copy)), f"{self._folder.parent.name}/{self._folder.name}")
            return [] if study is None else study.get_trials(deepcopy=False)


def check_after_train(workspace: Path) -> None:
    """Check that no state of a training is left once its model is there."""
    left = list(workspace.glob("studies/*/*/models/*.running.npz"))
    assert not left, f"left behind: {left}"


class Submissions:
    """Intended submissions, compared with those that the server received."""

    def __init__(self, server: PracticeServer) -> None:
        self._server = server
        #: Digests of the files that were to be submitted.
        self.intended: set[str] = set()

    @property
    def made(self) -> int:
        """Number of submissions that the server received."""
        return len(self._server.submissions)

    def check_no_duplicates(self) -> None:
        """Check that no file was submitted twice."""
        twice = [text for text, count in self._marks().items() if count > 1]
        assert not twice, f"submitted twice: {twice}"

    def check_after_submit(self, document: Mapping[str, object]) -> None:
        """Check, after a complete submit, that its file has a score and that nothing else was sent."""
        self.intended.add(file_digest(Path(str(document["file"])))[:12])
        assert (document["status"], document["public_score"] is not None) == ("complete", True), document
        assert set(self._marks()) == self.intended, f"intended {self.intended}, made {self._marks()}"

    def _marks(self) -> Counter[str]:
        return Counter(each.description.rsplit("[", 1)[1].rstrip("]") for each in self._server.submissions)


def check_files(workspace: Path) -> int:
    """Read every file under its final name, and open the data that is in use.

    Returns:
        The number of files, all of them complete.
    """
    count = 0
    for path in sorted(workspace.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(workspace).parts)
        if path.is_file() and not hidden and path.suffix in _READERS:
            try:
                _READERS[path.suffix](path)
            except (ValueError, EOFError, OSError, KeyError, zipfile.BadZipFile) as error:
                raise AssertionError(f"{path} is incomplete: {error}") from error
            count += 1
    for card in workspace.glob("data/*/competition.json"):
        data = load_dataset(card.parent)
        assert len(data.train_images) == data.schema.train_rows
    return count


def _read_archive(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        if archive.testzip() is not None:
            raise ValueError("a checksum is wrong")


def _read_lines(path: Path) -> None:
    """Parse complete lines only: readers skip a line that was cut off while it was written."""
    for line in path.read_bytes().splitlines(keepends=True):
        if line.endswith(b"\n"):
            json.loads(line)


def _read_table(path: Path) -> None:
    lines = path.read_text().splitlines(keepends=True)
    if not lines or len({line.count(",") for line in lines}) != 1 or not lines[-1].endswith("\n"):
        raise ValueError(f"it has {len(lines)} lines")
    if path.parent.name == "submissions" and len(lines) != 598:
        raise ValueError(f"it has {len(lines)} lines instead of 598")


def _read_array(path: Path) -> None:
    np.load(path, mmap_mode="r", allow_pickle=False)


def _read_json(path: Path) -> None:
    json.loads(path.read_text())


_READERS = {
    ".zip": _read_archive,
    ".npz": _read_archive,
    ".keras": _read_archive,
    ".npy": _read_array,
    ".csv": _read_table,
    ".json": _read_json,
    ".jsonl": _read_lines,
    ".journal": _read_lines,
}
