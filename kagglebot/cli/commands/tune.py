"""``kagglebot tune``: the search."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kagglebot.cli import completion
from kagglebot.cli.console import Screen
from kagglebot.cli.failures import Interrupted
from kagglebot.cli.options import CompetitionOption, JsonOption, Session, StudyName
from kagglebot.errors import KagglebotError, UsageError

Backend = Literal["auto", "tensorflow", "torch"]

if TYPE_CHECKING:
    from kagglebot.analysis.results import StudySummary
    from kagglebot.workspace import Workspace


def tune(
    context: typer.Context,
    *,
    study: StudyName = None,
    trials: Annotated[
        int | None,
        typer.Option("--trials", "-n", min=1, metavar="N", help="Run this many trials more.", show_default=False),
    ] = None,
    timeout_seconds: Annotated[
        float | None,
        typer.Option("--timeout", min=1, metavar="SECONDS", help="Stop within an epoch of this time."),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            min=1,
            metavar="N",
            help="How many trials run at the same time; without it as many as doctor --bench found best.",
        ),
    ] = None,
    storage: Annotated[
        str | None,
        typer.Option(metavar="URL", help="A database, or grpc:// proxy, rather than the study's folder."),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="tcp://HOST:PORT", help="Run the trials on this Dask scheduler's workers."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Another seed than the study's own.")
    ] = None,
    backend: Annotated[
        Backend | None,
        typer.Option(
            metavar="NAME",
            help="What nets are trained on: tensorflow, torch, or auto, what doctor --bench found faster.",
        ),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUES", help="Draw only these: filters=16,32 or epochs=4..8."),
    ] = None,
    fix: Annotated[
        list[str] | None, typer.Option("--fix", metavar="NAME=VALUE", help="Draw only this: kernel=3.")
    ] = None,
    callback: Annotated[
        list[str] | None,
        typer.Option(
            "--callback",
            metavar="NAME",
            help="Follow the search with tensorboard, wandb, mlflow or an installed plugin; may be repeated.",
            autocompletion=completion.callbacks,
        ),
    ] = None,
    competition: CompetitionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Search for good settings; run it again to go on.

    A study is a definition, studies/STUDY.toml, and what it produced, studies/COMPETITION/STUDY/. Without
    --trials and --timeout the definition's own budget holds. Trials are scored by the competition's
    metric, on rows they do not train on. Every finished trial is kept at once: Ctrl-C, a kill or a power
    cut costs at most the epochs of the trials then running, and the next start runs those again.

    Examples:
      $ kagglebot tune --trials 50
      $ kagglebot tune cnn --timeout 3600 --jobs 2
      $ kagglebot tune cnn --trials 10 --set filters=16,32 --fix kernel=3
    """
    if jobs is not None and cluster is not None:
        raise UsageError("--jobs and --cluster exclude each other.", "A cluster has the workers that it has.")
    session = context.ensure_object(Session)
    with Screen(as_json=as_json) as screen:
        workspace = session.workspace()
        earlier = _so_far(workspace, study, competition) if storage is None else None
        from kagglebot.cli.live.table import SearchLimits
        from kagglebot.cli.live.watch import watch

        try:
            with watch(screen.err, SearchLimits(trials, timeout_seconds), earlier) as live:
                summary = workspace.tune(
                    study,
                    competition=competition,
                    trials=trials,
                    timeout_seconds=timeout_seconds,
                    jobs=jobs,
                    storage=storage,
                    seed=seed,
                    cluster=cluster,
                    backend=backend,
                    keep=keep or (),
                    fix=fix or (),
                    callbacks=[live, *(callback or ())],
                )
        except KeyboardInterrupt as error:
            raise _stopped(_so_far(workspace, study, competition), study) from error
        from kagglebot.report.terminal.tune import describe_tuned

        screen.result(describe_tuned(summary), summary.to_json())
        screen.next_step(f"kagglebot studies {summary.study}, then kagglebot submit {summary.study} --best")


def _so_far(workspace: "Workspace", study: str | None, competition: str | None) -> "StudySummary | None":
    """Give the study as it is now; None where it has no trials, or what `tune` itself will complain of."""
    try:
        return workspace.summary(study, competition)
    except KagglebotError:
        return None


def _stopped(summary: "StudySummary | None", study: str | None) -> Interrupted:
    again = f"kagglebot tune {summary.study if summary else study or ''}".rstrip()
    if summary is None:
        return Interrupted("No trial had finished.", f"Start again with: {again}")
    from kagglebot.report import formatting

    best = ""
    if summary.best:
        best = f", the best with {summary.measure.text} {formatting.score(summary.best.value)}"
    kept = f"{summary.complete + summary.pruned} finished trials of '{summary.study}' are kept{best}."
    return Interrupted(kept, f"Go on with: {again}")
