"""Models predict as their cards say; what was made for other images, classes or settings is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kagglebot.errors import DataError
from kagglebot.models.registry import get_family
from kagglebot.retraining.model_card import write_card
from kagglebot.retraining.predict import final_predictor
from kagglebot.training.registry import make_learner
from kagglebot.training.tta import predict_with_tta

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


@pytest.mark.parametrize("family", SUFFIX)
def test_a_model_is_built_from_its_card(tmp_path: Path, family: str) -> None:
    path, learner = train(tmp_path, family)
    np.testing.assert_allclose(final_predictor(path, SHAPE, 2)(IMAGES), learner.predict(IMAGES), rtol=1e-4)


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
