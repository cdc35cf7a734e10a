"""The command ``kagglebot doctor``."""

from dataclasses import asdict
from typing import Annotated

import typer

from kagglebot.cli.console import Screen
from kagglebot.cli.options import JsonOption, Session


def doctor(
    context: typer.Context,
    bench: Annotated[
        bool, typer.Option("--bench", help="Measure how fast this machine trains; takes about a minute.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check that kagglebot works on this machine.

    It checks packages, Kaggle account, cores, memory, GPUs, disk and pretrained weights, and prints what to do
    about each problem, and how large the caches are. Credentials are tested, but never shown. The exit code is 1
    if something would keep kagglebot from working.

    With --bench it measures how fast models train instead: on each installed backend, in one process and in
    one per core. The fastest setup is saved, and searches use it by default.

    Examples:
      $ kagglebot doctor
      $ kagglebot doctor --json
      $ kagglebot doctor --bench
    """
    if bench:
        _bench(as_json=as_json)
        return
    session = context.ensure_object(Session)
    with Screen(as_json=as_json) as screen:
        from kagglebot.diagnostics.checks import examine
        from kagglebot.report.terminal.doctor import describe_health

        checks = list(examine(session.root))
        healthy = all(check.state != "failed" for check in checks)
        document = {"healthy": healthy, "checks": [asdict(check) for check in checks]}
        screen.result(describe_health(checks), document)
    if not healthy:
        raise typer.Exit(1)


def _bench(*, as_json: bool) -> None:
    with Screen(as_json=as_json) as screen:
        from kagglebot.diagnostics.benchmark import run_benchmark
        from kagglebot.report.terminal.doctor import describe_speeds
        from kagglebot.training.machine.profile import save_machine_profile

        with screen.progress() as on_progress:
            profile = run_benchmark(on_progress)
        path = save_machine_profile(profile)
        used = {"backend": profile.backend, "jobs": profile.jobs(profile.backend), "file": str(path)}
        screen.result(describe_speeds(profile, path), {**profile.to_json(), **used})
