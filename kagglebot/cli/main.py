"""The ``kagglebot`` command: global options, the commands, and how it ends."""

import inspect
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from kagglebot.cli.commands import (
    compare,
    competitions,
    dashboard,
    demo,
    doctor,
    export,
    fetch,
    init,
    leaderboard,
    proxy,
    report,
    studies,
    submissions,
    submit,
    train,
    tune,
)
from kagglebot.cli.failures import INTERRUPTED, Interrupted, abandon_stdout, explain
from kagglebot.cli.options import Session
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
    proxy.proxy,
    doctor.doctor,
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
    """Give a command's help from its docstring, with the lines of its Examples left as they are."""
    text = inspect.getdoc(function) or ""
    return text.replace("\nExamples:\n", "\n\b\nExamples:\n")


def _version(wanted: bool) -> None:
    if wanted:
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
            help="Where data/ and studies/ are; the current folder unless said otherwise.",
        ),
    ] = Path(),
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say on stderr what goes to the log, and more.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback when something fails.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Take an image-classification competition from Kaggle to a score, unattended.

    It downloads the data, searches for a good model and keeps a record of every trial, retrains the
    best one on all rows, and submits its predictions once. Whatever is cut off goes on where it was
    when the same command is run again.

    Examples:
      $ kagglebot demo                    the whole job offline, in about a minute
      $ kagglebot fetch digit-recognizer  what Kaggle has
      $ kagglebot tune --trials 50        search
      $ kagglebot studies cnn             what came out
      $ kagglebot submit --best           retrain, predict, upload, wait for the score
    """
    session = context.ensure_object(Session)
    session.root = workspace
    session.debug = debug
    if verbose:
        from kagglebot.cli.verbose import say_log

        context.call_on_close(say_log())
    source = context.get_parameter_source("workspace")
    session.chosen = source is not None and source.name == "COMMANDLINE"


app.callback(help=man_page(root))(root)
for command in COMMANDS:
    app.command(help=man_page(command))(command)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; nothing is raised.

    Args:
        arguments: What follows ``kagglebot``; the process's own where None.
    """
    session = Session()
    command: Any = typer.main.get_command(app)
    try:
        code = command(arguments, prog_name="kagglebot", standalone_mode=False, obj=session)
        if code == INTERRUPTED:  # Typer's word for a KeyboardInterrupt that no command had anything to say on
            raise Interrupted("Nothing was lost.", "Run the same command again.")
        sys.stdout.flush()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        return explain(error, debug=session.debug)
    return code or 0


def main() -> None:
    """Be the ``kagglebot`` program."""
    _interrupt_on(signal.SIGTERM)
    if hasattr(signal, "SIGHUP"):
        _interrupt_on(signal.SIGHUP)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a locale without box-drawing is no reason to fail
    code = run()
    try:
        sys.stdout.flush()
    except OSError:
        code = code or abandon_stdout()
    sys.exit(code)


def _interrupt_on(number: signal.Signals) -> None:
    """Let a signal do what Ctrl-C does, unless whoever started us ignores it (nohup)."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if signal.getsignal(number) != signal.SIG_IGN:
        signal.signal(number, interrupt)
