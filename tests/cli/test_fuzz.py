"""Odd values for every option of every command: each ends with a result, or with one sentence and a hint.

What a command does in the end (search, train, listen on a port) is left out; all that it checks before is not. The
long form tries FUZZ_EXAMPLES, 2,000 unless told otherwise:

    pytest -m long tests/cli/test_fuzz.py
"""

import io
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from practice_server import serving

from kagglebot.cli.main import app, run
from kagglebot.errors import StudyError
from kagglebot.practice import write_competition

QUICK, LONG = 100, int(os.environ.get("FUZZ_EXAMPLES", "2000"))
COMMANDS: Any = typer.main.get_command(app).commands  # type: ignore[attr-defined]
#: Commands that go on for long, whatever their options.
ENDLESS = {"demo", "dashboard", "proxy", "doctor"}
#: What is given besides the odd values.
GIVEN = {"compare": ["net", "wide"], "submissions": ["--no-refresh"], "submit": ["--dry-run"], "init": ["--yes"]}

_WORDS = (
    "- -- 0 -1 8 1.5 nan inf 1e400 é e\u0301 \u202e \ud800 \U0001f4a5 ~ $HOME ../.. %s {x} [red]x[/red] ' \" net"
)
_VALUES = (
    "= filters=16 filters=9..11 filters= =8 kernel=3,5 kernel=nan epochs=4..8 epochs=8..4 blocks=true accuracy"
)
_NAMES = "wide digits-practice DIGITS-practice https://www.kaggle.com/c/digits-practice/data sqlite:/// foo://bar"
_LONG = ["x" * 5000, "9" * 30, f"epochs={'9' * 400}"]
texts = st.sampled_from([*f"{_WORDS} {_VALUES} {_NAMES}".split(), *_LONG, "", " ", "\n", "a\nb", "\0x"])
paths = st.sampled_from(
    ["folder", "missing", "missing/deep", "link", "loop", "empty", "binary", "table.csv", ".", ".."]
)


@pytest.fixture(scope="module")
def workspace(studied: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A workspace with two studies and a folder of odd files, and the practice server."""
    made = tmp_path_factory.mktemp("fuzz") / "workspace"
    shutil.copytree(studied, made, symlinks=True)
    odd = made / "odd"
    (odd / "folder").mkdir(parents=True)
    (odd / "link").symlink_to(odd / "gone")
    (odd / "loop").symlink_to(odd / "loop")
    (odd / "empty").touch()
    (odd / "binary").write_bytes(bytes(range(256)))
    (odd / "table.csv").write_text("ImageId,Label\n1,x\n")
    with pytest.MonkeyPatch.context() as patch, serving(patch, write_competition(made / "server")):
        patch.setattr("kagglebot.search.prepare.tune", left_out)
        patch.setattr("kagglebot.retraining.train.train_models", left_out)
        patch.chdir(odd)
        yield made


def left_out(*_: object, **__: object) -> None:
    raise StudyError("This is left out.", "It takes too long.")


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    """A command with one or two odd values, of options or of its argument."""
    name = draw(st.sampled_from(sorted(COMMANDS.keys() - ENDLESS)))
    line, arguments = [name, *GIVEN.get(name, [])], []
    for _ in range(draw(st.integers(1, 2))):
        chosen = draw(st.sampled_from([each for each in COMMANDS[name].params if each.name != "help"]))
        value = draw(texts | paths)
        if chosen.param_type_name == "argument":
            arguments.append(value)
        elif getattr(chosen, "is_flag", False):
            line.append(chosen.opts[0])
        else:
            line += [chosen.opts[0], value]
    return [*line, "--", *arguments] if arguments else line


def check(line: list[str], workspace: Path) -> None:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(["--workspace", str(workspace), *line])
    said = err.getvalue()
    assert code in (0, 1, 2), line
    assert "This is a bug" not in said and "Traceback" not in said, (line, said)
    assert len(said) < 10_000, line
    if code:
        problem = [text for text in said.splitlines() if text.startswith("error: ")]
        assert len(problem) == 1 and len(problem[0]) > len("error: "), (line, said)
    elif "--json" in line:
        assert isinstance(json.loads(out.getvalue()), dict | list), line


tried = settings(
    max_examples=QUICK, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@tried
@given(command_lines())
def test_odd_values_end_in_a_result_or_a_sentence(workspace: Path, line: list[str]) -> None:
    check(line, workspace)


@pytest.mark.long
@settings(tried, max_examples=LONG, derandomize=False)
@given(command_lines())
def test_many_odd_values(workspace: Path, line: list[str]) -> None:
    check(line, workspace)


@pytest.mark.parametrize("place", ["empty", "missing", "link", "loop", "x" * 300, "missing/" * 600])
@pytest.mark.parametrize("command", ["studies", "tune", "fetch", "submissions"])
def test_odd_workspaces(place: str, command: str, workspace: Path) -> None:
    check([command], workspace / "odd" / place)
