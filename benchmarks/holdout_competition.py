"""A competition whose true labels are known: the last rows of a real one's train.csv become its test.csv."""

import os
import sys
import zipfile
from pathlib import Path

from kagglebot.practice.competition import PracticeCompetition, from_archive
from kagglebot.practice.packing import csv_text, write_zip
from kagglebot.practice.server import PracticeServer
from kagglebot.workspace import Workspace

SHARED = Path(__file__).parents[1] / ".." / "shared" / "data" / "digit-recognizer.zip"
#: Rows held out of everything where all 42,000 are there: a fifth.
TEST_ROWS = 8_400


def need(archive: Path) -> Path:
    """Give the archive back; end the benchmark with the reason where it is absent."""
    if not archive.is_file():
        sys.exit(f"skipped: there is no {archive}; name an archive with --archive")
    return archive


def hold_out(archive: Path, folder: Path, rows: int | None = None) -> PracticeCompetition:
    """Write a competition into ``folder`` of the rows that have labels, and say what the server needs to hold it.

    Args:
        archive: The real competition's archive; the first column of its ``train.csv`` is ``label``.
        folder: Where ``digit-recognizer.zip`` goes.
        rows: Rows of the new train.csv, and a quarter as many of test.csv; None for 33,600 and 8,400.
    """
    with zipfile.ZipFile(archive) as zipped:
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


def fetched(archive: Path, folder: Path, rows: int | None = None) -> Workspace:
    """Make a workspace in ``folder`` that has fetched such a competition."""
    return fetch(hold_out(archive, folder, rows), folder / "workspace")


def fetch(competition: PracticeCompetition, folder: Path) -> Workspace:
    """Make a workspace that has fetched the competition, and leave the environment as it was."""
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
