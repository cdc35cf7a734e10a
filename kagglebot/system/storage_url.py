"""URLs of storages: what may be shown of them, and what may be written down."""

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from sqlalchemy import URL

#: Parts of the names of a query's values that are secret.
_SECRETS = ("passw", "pwd", "secret", "token", "odbc_connect")


def parse_url(url: str) -> "URL | None":
    """Return the parts of an SQLAlchemy URL, or of ``grpc://host:port``; None if it is not a URL."""
    import sqlalchemy

    try:
        return sqlalchemy.make_url(url)
    except (sqlalchemy.exc.ArgumentError, ValueError):
        return None


def shown(url: str) -> str:
    """Return a storage's URL without its password."""
    if (parsed := parse_url(url)) is None:
        return url.partition("://")[0] + "://…" if "://" in url else "…"
    hidden = {name: "hidden" for name in parsed.query if _is_secret(name)}
    return parsed.update_query_dict(hidden).render_as_string(hide_password=True)


def masked(text: str, url: str) -> str:
    """Return ``text`` without a storage's URL and its secrets."""
    text = text.replace(url, shown(url))
    if (parsed := parse_url(url)) is None:
        return text
    secrets = [parsed.password, *(value for name, value in parsed.query.items() if _is_secret(name))]
    for secret in secrets:
        if secret:
            for form in (str(secret), quote(str(secret), safe=""), quote_plus(str(secret))):
                text = text.replace(form, "***")
    return text


def without_secrets(url: str) -> str:
    """Return a storage's URL as it may be written into a file; empty if it is not a URL."""
    import sqlalchemy

    if (parsed := parse_url(url)) is None:
        return ""
    query = {name: value for name, value in parsed.query.items() if not _is_secret(name)}
    bare = sqlalchemy.URL.create(
        parsed.drivername, parsed.username, None, parsed.host, parsed.port, parsed.database, query
    )
    return bare.render_as_string(hide_password=False)


def as_option(url: str | None) -> str:
    """Return the end of a command that names a storage, without its password; empty for none."""
    bare = without_secrets(url) if url else ""
    return f" --storage {shlex.quote(bare)}" if bare else ""


def sqlite_file(url: str) -> Path | None:
    """Return the file of an SQLite database; None for other URLs, and for a database in memory."""
    parsed = parse_url(url)
    if parsed is None or parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return None if parsed.database.startswith((":memory:", "file:")) else Path(parsed.database)


def with_sqlite_file(url: str, path: Path) -> str:
    """Return the URL of an SQLite database with another path."""
    parsed = parse_url(url)
    return url if parsed is None else parsed.set(database=path.as_posix()).render_as_string(hide_password=False)


def absolute(url: str, folder: Path) -> str:
    """Return a URL with the path of an SQLite file, which may be relative to ``folder``, made absolute."""
    if (path := sqlite_file(url)) is None or path.is_absolute():
        return url
    return with_sqlite_file(url, Path(os.path.normpath(folder.absolute() / path)))


def _is_secret(name: str) -> bool:
    return any(part in name.lower() for part in _SECRETS)
