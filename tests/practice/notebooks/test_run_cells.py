"""The first error ends a run, and an exit is one."""

import subprocess
import sys
from pathlib import Path

import pytest

from kagglebot.practice.notebooks import run_cells


def ran(path: Path, source: str) -> tuple[int, str, str]:
    path.write_text(source)
    done = subprocess.run([sys.executable, run_cells.__file__, path], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_a_script_is_run_as_the_main_program(tmp_path: Path) -> None:
    assert ran(tmp_path / "script.py", "print(__name__)") == (0, "__main__\n", "")


@pytest.mark.parametrize("end", ["1 / 0", "import sys; sys.exit(0)", "sys exit"])
def test_an_error_or_exit_ends_the_run(tmp_path: Path, end: str) -> None:
    code, _out, err = ran(tmp_path / "script.py", f"print('first')\n{end}\nprint('never')")
    assert code == 1
    assert "script.py" in err
