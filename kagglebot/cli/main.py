"""The ``kagglebot`` program: global options, its commands, and its exit code."""

import inspect
import os
import re
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from kagglebot.cli.commands import (
    clean,
    compare,
    competitions,
    dashboard,
    demo,
    doctor,
    export,
    fetch,
    init,
    leaderboard,
    notebooks,
    proxy,
    report,
    studies,
    submissions,
    submit,
    train,
    tune,
)
from kagglebot.cli.console import log_to_stderr
from kagglebot.cli.error_output import INTERRUPTED, Interrupted, abandon_stdout, explain
from kagglebot.cli.hints import name_workspace
from kagglebot.cli.options import Session
from kagglebot.errors import UsageError
from kagglebot.system.processes.child_processes import once
from kagglebot.system.processes.streams import open_missing_streams
from kagglebot.version import __version__

COMMANDS: tuple[Callable[..., None], ...] = (
    init.init,
    competitions.competitions,
    fetch.fetch,
    tune.tune,
    train.train,
    submit.submit,
    export.export,
    studies.studies,
    compare.compare,
    report.report,
    dashboard.dashboard,
    submissions.submissions,
    leaderboard.leaderboard,
    notebooks.notebooks,
    proxy.proxy,
    doctor.doctor,
    clean.clean,
    demo.demo,
)

app = typer.Typer(
    name="kagglebot",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: it reads like a man page and starts in half the time
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def man_page(function: Callable[..., object]) -> str:
    """Return a command's help from its docstring, with the lines under Examples left as they are."""
    text = inspect.getdoc(function) or ""
    return text.replace("\nExamples:\n", "\n\b\nExamples:\n")


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"kagglebot {__version__}")
        raise typer.Exit


def root(
    context: typer.Context,
    *,
    workspace: Annotated[
        Path,
        typer.Option(
            envvar="KAGGLEBOT_WORKSPACE",
            metavar="FOLDER",
            file_okay=False,
            help="Use this folder as the workspace; it holds data/ and studies/.",
        ),
    ] = Path(),
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print the log to stderr.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Print a traceback when a command fails.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Take an image-classification competition from Kaggle to a score, unattended.

    kagglebot downloads the data, searches for a good model, retrains the best one on all rows, and submits its
    predictions once. Every trial is saved when it ends. If a command is interrupted, run it again: it resumes.

    Examples:
      $ kagglebot demo                    try everything offline, in a minute
      $ kagglebot fetch digit-recognizer  download the data
      $ kagglebot tune --trials 50        search for the best settings
      $ kagglebot studies cnn             show the results
      $ kagglebot submit --best           retrain, predict, upload, get the score
    """
    session = context.ensure_object(Session)
    session.root = workspace
    session.debug = debug
    if verbose:
        context.call_on_close(log_to_stderr())
    source = context.get_parameter_source("workspace")
    session.workspace_given = source is not None and source.name == "COMMANDLINE"
    name_workspace(workspace if session.workspace_given else None, [each.__name__ for each in COMMANDS])


app.callback(help=man_page(root))(root)
for command in COMMANDS:
    app.command(help=man_page(command))(command)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; never raises.

    Args:
        arguments: The words after ``kagglebot``; None for those of the process.
    """
    session = Session()
    name_workspace(None)
    command: Any = typer.main.get_command(app)
    try:
        _check_text(sys.argv[1:] if arguments is None else arguments)
        code = command(arguments, prog_name="kagglebot", standalone_mode=False, obj=session)
        if code == INTERRUPTED:  # Typer's code for a KeyboardInterrupt that no command handled
            raise Interrupted("Nothing was lost.", "Run the same command again.")
        sys.stdout.flush()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        return explain(error, debug=session.debug)
    return code or 0


def _check_text(arguments: Sequence[str]) -> None:
    """Check that the arguments are text: a terminal may send bytes that are not UTF-8."""
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError as error:
            raise UsageError(
                f"{argument[:100]!r} is not text in UTF-8.", "Write it in UTF-8 characters."
            ) from error


def main() -> None:
    """Run the ``kagglebot`` program and exit."""
    open_missing_streams()
    _raise_no_warnings()
    _interrupt_on(signal.SIGTERM)
    if hasattr(signal, "SIGHUP"):
        _interrupt_on(signal.SIGHUP)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # do not fail in a locale without box-drawing characters
    code = run()
    try:
        sys.stdout.flush()
    except OSError:
        code = code or abandon_stdout()
    sys.exit(code)


def _raise_no_warnings() -> None:
    """Print warnings that ``PYTHONWARNINGS=error`` would raise, in child processes too: libraries have some."""
    options = [re.sub("^e[a-z]*", "default", option) for option in sys.warnoptions]
    if options != sys.warnoptions:
        sys.warnoptions[:] = options
        os.environ["PYTHONWARNINGS"] = ""
        warnings.simplefilter("default")


def _interrupt_on(number: signal.Signals) -> None:
    """Handle a signal like Ctrl-C, unless the parent process ignores it (nohup)."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if signal.getsignal(number) != signal.SIG_IGN:
        signal.signal(number, once(interrupt))
