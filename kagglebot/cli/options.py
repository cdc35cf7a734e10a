"""Options that several commands share, and what the global ones add up to."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kagglebot.cli import completion
from kagglebot.errors import UsageError

if TYPE_CHECKING:
    from kagglebot.workspace import Workspace


@dataclass
class Session:
    """What the options before the command name decided."""

    root: Path = Path()
    chosen: bool = False  # --workspace on the command line, rather than the environment or the default
    debug: bool = False

    def workspace(self) -> "Workspace":
        """Open the workspace the command works in."""
        from kagglebot.workspace import Workspace

        return Workspace(self.root)


StudyName = Annotated[
    str | None,
    typer.Argument(metavar="STUDY", help="A study's name.", show_default=False, autocompletion=completion.studies),
]
CompetitionOption = Annotated[
    str | None,
    typer.Option(
        "--competition",
        "-c",
        metavar="NAME",
        help="Which competition; needed only where several were fetched and kagglebot.toml names none.",
        autocompletion=completion.competitions,
    ),
]
TrialOption = Annotated[
    int | None,
    typer.Option(
        "--trial",
        min=0,
        metavar="N",
        help="This trial instead of the best one.",
        autocompletion=completion.trials,
    ),
]
EnsembleOption = Annotated[
    int | None,
    typer.Option(
        "--ensemble",
        min=2,
        metavar="K",
        help="K models that do best together, instead of the best one; of one study.",
        show_default=False,
    ),
]
ThreadsOption = Annotated[
    int | None,
    typer.Option(
        "--threads",
        min=1,
        metavar="N",
        help="Train each model with so many threads instead of all cores; with 1 the weights repeat to the bit.",
        show_default=False,
    ),
]
BestOption = Annotated[
    bool, typer.Option("--best", help="The trial with the best validation score. This is the default.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on stdout; everything else goes to stderr.")
]


@dataclass(frozen=True)
class OneModel:
    """The options that say which model a command means.

    Raises:
        UsageError: They give two answers.
    """

    study: StudyName = None
    best: BestOption = False
    trial: TrialOption = None
    competition: CompetitionOption = None

    def __post_init__(self) -> None:
        self._exclude("--best", given=self.best)

    def _exclude(self, option: str, *, given: bool) -> None:
        if given and self.trial is not None:
            raise UsageError(f"{option} and --trial exclude each other.", "Leave one of them out.")


@dataclass(frozen=True)
class Models(OneModel):
    """The same for a command that takes an ensemble too."""

    ensemble: EnsembleOption = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self._exclude("--ensemble", given=self.ensemble is not None)


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """Put the options of a class, ``OneModel`` or ``Models``, in place of the command's parameter ``chosen``.

    Typer knows a command by its signature; so they are written once, and come to the command as one value.
    """
    own = inspect.signature(command)
    kind = own.parameters["chosen"].annotation
    options = inspect.signature(kind).parameters

    @wraps(command)
    def called(**values: Any) -> None:
        command(chosen=kind(**{name: values.pop(name) for name in options}), **values)

    parameters = [
        each.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in own.parameters.items()
        for each in (options.values() if name == "chosen" else [parameter])
    ]
    called.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    return called
