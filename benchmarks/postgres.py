"""A temporary PostgreSQL server, started from the installed programs and removed afterwards."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

#: The server's only user.
USER = "kagglebot"
#: Users to run the server as when this process is root, which PostgreSQL refuses; the first that exists is taken.
UNPRIVILEGED = ("postgres", "nobody")
START_SECONDS = 60


class NoPostgres(Exception):
    """PostgreSQL is not installed."""


@dataclass(frozen=True)
class Postgres:
    """A running server that listens on the loopback interface and requires the password."""

    port: int
    password: str

    def url(self, database: str = "postgres") -> str:
        """Return the URL of a database, including the password."""
        return f"postgresql+psycopg://{USER}:{quote(self.password, safe='')}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Create a database and return its URL."""
        name = f"d{uuid4().hex[:12]}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def connect(self, database: str = "postgres") -> Any:
        """Open a connection in autocommit mode."""
        import psycopg

        settings: dict[str, Any] = {"host": "127.0.0.1", "port": self.port, "user": USER, "dbname": database}
        return psycopg.connect(password=self.password, autocommit=True, connect_timeout=5, **settings)


def find_program(name: str) -> Path:
    """Return the path of a PostgreSQL program, from PATH or from Debian's folder for the newest version.

    Raises:
        NoPostgres: The program is in neither.
    """
    if found := shutil.which(name):
        return Path(found)
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    if not installed:
        raise NoPostgres(f"PostgreSQL's {name} is not installed")
    return installed[-1]


@contextmanager
def postgres(password: str, *, durable: bool = True) -> Iterator[Postgres]:
    """Run a server for the duration of the ``with`` block.

    Args:
        password: Password of its user.
        durable: Whether commits survive a power cut; needed for realistic timings.

    Raises:
        NoPostgres: PostgreSQL is not installed.
        RuntimeError: The server does not start.
    """
    initdb, server = find_program("initdb"), find_program("postgres")
    folder = Path(tempfile.mkdtemp(prefix="kagglebot-postgres-"))
    try:
        owner = _run_as(folder)
        secret = folder / "password"
        secret.write_text(password)
        data, log = folder / "data", folder / "log"
        make = [str(initdb), "-D", str(data), "-U", USER, "--auth=scram-sha-256", f"--pwfile={secret}"]
        with log.open("wb") as output:
            streams: dict[str, Any] = {"cwd": folder, "stdout": output, "stderr": output}
            made = subprocess.run(
                [*make, "-E", "UTF8", "--no-sync", "--no-locale"], check=False, **streams, **owner
            )
        if made.returncode != 0:
            raise RuntimeError(f"initdb failed: {log.read_text()}")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        settings = [f"unix_socket_directories={folder}", "listen_addresses=127.0.0.1", "max_connections=200"]
        if not durable:
            settings += ["fsync=off", "synchronous_commit=off"]
        options = [part for setting in settings for part in ("-c", setting)]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(server), "-D", str(data), "-p", str(port), *options],
                cwd=folder,
                stdout=output,
                stderr=output,
                **owner,
            )
        try:
            running = Postgres(port, password)
            _wait(running, process, log)
            yield running
        finally:
            process.send_signal(signal.SIGINT)  # fast shutdown: disconnects clients
            process.wait()
    finally:
        shutil.rmtree(folder)


def _run_as(folder: Path) -> Mapping[str, Any]:
    """Return the user to run the server as, and make that user the owner of ``folder``."""
    if os.geteuid() != 0:
        return {}
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, entry.pw_uid, entry.pw_gid)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise NoPostgres("PostgreSQL does not run as root, and there is no other user")


def _wait(server: Postgres, process: "subprocess.Popen[bytes]", log: Path) -> None:
    import psycopg

    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            server.connect().close()
            return
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL does not start: {log.read_text()[-2000:]}") from error
            time.sleep(0.1)
