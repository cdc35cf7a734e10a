"""A practice competition whose test labels are known: the last rows of the real train.csv become its test.csv.

An archive that was drawn, such as that of kannada_like.py, has the labels of its test.csv beside it.
"""

import csv
import os
import sys
import zipfile
from pathlib import Path

from kagglebot.practice.competition import PracticeCompetition, from_archive
from kagglebot.practice.packing import csv_text, write_zip
from kagglebot.practice.server import PracticeServer
from kagglebot.workspace import Workspace

DEFAULT_ARCHIVE = Path(__file__).parents[1] / ".." / "shared" / "data" / "digit-recognizer.zip"
#: Held-out rows, a fifth of the 42,000 in digit-recognizer's train.csv.
TEST_ROWS = 8_400
#: In an archive that was drawn: the labels of its test.csv, which are not served.
HIDDEN = "hidden.csv"


def require_archive(archive: Path) -> Path:
    """Return ``archive``; exit with a message if the file is missing."""
    if not archive.is_file():
        sys.exit(f"skipped: {archive} does not exist; pass one with --archive")
    return archive


def make_competition(archive: Path, folder: Path, rows: int | None = None) -> PracticeCompetition:
    """Write a competition to ``folder`` that holds out labelled rows as its test set.

    Args:
        archive: The real competition's archive; the first column of its ``train.csv`` is ``label``. Or one with
            ``HIDDEN``, whose own test set is held out.
        folder: Where the new archive is written: ``digit-recognizer.zip``, or one of the same name.
        rows: Rows of the new train.csv, with a quarter as many in test.csv; None for 33,600 and 8,400, or all.

    Returns:
        The competition, with the hidden labels, for the practice server.
    """
    with zipfile.ZipFile(archive) as zipped:
        if HIDDEN in zipped.namelist():
            return _make_drawn(zipped, folder / archive.name, rows)
        header, *lines = zipped.read("train.csv").decode().splitlines()
    held_out = TEST_ROWS if rows is None else min(TEST_ROWS, max(1, rows // 4))
    train = lines[:-TEST_ROWS][:rows]
    test = [line.split(",", 1) for line in lines[-held_out:]]
    hidden = {str(row): label for row, (label, _) in enumerate(test, start=1)}
    files = {
        "train.csv": "\n".join([header, *train, ""]),
        "test.csv": "\n".join([header.split(",", 1)[1], *(pixels for _, pixels in test), ""]),
        "sample_submission.csv": csv_text(["ImageId", "Label"], ([row, 0] for row in hidden)),
    }
    made = folder / "digit-recognizer.zip"
    write_zip(made, {name: text.encode() for name, text in files.items()})
    return from_archive(made, hidden=hidden)


def _make_drawn(zipped: zipfile.ZipFile, made: Path, rows: int | None) -> PracticeCompetition:
    """Write the files of a drawn archive to ``made``, but for the hidden labels."""
    texts = {name: zipped.read(name).decode().splitlines() for name in zipped.namelist()}
    if rows is not None:
        cut = {name: 1 + (rows if name == "train.csv" else max(1, rows // 4)) for name in texts}
        texts = {name: lines[: cut[name]] for name, lines in texts.items()}
    hidden = dict(csv.reader(texts.pop(HIDDEN)[1:]))
    write_zip(made, {name: "\n".join([*lines, ""]).encode() for name, lines in texts.items()})
    return from_archive(made, hidden=hidden)


def make_workspace(archive: Path, folder: Path, rows: int | None = None) -> Workspace:
    """Make such a competition in ``folder`` and return a workspace that has fetched it."""
    return fetch(make_competition(archive, folder, rows), folder / "workspace")


def fetch(competition: PracticeCompetition, folder: Path) -> Workspace:
    """Return a workspace in ``folder`` that has fetched ``competition``; restore the environment afterwards."""
    workspace = Workspace(folder)
    before = dict(os.environ)
    with PracticeServer([competition]) as server:
        os.environ.update(server.environment)
        try:
            workspace.fetch(competition.name)
        finally:
            os.environ.clear()
            os.environ.update(before)
    return workspace
