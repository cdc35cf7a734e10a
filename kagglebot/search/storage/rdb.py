"""Trials in a database, or behind a proxy in front of one."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from optuna.storages import BaseStorage, RDBStorage

from kagglebot.errors import StudyError
from kagglebot.system.storage_url import masked, parse_url, shown, sqlite_file

# kagglebot reports what gRPC's C++ would print on stderr about a lost connection.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

#: Scheme of a URL that means Optuna's gRPC proxy rather than a database.
PROXY = "grpc"
#: Seconds to wait for a server to answer, and for another process to unlock an SQLite file.
CONNECT_SECONDS = 10
LOCKED_SECONDS = 60
#: What PostgreSQL and MySQL answer to a user without a password, and with a wrong one.
_WITHOUT_PASSWORD = ("no password supplied", "no password was provided", "using password: NO")
_WRONG_PASSWORD = ("authentication failed", "Access denied")
_FORMS = "It reads like sqlite:///study.db, postgresql+psycopg://user:password@host/name or grpc://host:13000."


def open_url(url: str, *, read_only: bool = False) -> BaseStorage:
    """Open the database of an SQLAlchemy URL, or the proxy of ``grpc://host:port``.

    Args:
        url: The URL.
        read_only: Only read: an SQLite file may then be on a read-only disk.

    Raises:
        StudyError: The URL is not valid, its driver is missing, or nothing answers there.
    """
    with storage_errors(url):
        return _open_proxy(url) if url.startswith(f"{PROXY}:") else _open_database(url, read_only=read_only)


def _open_database(url: str, *, read_only: bool) -> BaseStorage:
    import sqlalchemy

    if (parsed := parse_url(url)) is None:
        raise StudyError(
            "The storage is not a database URL.", _FORMS
        )  # which may hold a password: it is not shown
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise StudyError(
            f"The storage {shown(url)} is in memory, which no other process sees and nothing survives.",
            "Name a file: sqlite:///study.db",
        )
    connect: dict[str, Any] = {}
    match parsed.get_backend_name():
        case "sqlite":
            connect["timeout"] = LOCKED_SECONDS
        case "postgresql" if "connect_timeout" not in parsed.query:
            connect["connect_timeout"] = CONNECT_SECONDS
    try:
        storage = _make_tables(url, {"connect_args": connect, "pool_pre_ping": True})
    except (ImportError, sqlalchemy.exc.NoSuchModuleError) as error:
        hint = f"Name the driver of an SQLite, PostgreSQL or MySQL database, and install it. {_FORMS}"
        if parsed.get_backend_name() in ("postgresql", "postgres"):
            hint = "Write postgresql+psycopg://… and run: pip install 'kagglebot[postgres]'"
        raise StudyError(f"There is no driver for the storage {shown(url)}.", hint) from error
    if parsed.get_backend_name() == "sqlite" and not read_only:
        _begin_immediately(storage.engine)
    return storage


def _begin_immediately(engine: Any) -> None:
    """Make every transaction take SQLite's lock when it begins.

    SQLite has no SELECT ... FOR UPDATE, and Python begins a transaction only at the first write: two processes
    that read the same waiting trial would both take it.
    """
    from sqlalchemy import event

    engine.dispose()  # connections that are open already would not do so

    def connected(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # the driver then begins no transaction by itself

    def began(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", began)


def _make_tables(url: str, engine: dict[str, Any]) -> RDBStorage:
    """Open the database and create its tables; try again if another process creates them at the same time."""
    from sqlalchemy.exc import DatabaseError

    for pause in (0.2, 1.0):
        try:
            return RDBStorage(url, engine_kwargs=dict(engine))
        except DatabaseError as error:
            if "exist" not in str(error.orig) and "uniq" not in str(error.orig).lower():
                raise
            time.sleep(pause)
    return RDBStorage(url, engine_kwargs=engine)


def _open_proxy(url: str) -> BaseStorage:
    from kagglebot.search.storage.grpc_proxy import connect

    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port:
        raise StudyError(f"The storage {shown(url)} names no host and port.", _FORMS)
    return connect(host, port)


@contextmanager
def storage_errors(url: str | None) -> Iterator[None]:
    """Turn errors of a database, a proxy or the network inside the block into a ``StudyError``.

    Args:
        url: The storage's URL; None for a journal, whose errors pass.
    """
    if url is None:
        yield
        return
    import grpc
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (SQLAlchemyError, StorageInternalError, grpc.RpcError, ConnectionError) as error:
        reason = masked(_reason(error), url)
        if any(text in reason for text in _WITHOUT_PASSWORD):
            raise StudyError(
                f"The server of {shown(url)} asks for a password, and none is given.",
                "Set PGPASSWORD, write it into ~/.pgpass, or set KAGGLEBOT_STORAGE to the URL with its password.",
            ) from None
        hint = (
            "Check the URL (of --storage, KAGGLEBOT_STORAGE, kagglebot.toml or the study's study.json), and that "
            "its server runs and can be reached from here. Finished trials are kept."
        )
        if file := sqlite_file(url):
            hint = f"Check {file} and its disk. Finished trials are kept."
            if not file.parent.is_dir():
                reason += f", as the folder {file.parent} does not exist"
            elif not file.is_file():
                reason = "the file was deleted or moved"
        elif any(text in reason for text in _WRONG_PASSWORD):
            hint = "Correct PGPASSWORD, ~/.pgpass, or user and password in the URL (--storage, KAGGLEBOT_STORAGE)."
        # The original message may contain the URL.
        raise StudyError(f"The storage {shown(url)} does not answer as it should: {reason}.", hint) from None


def _reason(error: BaseException) -> str:
    """Return the first line of the message of an error's first cause."""
    import grpc

    if isinstance(error, grpc.RpcError):
        details = getattr(error, "details", lambda: None)()
        return str(details or error).splitlines()[0].rstrip(".")
    cause = getattr(error, "orig", None) or error.__cause__ or error
    cause = getattr(cause, "orig", None) or cause
    return (str(cause).splitlines() or [type(cause).__name__])[0].rstrip(".")
