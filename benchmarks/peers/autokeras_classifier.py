"""AutoKeras's image classifier: it searches until the budget is used up, then trains its best net on all images.

It runs in an environment of its own: pip install autokeras tensorflow pillow.
"""

import tempfile
from typing import Any

import autokeras
import keras
import numpy as np
from autokeras.tuners.task_specific import ImageClassifierTuner
from photographs_task import PhotographsTask, read_photographs_task
from progress_callback import ProgressCallback


class TimedTuner(ImageClassifierTuner):  # type: ignore[misc]
    """AutoKeras's tuner, which starts no trial after the budget; its last training knows no limit, as ever."""

    task: PhotographsTask

    def on_trial_end(self, trial: Any) -> None:
        """End the search when the time is over."""
        super().on_trial_end(trial)
        if self.task.out_of_time:
            self.oracle.max_trials = len(self.oracle.trials)

    def _configure_tensorboard_dir(self, callbacks: Any, trial: Any, execution: int = 0) -> None:
        # KerasTuner imports TensorBoard here although nothing asks for it.
        pass

    def final_fit(self, **options: Any) -> Any:
        """Train the best net on all images, without the callback that watches the clock."""
        trials = list(self.oracle.trials.values())
        complete = sum(trial.status == "COMPLETED" for trial in trials)
        best = self.oracle.get_best_trials(1)[0]
        self.task.log_event(
            "search ends", best.score, trials=len(trials), complete=complete, best=best.hyperparameters.values
        )
        return super().final_fit(**{**options, "callbacks": []})


def main() -> None:
    """Search, train, predict."""
    task = read_photographs_task(__doc__)
    keras.utils.set_random_seed(task.seed or 0)
    train = list(task.read_folder("train", seed=task.seed or 0).as_numpy_iterator())
    images = np.concatenate([batch for batch, _ in train]).round().astype(np.uint8)
    labels = np.concatenate([batch for _, batch in train])
    test = np.concatenate(list(task.read_folder("test", labels=None, shuffle=False).as_numpy_iterator()))
    TimedTuner.task = task
    with tempfile.TemporaryDirectory() as folder:
        classifier = autokeras.ImageClassifier(
            seed=task.seed or 0, directory=folder, objective=task.measure, tuner=TimedTuner
        )
        watch = ProgressCallback(task, task.measure)
        classifier.fit(images, np.array(task.classes)[labels], callbacks=[watch], verbose=0)
        model = classifier.export_model()
        probabilities = model.predict(test.round().astype(np.uint8), verbose=0)
    if probabilities.shape[1] == 1:  # two classes: the probability of the second
        probabilities = np.hstack([1 - probabilities, probabilities])
    task.submit_probabilities(probabilities)


if __name__ == "__main__":
    main()
