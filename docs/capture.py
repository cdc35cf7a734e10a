"""Capture the terminal for the README: python docs/capture.py [--workspace FOLDER] [NAME ...].

Runs commands in tmux and writes their screens as SVG files beside this one. `studies` shows the study `cnn` of the
workspace; `demo`, `notebooks`, `machines` and `tune` use the practice competition in a temporary folder.
"""

import argparse
import io
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.text import Text

from kagglebot.practice.competition import write_competition
from kagglebot.practice.server import PracticeServer

HERE = Path(__file__).parent
WIDTH = 100
#: More lines than any command prints.
_HEIGHT = 250
_SECONDS = 1800


def capture(
    shown: str,
    name: str,
    workspace: Path,
    *,
    run: str = "",
    height: int = _HEIGHT,
    when: str = r"\[exit \d+\]",
) -> None:
    """Run a command in a workspace, on a screen of 100 columns, and write the screen to NAME.svg.

    Args:
        shown: The command in the picture's title.
        name: Name of the picture.
        workspace: The folder to run it in.
        run: The command to run, if it differs from ``shown``.
        height: Lines of the screen.
        when: A pattern that the screen must match first; by default the end of the command.
    """
    tmux = ["tmux", "-u", "-L", f"capture-{name}", "-f", "/dev/null"]
    path = f"PATH={Path(sys.executable).parent}:$PATH"
    shell = f"{path}; {run or shown}; echo [exit $?]; sleep {_SECONDS}"
    new = ["new-session", "-d", "-x", str(WIDTH), "-y", str(height), "-c", str(workspace), "sh", "-c", shell]
    subprocess.run([*tmux, *new], check=True)
    try:
        screen = _wait(tmux, re.compile(when))
    finally:
        _interrupt(tmux)
    lines = screen.rstrip().splitlines()
    plain = [Text.from_ansi(line).plain for line in lines]
    end = next((number for number, line in enumerate(plain) if line.startswith("[exit")), None)
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text.from_ansi("\n".join(lines[:end]).rstrip()))
    svg = console.export_svg(title=shown)
    # Use any monospaced font: a picture must not load one from the network.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL).replace("Fira Code, monospace", "monospace")
    (HERE / f"{name}.svg").write_text(svg)


def _wait(tmux: list[str], when: re.Pattern[str]) -> str:
    """Return the screen once it matches."""
    end = time.monotonic() + _SECONDS
    while True:
        shown = subprocess.run([*tmux, "capture-pane", "-e", "-p"], check=True, capture_output=True, text=True)
        if when.search(Text.from_ansi(shown.stdout).plain):
            return shown.stdout
        if time.monotonic() > end:
            raise SystemExit(f"The screen never matched {when.pattern}:\n{shown.stdout}")
        time.sleep(0.3)


def _interrupt(tmux: list[str]) -> None:
    """Stop the command with Ctrl-C, so that no worker is left behind."""
    subprocess.run([*tmux, "send-keys", "C-c"], check=False)
    time.sleep(3)
    subprocess.run([*tmux, "kill-server"], check=False)


def capture_machines(folder: Path) -> None:
    """Capture a search on Kaggle's machines, which the practice server stands for."""
    shown, words = "kagglebot tune --on kaggle --trials 3", "kagglebot fetch digits-practice > /dev/null"
    with PracticeServer([write_competition(folder)]) as server:
        variables = " ".join(f"{name}='{value}'" for name, value in server.environment.items())
        run = f"export {variables}; {words}; {shown}"
        capture(shown, "machines", folder, run=run, height=60)


def main() -> None:
    """Capture the pictures that are named, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, default=Path())
    parser.add_argument("names", nargs="*", metavar="NAME", help="studies, demo, notebooks, machines or tune; all")
    arguments = parser.parse_args()
    workspace = arguments.workspace.resolve()
    with tempfile.TemporaryDirectory(prefix="kagglebot-capture-", ignore_cleanup_errors=True) as folder:
        practice = Path(folder)
        demo, tune = f"kagglebot --workspace {practice} demo", "kagglebot tune --trials 30 --timeout 300"
        captures: dict[str, Callable[[], None]] = {
            "studies": lambda: capture("kagglebot studies cnn", "studies", workspace),
            "demo": lambda: capture("kagglebot demo", "demo", practice, run=demo, height=60),
            "notebooks": lambda: capture(
                "kagglebot demo --notebooks", "notebooks", practice, run=f"{demo} --notebooks", height=60
            ),
            "machines": lambda: capture_machines(practice),
            "tune": lambda: capture(
                tune, "tune", practice, run=f"{demo} > /dev/null; {tune}", height=30, when=r"[6-9] of 30 trials"
            ),
        }
        for name in arguments.names or captures:
            with suppress(KeyboardInterrupt):
                captures[name]()


if __name__ == "__main__":
    main()
