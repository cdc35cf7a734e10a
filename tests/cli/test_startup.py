"""Help and shell completion are quick because they load nothing of weight."""

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


def test_completion_offers_commands_and_loads_nothing_of_weight():
    printed, loaded = _run([], _KAGGLEBOT_COMPLETE="complete_bash", COMP_WORDS="kagglebot st", COMP_CWORD="1")
    assert printed.split() == ["studies"]
    assert not loaded & HEAVY
