"""Can one net learn what several know: python benchmarks/distillation.py [--data NAME] [--rows N] [--seeds N].

Trains two nets, the teachers, and a third one, the student, from the mean of their predictions (Hinton et al.
2015, arXiv:1503.02531): for the training rows, and also for others without labels, which play the test set. In
each epoch every row has a class that is drawn from the teachers' probabilities; on average that is the
cross-entropy with these. Beside it stands what else the same processor time buys: three seeds averaged, and one
net for three times the epochs. Log loss is taken after temperature scaling; the table has means and standard
errors over the seeds, and the difference to the first line seed by seed.
"""

import time
from typing import Any

import numpy as np
from averaging import ONE, OTHER_SEED, Task, Trainer, figures, measure
from numpy.typing import NDArray

from kagglebot.training.machine.child_process import limit_threads


def teach(
    trainer: Trainer, seed: int, probabilities: NDArray[np.float32], rows: NDArray[np.int64], epochs: int
) -> NDArray[np.float32]:
    """Train a net on classes drawn from ``(len(rows), classes)`` probabilities; return its test predictions."""
    rng = np.random.default_rng(seed)
    labels: NDArray[np.int64] = trainer.labels.copy()
    borders = probabilities.astype(np.float64).cumsum(axis=1)

    def draw() -> NDArray[np.int64]:
        drawn = rng.random((len(rows), 1)) * borders[:, -1:]
        labels[rows] = (drawn > borders).sum(axis=1)
        return labels

    net = trainer.net(seed, rows, label_smoothing=0.0)
    (predicted,) = trainer.train(net, rows, epochs, at=(epochs,), labels=draw)
    return predicted


def run(task: Task, seed: int) -> dict[str, Any]:
    """Train all nets of a seed; return by contestant the log loss, the errors and the seconds of its training."""
    limit_threads(1)
    trainer, epochs = Trainer(task, seed), int(task.settings["epochs"])
    truth, known = trainer.labels[trainer.test], trainer.rows
    every = np.concatenate([known, trainer.test])
    trainer.net(seed, known).prepare(trainer.images, lambda share: None)
    tested, taught, seconds = [], [], []
    for number in range(3):
        started, net = time.process_time(), trainer.net(seed + number * OTHER_SEED, known)
        tested += trainer.train(net, known, epochs, at=(epochs,))
        seconds.append(time.process_time() - started)
        taught.append(net.predict(trainer.images, every))
    started = time.process_time()
    longer = trainer.train(trainer.net(seed, known), known, 3 * epochs, at=(3 * epochs,))
    found = {
        ONE: figures(truth, tested[:1], seconds[0]),
        "two seeds": figures(truth, tested[:2], sum(seconds[:2])),
        "three seeds": figures(truth, tested, sum(seconds)),
        "one net, three times the epochs": figures(truth, longer, time.process_time() - started),
    }
    probabilities = np.mean(taught[:2], axis=0)
    for name, rows in (("the training rows", known), ("these and the test images", every)):
        started = time.process_time()
        length = max(1, round(epochs * len(known) / len(rows)))
        student = teach(trainer, seed + 3 * OTHER_SEED, probabilities[: len(rows)], rows, length)
        spent = sum(seconds[:2]) + time.process_time() - started
        found[f"a student of two, {name}"] = figures(truth, [student], spent)
        found[f"the same, averaged with its teachers, {name}"] = figures(truth, [*tested[:2], student], spent)
    return found


if __name__ == "__main__":
    measure(__doc__, "distillation", run)
