import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.models.registry import get_family
from kagglebot.retraining.final_model import (
    Recipe,
    card_path,
    final_predictor,
    is_trained,
    load_predictor,
    model_rule,
)
from kagglebot.training.registry import make_learner
from kagglebot.training.tta import predict_with_tta

RECIPE = Recipe(
    family="cnn",
    settings={"filters": 8},
    epochs=2,
    planned=3,
    curve=(math.nan, 0.5, 0.4),
    metric="accuracy",
    seed=1,
    digest="abc",
    images=ImageRule(),
)


def keep(path: Path, recipe: dict[str, object]) -> None:
    path.write_bytes(b"weights")
    card_path(path).write_text(json.dumps({"recipe": recipe}))


def test_a_model_is_known_again_by_its_recipe(tmp_path: Path) -> None:
    path = tmp_path / "trial-0.keras"
    recipe = replace(RECIPE, images=ImageRule((32, 48), "crop", 1))
    keep(path, recipe.to_json())
    assert is_trained(path, recipe)
    assert model_rule(path) == recipe.images
    for change in ({"images": ImageRule()}, {"metric": "log_loss"}, {"epochs": 3}, {"tta": True}):
        assert not is_trained(path, replace(recipe, **change))


def test_a_model_of_the_first_version_stays_in_use(tmp_path: Path) -> None:
    path = tmp_path / "trial-0.keras"
    keep(path, {key: value for key, value in RECIPE.to_json().items() if key not in ("metric", "images", "tta")})
    assert is_trained(path, RECIPE)
    assert model_rule(path) == ImageRule()


def test_a_model_predicts_over_views_where_its_card_says_so(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (20, 6, 6, 1)).astype(np.uint8)
    settings = {"layers": 1, "units_1": 4}
    learner = make_learner(get_family("mlp"), settings, (6, 6, 1), 2, seed=0, pixel_moments=(0.0, 1.0))
    learner.run_epoch(images, np.arange(20) % 2, np.arange(20), progress=lambda share: share)
    path = tmp_path / "trial-0.npz"
    for tta, flip in ((False, False), (True, False), (True, True)):
        keep(path, replace(RECIPE, settings={"flip": flip}, tta=tta).to_json())
        learner.save(path)
        expected = predict_with_tta(learner.predict, images, flip=flip)[tta]
        np.testing.assert_allclose(final_predictor(path)(images), expected, rtol=1e-5)
    np.testing.assert_allclose(load_predictor(path)(images), learner.predict(images), rtol=1e-5)
