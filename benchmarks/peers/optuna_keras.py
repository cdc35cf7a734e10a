"""Optuna and Keras by hand, as in their public examples: model.fit, a pruning callback, a time limit."""

from typing import Any

import keras
import optuna
from keras import layers
from optuna_integration import KerasPruningCallback
from progress_callback import ProgressCallback
from sklearn.model_selection import train_test_split
from task import SIDE, read_task


def suggest(trial: optuna.Trial) -> dict[str, Any]:
    """Sample the settings of a trial."""
    blocks = trial.suggest_int("blocks", 1, 3)
    return {
        "filters": [trial.suggest_categorical(f"filters_{block}", [16, 32, 64]) for block in range(blocks)],
        "kernel": trial.suggest_categorical("kernel", [3, 5]),
        "batch_norm": trial.suggest_categorical("batch_norm", [True, False]),
        "dropout": trial.suggest_float("dropout", 0.0, 0.5),
        "units": trial.suggest_int("units", 64, 256, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-2, log=True),
        "batch_size": trial.suggest_categorical("batch_size", [64, 128, 256]),
        "epochs": trial.suggest_int("epochs", 5, 20),
    }


def build(settings: dict[str, Any]) -> Any:
    """Build the net for these settings."""
    model = keras.Sequential([keras.Input((SIDE, SIDE, 1))])
    for filters in settings["filters"]:
        model.add(layers.Conv2D(filters, settings["kernel"], padding="same", activation="relu"))
        if settings["batch_norm"]:
            model.add(layers.BatchNormalization())
        model.add(layers.MaxPooling2D())
        model.add(layers.Dropout(settings["dropout"]))
    model.add(layers.Flatten())
    model.add(layers.Dense(settings["units"], activation="relu"))
    model.add(layers.Dropout(settings["dropout"]))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile(
        optimizer=keras.optimizers.Adam(settings["learning_rate"]),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def main() -> None:
    """Search, train the best settings on all rows, predict."""
    task = read_task(__doc__)
    keras.utils.set_random_seed(task.seed or 0)
    images, labels, test = task.read_data()
    x_train, x_valid, y_train, y_valid = train_test_split(
        images, labels, test_size=0.15, random_state=42, stratify=labels
    )

    def objective(trial: optuna.Trial) -> float:
        keras.backend.clear_session()
        settings = suggest(trial)
        trial.set_user_attr("settings", settings)
        history = build(settings).fit(
            x_train,
            y_train,
            validation_data=(x_valid, y_valid),
            batch_size=settings["batch_size"],
            epochs=settings["epochs"],
            callbacks=[ProgressCallback(task), KerasPruningCallback(trial, "val_accuracy")],
            verbose=0,
        )
        return float(history.history["val_accuracy"][-1])

    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=task.seed or 0),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=2),
    )
    task.start_clock()
    study.optimize(objective, timeout=task.budget_seconds)
    complete = study.get_trials(states=[optuna.trial.TrialState.COMPLETE])
    settings = study.best_trial.user_attrs["settings"]
    task.log_event(
        "search ends", study.best_value, trials=len(study.trials), complete=len(complete), best=settings
    )
    keras.backend.clear_session()
    model = build(settings)
    model.fit(images, labels, batch_size=settings["batch_size"], epochs=settings["epochs"], verbose=0)
    task.submit(model.predict(test, verbose=0))


if __name__ == "__main__":
    main()
