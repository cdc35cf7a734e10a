"""How much a narrow perceptron on raw pixels owes to its start: python benchmarks/spread.py --workspace FOLDER.

Trains (10, 20, 10) for a few epochs from five starts, with scikit-learn's own ``fit`` and with kagglebot's epochs.
"""

import argparse
import json
import warnings
from pathlib import Path

import numpy as np

from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.splits import plain_holdout
from kagglebot.models.registry import get_family
from kagglebot.training.engines import make_learner

EPOCHS = 12
STARTS = 5
NET = {"layers": 3, "units_1": 10, "units_2": 20, "units_3": 10, "preprocessing": "raw", "epochs": EPOCHS}


def measure(data: Path) -> dict[str, list[float]]:
    """Held-out accuracy of each start, both ways."""
    from sklearn.neural_network import MLPClassifier

    warnings.simplefilter("ignore")  # that it has not converged is the point
    dataset = load_dataset(data)
    images, labels = np.asarray(dataset.train_images), dataset.train_labels
    train, valid = plain_holdout(len(labels), fraction=0.3, seed=42)
    flat = images.reshape(len(images), -1).astype(np.float64)
    scores: dict[str, list[float]] = {"scikit-learn": [], "kagglebot": []}
    for seed in range(STARTS):
        model = MLPClassifier((10, 20, 10), random_state=seed, max_iter=EPOCHS).fit(flat[train], labels[train])
        scores["scikit-learn"].append(float(model.score(flat[valid], labels[valid])))
        shape, classes = dataset.schema.image_shape, len(dataset.schema.classes)
        learner = make_learner(get_family("mlp"), NET, shape, classes, seed=seed, pixel_moments=(0.0, 1.0))
        for _ in range(EPOCHS):
            learner.run_epoch(images, labels, train, progress=float)
        scores["kagglebot"].append(float((learner.predict(images, valid).argmax(axis=1) == labels[valid]).mean()))
    return scores


def sentence(scores: dict[str, list[float]]) -> str:
    """Say it for the reproduction's page."""
    told = [f"{min(each):.0%} to {max(each):.0%} with {name}" for name, each in scores.items()]
    return (
        f"Nets this narrow on raw pixels owe much to their start: after {EPOCHS} epochs of (10, 20, 10), {STARTS} "
        f"starts give {' and '.join(told)} (`python benchmarks/spread.py`)."
    )


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, default=Path())
    parser.add_argument("--competition", default="digit-recognizer")
    arguments = parser.parse_args()
    scores = measure(arguments.workspace / "data" / arguments.competition)
    print(json.dumps({**scores, "sentence": sentence(scores)}, indent=2))


if __name__ == "__main__":
    main()
