"""Options that several commands share, and the session that the global ones set up."""

import inspect
import re
import shlex
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from kagglebot.cli import completion
from kagglebot.errors import UsageError

if TYPE_CHECKING:
    from kagglebot.workspace import Workspace


@dataclass
class Session:
    """The values of the options before the command name."""

    root: Path = Path()
    workspace_given: bool = False  # by --workspace, not by the environment or the default
    debug: bool = False

    def workspace(self, storage: str | None = None) -> "Workspace":
        """Return the workspace that the command works in, with the trials in the storage that --storage names."""
        from kagglebot.cli.console import stderr_console
        from kagglebot.cli.hints import in_workspace
        from kagglebot.workspace import Workspace

        def note(text: str) -> None:
            stderr_console().print(in_workspace(text), soft_wrap=True)

        return Workspace(self.root, storage=storage, on_note=note)


def seconds(text: str) -> float:
    """Return the seconds of a time such as ``90``, ``30m`` or ``8h``.

    Raises:
        typer.BadParameter: It is none, or less than a second.
    """
    match = re.fullmatch(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)([smh]?)", text.strip())
    found = float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]] if match else 0.0
    if found < 1:
        raise typer.BadParameter(f"{text[:50]!r} is not a time from 1 second on, such as 3600, 90m or 8h.")
    return found


def given_options(context: typer.Context, instead: Mapping[str, object], *, without: Collection[str] = ()) -> str:
    """Return the options of a command as they were given on the command line, for a command that repeats it.

    Args:
        context: The command's context.
        instead: Values to name in place of those that were given, by the names of their parameters.
        without: Names of parameters to leave out.
    """
    words: list[str] = []
    for parameter in context.command.params:
        source = context.get_parameter_source(name := str(parameter.name))
        if parameter.param_type_name != "option" or name in without or source is None:
            continue
        if source.name == "COMMANDLINE":
            value, flag = instead.get(name, context.params[name]), max(parameter.opts, key=len)
            for each in value if isinstance(value, list | tuple) else [value]:
                words += [flag] if each is True else [flag, str(each)]
    return "".join(f" {shlex.quote(word)}" for word in words)


StudyName = Annotated[
    str | None, typer.Argument(metavar="STUDY", help="Name of the study.", autocompletion=completion.studies)
]
CompetitionOption = Annotated[
    str | None,
    typer.Option(
        "--competition",
        "-c",
        metavar="NAME",
        help="Use this competition, if several were fetched and kagglebot.toml names none.",
        autocompletion=completion.competitions,
    ),
]
StorageOption = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Use the trials in this database or grpc:// proxy (default: where the study's folder has them).",
    ),
]
TrialOption = Annotated[
    int | None,
    typer.Option(
        min=0, metavar="N", help="Use this trial instead of the best one.", autocompletion=completion.trials
    ),
]
EnsembleOption = Annotated[
    int | None, typer.Option(min=2, metavar="K", help="Use the K models of a study that predict best together.")
]
ThreadsOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Train each model from nothing with N threads instead of all cores; with 1 its weights are "
        "reproducible.",
    ),
]
FromScratchOption = Annotated[
    bool,
    typer.Option("--from-scratch", help="Train from nothing, instead of continuing from the trial's checkpoint."),
]
BestOption = Annotated[
    bool,
    typer.Option(
        "--best",
        help="Use the best trial (the default): that with the lowest log loss of those within one standard error "
        "of the best score.",
    ),
]
CheaperOption = Annotated[
    bool,
    typer.Option(
        "--cheaper", help="Use the trial that trains fastest of those within one standard error of the best."
    ),
]
Place = Literal["here", "kaggle"]
PlaceOption = Annotated[
    Place, typer.Option(metavar="PLACE", help="Work here, or on kaggle, in a private notebook of yours.")
]
AcceleratorOption = Annotated[
    Literal["none", "gpu"], typer.Option(metavar="NAME", help="With --on kaggle, work on a gpu, or on none.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document to stdout, and everything else to stderr.")
]


def check_place(on: Place, **given: bool) -> None:
    """Check that options for Kaggle's machines are not given for a command that works here.

    Raises:
        UsageError: One is.
    """
    for name in (name for name, is_given in given.items() if is_given and on == "here"):
        raise UsageError(
            f"--{name} is for --on kaggle.", "Here, kagglebot takes the cores and cards that it finds."
        )


@dataclass(frozen=True)
class TrialOptions:
    """The options that select a trial.

    Raises:
        UsageError: Two of them exclude each other.
    """

    study: StudyName = None
    best: BestOption = False
    trial: TrialOption = None
    competition: CompetitionOption = None
    storage: StorageOption = None

    def __post_init__(self) -> None:
        pairs = ("best", "trial"), ("ensemble", "trial"), ("cheaper", "trial"), ("cheaper", "ensemble")
        for option, other in pairs:
            if getattr(self, option, None) and getattr(self, other, None) is not None:
                raise UsageError(f"--{option} and --{other} exclude each other.", "Leave one of them out.")


@dataclass(frozen=True)
class ModelOptions(TrialOptions):
    """The options that select a trial or an ensemble."""

    ensemble: EnsembleOption = None
    cheaper: CheaperOption = False


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """Replace the command's parameter ``selected`` by the options of its class.

    Typer reads a command's options from its signature. This puts the shared options there, and passes their values
    to the command as one object.
    """
    own = inspect.signature(command)
    kind = own.parameters["selected"].annotation
    options = inspect.signature(kind).parameters

    @wraps(command)
    def called(**values: Any) -> None:
        command(selected=kind(**{name: values.pop(name) for name in options}), **values)

    parameters = [
        each.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in own.parameters.items()
        for each in (options.values() if name == "selected" else [parameter])
    ]
    called.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    return called
