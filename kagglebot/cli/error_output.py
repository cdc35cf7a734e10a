"""Errors of a command, printed to stderr with a hint and turned into an exit code."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from kagglebot.cli.console import print_sentences, stderr_console
from kagglebot.cli.hints import in_workspace
from kagglebot.errors import KagglebotError, plain_problem
from kagglebot.system.files.disk_errors import disk_hint

INTERRUPTED = 130
_BROKEN_PIPE = 1


class Interrupted(KagglebotError):
    """Ctrl-C or SIGTERM; the message says what was saved, the hint how to continue."""

    exit_code = INTERRUPTED


@contextmanager
def on_interrupt(message: str, hint: str = "") -> Iterator[None]:
    """Raise ``Interrupted`` with this message if the block is interrupted.

    Raises:
        Interrupted: Instead of ``KeyboardInterrupt``.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        raise Interrupted(message, hint) from error


def explain(error: Exception, *, debug: bool) -> int:
    """Print an error and its hint to stderr, and return the exit code.

    Args:
        error: Any exception of a command.
        debug: Print the traceback first, without the values of local variables.
    """
    if isinstance(error, BrokenPipeError):
        return abandon_stdout()
    if debug:
        stderr_console().print_exception(show_locals=False)
    if isinstance(error, KagglebotError):
        _print("interrupted" if isinstance(error, Interrupted) else "error", error.message, error.hint)
        return error.exit_code
    if isinstance(error, typer.TyperException):
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "kagglebot"
        _print("error", _sentence(plain_problem(error.format_message())), f"Run: {command} --help")
        return error.exit_code
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        reason = _sentence(f"{where}{error.strerror or error}")
        _print("error", reason, disk_hint(error))
    elif isinstance(error, ImportError):
        hint = "Lift the limit on memory (ulimit -v) if there is one, or install kagglebot again."
        _print("error", f"A package cannot be loaded: {_sentence(str(error))}", hint)
    elif isinstance(error, MemoryError):
        _print("error", "Memory ran out.", "Close other programs and run the same command again; nothing is lost.")
    else:
        bug = f"Something broke inside kagglebot: {type(error).__name__}: {_sentence(str(error))}"
        _print("error", bug, "This is a bug. Run `kagglebot --debug …` again and report what it prints.")
    return 1


def abandon_stdout() -> int:
    """Stop writing to a closed pipe (``kagglebot studies | head -1``) and return the exit code."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    os.close(devnull)
    return _BROKEN_PIPE


def _print(label: str, message: str, hint: str) -> None:
    from rich.text import Text

    console = stderr_console()
    print_sentences(console, Text.assemble((f"{label}: ", "bold red"), in_workspace(message)))
    if hint:
        print_sentences(console, Text.assemble(("hint: ", "bold cyan"), in_workspace(hint)))


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if not text or text[-1] in ".!?" else f"{text}."
