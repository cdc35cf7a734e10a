"""What every contestant is given and tells: the competition's files, seconds, and lines of progress.

A contestant is a script: python benchmarks/peers/NAME.py FOLDER --budget SECONDS. FOLDER holds train.csv, test.csv
and sample_submission.csv; the script adds progress.jsonl, a line of JSON for each epoch and each step of the job,
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
    deadline: float = field(init=False)

    def tell(self, event: str, score: float | None = None, **more: Any) -> None:
        """Write a line: seconds since the script's start, what happened, the validation score if there is one."""
        line = {"seconds": round(time.monotonic() - _STARTED, 2), "event": event, "score": score, **more}
        with (self.folder / "progress.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def begin_search(self) -> None:
        """Start the clock of the search, after imports and reading: what comes before is not of the budget."""
        object.__setattr__(self, "deadline", time.monotonic() + self.budget_seconds)
        self.tell("search begins")

    @property
    def over(self) -> bool:
        """Whether the search's time is used up."""
        return time.monotonic() > self.deadline

    def read(self, scale: float = 255) -> tuple[Images, Labels, Images]:
        """Give the training images, their labels, and the test images, as the public examples read them."""
        import pandas as pd

        train, test = pd.read_csv(self.folder / "train.csv"), pd.read_csv(self.folder / "test.csv")
        labels = train.pop("label").to_numpy()
        return _images(train.to_numpy(), scale), labels, _images(test.to_numpy(), scale)

    def submit(self, probabilities: NDArray[np.float32]) -> None:
        """Write submission.csv from class probabilities ``(n, 10)``."""
        import pandas as pd

        labels = probabilities.argmax(axis=1)
        table = pd.DataFrame({"ImageId": np.arange(1, len(labels) + 1), "Label": labels})
        table.to_csv(self.folder / "submission.csv", index=False)
        self.tell("submitted")


def _images(pixels: NDArray[np.int64], scale: float) -> Images:
    return (pixels.reshape(-1, SIDE, SIDE, 1) / scale).astype(np.float32)


def read_task(description: str | None) -> Task:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--budget", type=float, required=True, metavar="SECONDS")
    arguments = parser.parse_args()
    return Task(arguments.folder, arguments.budget)
