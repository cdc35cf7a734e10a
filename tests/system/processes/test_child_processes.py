"""Child processes that start in any folder, and while signals arrive."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

_HOSTILE = ("types", "random", "numpy", "signal", "pickle", "kagglebot")
#: Starts one process by multiprocessing, which also starts its resource tracker, and one by subprocess.
_PARENT = """
import multiprocessing, os, signal, subprocess, sys
from kagglebot.system.processes.child_processes import leave_signals, starting

def wait(connection):
    leave_signals(lambda *_: os._exit(7))
    connection.send(os.getpid())
    connection.recv()

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=wait, args=(theirs,))
    with starting():
        lock = multiprocessing.get_context("spawn").Lock()
        process.start()
    with starting(tracker=False):
        subprocess.run([sys.executable, "-c", "import types, random"], check=True)
    assert ours.recv() == process.pid and "PYTHONSAFEPATH" not in os.environ
    print("ready", flush=True)
    sys.stdin.readline()
    ours.send("end")
    process.join()
    print(process.exitcode)
"""


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder with modules that have the names of Python's own and write a file when they are imported."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    for name in _HOSTILE:
        (folder / f"{name}.py").write_text(f"open({str(tmp_path / 'executed')!r}, 'a').write({name!r})\n")
    return folder


@pytest.mark.skipif(os.name == "nt", reason="signals of a terminal")
def test_children_neither_import_from_the_folder_nor_hear_the_terminal(tmp_path: Path, hostile: Path) -> None:
    (tmp_path / "parent.py").write_text(_PARENT)
    root = str(Path(__file__).parents[3])
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    parent = subprocess.Popen(
        [sys.executable, str(tmp_path / "parent.py")],
        cwd=hostile,
        env={**environment, "PYTHONPATH": root},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "ready\n"
    for number in (signal.SIGHUP, signal.SIGINT):
        os.killpg(parent.pid, number)
        time.sleep(0.1)
    out, err = parent.communicate("\n", timeout=60)
    assert (out, err, parent.returncode) == ("0\n", "", 0)
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    "start", [["-m", "kagglebot"], ["-c", "from kagglebot.__main__ import main; main()"]], ids=str
)
def test_the_program_imports_nothing_from_the_current_folder(tmp_path: Path, start: list[str]) -> None:
    for name in ("random", "numpy", "typer", "json", "logging"):
        (tmp_path / f"{name}.py").write_text("open('executed', 'w')\n")
    safe = ["-P"] if start[0] == "-c" else []  # as a console script, whose folder is not this one
    root = str(Path(__file__).parents[3])
    done = subprocess.run(
        [sys.executable, *safe, *start, "--version"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and done.stdout.startswith("kagglebot "), done.stderr
    assert not (tmp_path / "executed").exists()
