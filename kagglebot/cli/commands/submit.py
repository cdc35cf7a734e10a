"""``kagglebot submit``: from the best trial to a score on Kaggle."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kagglebot.cli.console import Screen
from kagglebot.cli.failures import kept
from kagglebot.cli.options import JsonOption, Models, Session, with_options
from kagglebot.errors import UsageError

if TYPE_CHECKING:
    from kagglebot.submission.records import Submitted


@with_options
def submit(
    context: typer.Context,
    *,
    chosen: Models,
    file: Annotated[
        Path | None,
        typer.Option("--file", metavar="CSV", help="Submit this file as it is, after the same checks."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write and check the file; upload nothing.")] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for Kaggle's score.")] = True,
    again: Annotated[
        bool, typer.Option("--again", help="Submit a file that Kaggle already has once more.")
    ] = False,
    late: Annotated[
        bool, typer.Option("--late", help="Try after the deadline: some competitions score late submissions.")
    ] = False,
    message: Annotated[
        str | None,
        typer.Option(
            "--message",
            "-m",
            metavar="TEXT",
            help="The description on Kaggle, instead of study, trial and score.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Predict the test set, upload once, wait for the score.

    Trains first when the model is not there yet (see `kagglebot train`). The file has the columns and the
    order of sample_submission.csv. Run again, also after it was killed, it finds out from Kaggle's own
    list whether the file arrived, and never spends the day's allowance twice on the same file.

    Examples:
      $ kagglebot submit --best
      $ kagglebot submit cnn --trial 12 --dry-run
      $ kagglebot submit --best --ensemble 5
      $ kagglebot submit --file predictions.csv --message "by hand"
    """
    if file is not None and chosen != Models(competition=chosen.competition):
        raise UsageError(
            "--file submits a file as it is, so it takes no study, --best, --trial or --ensemble.",
            "Leave one of them out.",
        )
    session = context.ensure_object(Session)
    with Screen(as_json=as_json) as screen:
        with (
            kept(
                "Nothing was lost; if the file was being uploaded it may have arrived.",
                "Run the same command again: it looks on Kaggle first and does not submit the file twice.",
            ),
            screen.progress() as on_progress,
        ):
            submitted = session.workspace().submit(
                chosen.study,
                competition=chosen.competition,
                trial=chosen.trial,
                ensemble=chosen.ensemble,
                file=file,
                dry_run=dry_run,
                wait=wait,
                again=again,
                late=late,
                message=message,
                on_progress=on_progress,
            )
        from kagglebot.report.terminal.submission import describe_submission

        screen.result(describe_submission(submitted), submission_document(submitted))
        if submitted.status == "pending":
            screen.next_step("kagglebot submissions, which picks the score up when Kaggle has it")


def submission_document(submitted: "Submitted") -> dict[str, Any]:
    """Give what ``submit --json`` prints."""
    return {
        "competition": submitted.competition,
        "study": submitted.study,
        "model": submitted.model,
        "file": str(submitted.file),
        "rows": submitted.rows,
        "validation_score": submitted.validation_score,
        "single_score": submitted.single_score,
        "public_score": submitted.public_score,
        "metric": submitted.metric,
        "status": submitted.status,
        "ref": submitted.ref,
        "new": submitted.new,
    }
