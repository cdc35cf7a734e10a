"""The task of contestants that classify photographs: folders of images in, progress and a submission out.

A contestant is a script: python benchmarks/peers/NAME.py FOLDER --budget SECONDS [--side PIXELS] [--seed N].
FOLDER has train/CLASS/ and test/, which ``keras.utils.image_dataset_from_directory`` reads, and task.json, which
says what a submission looks like.
"""

import csv
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from task import Task, make_parser


@dataclass(frozen=True)
class PhotographsTask(Task):
    """One run of such a contestant; ``side`` is that of the squares that images are resized to, in pixels."""

    side: int = 224

    @cached_property
    def wanted(self) -> dict[str, Any]:
        """What a submission looks like: ``header``, ``ids`` and ``probabilities``."""
        return dict(json.loads((self.folder / "task.json").read_text(encoding="utf-8")))

    @cached_property
    def classes(self) -> list[str]:
        """The classes, sorted, as Keras numbers them."""
        return sorted(folder.name for folder in (self.folder / "train").iterdir())

    @property
    def measure(self) -> str:
        """The validation score, as Keras calls it."""
        return "val_loss" if self.wanted["probabilities"] else "val_accuracy"

    def seconds_left(self) -> float:
        """Return the seconds until the budget is used up."""
        return self.deadline - time.monotonic()

    def read_folder(self, name: str, **options: Any) -> Any:
        """Return a ``tf.data.Dataset`` of the images in a folder; ``options`` are Keras's."""
        import keras

        return keras.utils.image_dataset_from_directory(
            self.folder / name, image_size=(self.side, self.side), verbose=False, **options
        )

    def submit_probabilities(self, probabilities: NDArray[np.float32]) -> None:
        """Write submission.csv from class probabilities ``(n, classes)``; a single column is that of the last."""
        if self.wanted["probabilities"]:
            columns = slice(None) if len(self.wanted["header"]) > 2 else slice(-1, None)
            answers: Sequence[Sequence[object]] = probabilities[:, columns].tolist()
        else:
            answers = [[self.classes[best]] for best in probabilities.argmax(axis=1)]
        with (self.folder / "submission.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(self.wanted["header"])
            writer.writerows([row, *answer] for row, answer in zip(self.wanted["ids"], answers, strict=True))
        self.log_event("submitted")


def read_photographs_task(description: str | None) -> PhotographsTask:
    """Parse the command line, and start the clock."""
    parser = make_parser(description)
    parser.add_argument("--side", type=int, default=224, metavar="PIXELS")
    arguments = parser.parse_args()
    task = PhotographsTask(arguments.folder, arguments.budget, arguments.seed, side=arguments.side)
    task.start_clock()
    return task
