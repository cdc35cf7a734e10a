"""Real captures of the terminal for the README: python docs/capture.py [--workspace FOLDER].

Runs commands in tmux, waits for each to end, and writes what stood on the screen as SVG beside this file.
"""

import argparse
import io
import re
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

HERE = Path(__file__).parent
WIDTH = 100


def capture(command: str, name: str, lines: int, workspace: Path) -> None:
    """Run ``command`` in a workspace, on a screen of 100 columns, and keep what it shows."""
    session = f"capture-{name}"
    tmux = ["tmux", "-L", session]
    path = f"PATH={Path(sys.executable).parent}:$PATH"
    shell = f"{path}; cd {workspace}; clear; {command}; tmux -L {session} wait-for -S done; sleep 60"
    start = [*tmux, "new-session", "-d", "-x", str(WIDTH), "-y", str(lines), "sh", "-c", shell]
    subprocess.run(start, check=True)
    subprocess.run([*tmux, "wait-for", "done"], check=True)
    time.sleep(0.5)  # for the terminal to draw the last of it
    screen = subprocess.run([*tmux, "capture-pane", "-e", "-p"], check=True, capture_output=True, text=True).stdout
    subprocess.run([*tmux, "kill-server"], check=True)
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text.from_ansi(screen.rstrip()))
    svg = console.export_svg(title=command)
    # Any monospaced font will do: a picture must not ask the network for one.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL).replace("Fira Code, monospace", "monospace")
    (HERE / f"{name}.svg").write_text(svg)


def main() -> None:
    """Capture a study's summary and the demo's live table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, default=Path())
    arguments = parser.parse_args()
    capture("kagglebot studies cnn", "studies", 56, arguments.workspace)
    capture("kagglebot demo", "demo", 50, arguments.workspace)


if __name__ == "__main__":
    main()
