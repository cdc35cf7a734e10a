"""``kagglebot doctor``: will it work here, and if not, what to do."""

from dataclasses import asdict

import typer

from kagglebot.cli.console import Screen
from kagglebot.cli.options import JsonOption, Session


def doctor(context: typer.Context, as_json: JsonOption = False) -> None:
    """Check packages, Kaggle account, cores, memory and disk.

    Each thing that is not well comes with what to do. Credentials are tried, never shown. Exits with 1 when
    something would keep kagglebot from working.

    Examples:
      $ kagglebot doctor
      $ kagglebot doctor --json
    """
    session = context.ensure_object(Session)
    with Screen(as_json=as_json) as screen:
        from kagglebot.doctor import examine
        from kagglebot.report.health import describe_health

        checks = list(examine(session.root))
        healthy = all(check.state != "failed" for check in checks)
        document = {"healthy": healthy, "checks": [asdict(check) for check in checks]}
        screen.result(describe_health(checks), document)
    if not healthy:
        raise typer.Exit(1)
