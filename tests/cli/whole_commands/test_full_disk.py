"""A full disk of a few megabytes: each command ends with one sentence and can be continued."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from practice_server import serving

from kagglebot.practice import PracticeServer, write_competition

NAME = "digits-practice"
STUDY = """\
family = "mlp"
[space]
units_1 = { low = 8, high = 16 }
[fixed]
layers = 1
epochs = 400
patience = 400
batch_size = 512
"""
# A disk of its own for the workspace, in a namespace that ends with the shell. `full ROOM COMMAND` leaves the
# command ROOM KB, `roomy COMMAND` all there is; what each says goes beside the disk.
SHELL = """\
mkdir disk said && mount -t tmpfs -o size=$1 tmpfs disk && cd disk || exit 99
shift
count=0
roomy() {
    "$@" > ../said/$count.out 2> ../said/$count.err
    echo $? > ../said/$count.code
    count=$((count + 1))
}
full() {
    room=$1; shift
    cat /dev/zero > fill 2> /dev/null
    truncate -s -${room}K fill
    roomy "$@"
    rm fill
}
"""


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    def assert_full(self, what: str) -> None:
        """One sentence that says so, of that file, and a hint."""
        assert self.code == 1, self.err
        *_, sentence, hint = self.err.splitlines()
        assert sentence.startswith("error: Could not ") and sentence.endswith(": No space left on device.")
        assert what in sentence
        assert hint.startswith("hint: Free some space")
        assert self.err.count("error: ") == 1 and "Traceback" not in self.err


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PracticeServer]:
    allowed = (
        shutil.which("unshare")
        and not subprocess.run(
            ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/tmp"], capture_output=True, check=False
        ).returncode
    )
    if not allowed:
        reason = "needs to mount a small disk: root, or user namespaces (unshare -rm)"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    with serving(monkeypatch, write_competition(tmp_path / "served")) as server:
        yield server


def run(script: str, *, size: str) -> list[Said]:
    """Run the lines, ``kagglebot`` in them being ours, on a disk of that size."""
    ours = f"kagglebot() {{ '{sys.executable}' -c 'from kagglebot.cli.main import main; main()' \"$@\"; }}\n"
    subprocess.run(["unshare", "-rm", "sh", "-c", SHELL + ours + script, "sh", size], check=True)
    codes = sorted(Path("said").glob("*.code"), key=lambda path: int(path.stem))
    return [
        Said(int(code.read_text()), code.with_suffix(".out").read_text(), code.with_suffix(".err").read_text())
        for code in codes
    ]


@pytest.mark.parametrize("size", ["64k", "260k", "500k"])
def test_fetch_goes_on_when_there_is_room(size: str, server: PracticeServer) -> None:
    fetch = f"kagglebot fetch {NAME} --json"
    full, roomy = run(f"roomy {fetch}\nmount -o remount,size=50m tmpfs .\nroomy {fetch}\n", size=size)
    assert full.code == 1
    sentence, hint = full.err.splitlines()[-2:]
    assert sentence.startswith("error: ") and "disk" in full.err and full.err.count("error: ") == 1
    assert hint.startswith("hint: Free some space") and "Traceback" not in full.err
    assert roomy.code == 0 and json.loads(roomy.out)["train_rows"] == 1200


@pytest.mark.timeout(600)
def test_tune_train_and_submit_go_on_when_there_is_room(server: PracticeServer, tmp_path: Path) -> None:
    """The journal fills in the middle of a trial, which runs again; the model and the predictions do not fit."""
    (tmp_path / "mine.toml").write_text(STUDY)
    said = run(
        f"""
roomy kagglebot fetch {NAME} --json
mkdir studies && cp ../mine.toml studies
full 24 kagglebot tune mine --trials 1 --jobs 1 --json
roomy kagglebot tune mine --trials 1 --jobs 1 --json
full 0 kagglebot train mine --json
roomy kagglebot train mine --json
full 4 kagglebot submit mine --json
roomy kagglebot submit mine --json
""",
        size="8m",
    )
    fetched, tune_full, tuned, train_full, trained, submit_full, submitted = said
    assert fetched.code == 0, fetched.err
    for each, what in ((tune_full, "trials.journal"), (train_full, "trial-1.npz"), (submit_full, "trial-1")):
        each.assert_full(what)
    assert "trial 0 started" in tune_full.err
    study = json.loads(tuned.out)
    assert [study[state] for state in ("complete", "interrupted", "running", "waiting")] == [1, 1, 0, 0]
    assert study["best"]["number"] == 1
    assert "the process of trial 0 died; its settings run again" in tuned.err.lower()
    assert (trained.code, json.loads(trained.out)["reused"]) == (0, False)
    assert (submitted.code, json.loads(submitted.out)["status"]) == (0, "complete")
    assert len(server.submissions) == 1
