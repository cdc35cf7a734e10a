"""The command ``kagglebot clean``."""

from typing import Annotated

import typer

from kagglebot.cli.console import Screen
from kagglebot.cli.options import CompetitionOption, JsonOption, Session, StorageOption


def clean(
    context: typer.Context,
    *,
    competition: CompetitionOption = None,
    storage: StorageOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would be removed.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Free disk space: remove what can be made again.

    It removes the features of pretrained nets, decoded images of sizes that no study of the competition has,
    and files that killed commands left. Studies, models, predictions and what was downloaded stay. A search
    that needs the features or images again makes them first. While a study is at work nothing is removed.

    Examples:
      $ kagglebot clean --dry-run
      $ kagglebot clean
    """
    with Screen(as_json=as_json) as screen:
        removed = context.ensure_object(Session).workspace(storage).clean(competition, dry_run=dry_run)
        from kagglebot.report.terminal.clean import describe_removed

        document = {
            "dry_run": dry_run,
            "bytes": sum(each.size for each in removed),
            "removed": [{"path": str(each.path), "kind": each.kind, "bytes": each.size} for each in removed],
        }
        screen.result(describe_removed(removed, dry_run=dry_run), document)
        if dry_run and removed:
            screen.next_step("kagglebot clean")
