"""Write LICENCES.md: the licence that every package in requirements.lock declares.

Run it after a change of the lock, in an environment made from it:

    python docs/licences.py
"""

import re
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIST = ROOT / "docs" / "LICENCES.md"
_ENTRY = re.compile(r"^([A-Za-z0-9._-]+)==[^\s;]+(?: ; ([^\\]+?))? \\$", re.MULTILINE)
_HEAD = """\
# Licences of the dependencies

The packages in requirements.lock and the licences that they declare in their metadata. `python docs/licences.py`
writes this list; a test compares it with the lock.

| package | licence |
| --- | --- |
"""


def locked() -> dict[str, str]:
    """Return the packages in the lock, with the environment marker of each or an empty string."""
    return dict(_ENTRY.findall((ROOT / "requirements.lock").read_text(encoding="utf-8")))


def licence(name: str) -> str:
    """Return the licence of an installed package: its expression, classifiers, licence field or licence file.

    Raises:
        PackageNotFoundError: The package is not installed.
    """
    declared = metadata.metadata(name)
    expression, own = (" ".join(declared.get_all(key) or ()) for key in ("License-Expression", "License"))
    own = own.replace("UNKNOWN", "")  # what setuptools once wrote for none
    kinds = [line.rpartition(" :: ")[2] for line in declared.get_all("Classifier") or [] if "License ::" in line]
    files = (path.read_text() for path in metadata.files(name) or () if "LICEN" in path.name.upper())
    lines = (own or next(files, "")).splitlines()
    words = (line.strip() for line in lines if own or re.search("licen[cs]e", line, re.IGNORECASE))
    return expression or ", ".join(kinds) or next(words, "")


def licence_list() -> str:
    """Return the text of LICENCES.md."""
    rows = []
    for name, marker in sorted(locked().items()):
        try:
            text = licence(name)
        except metadata.PackageNotFoundError:
            text = f"not installed here; only where `{marker}`" if marker else "not installed here"
        rows.append(f"| {name} | {text} |\n")
    return _HEAD + "".join(rows)


if __name__ == "__main__":
    LIST.write_text(licence_list(), encoding="utf-8")
