"""A file goes through the pipeline as its options say: checked only, or uploaded once with its description."""

from pathlib import Path

import pytest

from kagglebot.datasets.fetching.fetch import fetch
from kagglebot.errors import SubmissionError
from kagglebot.paths import WorkspacePaths
from kagglebot.practice.server import PracticeServer
from kagglebot.submission.pipeline import SubmitOptions, submit_file

NAME = "digits-practice"


@pytest.fixture
def workspace(server: PracticeServer, tmp_path: Path) -> WorkspacePaths:
    workspace = WorkspacePaths(tmp_path / "workspace")
    fetch(workspace.data(NAME), NAME, choices=None, force=False, on_progress=None)
    return workspace


def test_a_dry_run_checks_the_file_and_uploads_nothing(
    workspace: WorkspacePaths, server: PracticeServer, file: Path
) -> None:
    submitted = submit_file(workspace, NAME, file, options=SubmitOptions(dry_run=True), on_progress=None)
    assert (submitted.status, submitted.rows, submitted.new, submitted.ref) == ("dry-run", 597, False, None)
    assert server.calls["upload"] == 0
    file.write_text("ImageId,Label\n1,3\n")
    with pytest.raises(SubmissionError, match="1 row instead of 597"):
        submit_file(workspace, NAME, file, options=SubmitOptions(), on_progress=None)
    assert server.calls["upload"] == 0


def test_the_options_reach_kaggle(workspace: WorkspacePaths, server: PracticeServer, file: Path) -> None:
    server.faults.pending_polls = 9
    options = SubmitOptions(wait=False, message="by hand")
    first = submit_file(workspace, NAME, file, options=options, on_progress=None)
    assert (first.status, first.new, first.public_score) == ("pending", True, None)
    assert server.submissions[0].description.startswith("by hand [")
    assert not submit_file(workspace, NAME, file, options=options, on_progress=None).new
    again = SubmitOptions(wait=False, again=True)
    assert submit_file(workspace, NAME, file, options=again, on_progress=None).new
    assert len(server.submissions) == 2
