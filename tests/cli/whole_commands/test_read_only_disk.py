"""Commands that only read work on a disk that is mounted read-only."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from finished_studies import COMPETITION, make_study

from kagglebot.workspace import Workspace

_MOUNT = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && cd "$1" && exec "$2" -c "$3"'
_COMMANDS = """
import contextlib, os
from pathlib import Path
from kagglebot.cli.main import run

with contextlib.suppress(OSError):
    Path("written").write_text("")
    raise SystemExit("the disk is not read-only")
commands = [
    ["studies"], ["studies", "net"], ["studies", "elsewhere"], ["compare", "net", "elsewhere"],
    ["report", "elsewhere", "--output", os.environ["OUTPUT"]], ["submissions"],
]
failed = [command for command in commands if run(command)]
assert not failed, failed
assert run(["tune", "net", "--trials", "1"]) == 1
"""


def test_everything_that_reads_a_study(tmp_path: Path, studied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unshare = shutil.which("unshare") or ""
    mount = [unshare, "-rm", "mount", "--bind", str(tmp_path), str(tmp_path)]
    if not unshare or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a disk of its own")
    root = tmp_path / "work"
    shutil.copytree(studied / "studies", root / "studies")
    shutil.copytree(studied / "data", root / "data")
    shutil.copy(root / "studies/net.toml", root / "studies/elsewhere.toml")
    url = Workspace(root).location(COMPETITION, "elsewhere", f"sqlite:///{root}/study.db").url
    make_study(root, "elsewhere", 3, np.random.default_rng(7), url)
    monkeypatch.setenv("OUTPUT", str(tmp_path / "report.html"))
    command = [unshare, "-rm", "sh", "-c", _MOUNT, "sh", str(root), sys.executable, _COMMANDS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "error: Could not open" in done.stderr and "trials.journal: Read-only file system" in done.stderr
    assert (tmp_path / "report.html").stat().st_size > 100_000
