"""The start of the ``kagglebot`` program, and of ``python -m kagglebot``."""

import os
import signal
import sys

#: Exit code of a program that was interrupted.
_INTERRUPTED = 130


def main() -> None:
    """Run the ``kagglebot`` program and exit; a Ctrl-C while it imports its modules ends it quietly."""
    at_interrupt = signal.getsignal(signal.SIGINT)
    if at_interrupt != signal.SIG_IGN:  # as it is in the background of a shell script
        signal.signal(signal.SIGINT, lambda *_: os._exit(_INTERRUPTED))
    from kagglebot.cli.main import main as run_program

    signal.signal(signal.SIGINT, at_interrupt)
    run_program()


if __name__ == "__main__":
    if not sys.flags.safe_path:
        del sys.path[0]  # the current folder: a random.py there is the user's, not Python's
    main()
