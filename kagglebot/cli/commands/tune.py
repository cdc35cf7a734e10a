"""The command ``kagglebot tune``."""

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from kagglebot.cli import completion
from kagglebot.cli.console import Screen
from kagglebot.cli.error_output import Interrupted, on_interrupt
from kagglebot.cli.options import (
    AcceleratorOption,
    CompetitionOption,
    JsonOption,
    PlaceOption,
    Session,
    StorageOption,
    StudyName,
    check_place,
    given_options,
    seconds,
)
from kagglebot.errors import KagglebotError, UsageError
from kagglebot.system.storage_url import as_option

Backend = Literal["auto", "tensorflow", "torch"]

_ON_KAGGLE = "The search goes on on Kaggle, if it had begun there."
_GO_ON = "Run the same command again: it waits on, and brings the trials home; nothing is made twice."

if TYPE_CHECKING:
    from kagglebot.analysis.study_summary import StudySummary
    from kagglebot.workspace import Workspace


def tune(
    context: typer.Context,
    *,
    study: StudyName = None,
    trials: Annotated[
        int | None, typer.Option("--trials", "-n", min=1, metavar="N", help="Run N more trials.")
    ] = None,
    timeout_seconds: Annotated[
        float | None,
        typer.Option(
            "--timeout",
            parser=seconds,
            metavar="TIME",
            help="Stop after 3600 (seconds), 90m or 8h, within an epoch.",
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            min=1,
            metavar="N",
            help="Run N trials at the same time (default: what `doctor --bench` found best).",
        ),
    ] = None,
    storage: StorageOption = None,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="tcp://HOST:PORT", help="Run the trials on the workers of this Dask scheduler."),
    ] = None,
    on: PlaceOption = "here",
    accelerator: AcceleratorOption = "none",
    sessions: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="With --on kaggle, share the trials among N notebooks at the same time."
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Use this seed instead of the study's.")] = None,
    backend: Annotated[
        Backend | None,
        typer.Option(
            metavar="NAME", help="Train on tensorflow, torch, or auto (what `doctor --bench` found faster)."
        ),
    ] = None,
    restrict: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUES", help="Search only these values: filters=16,32 or epochs=4..8."
        ),
    ] = None,
    fix: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="Fix a parameter: kernel=3.")] = None,
    callback: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Follow the search with tensorboard, wandb, mlflow or an installed plugin; may be repeated.",
            autocompletion=completion.callbacks,
        ),
    ] = None,
    competition: CompetitionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Search for the best settings; run again to continue.

    A study is a definition, studies/STUDY.toml, and its results, studies/COMPETITION/STUDY/. Without STUDY it is
    photo for photographs and cnn for small grey images. Without --trials and --timeout, the definition's budget
    applies. Trials are scored with the competition's metric, on rows that they are not trained on. Each trial is
    saved when it ends: Ctrl-C, a kill or a power cut loses at most the current epochs of running trials, and the
    next start runs those trials again.

    With --on kaggle the study goes to Kaggle in a private dataset, a private notebook searches there for up to 11
    hours, and the trials come back into the study; what is made is listed first. Ctrl-C leaves it running: run the
    same command again to go on from wherever it is. With --sessions several notebooks share the trials; Kaggle
    runs two with a GPU, or five without, at the same time.

    Examples:
      $ kagglebot tune --trials 50
      $ kagglebot tune cnn --timeout 3600 --jobs 2
      $ kagglebot tune --on kaggle --accelerator gpu --timeout 8h
      $ kagglebot tune --on kaggle --sessions 4 --trials 40
      $ kagglebot tune cnn --trials 10 --set filters=16,32 --fix kernel=3
    """
    if jobs is not None and cluster is not None:
        raise UsageError("--jobs and --cluster exclude each other.", "The cluster has as many jobs as workers.")
    check_place(on, accelerator=accelerator != "none", sessions=sessions is not None)
    with Screen(as_json=as_json) as screen:
        workspace = context.ensure_object(Session).workspace(storage)
        options: dict[str, Any] = {
            "competition": competition,
            "trials": trials,
            "timeout_seconds": timeout_seconds,
            "jobs": jobs,
            "seed": seed,
            "cluster": cluster,
            "backend": backend,
            "restrict": restrict or (),
            "fix": fix or (),
        }
        if on == "kaggle":
            with on_interrupt(_ON_KAGGLE, _GO_ON), screen.progress() as on_progress:
                gpu = accelerator == "gpu"
                options |= {"callbacks": callback or (), "on": on, "gpu": gpu, "sessions": sessions or 1}
                summary = workspace.tune(study, on_progress=on_progress, **options)
        else:
            summary = _watched(context, screen, workspace, options, callback or ())
        from kagglebot.report.terminal.studies import describe_tuned

        screen.result(describe_tuned(summary), summary.to_json())
        if summary.best is None:
            raise summary.none_complete()
        option = workspace.competition_option(summary.competition)
        screen.next_step(
            f"kagglebot studies {summary.study}{option}, then kagglebot submit {summary.study} --best{option}"
        )


def _watched(
    context: typer.Context,
    screen: Screen,
    workspace: "Workspace",
    options: dict[str, Any],
    callbacks: Sequence[str],
) -> "StudySummary":
    """Search on this machine or a cluster, and show each trial."""
    study, competition, began = context.params["study"], options["competition"], time.monotonic()
    earlier = _so_far(workspace, study, competition)
    from kagglebot.cli.live.table import SearchLimits
    from kagglebot.cli.live.watch import watch

    try:
        with watch(screen.err, SearchLimits(options["trials"], options["timeout_seconds"]), earlier) as live:
            return workspace.tune(study, callbacks=[live, *callbacks], **options)
    except KeyboardInterrupt as error:
        now = _so_far(workspace, study, competition)
        left = _left(options, _ended(now) - _ended(earlier), time.monotonic() - began)
        raise _stopped(workspace, now, study, _given(context, left)) from error


def _so_far(workspace: "Workspace", study: str | None, competition: str | None) -> "StudySummary | None":
    """Return the study as it is now, or None if it has no trials or cannot be read."""
    try:
        return workspace.summary(study, competition)
    except KagglebotError:
        return None


def _ended(summary: "StudySummary | None") -> int:
    return 0 if summary is None else summary.complete + summary.pruned + summary.count("failed")


def _left(options: Mapping[str, Any], ended: int, seconds: float) -> dict[str, int]:
    """Return what is left of the limits of a search after so many trials and seconds."""
    limits = {"trials": (options["trials"], ended), "timeout_seconds": (options["timeout_seconds"], seconds)}
    return {name: max(1, round(limit - used)) for name, (limit, used) in limits.items() if limit is not None}


def _given(context: typer.Context, left: Mapping[str, int]) -> str:
    """Return the options that were given, with what is left of the limits; a storage without its password."""
    words = given_options(context, left, without=("competition", "as_json", "storage"))
    return words + as_option(context.params["storage"])


def _stopped(
    workspace: "Workspace", summary: "StudySummary | None", study: str | None, given: str = ""
) -> Interrupted:
    """Return the end of a search that the user stopped; ``given`` are the options to go on with."""
    if summary is None:
        name = f" {study}" if study else ""
        return Interrupted("No trial had finished.", f"Start again: kagglebot tune{name}{given}")
    again = f"kagglebot tune {summary.study}{workspace.competition_option(summary.competition)}{given}"
    from kagglebot.report import formatting

    best, finished = "", summary.complete + summary.pruned
    if summary.best:
        best = f", the best with {summary.measure.text} {formatting.score(summary.best.value)}"
    are = "is" if finished == 1 else "are"
    saved = f"{formatting.count(finished, 'finished trial')} of '{summary.study}' {are} saved{best}."
    return Interrupted(saved, f"Continue with: {again}")
