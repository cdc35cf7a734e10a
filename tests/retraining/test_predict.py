"""Models predict as their cards say; what was made for other images, classes or settings is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kagglebot.datasets.schema import Schema
from kagglebot.errors import DataError
from kagglebot.models.registry import get_family
from kagglebot.retraining.model_card import write_card
from kagglebot.retraining.predict import final_predictor, predict_adjusted
from kagglebot.training.registry import make_learner
from kagglebot.training.scoring.tta import predict_with_tta

IMAGES = np.random.default_rng(0).integers(0, 256, (20, 6, 6, 1)).astype(np.uint8)
SHAPE, MOMENTS = (6, 6, 1), (90.0, 40.0)
SUFFIX = {"mlp": ".npz", "dense": ".keras"}
SETTINGS = {"layers": 1, "units_1": 4, "preprocessing": "standardise"}


def train(folder: Path, family: str, **changes: Any) -> tuple[Path, Any]:
    settings = SETTINGS | changes
    learner = make_learner(get_family(family), settings, SHAPE, 2, seed=0, pixel_moments=MOMENTS)
    if family == "mlp":  # takes its shapes from the first rows
        learner.run_epoch(IMAGES, np.arange(20) % 2, np.arange(20), schedule_position=lambda share: share)
    path = folder / f"trial-0{SUFFIX[family]}"
    learner.save(path)
    scaling = learner.settings.scaling(MOMENTS)
    write_card(path, {"recipe": {"family": family, "settings": settings}, "scaling": scaling})
    return path, learner


@pytest.mark.parametrize(("tta", "flip"), [(False, False), (True, False), (True, True)])
def test_a_model_predicts_over_views_where_its_card_says_so(tmp_path: Path, *, tta: bool, flip: bool) -> None:
    path, learner = train(tmp_path, "dense", flip=flip)
    write_card(path, {"recipe": {"family": "dense", "settings": SETTINGS | {"flip": flip}, "tta": tta}})
    expected = predict_with_tta(learner.predict, IMAGES, flip=flip)[tta]
    np.testing.assert_allclose(final_predictor(path, SHAPE, 2)(IMAGES), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("metric", "models", "given", "power"),
    [
        ("log_loss", 1, None, 2),
        ("auc", 1, None, 1),  # the competition's metric was changed after the training
        ("log_loss", 2, None, 1),  # each card is of a model alone
        ("log_loss", 2, (0.25,), 4),
    ],
)
def test_probabilities_are_adjusted_by_the_card_or_together(
    tmp_path: Path, metric: str, models: int, given: tuple[float] | None, power: int
) -> None:
    path, learner = train(tmp_path, "dense")
    write_card(
        path, {"recipe": {"family": "dense", "settings": SETTINGS, "metric": "log_loss", "adjustment": [0.5]}}
    )
    facts = {"layout": "folders", "id_column": "id", "target_column": "name", "classes": ("no", "yes")}
    schema = Schema("c", **facts, metric=metric, train_rows=20, test_rows=20, image_shape=SHAPE, digest="0")
    powers = learner.predict(IMAGES) ** power
    found = predict_adjusted([path] * models, IMAGES, schema, given)
    np.testing.assert_allclose(found, powers / powers.sum(axis=1, keepdims=True), rtol=1e-4)


def test_thresholds_on_the_card_decide_the_classes(tmp_path: Path) -> None:
    path, learner = train(tmp_path, "mlp")
    probable = learner.predict(IMAGES)[:, 1]
    recipe = {"family": "mlp", "settings": SETTINGS, "metric": "kappa", "adjustment": [float(np.median(probable))]}
    write_card(path, {"recipe": recipe, "scaling": learner.settings.scaling(MOMENTS)})
    facts = {"layout": "folders", "id_column": "id", "target_column": "name", "classes": (0, 1)}
    schema = Schema("c", **facts, metric="kappa", train_rows=20, test_rows=20, image_shape=SHAPE, digest="0")
    found = predict_adjusted([path], IMAGES, schema)
    np.testing.assert_array_equal(found[:, 1], probable > np.median(probable))


@pytest.mark.parametrize("family", SUFFIX)
def test_a_model_is_built_from_its_card(tmp_path: Path, family: str) -> None:
    path, learner = train(tmp_path, family)
    np.testing.assert_allclose(final_predictor(path, SHAPE, 2)(IMAGES), learner.predict(IMAGES), rtol=1e-4)


COLOURS = np.repeat(IMAGES, 3, axis=3) // np.array([1, 2, 3], np.uint8)
#: What a card says of colour images: since 0.2 for each channel, and before for all.
SCALINGS: list[Any] = [([90.0, 45.0, 30.0], [40.0, 20.0, 13.0]), (55.0, 30.0)]


@pytest.mark.parametrize("family", SUFFIX)
@pytest.mark.parametrize("moments", SCALINGS, ids=["by channel", "for all"])
def test_colour_images_are_scaled_as_the_card_says(tmp_path: Path, family: str, moments: Any) -> None:
    learner = make_learner(get_family(family), SETTINGS, (6, 6, 3), 2, seed=0, pixel_moments=moments)
    rows = np.arange(20)
    learner.run_epoch(COLOURS, rows % 2, rows, schedule_position=lambda share: share)
    path = tmp_path / f"trial-0{SUFFIX[family]}"
    learner.save(path)
    scaling = learner.settings.scaling(moments)
    write_card(path, {"recipe": {"family": family, "settings": SETTINGS}, "scaling": scaling})
    predicted = final_predictor(path, (6, 6, 3), 2)(COLOURS)
    np.testing.assert_allclose(predicted, learner.predict(COLOURS), rtol=1e-5)
    if isinstance(moments[0], list):
        with pytest.raises(DataError, match="it scales pixels of 3 channels, and the images have 1"):
            final_predictor(path, (6, 6, 1), 2)


@pytest.mark.parametrize("family", SUFFIX)
@pytest.mark.parametrize(("shape", "classes"), [((6, 8, 1), 2), ((6, 6, 3), 2), ((6, 6, 1), 5)])
def test_a_model_of_other_images_or_classes_is_refused(
    tmp_path: Path, family: str, shape: tuple[int, int, int], classes: int
) -> None:
    path, _ = train(tmp_path, family)
    with pytest.raises(DataError, match="is not the net that its card describes") as caught:
        final_predictor(path, shape, classes)
    assert path.name in caught.value.message and "trained again" in caught.value.hint


@pytest.mark.parametrize("family", SUFFIX)
def test_the_card_of_another_net_is_refused(tmp_path: Path, family: str) -> None:
    path, _ = train(tmp_path, family)
    write_card(path, {"recipe": {"family": family, "settings": SETTINGS | {"units_1": 5}}, "scaling": [1.0, 0.0]})
    with pytest.raises(DataError, match="where the net needs 5, 5x"):
        final_predictor(path, SHAPE, 2)
