"""The command ``kagglebot submit``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kagglebot.cli.console import Screen
from kagglebot.cli.error_output import on_interrupt
from kagglebot.cli.options import FromScratchOption, JsonOption, ModelOptions, Session, with_options
from kagglebot.errors import UsageError

if TYPE_CHECKING:
    from kagglebot.submission.records import Submitted


@with_options
def submit(
    context: typer.Context,
    *,
    selected: ModelOptions,
    file: Annotated[
        Path | None, typer.Option(metavar="CSV", help="Submit this file as it is, after the same checks.")
    ] = None,
    from_scratch: FromScratchOption = False,
    now: Annotated[
        bool, typer.Option("--now", help="Submit what the trial's checkpoint predicts, without any training.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write and check the file; make and upload nothing.")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Wait for Kaggle's score, and for a notebook's run before it.")
    ] = True,
    again: Annotated[bool, typer.Option("--again", help="Submit a file again that Kaggle already has.")] = False,
    late: Annotated[
        bool, typer.Option("--late", help="Submit after the deadline; some competitions score that.")
    ] = False,
    gpu: Annotated[
        bool, typer.Option("--gpu", help="Run the notebook on a GPU, where the competition takes notebooks only.")
    ] = False,
    message: Annotated[
        str | None,
        typer.Option(
            "--message",
            "-m",
            metavar="TEXT",
            help="Describe the submission on Kaggle, instead of by study, trial and score.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Predict the test set, upload once, wait for the score.

    The model is trained first if it does not exist (see `kagglebot train`); --now submits what the net of the
    trial predicts as it is, which has not learned from the validation rows, for a first score at once. Of a
    trial with folds it is the mean of the nets of its folds.

    The file gets the columns and the order of sample_submission.csv, and is checked before the upload. If the
    command is interrupted, run it again: it asks Kaggle whether the file arrived, and never submits the same
    file twice.

    In a competition that takes notebooks only, the model goes to Kaggle as a private dataset, a private notebook
    predicts with it, and that version of the notebook is submitted; what is made is listed first. If the command
    is interrupted, or does not wait, the notebook runs on: run the same command again to continue. `kagglebot
    notebooks --clean` removes both.

    Examples:
      $ kagglebot submit --best
      $ kagglebot submit --best --now
      $ kagglebot submit cnn --trial 12 --dry-run
      $ kagglebot submit --best --ensemble 5
      $ kagglebot submit --file predictions.csv --message "by hand"
    """
    if file is not None and (now or from_scratch or selected != ModelOptions(competition=selected.competition)):
        raise UsageError(
            "--file submits a file as it is, so it takes no study, --best, --cheaper, --trial, --ensemble, --now, "
            "--from-scratch or --storage.",
            "Leave one of them out.",
        )
    if now and from_scratch:
        raise UsageError("--now trains nothing, so it takes no --from-scratch.", "Leave one of them out.")
    session = context.ensure_object(Session)
    with Screen(as_json=as_json) as screen:
        with (
            on_interrupt(
                "Nothing was lost; a file that was being uploaded may have arrived, and a notebook runs on.",
                "Run the same command again: it asks Kaggle first, goes on from there and submits nothing twice.",
            ),
            screen.progress() as on_progress,
        ):
            workspace = session.workspace(selected.storage)
            submitted = workspace.submit(
                selected.study,
                competition=selected.competition,
                trial=selected.trial,
                ensemble=selected.ensemble,
                cheaper=selected.cheaper,
                file=file,
                from_scratch=from_scratch,
                now=now,
                dry_run=dry_run,
                wait=wait,
                again=again,
                late=late,
                gpu=gpu,
                message=message,
                on_progress=on_progress,
            )
        from kagglebot.report.terminal.submissions import describe_submission

        screen.result(describe_submission(submitted), submission_document(submitted))
        if submitted.status == "running":
            screen.next_step("the same command again, once the notebook has run")
        if submitted.status == "pending":
            option = workspace.competition_option(submitted.competition)
            screen.next_step(f"kagglebot submissions{option}, which shows the score once Kaggle has it")


def submission_document(submitted: "Submitted") -> dict[str, Any]:
    """Return what ``submit --json`` prints."""
    return {name: value for name, value in vars(submitted).items() if name != "why"}
