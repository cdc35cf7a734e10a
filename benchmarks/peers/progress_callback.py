"""A Keras callback of the contestants: progress, and an end in time."""

from typing import Any

import keras
from task import Task


class Watch(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes each epoch's validation score down, and ends a training of the search when its time is over.

    Keras validates what was trained until then, so that the last trial is not lost.
    """

    def __init__(self, task: Task) -> None:
        super().__init__()
        self._task = task

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Look at the clock."""
        if self._task.over:
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Tell the score."""
        self._task.tell("epoch", float((logs or {})["val_accuracy"]), epoch=epoch + 1)
