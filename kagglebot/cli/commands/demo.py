"""The command ``kagglebot demo``."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kagglebot.cli.commands.submit import submission_document
from kagglebot.cli.console import Screen
from kagglebot.cli.error_output import on_interrupt
from kagglebot.cli.options import JsonOption, Session

if TYPE_CHECKING:
    from kagglebot.analysis.study_summary import StudySummary
    from kagglebot.submission.records import Submitted

_TRIALS = 4


def demo(
    context: typer.Context,
    *,
    trials: Annotated[int, typer.Option("--trials", "-n", min=1, metavar="N", help="Run N trials.")] = _TRIALS,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, metavar="N", help="Run N trials at the same time.")
    ] = None,
    notebooks: Annotated[
        bool,
        typer.Option("--notebooks", help="Practise on a competition that takes submissions from notebooks only."),
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the temporary workspace and print its path.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Try the whole job offline, in about a minute.

    It fetches, tunes, submits and gets a score. The competition is made of scikit-learn's handwritten digits,
    and a local server speaks Kaggle's protocol to the real Kaggle client. It needs no account and no network,
    and does not use your credentials. Its files go to a temporary folder, or to that of `kagglebot --workspace
    FOLDER demo`. With --notebooks the server runs notebooks too, without network, as Kaggle does: the model goes
    there as a dataset, a notebook predicts with it, is submitted, and runs again on hidden test images.

    Examples:
      $ kagglebot demo
      $ kagglebot demo --notebooks
      $ kagglebot --workspace practice demo --trials 10
    """
    session = context.ensure_object(Session)
    with (
        Screen(as_json=as_json) as screen,
        on_interrupt("The demo did not finish; your own data was not touched.", "Run: kagglebot demo"),
        _folder(session, keep=keep) as (root, stays),
        tempfile.TemporaryDirectory(prefix="kagglebot-demo-") as served,
    ):
        from kagglebot.practice.competition import write_competition
        from kagglebot.practice.server import PracticeServer
        from kagglebot.system.processes.environment import environment

        competition = write_competition(Path(served), notebooks_only=notebooks)
        with PracticeServer([competition]) as server, environment(server.environment):
            screen.note(f"The practice competition {competition.name} is served at {server.url}.")
            summary, submitted = _whole_job(screen, root, competition.name, trials, jobs)
        _show(screen, summary, submitted, root if stays else None)


def _announce(screen: Screen, command: str) -> None:
    """Print a command as if it was typed."""
    screen.err.print(f"\n$ {command}", soft_wrap=True)


def _whole_job(
    screen: Screen, root: Path, competition: str, trials: int, jobs: int | None
) -> "tuple[StudySummary, Submitted]":
    from kagglebot.cli.live.table import SearchLimits
    from kagglebot.cli.live.watch import watch
    from kagglebot.report.terminal.dataset import describe_dataset
    from kagglebot.report.terminal.studies import describe_tuned
    from kagglebot.workspace import Workspace

    workspace = Workspace(root, on_note=screen.note)
    _announce(screen, f"kagglebot fetch {competition}")
    with screen.progress() as on_progress:
        found = workspace.fetch(competition, on_progress=on_progress)
    screen.err.print(describe_dataset(found.schema, found.folder, downloaded=found.downloaded))
    _announce(screen, f"kagglebot tune --trials {trials}")
    with watch(screen.err, SearchLimits(trials)) as live:
        summary = workspace.tune(competition=competition, trials=trials, jobs=jobs, callbacks=[live])
    screen.err.print(describe_tuned(summary))
    _announce(screen, "kagglebot submit --best")
    with screen.progress() as on_progress:
        submitted = workspace.submit(competition=competition, on_progress=on_progress)
    return summary, submitted


def _show(screen: Screen, summary: "StudySummary", submitted: "Submitted", workspace: Path | None) -> None:
    from rich.console import Group
    from rich.text import Text

    from kagglebot.report import formatting
    from kagglebot.report.terminal.submissions import describe_submission

    document: dict[str, Any] = {**submission_document(submitted), "study": summary.to_json()}
    document["workspace"] = str(workspace) if workspace else None
    lines = [
        f"\nThe public score is {formatting.score(submitted.public_score)} of 1, on labels only the server knows.",
        "For a real competition: create a Kaggle token (kaggle.com, Settings, API), accept the rules on the "
        "competition's page, and run: kagglebot fetch digit-recognizer",
    ]
    if workspace is not None:
        lines.append(f"To see the trials: kagglebot --workspace {workspace} studies {summary.study}")
    screen.result(Group(describe_submission(submitted), Text("\n".join(lines))), document)


@contextmanager
def _folder(session: Session, *, keep: bool) -> Iterator[tuple[Path, bool]]:
    """Yield the folder to work in, and whether it is kept. Ignores KAGGLEBOT_WORKSPACE, which is for real work."""
    if session.workspace_given:
        yield session.root, True
    elif keep:
        yield Path(tempfile.mkdtemp(prefix="kagglebot-demo-")), True
    else:
        with tempfile.TemporaryDirectory(prefix="kagglebot-demo-") as folder:
            yield Path(folder), False
