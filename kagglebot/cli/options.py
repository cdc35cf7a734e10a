"""Options that several commands share, and what the global ones add up to."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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
    typer.Argument(metavar="STUDY", help="A study's name.", show_default=False),
]
CompetitionOption = Annotated[
    str | None,
    typer.Option(
        "--competition",
        "-c",
        metavar="NAME",
        help="Which competition; needed only where several were fetched and kagglebot.toml names none.",
    ),
]
TrialOption = Annotated[
    int | None, typer.Option("--trial", min=0, metavar="N", help="This trial instead of the best one.")
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


def one_model(*, best: bool, trial: int | None, ensemble: int | None = None) -> None:
    """Refuse two answers to the question which model is meant.

    Raises:
        UsageError: ``--trial`` was given with ``--best`` or ``--ensemble``.
    """
    for option, given in (("--best", best), ("--ensemble", ensemble is not None)):
        if given and trial is not None:
            raise UsageError(f"{option} and --trial exclude each other.", "Leave one of them out.")
