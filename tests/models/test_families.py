"""Properties of every model family, tested for all of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import small_backbone

from kagglebot.errors import StudyError
from kagglebot.metrics.registry import get_metric, known_metrics
from kagglebot.models.base import Family, ParameterError
from kagglebot.models.registry import get_family, known_families
from kagglebot.training.learner import Learner
from kagglebot.training.registry import ENGINES, load_predictor
from kagglebot.training.registry import make_learner as new_learner

SHAPE = (8, 8, 1)
#: Settings with which a family learns in a moment. Nets of real weights are in tests/training/keras/test_parts.py.
SMALL = {"backbone": small_backbone.NAME, "resolution": 32}
QUICK = {
    "cnn": {"blocks": 2, "convolutions": 1},
    "pretrained": SMALL,
    "finetuned": {**SMALL, "trained_stages": 1},
}


@pytest.fixture(scope="module", autouse=True)
def _small_backbone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with small_backbone.small_backbone(tmp_path_factory.mktemp("weights")):
        yield


@pytest.fixture(scope="module", params=sorted(known_families()))
def family(request: pytest.FixtureRequest) -> Family:
    return get_family(request.param)


def make_learner(family: Family, *, seed: int = 1, classes: int = 3, **settings: object) -> Learner:
    settings = {"batch_size": 16, **QUICK.get(family.name, {}), **settings}
    return new_learner(family, settings, SHAPE, classes, seed=seed, pixel_moments=(30.0, 60.0))


def train(family: Family, seed: int) -> Learner:
    """Return a learner after an epoch."""
    images, labels = three_classes()
    learner = make_learner(family, seed=seed)
    learner.run_epoch(images, labels, np.arange(96), schedule_position=lambda share: share)
    return learner


@pytest.fixture(scope="module")
def trained(family: Family) -> Learner:
    """A learner after an epoch with seed 5; read only."""
    return train(family, 5)


def three_classes(count: int = 96) -> tuple[np.ndarray, np.ndarray]:
    """Images whose class is which third of the rows is bright."""
    rng = np.random.default_rng(0)
    labels = np.arange(count) % 3
    images = rng.integers(0, 60, (count, *SHAPE)).astype(np.uint8)
    for row, label in enumerate(labels):
        images[row, label * 3 : label * 3 + 2] += 150
    return images, labels.astype(np.int64)


def test_learns_what_can_be_learned(family: Family) -> None:
    images, labels = three_classes()
    learner = make_learner(family, epochs=12)
    for epoch in range(12):
        learner.run_epoch(
            images, labels, np.arange(96), schedule_position=lambda share, epoch=epoch: (epoch + share) / 12
        )
    assert (learner.predict(images).argmax(axis=1) == labels).mean() > 0.95


def test_gives_probabilities(trained: Learner) -> None:
    probabilities = trained.predict(three_classes(20)[0])
    assert probabilities.shape == (20, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_the_same_seed_gives_the_same_model(family: Family, trained: Learner) -> None:
    images, _ = three_classes()
    first = trained.predict(images)
    np.testing.assert_array_equal(first, train(family, 5).predict(images))
    assert not np.array_equal(first, train(family, 6).predict(images))


def test_a_saved_model_predicts_the_same(family: Family, trained: Learner, tmp_path) -> None:
    images, _ = three_classes(20)
    path = tmp_path / f"model{ENGINES[family.engine].suffix}"
    trained.save(path)
    predict = load_predictor(path, family, QUICK.get(family.name, {}), SHAPE, 3, scaling=(1 / 255, 0))
    # The features that a frozen backbone's head learns from have half the precision.
    np.testing.assert_allclose(predict(images), trained.predict(images), rtol=1e-2 if family.transfer else 1e-5)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("classes", [2, 1000])
def test_two_classes_or_a_thousand(family: Family, classes: int) -> None:
    images, _ = three_classes()
    labels = np.arange(96, dtype=np.int64) % classes
    learner = make_learner(family, classes=classes)
    learner.run_epoch(images, labels, np.arange(96), schedule_position=lambda share: share)
    probabilities = learner.predict(images)
    assert probabilities.shape == (96, classes)
    metrics = [metric for metric in known_metrics().values() if not metric.several]
    assert all(np.isfinite(metric.score(labels, probabilities)) for metric in metrics)


def test_an_image_may_have_several_classes(family: Family, tmp_path: Path) -> None:
    """Each class has a probability of its own; of two, scikit-learn has a single output otherwise."""
    images, thirds = three_classes()
    matrix = np.array([[1, 0], [1, 1], [0, 1]], np.uint8)[thirds]
    settings = {"batch_size": 16, "epochs": 12, **QUICK.get(family.name, {})}
    learner = new_learner(family, settings, SHAPE, 2, seed=1, pixel_moments=(30.0, 60.0), several=True)
    for epoch in range(12):
        learner.run_epoch(
            images, matrix, np.arange(96), schedule_position=lambda share, epoch=epoch: (epoch + share) / 12
        )
    probabilities = learner.predict(images)
    assert get_metric("multilabel_auc").score(matrix, probabilities) > 0.95
    assert np.abs(probabilities.sum(axis=1) - 1).max() > 0.1
    path = tmp_path / f"model{ENGINES[family.engine].suffix}"
    learner.save(path)
    predict = load_predictor(
        path, family, QUICK.get(family.name, {}), SHAPE, 2, scaling=(1 / 255, 0), several=True
    )
    np.testing.assert_allclose(predict(images), probabilities, rtol=2e-2, atol=1e-3)


#: A family of each engine, and the optimisers that the engine has for all its families.
OPTIMISERS = {
    "keras": ("dense", ["adam", "adamw", "rmsprop", "sgd"]),
    "sklearn": ("mlp", ["adam", "sgd"]),
}


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_every_optimiser_takes_a_step(engine: str) -> None:
    name, optimisers = OPTIMISERS[engine]
    assert get_family(name).engine == engine
    assert set(get_args(ENGINES[engine].settings.model_fields["optimizer"].annotation)) == set(optimisers)
    images, labels = three_classes()
    for optimizer in optimisers:
        learner = make_learner(get_family(name), optimizer=optimizer, learning_rate=1e-3)
        learner.run_epoch(images, labels, np.arange(96), schedule_position=lambda share: share)
        before = learner.predict(images)
        learner.run_epoch(images, labels, np.arange(96), schedule_position=lambda share: share)
        assert not np.array_equal(before, learner.predict(images)), optimizer


def test_weights_are_counted(family: Family) -> None:
    assert make_learner(family).parameter_count > 100


def test_can_be_built_at_its_limits(family: Family) -> None:
    make_learner(family, **family.limits(SHAPE))


def test_refuses_an_unknown_parameter_by_name(family: Family) -> None:
    with pytest.raises(ParameterError) as caught:
        make_learner(family, filtres=8)
    assert caught.value.parameter == "filtres"


def test_an_unknown_family_lists_the_known() -> None:
    with pytest.raises(StudyError, match="no model family 'resnet'") as caught:
        get_family("resnet")
    assert "cnn" in caught.value.hint
