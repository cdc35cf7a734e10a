"""Help and shell completion start fast: they import no heavy package."""

import os
import subprocess
import sys

import pytest

from kagglebot.cli.main import COMMANDS

# Not pydantic: typer itself loads it where it is installed, to convert arguments.
HEAVY = {"tensorflow", "keras", "pandas", "numpy", "optuna", "sklearn", "kaggle", "pyarrow", "plotext"}


def _run(arguments: list[str], **environment: str) -> tuple[str, set[str]]:
    """Run the program in a fresh interpreter; give what it printed and the top-level modules it loaded."""
    program = (
        "import sys\n"
        "from kagglebot.cli.main import run\n"
        f"code = run({arguments!r})\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=True,
    )
    return done.stdout, set(done.stderr.split())


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], *([command.__name__, "--help"] for command in COMMANDS)]
)
def test_help_loads_nothing_of_weight(arguments):
    printed, loaded = _run(arguments)
    assert printed
    assert "typer" in loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("kagglebot st", "studies"),
        ("kagglebot tune mi", "mine"),
        ("kagglebot studies ol", "older"),  # its definition is gone, its trials are not
        ("kagglebot submit --competition di", "digits"),
        ("kagglebot fetch ", "digits flowers"),
        ("kagglebot --workspace elsewhere fetch ", "digit-recognizer"),
        ("kagglebot submit mine -c digits --trial ", "2 10"),
        ("kagglebot submit mine --trial ", ""),  # of which competition?
    ],
)
def test_completion_offers_names_in_the_workspace_and_loads_nothing_of_weight(line, offered, tmp_path):
    for competition in ("digits", "flowers"):
        (tmp_path / "data" / competition).mkdir(parents=True)
        (tmp_path / "data" / competition / "competition.json").touch()
    (tmp_path / "studies" / "digits" / "older").mkdir(parents=True)
    (tmp_path / "studies" / "mine.toml").touch()
    for name in ("trial-10.npz", "trial-2.npz"):
        (tmp_path / "studies" / "digits" / "mine" / "predictions").mkdir(parents=True, exist_ok=True)
        (tmp_path / "studies" / "digits" / "mine" / "predictions" / name).touch()
    words = line.split(" ")
    printed, loaded = _run(
        [], _KAGGLEBOT_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=str(len(words) - 1)
    )
    assert printed.split() == offered.split()
    assert not loaded & HEAVY


def test_settings_that_are_wrong_do_not_disturb_the_shell(tmp_path):
    (tmp_path / "kagglebot.toml").write_text("no TOML")
    printed, _ = _run([], _KAGGLEBOT_COMPLETE="complete_bash", COMP_WORDS="kagglebot tune c", COMP_CWORD="2")
    assert not printed.strip()
