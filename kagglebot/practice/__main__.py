"""Serve a practice competition on this machine, in Kaggle's protocol, until Ctrl-C."""

import argparse
import shlex
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from kagglebot.errors import KagglebotError
from kagglebot.practice.competition import PracticeCompetition, from_archive, write_competition
from kagglebot.practice.server import PracticeServer


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the competition that the arguments name, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m kagglebot.practice", description=__doc__)
    parser.add_argument("--archive", type=Path, help="zip file to serve; the default is the practice digits")
    parser.add_argument(
        "--hidden",
        type=Path,
        help="CSV file of the true labels (id, label or columns of 0 and 1), by which submissions are scored",
    )
    parser.add_argument(
        "--metric", help="Kaggle's name of the metric of the archive's competition, such as \"Log Loss\""
    )
    parser.add_argument(
        "--notebooks", action="store_true", help="take submissions of the practice digits from notebooks only"
    )
    parser.add_argument("--port", type=int, default=0, help="port of the API; the default is a free one")
    options = parser.parse_args(arguments)
    if options.archive and options.notebooks:
        parser.error("--notebooks is for the practice digits, as an archive has no hidden test data")
    if not options.archive and (options.hidden or options.metric):
        parser.error("--hidden and --metric belong to an --archive")
    try:
        with tempfile.TemporaryDirectory(prefix="kagglebot-practice-") as folder:
            if options.archive:
                competition = from_archive(options.archive, hidden=options.hidden, metric=options.metric)
            else:
                competition = write_competition(Path(folder), notebooks_only=options.notebooks)
            serve(competition, options.port)
    except KeyboardInterrupt:
        return 0
    except KagglebotError as error:
        print(f"{error.message} {error.hint}".strip(), file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"Port {options.port} cannot be used: {error.strerror}.", file=sys.stderr)
        return 1
    return 0


def serve(competition: PracticeCompetition, port: int = 0) -> None:
    """Serve a competition until interrupted, after printing the ``export`` lines that send kagglebot there."""
    with PracticeServer([competition], port=port) as server:
        print(f"# {competition.name} is served at {server.url}; stop with Ctrl-C")
        for name, value in server.environment.items():
            print(f"export {name}={shlex.quote(value)}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
