"""Do the test images help to train: python benchmarks/pseudo_labels.py [--data NAME] [--rows N] [--seeds N].

Trains the first trial of the study for a competition on some labelled rows and predicts others, which play the
test set. A second net then learns from both, with the classes that the first one predicted for the test images
(pseudo-labels, Lee 2013), all of them or the surest; it passes as many images as the first. Beside it stands what
else the same processor time buys: two seeds, and one net for twice the epochs. Log loss is taken after temperature
scaling; the table has means and standard errors over the seeds, and the difference to the first line seed by seed.
"""

import time
from typing import Any

import numpy as np
from averaging import ONE, OTHER_SEED, Task, Trainer, figures, measure

from kagglebot.training.machine.child_process import limit_threads

#: Probability from which a predicted class is sure.
SURE = 0.9


def run(task: Task, seed: int) -> dict[str, Any]:
    """Train all nets of a seed; return by contestant the log loss, the errors and the seconds of its training."""
    limit_threads(1)
    trainer, epochs = Trainer(task, seed), int(task.settings["epochs"])
    truth, known = trainer.labels[trainer.test], trainer.rows
    trainer.net(seed, known).prepare(trainer.images, lambda share: None)

    def train(seed: int, rows: Any, length: int) -> tuple[Any, float]:
        started = time.process_time()
        (predicted,) = trainer.train(trainer.net(seed, rows), rows, length, at=(length,))
        return predicted, time.process_time() - started

    first, alone = train(seed, known, epochs)
    other, more = train(seed + OTHER_SEED, known, epochs)
    longer, twice = train(seed, known, 2 * epochs)
    found = {
        ONE: figures(truth, [first], alone),
        "two seeds": figures(truth, [first, other], alone + more),
        "one net, twice the epochs": figures(truth, [longer], twice),
    }
    trainer.labels = trainer.labels.copy()
    trainer.labels[trainer.test] = first.argmax(axis=1)
    for name, sure in (("all", 0.0), ("sure", SURE)):
        rows = np.concatenate([known, trainer.test[first.max(axis=1) >= sure]])
        second, taken = train(seed + OTHER_SEED, rows, max(1, round(epochs * len(known) / len(rows))))
        found[f"{name} pseudo-labels"] = figures(truth, [second], alone + taken)
        found[f"{name} pseudo-labels, averaged with the first net"] = figures(
            truth, [first, second], alone + taken
        )
    return found


if __name__ == "__main__":
    measure(__doc__, "pseudo_labels", run)
