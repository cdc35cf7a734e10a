"""A Keras callback that logs progress and stops in time."""

from typing import Any

import keras
from task import Task


class ProgressCallback(keras.callbacks.Callback):  # type: ignore[misc]
    """Log the validation score of each epoch, and stop training when the time budget is used up.

    Keras then still validates the net, so that the last trial counts.
    """

    def __init__(self, task: Task) -> None:
        super().__init__()
        self._task = task

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Stop training when the time is over."""
        if self._task.out_of_time:
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Log the score."""
        self._task.log_event("epoch", float((logs or {})["val_accuracy"]), epoch=epoch + 1)
