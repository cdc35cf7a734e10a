"""The task that every contestant solves: competition files and a time budget in, progress and a submission out.

A contestant is a script: python benchmarks/peers/NAME.py FOLDER --budget SECONDS. FOLDER has train.csv, test.csv
and sample_submission.csv; the script writes progress.jsonl, a JSON line for each epoch and each step of the job,
and submission.csv.
"""

import argparse
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_STARTED = time.monotonic()
SIDE = 28
Images = NDArray[np.float32]  #: (n, 28, 28, 1), from 0 to 1
Labels = NDArray[np.int64]  #: (n,)


@dataclass(frozen=True)
class Task:
    """One run of a contestant."""

    folder: Path
    budget_seconds: float
    seed: int | None = None
    deadline: float = field(init=False)

    def log_event(self, event: str, score: float | None = None, **more: Any) -> None:
        """Write a JSON line: seconds since the start of the script, the event, and the validation score if any."""
        line = {"seconds": round(time.monotonic() - _STARTED, 2), "event": event, "score": score, **more}
        with (self.folder / "progress.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def start_clock(self) -> None:
        """Start the clock of the search, after imports and reading, which do not count."""
        object.__setattr__(self, "deadline", time.monotonic() + self.budget_seconds)
        self.log_event("search begins")

    @property
    def out_of_time(self) -> bool:
        """Whether the time budget is used up."""
        return time.monotonic() > self.deadline

    def read_data(self, scale: float = 255) -> tuple[Images, Labels, Images]:
        """Return training images, labels and test images, read with pandas as in public examples."""
        import pandas as pd

        train, test = pd.read_csv(self.folder / "train.csv"), pd.read_csv(self.folder / "test.csv")
        labels = train.pop("label").to_numpy()
        test = test.drop(columns="id", errors="ignore")
        return _images(train.to_numpy(), scale), labels, _images(test.to_numpy(), scale)

    def submit(self, probabilities: NDArray[np.float32]) -> None:
        """Write submission.csv from class probabilities ``(n, 10)``."""
        import pandas as pd

        table = pd.read_csv(self.folder / "sample_submission.csv")
        table[table.columns[1]] = probabilities.argmax(axis=1)
        table.to_csv(self.folder / "submission.csv", index=False)
        self.log_event("submitted")


def _images(pixels: NDArray[np.int64], scale: float) -> Images:
    return (pixels.reshape(-1, SIDE, SIDE, 1) / scale).astype(np.float32)


def make_parser(description: str | None) -> argparse.ArgumentParser:
    """Return the parser of a contestant's command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--budget", type=float, required=True, metavar="SECONDS")
    parser.add_argument("--seed", type=int, metavar="N")
    return parser


def read_task(description: str | None) -> Task:
    """Parse the command line."""
    arguments = make_parser(description).parse_args()
    return Task(arguments.folder, arguments.budget, arguments.seed)
