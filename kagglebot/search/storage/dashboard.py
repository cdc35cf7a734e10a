"""optuna-dashboard on a study's storage, for this machine only."""

import logging
import os
import warnings
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from kagglebot.errors import StudyError, UsageError
from kagglebot.paths import WorkspacePaths
from kagglebot.search.storage.journal import load_study, open_storage, study_exists
from kagglebot.search.storage.rdb import storage_errors
from kagglebot.study_config.load import load_definition
from kagglebot.system.storage_url import sqlite_file

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HOST = "127.0.0.1"
PORT = 8080
#: Content security policy: pages load nothing from other machines.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:"
)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True  # an open connection does not keep the process alive


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""


def serve(folder: WorkspacePaths, competition: str, name: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve the dashboard until Ctrl-C.

    Args:
        folder: The workspace.
        competition: The competition.
        name: The study's name.
        port: The port; 0 takes a free one.
        ready: Called with the address of the study's page once it can be opened.

    Raises:
        StudyError: optuna-dashboard is not installed, or there is no such study, or it has no trials yet.
        DataError: It has none, as the competition was not fetched.
        UsageError: The port cannot be used.
        KeyboardInterrupt: The user stopped it.
    """
    if find_spec("optuna_dashboard") is None:
        raise StudyError(
            "The dashboard needs optuna-dashboard, which is not installed.",
            "Run: pip install 'kagglebot[dashboard]'",
        )
    location = folder.location(competition, name)
    with storage_errors(location.url):
        exists = study_exists(location.folder, location.url)
        file = (sqlite_file(location.url) if location.url else None) or location.folder
        read_only = not os.access(file, os.W_OK)
        storage = open_storage(location.folder, location.url, read_only=read_only) if exists else None
        study = load_study(storage, location.key) if storage else None
    if storage is None or study is None:
        if not location.folder.is_dir():
            load_definition(folder.root, location.study)  # raises where the name itself is unknown
            folder.schema(competition)  # raises where it was not fetched: `tune` would, too
        raise StudyError(
            f"The study '{location.study}' has no trials for {location.competition} yet.",
            f"Run: {location.tune_command}",
        )
    from optuna_dashboard import wsgi

    logging.getLogger("optuna_dashboard").setLevel(logging.ERROR)
    try:
        server = make_server(HOST, port, _only_from_here(wsgi(storage)), _Server, _Handler)
    except OSError as error:
        raise UsageError(
            f"Port {port} cannot be used: {error.strerror}.", "Choose another, or --port 0 for a free one."
        ) from error
    with server, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Optuna's warnings about plots do not say which plot
        ready(f"http://{HOST}:{server.server_port}/dashboard/studies/{study._study_id}")
        server.serve_forever()


def _only_from_here(application: "WSGIApplication") -> "WSGIApplication":
    """Refuse requests of other sites' pages: the dashboard can delete the study, so they could too.

    A page elsewhere may send requests to the loopback, also under a host name of its own that points there.
    """

    def guarded(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        own = {f"{name}:{environ['SERVER_PORT']}" for name in (HOST, "localhost")}
        origin = environ.get("HTTP_ORIGIN")
        if environ.get("HTTP_HOST") not in own or (origin and origin.removeprefix("http://") not in own):
            start_response("403 Forbidden", [("Content-Type", "text/plain")])
            return [b"This dashboard answers requests of its own pages on this machine only."]

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [*headers, ("Content-Security-Policy", _POLICY)], *rest)

        return application(environ, start)

    return guarded
