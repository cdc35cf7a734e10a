"""Callbacks of a real search with two worker processes."""

import os
from pathlib import Path

import pytest
from worker_callbacks import Broken, Diary

from kagglebot.callbacks.callback import Callback
from kagglebot.callbacks.events import Note, SearchEnded, SearchStarted, TrialEnded
from kagglebot.errors import UsageError
from kagglebot.system.logging import LOG_FILE
from kagglebot.workspace import Workspace

DEFINITION = """
family = "mlp"
[pruner]
name = "none"
[fixed]
layers = 1
epochs = 2
[space]
units_1 = { low = 8, high = 64 }
"""


class Recorder(Callback):
    """Remembers the events of the process that started the search."""

    def __init__(self) -> None:
        self.seen: list[object] = []

    def on_search_start(self, event: SearchStarted) -> None:
        self.seen.append(event)

    def on_trial_end(self, event: TrialEnded) -> None:
        self.seen.append(event)

    def on_note(self, event: Note) -> None:
        self.seen.append(event.text)

    def on_search_end(self, event: SearchEnded) -> None:
        self.seen.append(event)


@pytest.fixture
def workspace(tmp_path: Path, digits_data: Path) -> Workspace:
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "tiny.toml").write_text(DEFINITION)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "digits-practice").symlink_to(digits_data, target_is_directory=True)
    (tmp_path / "kagglebot.toml").write_text('callbacks = ["tensorboard"]\n')
    return Workspace(tmp_path)


def test_a_search_calls_callbacks_here_and_in_its_workers(workspace: Workspace, tmp_path: Path) -> None:
    recorder, diary = Recorder(), tmp_path / "diary"
    diary.mkdir()
    summary = workspace.tune("tiny", trials=4, jobs=2, callbacks=[recorder, Diary(diary), Broken()])
    assert summary.complete == 4
    started, *between, ended = recorder.seen
    assert isinstance(started, SearchStarted) and isinstance(ended, SearchEnded)
    assert (started.study, started.competition, started.trials) == ("tiny", "digits-practice", 4)
    assert started.folder == tmp_path / "studies" / "digits-practice" / "tiny"
    assert summary.best is not None
    assert (ended.best_trial, ended.best_value) == (summary.best.number, summary.best.value)
    assert (ended.counts, ended.stopped) == ({"complete": 4}, False)
    assert sorted(event.number for event in between if isinstance(event, TrialEnded)) == [0, 1, 2, 3]
    # The broken one ran in both workers, failed in both, and one note names it.
    texts = [each for each in between if isinstance(each, str)]
    broken = "The callback Broken is left out from here on, as its on_epoch_end failed: RuntimeError: no disk."
    assert texts == [broken]
    assert broken in (started.folder / LOG_FILE).read_text()
    assert "RuntimeError: no disk" in (started.folder / "worker.log").read_text()
    # Each worker's copy sees the trials of that worker from start to end, and nothing of the other.
    files = list(diary.iterdir())
    assert len(files) == 2 and str(os.getpid()) not in {path.stem for path in files}
    numbers = []
    for path in files:
        first, *lines = path.read_text().splitlines()
        assert first == "search digits-practice tiny accuracy"
        for start in range(0, len(lines), 4):
            number = lines[start].split()[1]
            numbers.append(int(number))
            trial = [f"start {number}", f"epoch {number} 1", f"epoch {number} 2", f"end {number} complete"]
            assert lines[start : start + 4] == trial
    assert sorted(numbers) == [0, 1, 2, 3]
    # What kagglebot.toml names follows too.
    assert len(list((started.folder / "tensorboard").iterdir())) == 4


def test_a_callback_that_there_is_not_ends_the_command_before_the_search(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="no callback 'tensorbord'"):
        workspace.tune("tiny", trials=1, callbacks=["tensorbord"])
    assert not (workspace.root / "studies" / "digits-practice").exists()
