"""Measure how far the accuracy of perceptrons on raw pixels depends on the seed.

    python benchmarks/accuracy_by_seed.py --workspace FOLDER

Trains each net for a few epochs from five seeds, with scikit-learn's own ``fit`` and with kagglebot's learner.
"""

import argparse
import json
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kagglebot.datasets.dataset import Dataset, load_dataset
from kagglebot.datasets.splits import plain_holdout
from kagglebot.models.registry import get_family
from kagglebot.training.registry import make_learner

SEEDS = 5
#: A net of ten classes below this accuracy has learned nothing.
CHANCE = 0.15


@dataclass(frozen=True)
class SeedScores:
    """Held-out accuracies of one net by trainer, one for each seed."""

    widths: tuple[int, ...]
    epochs: int
    scores: dict[str, list[float]]

    def sentence(self) -> str:
        """Return the range of the accuracies as a sentence for docs/REPRODUCTION.md."""
        parts = []
        for name, each in self.scores.items():
            dead = sum(score < CHANCE for score in each)
            parts.append(
                f"{min(each):.0%} to {max(each):.0%} with {name}" + (f" ({dead} at chance)" if dead else "")
            )
        return f"{self.widths} from {SEEDS} seeds, after {self.epochs} epochs: {' and '.join(parts)}."


def measure(data: Path) -> list[SeedScores]:
    """Measure the net that varies most, and a wide one."""
    dataset = load_dataset(data)
    return [_measure_net(dataset, (10, 20, 10), 12), _measure_net(dataset, (10, 80, 240, 960, 240, 80, 10), 3)]


def _measure_net(dataset: Dataset, widths: tuple[int, ...], epochs: int) -> SeedScores:
    from sklearn.neural_network import MLPClassifier

    images, labels = np.asarray(dataset.train_images), dataset.train_labels
    train, valid = plain_holdout(labels, fraction=0.3, seed=42)
    flat = images.reshape(len(images), -1).astype(np.float32)
    shape, classes = dataset.schema.image_shape, len(dataset.schema.classes)
    units = {f"units_{number}": width for number, width in enumerate(widths, start=1)}
    settings = {"layers": len(widths), **units, "preprocessing": "raw", "epochs": epochs}
    scores: dict[str, list[float]] = {"scikit-learn": [], "kagglebot": []}
    for seed in range(SEEDS):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it has not converged is the point
            model = MLPClassifier(widths, random_state=seed, max_iter=epochs).fit(flat[train], labels[train])
        scores["scikit-learn"].append(float(model.score(flat[valid], labels[valid])))
        learner = make_learner(get_family("mlp"), settings, shape, classes, seed=seed, pixel_moments=(0.0, 1.0))
        for _ in range(epochs):
            learner.run_epoch(images, labels, train, schedule_position=float)
        scores["kagglebot"].append(float((learner.predict(images, valid).argmax(axis=1) == labels[valid]).mean()))
    return SeedScores(widths, epochs, scores)


def main() -> None:
    """Measure, and print JSON and a sentence for each net."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, default=Path())
    parser.add_argument("--competition", default="digit-recognizer")
    arguments = parser.parse_args()
    for scores in measure(arguments.workspace / "data" / arguments.competition):
        print(json.dumps({"widths": scores.widths, "epochs": scores.epochs, **scores.scores}))
        print(scores.sentence())


if __name__ == "__main__":
    main()
