"""The user's Kaggle credentials, from the places where the official client looks, in its order.

What surrounds them (spaces, line ends, quotes, a byte-order mark) is removed, and text in UTF-16 is decoded, as
Windows writes it. Errors name the place and what is wrong there, never a value.
"""

import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kagglebot.errors import KaggleError

_NEW_TOKEN = (
    "Create a token at https://www.kaggle.com/settings/api, then export KAGGLE_API_TOKEN=... "
    "or save it as ~/.kaggle/access_token."
)
_AROUND = r"[\s\x00\ufeff\u200b\"'`\u201c\u201d\u2018\u2019]+"
_SURROUNDINGS = re.compile(rf"^{_AROUND}|{_AROUND}$")
_LABEL = re.compile(r"^(export\s+)?KAGGLE_API_TOKEN\s*=|^Bearer\s+", re.IGNORECASE)
_FORM = 'It must be {"username": "...", "key": "..."}, as Kaggle creates it.'
_LONGEST_TOKEN = 8000  # servers refuse longer headers


@dataclass(frozen=True)
class Credentials:
    """An access token, or the name of a user and a key.

    Attributes:
        source: Where they are from, such as "KAGGLE_API_TOKEN"; shows none of them.
        token: The access token; empty for a key.
        username: The user's name; empty for a token.
        key: The key; empty for a token.
    """

    source: str
    token: str = field(default="", repr=False)
    username: str = field(default="", repr=False)
    key: str = field(default="", repr=False)


def find_credentials() -> Credentials:
    """Return the first credentials that there are.

    Raises:
        KaggleError: There are none, or the first that there are cannot be used.
    """
    empty = ""
    for source, text in _tokens():
        if token := _LABEL.sub("", _clean(text)):
            return Credentials(source, token=_checked(_clean(token), source))
        empty = empty or f": {source} is empty"
    if found := _find_key():
        return found
    raise KaggleError(f"There are no Kaggle credentials on this machine{empty}.", _NEW_TOKEN)


def unusable(source: str | Path, problem: str, hint: str = "") -> KaggleError:
    """Return the error for credentials that cannot be used."""
    return KaggleError(
        f"The Kaggle credentials cannot be used: {source} {problem}.", f"{hint} {_NEW_TOKEN}".lstrip()
    )


def config_folder() -> Path:
    """Return the folder of kaggle.json, chosen as by the official client."""
    if chosen := os.environ.get("KAGGLE_CONFIG_DIR"):
        return Path(chosen) if _exists(chosen) else _expanded(_clean(chosen))
    folder = _expanded("~/.kaggle")
    if sys.platform.startswith("linux") and not folder.exists():
        return Path(os.environ.get("XDG_CONFIG_HOME") or _expanded("~/.config")) / "kaggle"
    return folder


def _tokens() -> Iterator[tuple[str, str]]:
    notebook = {"KAGGLE_KERNEL_RUN_TYPE", "KAGGLE_DATA_PROXY_URL"} <= os.environ.keys()
    if notebook and (path := os.environ.get("KAGGLE_API_V1_TOKEN")) and (text := _read(Path(path))) is not None:
        yield "KAGGLE_API_V1_TOKEN", text
    if value := os.environ.get("KAGGLE_API_TOKEN"):
        file = next((path for path in (value, _clean(value)) if _exists(path)), "")
        text = _read(Path(file), "the file that KAGGLE_API_TOKEN names") if file else None
        yield "KAGGLE_API_TOKEN", value if text is None else text
    for name in ("access_token", "access_token.txt"):
        if (text := _read(_expanded(f"~/.kaggle/{name}"))) is not None:
            yield f"~/.kaggle/{name}", text


def _find_key() -> Credentials | None:
    given = {name: _clean(os.environ.get(f"KAGGLE_{name.upper()}", "")) for name in ("username", "key")}
    source = "KAGGLE_USERNAME and KAGGLE_KEY"
    if not all(given.values()):
        path = config_folder() / "kaggle.json"
        text = _read(path)
        if text is None:
            for name, other in (("key", "username"), ("username", "key")):
                if given[name]:
                    raise unusable(f"KAGGLE_{name.upper()}", f"is set without KAGGLE_{other.upper()}")
            return None
        given = _parse(path, text) | {name: value for name, value in given.items() if value}
        source = str(path)
        for name in ("username", "key"):
            if not given.get(name):
                raise unusable(path, f"has no {name}", _FORM)
    return Credentials(source, **{name: _checked(given[name], source) for name in ("username", "key")})


def _parse(path: Path, text: str) -> dict[str, str]:
    text = text.strip("\ufeff\0 \t\r\n")
    if not text:
        raise unusable(path, "is empty", _FORM)
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:  # its text has none of the values
        raise unusable(path, f"is not valid JSON: {error.msg}, line {error.lineno}", _FORM) from None
    except (ValueError, RecursionError):
        raise unusable(path, "is not valid JSON", _FORM) from None
    if not isinstance(values, dict):
        raise unusable(path, "is JSON, but has no username and key", _FORM)
    return {str(name): _clean(value) for name, value in values.items() if isinstance(value, str)}


def _read(path: Path, shown: str = "") -> str | None:
    """Return the text of a file, or None if there is none."""
    try:
        if path.is_fifo():  # nobody may ever write into it
            raise unusable(shown or path, "is a pipe, not a file")
        content = path.read_bytes()
        return content.decode(json.detect_encoding(content))
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not path.is_symlink():
            return None
        raise unusable(shown or path, f"cannot be read: {os.strerror(error.errno or 0)}") from None
    except ValueError:
        raise unusable(shown or path, "is not a text file in UTF-8 or UTF-16") from None


def _clean(text: str) -> str:
    return _SURROUNDINGS.sub("", text)


def _checked(value: str, source: str) -> str:
    """Return ``value`` if it can be sent in a header."""
    problems = {
        "holds JSON, as kaggle.json does, instead of a token": value.startswith("{"),
        "names a file that does not exist": value.startswith(("/", "~", "./")),
        "has more than one line": len(value.splitlines()) > 1,
        "has a space in the middle": " " in value or "\t" in value,
        "has a character that Kaggle's credentials never have": not (value.isascii() and value.isprintable()),
        "is too long for credentials": len(value) > _LONGEST_TOKEN,
    }
    for problem, found in problems.items():
        if found:
            raise unusable(source, problem)
    return value


def _expanded(path: str) -> Path:
    return Path(os.path.expanduser(path))  # noqa: PTH111  # Path.expanduser fails where there is no home


def _exists(path: str) -> bool:
    return os.path.exists(path)  # noqa: PTH110  # Path.exists fails for a long name
