"""Nets that need more memory than there is: the trial fails, the study continues, three are reported."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from uuid import uuid4

import pytest

from kagglebot.analysis.load import read_summary
from kagglebot.analysis.study_summary import StudySummary
from kagglebot.callbacks.events import TrialEnded
from kagglebot.paths import StudyLocation
from kagglebot.search.workers.failure_patterns import FailurePatterns
from kagglebot.search.workers.stale_trials import KILLED_TWICE
from kagglebot.training.learner import FailureKind

NO_MEMORY = "memory ran out"
#: A net of one layer is small, one of three or more wants gigabytes.
STUDY = """\
family = "mlp"
[space]
layers = { low = 1, high = 4 }
learning_rate = { low = 1e-3, high = 1e-2 }
[fixed]
units_1 = 8192
units_2 = 8192
units_3 = 8192
units_4 = 8192
epochs = 2
"""
#: With so much a small net can be trained.
ADDRESS_BYTES, RESIDENT_BYTES = 1_500_000_000, 800_000_000
UNESTIMATED = """\
from kagglebot.training.machine.memory_estimate import TrainingMemory
TrainingMemory.check = lambda *arguments: None
"""
PLACE = ("digits-practice", "mine")
Tune = Callable[..., tuple[StudySummary, str]]


@pytest.fixture
def tune(tmp_path: Path, digits_data: Path, monkeypatch: pytest.MonkeyPatch) -> Tune:
    """Run one trial for each of these numbers of layers, after a statement; what it found, and told.

    Estimates are off, which would refuse such nets: not all that fills a memory is known before.
    """
    (tmp_path / "sitecustomize.py").write_text(UNESTIMATED)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH")))))
    shutil.copytree(digits_data, tmp_path / "data" / PLACE[0])
    monkeypatch.setenv("KAGGLEBOT_WORKSPACE", str(tmp_path))

    def tune(first: str, layers: Sequence[int]) -> tuple[StudySummary, str]:
        trials = "".join(
            f"[[trials]]\nlayers = {each}\nlearning_rate = {1 + location}e-3\n"
            for location, each in enumerate(layers)
        )
        (tmp_path / "studies").mkdir()
        (tmp_path / "studies" / "mine.toml").write_text(STUDY + trials)
        program = f"{first}\nfrom kagglebot.cli.main import main; main()"
        command = ["tune", "mine", "--trials", str(len(layers)), "--jobs", "1"]
        done = subprocess.run(
            [sys.executable, "-c", program, *command], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
        return read_summary(StudyLocation(*PLACE, tmp_path.joinpath("studies", *PLACE)), rows=1200), done.stderr

    return tune


def test_nets_without_memory_fail_the_study_goes_on_and_three_are_told(
    tune: Tune,
) -> None:
    pytest.importorskip("resource")
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({ADDRESS_BYTES}, {ADDRESS_BYTES}))"
    study, told = tune(limit, [3, 4, 1, 3])
    failed = ("failed", NO_MEMORY, FailureKind.OUT_OF_MEMORY)
    endings = [(trial.state, trial.reason, trial.failure_kind) for trial in study.trials]
    assert endings == [failed, failed, ("complete", "", ""), failed]
    (note,) = (line for line in told.splitlines() if "3 trials" in line)
    assert "3 trials ran out of memory: 0, 1, 3. Consider fewer filters" in note
    assert note.endswith("the search space stays as it is.")


@pytest.fixture
def cgroup() -> Iterator[str]:
    """A statement that puts its process, and those to come, where the kernel kills what wants more."""
    folder = Path("/sys/fs/cgroup/memory")
    version_1 = folder.is_dir()
    group = (folder if version_1 else folder.parent) / f"kagglebot-{uuid4().hex[:8]}"
    try:
        group.mkdir()
        (group / ("memory.limit_in_bytes" if version_1 else "memory.max")).write_text(str(RESIDENT_BYTES))
    except OSError as error:
        if group.is_dir():
            group.rmdir()
        pytest.skip(f"needs to make a memory cgroup: {error.strerror}")
    yield f"import os; open({str(group / 'cgroup.procs')!r}, 'w').write(str(os.getpid()))"
    deadline = time.monotonic() + 30
    while (group / "cgroup.procs").read_text() and time.monotonic() < deadline:
        time.sleep(0.1)  # the processes end a moment after what they did is known
    group.rmdir()


def test_a_net_that_the_kernel_kills_is_tried_once_more_and_the_study_goes_on(tune: Tune, cgroup: str) -> None:
    study, told = tune(cgroup, [4, 1])
    assert [trial.state for trial in study.trials] == ["interrupted", "complete", "failed"]
    assert (study.trials[2].reason, study.trials[2].failure_kind) == (KILLED_TWICE, FailureKind.KILLED)
    assert study.trials[2].params == study.trials[0].params
    assert "killed, perhaps for lack of memory" in told


def test_three_of_a_kind_are_told_once() -> None:
    patterns = FailurePatterns()
    kinds = [
        FailureKind.DIVERGED,
        FailureKind.OUT_OF_MEMORY,
        "",  # stopped by the user
        "",  # a parameter that no net can have
        FailureKind.DIVERGED,
        "",  # complete
        FailureKind.KILLED,
        FailureKind.DIVERGED,
        FailureKind.DIVERGED,
    ]
    told = [
        patterns.add(TrialEnded(number, 0, "failed", None, "whatever the reason reads", 1.0, kind))
        for number, kind in enumerate(kinds)
    ]
    expected = "3 trials diverged: 0, 4, 7. Consider a lower learning_rate; the search space stays as it is."
    assert told == [""] * 7 + [expected, ""]


@pytest.mark.parametrize("last", [FailureKind.KILLED, FailureKind.OUT_OF_MEMORY])
def test_a_killed_process_and_a_lack_of_memory_are_one_pattern(last: FailureKind) -> None:
    patterns = FailurePatterns()
    told = [
        patterns.add(TrialEnded(number, 0, "failed", None, "", 1.0, kind))
        for number, kind in enumerate((FailureKind.KILLED, FailureKind.OUT_OF_MEMORY, last))
    ]
    assert told[2].startswith("3 trials ran out of memory: 0, 1, 2.") and told[:2] == ["", ""]
