"""Real captures of the terminal for the README: python docs/capture.py [--workspace FOLDER].

Runs commands in tmux, waits for each to end, and writes what stood on the screen as SVG beside this file.
"""

import argparse
import io
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

HERE = Path(__file__).parent
WIDTH = 100


def capture(command: str, name: str, lines: int, at_seconds: float | None = None) -> None:
    """Run ``command`` on a screen of 100 columns and keep it; ``at_seconds`` looks while it still runs."""
    session = f"capture-{name}"
    tmux = ["tmux", "-L", session]
    shell = (
        f"PATH={Path(sys.executable).parent}:$PATH; clear; {command}; tmux -L {session} wait-for -S done; sleep 60"
    )
    start = [*tmux, "new-session", "-d", "-x", str(WIDTH), "-y", str(lines), "sh", "-c", shell]
    subprocess.run(start, check=True)
    if at_seconds is None:
        subprocess.run([*tmux, "wait-for", "done"], check=True)
    time.sleep(at_seconds or 0.5)
    screen = subprocess.run([*tmux, "capture-pane", "-e", "-p"], check=True, capture_output=True, text=True).stdout
    subprocess.run([*tmux, "kill-server"], check=True)
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text.from_ansi(screen.rstrip()))
    console.save_svg(str(HERE / f"{name}.svg"), title=command)


def main() -> None:
    """Capture a study's summary and the demo's live table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, default=Path())
    arguments = parser.parse_args()
    capture(f"cd {arguments.workspace}; clear; kagglebot studies cnn", "studies", 60)
    capture("kagglebot demo", "demo", 50)


if __name__ == "__main__":
    main()
