"""A search on a real Dask cluster of two worker processes, which are killed in the middle of it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from example_definition import parse
from worker_callbacks import Diary

from kagglebot.analysis.load import read_summary
from kagglebot.callbacks.events import EpochEnded, Event, Note, TrialStarted
from kagglebot.errors import StudyError
from kagglebot.paths import StudyLocation
from kagglebot.search.tune import tune
from kagglebot.training.files.oof_predictions import oof_path, read_oof, trial_key

SUPPORT = Path(__file__).parents[2] / "support"
CLUSTER = """
import sys
from distributed import LocalCluster

if __name__ == "__main__":
    workers = {"n_workers": 2, "threads_per_worker": 1, "processes": True}
    with LocalCluster(**workers, host="127.0.0.1", dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""
STUDY = """\
family = "mlp"
[space]
units_1 = { low = 8, high = 64 }
[fixed]
layers = 1
epochs = 200
[pruner]
name = "none"
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, psutil.Process]]:
    """The scheduler's address, and the process whose children are the workers."""
    script = tmp_path / "cluster.py"
    script.write_text(CLUSTER)
    path = os.pathsep.join(filter(None, (str(SUPPORT), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "KAGGLEBOT_CACHE": str(tmp_path / "cache"), "PYTHONPATH": path}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, script], env=environment, text=True, **pipes) as process:
        assert process.stdin is not None and process.stdout is not None
        yield process.stdout.readline().strip(), psutil.Process(process.pid)
        process.stdin.close()
        process.wait(60)


def test_trials_are_tasks_those_of_workers_that_die_run_again_and_the_data_is_kept(
    cluster: tuple[str, psutil.Process], digits_data: Path, tmp_path: Path
) -> None:
    address, processes = cluster
    location = StudyLocation("digits", "mine", tmp_path / "study")
    events: list[Event] = []
    killed: list[int] = []

    def kill_once(event: Event) -> None:
        events.append(event)
        if isinstance(event, EpochEnded) and not killed:
            killed.append(event.number)
            for child in processes.children():
                if "spawn_main" in " ".join(child.cmdline()):
                    child.kill()  # Dask starts others in their place, which join late

    options = {"timeout_seconds": None, "cluster": address}
    tune(location, parse(STUDY), digits_data, trials=4, on_event=kill_once, **options)
    assert killed
    summary = read_summary(location, rows=1200)
    assert (summary.complete, summary.running) == (4, 0)
    assert "waiting" not in {trial.state for trial in summary.trials}
    dead = summary.trials[killed[0]]
    assert (dead.state, dead.reason) == ("interrupted", "its worker is gone from the cluster")
    again = [trial for trial in summary.trials if dict(trial.params) == dict(dead.params)]
    assert [trial.state for trial in again] == ["interrupted", "complete"]
    assert len({event.worker for event in events if isinstance(event, TrialStarted)}) > 1
    assert any(isinstance(event, Note) and "gone from the cluster" in event.text for event in events)

    (kept,) = (tmp_path / "cache/data").glob("*/*/cache/*/train_images.npy")
    assert kept.read_bytes() == next(digits_data.glob("cache/*/train_images.npy")).read_bytes()
    arrived = kept.stat().st_mtime_ns
    (diary := tmp_path / "diary").mkdir()
    tune(location, parse(STUDY), digits_data, trials=1, worker_callbacks=[Diary(diary)], **options)
    assert kept.stat().st_mtime_ns == arrived
    # The Dask worker that took the trial has a copy of the callback.
    (lines,) = [path.read_text().splitlines() for path in diary.iterdir() if "start" in path.read_text()]
    assert lines[0] == "search digits mine accuracy" and lines[-1].endswith("complete")
    summary = read_summary(location, rows=1200)
    assert summary.complete == 5
    # What they answered for their validation rows has come here, for ensembles.
    for trial in summary.trials:
        if trial.state == "complete":
            path = oof_path(location.folder, trial.number)
            key = trial_key(trial.settings, trial.seed, kept.parent.name)
            assert len(read_oof(path, key, rows=1200, classes=10).rows) == 240


def test_where_there_is_no_scheduler_the_error_says_so(
    digits_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kagglebot.search.cluster.dask.CONNECT_SECONDS", 1)
    location = StudyLocation("digits", "mine", tmp_path / "study")
    with pytest.raises(StudyError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9\."):
        tune(location, parse(STUDY), digits_data, trials=1, timeout_seconds=None, cluster="tcp://127.0.0.1:9")
    with pytest.raises(StudyError, match="No Dask scheduler answers at nowhere"):
        tune(location, parse(STUDY), digits_data, trials=1, timeout_seconds=None, cluster="nowhere://")
