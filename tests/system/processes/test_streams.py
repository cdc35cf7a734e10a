"""Streams that were closed when the program started."""

import os
import subprocess
import sys
from itertools import chain, combinations
from pathlib import Path

import pytest

_PROGRAM = """
import os, sys
from kagglebot.system.processes.streams import open_missing_streams
open_missing_streams()
ours = os.open({path!r}, os.O_WRONLY | os.O_CREAT)
print("to stdout"); print("to stderr", file=sys.stderr)
sys.stdout.flush(), sys.stderr.flush()
assert ours > 2 and os.get_inheritable(0) and os.get_inheritable(1) and os.get_inheritable(2)
sys.stdin.read()
os.write(ours, b"done")
"""


@pytest.mark.skipif(os.name == "nt", reason="a shell closes streams")
@pytest.mark.parametrize(
    "closed", list(chain.from_iterable(combinations((0, 1, 2), count) for count in range(4))), ids=str
)
def test_a_closed_stream_is_nowhere_and_no_file_takes_its_place(tmp_path: Path, closed: tuple[int, ...]) -> None:
    program = _PROGRAM.format(path=str(tmp_path / "file"), closed=closed)
    redirections = " ".join(f"{number}{'<' if number == 0 else '>'}&-" for number in closed)
    subprocess.run(
        ["sh", "-c", f'"$0" -c "$1" {redirections}', sys.executable, program], check=True, capture_output=True
    )
    assert (tmp_path / "file").read_text() == "done"
