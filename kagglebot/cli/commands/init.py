"""The command ``kagglebot init``."""

import sys
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import typer

from kagglebot.cli import completion
from kagglebot.cli.console import Screen
from kagglebot.cli.error_output import Interrupted
from kagglebot.cli.options import JsonOption, Session
from kagglebot.errors import KagglebotError, UsageError

_STUDY, _MINUTES = "mine", 60.0


def init(
    context: typer.Context,
    *,
    competition: Annotated[
        str | None,
        typer.Option(
            "--competition",
            "-c",
            metavar="NAME",
            help="Use this competition: its name or address.",
            autocompletion=completion.competitions,
        ),
    ] = None,
    study: Annotated[str | None, typer.Option(metavar="NAME", help="Name the study.")] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0.1, metavar="N", help="Limit a search to N minutes by default.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: use the default of what is not given.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Create a workspace by answering three questions.

    It asks for the competition, a name for your study, and how long a search may take. Then it writes
    kagglebot.toml, so that you need not repeat these options, and studies/NAME.toml, a commented copy for you to
    edit: of the shipped study of that name, else of `photo` if the competition is fetched and its images are
    photographs, else of `cnn`. With --study and a kagglebot.toml that is there, only the definition is written.
    Existing files are not changed.

    Examples:
      $ kagglebot init
      $ kagglebot init --yes
      $ kagglebot init --study cnn
      $ kagglebot --workspace digits init --study wide --minutes 30
    """
    session = context.ensure_object(Session)
    with Screen(as_json=as_json) as screen:
        from kagglebot.config import FILE
        from kagglebot.kaggle.names import competition_slug
        from kagglebot.paths import DEFAULT_COMPETITION
        from kagglebot.scaffold import check_new_study, check_new_workspace, write_workspace
        from kagglebot.study_config.definition_files import is_shipped

        further = study is not None and competition is None and (session.root / FILE).exists()
        if not further:
            check_new_workspace(session.root)
        workspace = session.workspace()
        known = [workspace.settings.competition, *workspace.fetched(), DEFAULT_COMPETITION]
        likely = next(filter(None, known))
        ask = partial(_ask, asked=not yes)
        competition = ask(
            "Which competition (the end of its address on kaggle.com)",
            likely if further else competition,
            likely,
            competition_slug,
        )
        study = ask("A name for your study", study, _STUDY, lambda name: check_new_study(session.root, name))
        minutes = ask("How many minutes may a search take", minutes, _MINUTES, _positive)
        template = study if is_shipped(session.root, study) else workspace.fitting_study(competition)
        files = write_workspace(session.root, competition, study, minutes, template)
        document = {"competition": competition, "study": study, "minutes": minutes, "files": list(map(str, files))}
        screen.result("\n".join(f"Written: {file}" for file in files), document)
        tune = "kagglebot tune"  # the new kagglebot.toml names study and competition
        if further:
            tune = f"{tune} {study}{workspace.competition_option(competition)}"
        screen.next_step(tune if competition in workspace.fetched() else f"kagglebot fetch, then {tune}")


def _ask(text: str, given: Any, default: Any, check: Callable[[Any], Any], *, asked: bool) -> Any:
    """Ask on stderr for what was not given, or use the default without asking."""
    if given is not None or not asked:
        return check(default if given is None else given)
    if not sys.stdin.isatty():
        raise UsageError(
            "There is no terminal to ask on.",
            "Add --yes to use the defaults, or give --competition, --study and --minutes.",
        )

    def accept(answer: Any) -> Any:
        try:
            return check(answer)
        except KagglebotError as error:
            raise typer.BadParameter(f"{error.message} {error.hint}") from error

    try:
        return typer.prompt(text, default=default, value_proc=accept, err=True)
    except typer.Abort as error:
        typer.echo(err=True)  # ends the line of the question
        raise Interrupted("Nothing was written.", "Start again with: kagglebot init") from error


def _positive(answer: Any) -> float:
    try:
        minutes = float(answer)
    except ValueError:
        minutes = 0
    if not 0 < minutes < float("inf"):
        raise UsageError(f"{answer!r} is not a number of minutes.", "Enter 60, for example.")
    return minutes
