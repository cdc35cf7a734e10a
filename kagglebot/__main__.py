"""The start of the ``kagglebot`` program, and of ``python -m kagglebot``."""

import os
import signal
import sys

#: Exit code of a program that was interrupted.
_INTERRUPTED = 130


def main() -> None:
    """Run the ``kagglebot`` program and exit; a Ctrl-C or a closed terminal ends it quietly during its imports."""
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGHUP") if hasattr(signal, name)]
    handlers = {number: signal.getsignal(number) for number in numbers}
    for number, handler in handlers.items():
        if handler != signal.SIG_IGN:  # as it is in the background of a shell script
            signal.signal(number, lambda *_: os._exit(_INTERRUPTED))
    from kagglebot.cli.main import main as run_program

    for number, handler in handlers.items():
        signal.signal(number, handler)
    run_program()


if __name__ == "__main__":
    if not sys.flags.safe_path:
        del sys.path[0]  # the current folder: a random.py there is the user's, not Python's
    main()
