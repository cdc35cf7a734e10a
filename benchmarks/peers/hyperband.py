"""KerasTuner's Hyperband, the way its guide shows it: a hypermodel with its own fit, then all rows."""

import contextlib
import tempfile
from typing import Any

import keras
import keras_tuner
from keras import layers
from progress_callback import Watch
from sklearn.model_selection import train_test_split
from task import SIDE, Task, read_task

#: A little more than such a net needs, as the guide advises.
MAX_EPOCHS = 12


class DigitsModel(keras_tuner.HyperModel):  # type: ignore[misc]
    """The net and its training: the other script's space, but for the epochs, which Hyperband decides."""

    def build(self, hp: Any) -> Any:
        """Make a net of drawn settings."""
        model = keras.Sequential([keras.Input((SIDE, SIDE, 1))])
        kernel = hp.Choice("kernel", [3, 5])
        batch_norm, dropout = hp.Boolean("batch_norm"), hp.Float("dropout", 0.0, 0.5)
        for block in range(hp.Int("blocks", 1, 3)):
            filters = hp.Choice(f"filters_{block}", [16, 32, 64])
            model.add(layers.Conv2D(filters, kernel, padding="same", activation="relu"))
            if batch_norm:
                model.add(layers.BatchNormalization())
            model.add(layers.MaxPooling2D())
            model.add(layers.Dropout(dropout))
        model.add(layers.Flatten())
        model.add(layers.Dense(hp.Int("units", 64, 256, sampling="log"), activation="relu"))
        model.add(layers.Dropout(dropout))
        model.add(layers.Dense(10, activation="softmax"))
        model.compile(
            optimizer=keras.optimizers.Adam(hp.Float("learning_rate", 1e-4, 1e-2, sampling="log")),
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
        )
        return model

    def fit(self, hp: Any, model: Any, *data: Any, **options: Any) -> Any:
        """Train it in batches of a drawn size."""
        return model.fit(*data, batch_size=hp.Choice("batch_size", [64, 128, 256]), **options)


class OutOfTime(Exception):
    """The search has used its budget; KerasTuner itself knows none."""


class TimedHyperband(keras_tuner.Hyperband):  # type: ignore[misc]
    """Hyperband that ends with the trial that runs when the time is over, its result counted."""

    def __init__(self, task: Task, **options: Any) -> None:
        super().__init__(**options)
        self._task = task

    def on_trial_end(self, trial: Any) -> None:
        """Look at the clock."""
        super().on_trial_end(trial)
        if self._task.over:
            raise OutOfTime

    def _configure_tensorboard_dir(self, callbacks: Any, trial: Any, execution: int = 0) -> None:
        # KerasTuner imports TensorBoard here, which it does not require; no callback writes for that.
        pass


def main() -> None:
    """Search, train the best settings on all rows, predict."""
    task = read_task(__doc__)
    keras.utils.set_random_seed(0)
    images, labels, test = task.read()
    x_train, x_valid, y_train, y_valid = train_test_split(
        images, labels, test_size=0.15, random_state=42, stratify=labels
    )
    with tempfile.TemporaryDirectory() as folder:
        tuner = TimedHyperband(
            task,
            hypermodel=DigitsModel(),
            objective="val_accuracy",
            max_epochs=MAX_EPOCHS,
            hyperband_iterations=1_000,  # as high as the budget allows: the clock ends it
            seed=0,
            directory=folder,
        )
        callbacks = [Watch(task), keras.callbacks.EarlyStopping("val_loss", patience=3)]
        task.begin_search()
        with contextlib.suppress(OutOfTime):
            tuner.search(x_train, y_train, validation_data=(x_valid, y_valid), callbacks=callbacks, verbose=0)
        trials = list(tuner.oracle.trials.values())
        settings = tuner.get_best_hyperparameters()[0]
        best = tuner.oracle.get_best_trials()[0].score
    complete = sum(trial.status == "COMPLETED" for trial in trials)
    task.tell("search ends", best, trials=len(trials), complete=complete, best=settings.values)
    keras.backend.clear_session()
    model = tuner.hypermodel.build(settings)
    tuner.hypermodel.fit(settings, model, images, labels, epochs=MAX_EPOCHS, verbose=0)
    task.submit(model.predict(test, verbose=0))


if __name__ == "__main__":
    main()
