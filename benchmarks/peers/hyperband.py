"""KerasTuner's Hyperband, as in its guide: a hypermodel with its own fit, then a final model on all rows."""

import contextlib
import tempfile
from typing import Any

import keras
import keras_tuner
from keras import layers
from progress_callback import ProgressCallback
from sklearn.model_selection import train_test_split
from task import SIDE, Task, read_task

#: A little more than the net needs, as the guide advises.
MAX_EPOCHS = 12


class DigitsModel(keras_tuner.HyperModel):  # type: ignore[misc]
    """The search space of optuna_keras.py without the epochs, which Hyperband sets."""

    def build(self, hp: Any) -> Any:
        """Build a net from sampled settings."""
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
        """Train with a sampled batch size."""
        return model.fit(*data, batch_size=hp.Choice("batch_size", [64, 128, 256]), **options)


class OutOfTime(Exception):
    """The search has used its time budget, which KerasTuner does not support itself."""


class TimedHyperband(keras_tuner.Hyperband):  # type: ignore[misc]
    """Hyperband that stops after the trial that is running when the time is over."""

    def __init__(self, task: Task, **options: Any) -> None:
        super().__init__(**options)
        self._task = task

    def on_trial_end(self, trial: Any) -> None:
        """Stop the search when the time is over."""
        super().on_trial_end(trial)
        if self._task.out_of_time:
            raise OutOfTime

    def _configure_tensorboard_dir(self, callbacks: Any, trial: Any, execution: int = 0) -> None:
        # KerasTuner imports TensorBoard here although it does not require it.
        pass


def main() -> None:
    """Search, train the best settings on all rows, predict."""
    task = read_task(__doc__)
    keras.utils.set_random_seed(task.seed or 0)
    images, labels, test = task.read_data()
    x_train, x_valid, y_train, y_valid = train_test_split(
        images, labels, test_size=0.15, random_state=42, stratify=labels
    )
    with tempfile.TemporaryDirectory() as folder:
        tuner = TimedHyperband(
            task,
            hypermodel=DigitsModel(),
            objective="val_accuracy",
            max_epochs=MAX_EPOCHS,
            hyperband_iterations=1_000,  # high enough for the time budget to end the search
            seed=task.seed or 0,
            directory=folder,
        )
        callbacks = [ProgressCallback(task), keras.callbacks.EarlyStopping("val_loss", patience=3)]
        task.start_clock()
        with contextlib.suppress(OutOfTime):
            tuner.search(x_train, y_train, validation_data=(x_valid, y_valid), callbacks=callbacks, verbose=0)
        trials = list(tuner.oracle.trials.values())
        settings = tuner.get_best_hyperparameters()[0]
        best = tuner.oracle.get_best_trials()[0].score
    complete = sum(trial.status == "COMPLETED" for trial in trials)
    task.log_event("search ends", best, trials=len(trials), complete=complete, best=settings.values)
    keras.backend.clear_session()
    model = tuner.hypermodel.build(settings)
    tuner.hypermodel.fit(settings, model, images, labels, epochs=MAX_EPOCHS, verbose=0)
    task.submit(model.predict(test, verbose=0))


if __name__ == "__main__":
    main()
