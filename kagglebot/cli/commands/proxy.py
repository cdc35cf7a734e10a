"""The command ``kagglebot proxy``."""

from typing import Annotated

import typer

from kagglebot.cli.console import Screen
from kagglebot.cli.options import CompetitionOption, Session, StorageOption, StudyName

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def proxy(
    context: typer.Context,
    *,
    study: StudyName = None,
    storage: StorageOption = None,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Listen on this address.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="N", help="Listen on this port.")] = 13000,
    competition: CompetitionOption = None,
) -> None:
    """Serve a study's trials to workers on other machines.

    It runs Optuna's gRPC proxy until Ctrl-C. Many workers share the few connections of one process to a
    database, or the journal file in the study's folder, which needs no database. The protocol has no password:
    anyone who reaches the port can read and change the studies. So it listens on this machine only, unless
    --host is given.

    Examples:
      $ kagglebot proxy cnn --host 10.0.0.5
      $ kagglebot proxy --storage postgresql+psycopg://user@host/db
      $ kagglebot tune cnn --storage grpc://10.0.0.5:13000
    """
    workspace = context.ensure_object(Session).workspace(storage)
    screen = Screen()
    from kagglebot.search.storage.grpc_proxy import serve
    from kagglebot.search.storage.journal import open_storage
    from kagglebot.search.storage.rdb import open_url
    from kagglebot.study_config.load import load_definition
    from kagglebot.system.storage_url import shown

    if url := workspace.settings.storage:
        served, what = open_url(url), shown(url)
    else:
        name = workspace.competition(competition)
        location = workspace.location(name, workspace.study(study, name))
        if not location.folder.is_dir():  # its first trials: nothing but these two shows a mistyped name
            workspace.schema(name)
            load_definition(workspace.root, location.study)
        served = open_storage(location.folder, location.url)
        what = shown(location.url) if location.url else str(location.folder)
    server, bound = serve(served, host, port)
    screen.note(f"Serving {what} at grpc://{host}:{bound} until Ctrl-C.")
    if host not in _LOOPBACK:
        screen.note("Anyone who reaches that port can read and change the studies: keep it inside your network.")
    try:
        server.wait_for_termination()
    except KeyboardInterrupt:
        server.stop(grace=1).wait()
        screen.note("Stopped. Workers that used it stop too; start both again to resume.")
