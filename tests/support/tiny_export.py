"""An export that predicts one class for everything, without any package, and what submits it."""

import shutil
from pathlib import Path

from kagglebot.errors import SubmissionError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.retry import RetryPolicy
from kagglebot.practice import PracticeServer
from kagglebot.submission.ledger import Ledger, LedgerEntry
from kagglebot.submission.notebooks.asked import AskedFile
from kagglebot.submission.notebooks.contents import Contents, prepare
from kagglebot.submission.notebooks.flow import FlowOptions, submit_notebook
from kagglebot.system.progress import no_progress

NAME = "digits-practice"
_PREDICT = """\
import os
import socket
from pathlib import Path

try:
    socket.create_connection(("127.0.0.1", {port}), 2)
    raise SystemExit("there is a network")
except OSError:
    pass
sample = Path(os.environ["KAGGLEBOT_INPUT"], "competitions", "digits-practice", "sample_submission.csv")
header, *rows = sample.read_text().splitlines()
rerun = os.environ.get("KAGGLE_IS_COMPETITION_RERUN", "no")
print(len(rows), "rows, rerun:", rerun)
Path("submission.csv").write_text("\\n".join([header, *(row.split(",")[0] + ",{label}" for row in rows)]) + "\\n")
"""


def write_export(folder: Path, port: int, label: int = 3) -> Path:
    """Write an export whose code predicts ``label``; it fails if it can connect to ``port``."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "inference.py").write_text(_PREDICT.format(port=port, label=label))
    (folder / "competition.json").write_text("{}")
    return folder


def count_rows(path: Path) -> int:
    """Return the rows of an output; it must be a CSV file with the sample's header."""
    header, *rows = path.read_text().splitlines()
    if header != "ImageId,Label":
        raise SubmissionError(f"{path} has the header {header}.")
    return len(rows)


def counts(server: PracticeServer) -> tuple[int, int, int]:
    """Return the number of versions of datasets, of versions of notebooks, and of submissions."""
    datasets = sum(len(each.versions) for each in server.datasets.values())
    return datasets, sum(len(each.versions) for each in server.notebooks.values()), len(server.submissions)


class Submitting:
    """Submits an export by a notebook, as often as asked, always with a new client."""

    def __init__(self, folder: Path, export: Path) -> None:
        self.folder, self.export = folder, export
        self.ledger = Ledger(folder / "submissions.jsonl")
        self.asked = AskedFile(folder / "notebook.json")
        self.notes: list[str] = []
        self.gpu = False

    def contents(self, client: KaggleClient | None = None) -> Contents:
        """Return what is made of the export."""
        return prepare(self.export, NAME, client.username if client else "practice", gpu=self.gpu)

    def __call__(self, **options: bool) -> tuple[LedgerEntry, bool] | None:
        """Submit."""
        client = KaggleClient(retry=RetryPolicy(attempts=3, first_wait_seconds=0.001))
        contents = self.contents(client)
        entry = LedgerEntry(NAME, str(self.folder / "out.csv"), contents.digest, message="tiny")
        return submit_notebook(
            client,
            self.ledger,
            entry,
            contents,
            asked=self.asked,
            check_output=count_rows,
            options=FlowOptions(**options),
            on_note=self.notes.append,
            on_progress=no_progress,
        )
