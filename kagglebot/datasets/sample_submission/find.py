"""The sample submission among a competition's files, and the others that are like it."""

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from kagglebot.datasets.tables.copies import claim, find_others, refuse_equal_claims
from kagglebot.errors import DataError

_NAME = re.compile(r"(sample|example)[-_ ]?submissions?\.csv", re.IGNORECASE)


def find_sample(files: Iterable[PurePosixPath]) -> PurePosixPath:
    """Return the sample submission among the files: the one of the usual name, or the only one like it.

    Raises:
        DataError: There is none.
    """
    files = sorted(files, key=lambda path: (len(path.parts), claim(path)))
    samples = [path for path in files if _NAME.fullmatch(path.name)] or list(filter(_is_like_one, files))
    if not samples or not (len(samples) == 1 or _NAME.fullmatch(samples[0].name)):
        raise DataError(
            "The data holds no sample_submission.csv, so the format of a submission is unknown.",
            "Check that this competition takes a CSV file as its submission.",
        )
    return samples[0]


def other_samples(folder: Path, chosen: PurePosixPath, files: Iterable[PurePosixPath]) -> tuple[str, ...]:
    """Return a note on the other sample submissions among the files; none where there are none.

    Raises:
        DataError: One has the same claim as the chosen one.
    """
    others = find_others(folder, chosen, filter(_is_like_one, files))
    refuse_equal_claims(chosen, (path for path in others if _NAME.fullmatch(path.name)))
    return (
        (f"Submissions are written like {chosen}, and not like {', '.join(map(str, others))}.",) if others else ()
    )


def _is_like_one(path: PurePosixPath) -> bool:
    return path.suffix.lower() == ".csv" and "submission" in path.name.lower()
