"""A Keras callback that logs progress and stops in time."""

import time
from typing import Any

import keras
from task import Task


class ProgressCallback(keras.callbacks.Callback):  # type: ignore[misc]
    """Log the validation score of each epoch, and stop training when the time budget is used up.

    Keras then still validates the net, so that the last trial counts.

    Args:
        task: What the contestant solves.
        measure: The score, as Keras calls it.
        deadline: When to stop, on the monotonic clock; None for the end of the budget.
    """

    def __init__(self, task: Task, measure: str = "val_accuracy", deadline: float | None = None) -> None:
        super().__init__()
        self._task, self._measure, self._deadline = task, measure, deadline

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Stop training when the time is over."""
        if time.monotonic() > (self._task.deadline if self._deadline is None else self._deadline):
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Log the score."""
        self._task.log_event("epoch", float((logs or {})[self._measure]), epoch=epoch + 1)
