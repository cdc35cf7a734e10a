"""Tables that a download holds several times: which one counts, and which differ from it."""

import filecmp
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from kagglebot.errors import DataError

_USUAL = {"train.csv", "test.csv", "sample_submission.csv"}
_ODD = re.compile("[^A-Za-z_.]")  # as in "train (1).csv"


def claim(path: PurePosixPath) -> tuple[bool, int, bool, bool]:
    """Return what to sort tables of one kind by: plain names first, then the least nested, then the usual name."""
    return (
        _ODD.search(path.stem) is not None,
        len(path.parts),
        path.name not in _USUAL,
        path.name != path.name.lower(),
    )


def find_others(folder: Path, chosen: PurePosixPath, tables: Iterable[PurePosixPath]) -> list[PurePosixPath]:
    """Return those of the tables that differ from the chosen one."""
    others = (path for path in tables if path != chosen)
    return [path for path in others if not filecmp.cmp(folder / chosen, folder / path, shallow=False)]


def refuse_equal_claims(chosen: PurePosixPath, others: Iterable[PurePosixPath]) -> None:
    """Raise DataError where another table has the same claim as the chosen one, and a plain name."""
    for other in others:
        if claim(other) == claim(chosen) and not claim(other)[0]:
            raise DataError(
                f"{chosen} and {other} differ, and nothing shows which of the two counts.",
                "Look on the competition's data page which one does: kagglebot reads data in which there is one.",
            )
