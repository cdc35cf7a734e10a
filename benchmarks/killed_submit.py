"""A command in a process that is forked from one which has imported everything, so that a kill costs no start."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import kagglebot.cli.main
import kagglebot.kaggle.connection.session
import kagglebot.report.terminal.submissions
import kagglebot.submission.pipeline
import kagglebot.training.sklearn.learner
import kagglebot.workspace


def run_command(line: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
    """Run a command as ``kagglebot`` does, in a group of its own, and write what it prints to two files."""
    os.setsid()
    os.environ.update(environment)
    for number, name in ((1, "out"), (2, "err")):
        with (folder / name).open("w", encoding="utf-8") as file:
            os.dup2(file.fileno(), number)
    sys.path.insert(0, str(Path(__file__).with_name("kill_injection")))
    sys.modules.pop("sitecustomize", None)
    import sitecustomize  # noqa: F401 - it kills this process

    sys.argv = ["kagglebot", *line]
    kagglebot.cli.main.main()
