"""A study in a folder, searched from two terminals there and from a machine that reaches only its proxy's port."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kagglebot.cli.main import run

KAGGLEBOT = [sys.executable, "-c", "from kagglebot.cli.main import main; main()"]
TUNE = ("tune", "small", "--trials", "2", "--jobs", "1", "--json")
STUDY = """\
family = "mlp"
[space]
units_1 = { low = 8, high = 64 }
[fixed]
layers = 1
epochs = 2
"""


@pytest.fixture
def workspaces(digits_data: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Two machines' folders with the same data and definition."""
    made = tmp_path / "one", tmp_path / "two"
    for workspace in made:
        (workspace / "data").mkdir(parents=True)
        (workspace / "data/digits-practice").symlink_to(digits_data)
        (workspace / "studies").mkdir()
        (workspace / "studies/small.toml").write_text(STUDY)
    return made


@pytest.fixture
def served(workspaces: tuple[Path, Path]) -> Iterator[str]:
    command = [*KAGGLEBOT, "--workspace", str(workspaces[0]), "proxy", "small", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        line = server.stderr.readline()
        found = re.search(r"grpc://127\.0\.0\.1:\d+", line)
        assert found, line + server.stderr.read()
        yield found.group()
        server.send_signal(signal.SIGINT)
        assert server.wait(30) == 0
        assert "Stopped" in server.stderr.read()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["smal"], "There is no study 'smal'"),
        (["small", "-c", "digit-practice"], "The data of digit-practice is not here"),
    ],
)
def test_a_mistyped_name_is_not_served(
    arguments: list[str], problem: str, workspaces: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["--workspace", str(workspaces[0]), "proxy", *arguments]) == 1
    assert f"error: {problem}" in capfd.readouterr().err
    assert not [path for path in (workspaces[0] / "studies").iterdir() if path.is_dir()]


def test_two_terminals_and_another_machine_share_the_study(
    workspaces: tuple[Path, Path], served: str, capfd: pytest.CaptureFixture[str]
) -> None:
    here, elsewhere = workspaces
    searches = [
        subprocess.Popen(
            [*KAGGLEBOT, "--workspace", str(workspace), *TUNE, *to],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for workspace, to in ((here, []), (here, []), (elsewhere, ["--storage", served]))
    ]
    ended = [process.communicate(timeout=200) for process in searches]
    assert [process.returncode for process in searches] == [0, 0, 0], ended
    assert not [told for _, told in ended if "lock" in told or "error" in told]
    assert run(["--workspace", str(here), "studies", "small", "--json"]) == 0
    summary = json.loads(capfd.readouterr().out)
    assert summary["complete"] == 6 and summary["running"] == summary["failed"] == 0
    # What a trial answered for its validation rows stays where it was trained.
    kept = [sorted((space / "studies").rglob("trial-*.npz")) for space in workspaces]
    assert [len(paths) for paths in kept] == [4, 2]


def test_a_port_that_is_taken_is_said(
    served: str, workspaces: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    port = served.rpartition(":")[2]
    assert run(["--workspace", str(workspaces[1]), "proxy", "small", "--port", port]) == 1
    assert f"Cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err
