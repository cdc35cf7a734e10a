import json
import math
from dataclasses import replace
from pathlib import Path

from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.retraining.final_model import Recipe, card_path, is_trained
from kagglebot.retraining.predict import model_rule

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


def save_card(path: Path, recipe: dict[str, object]) -> None:
    path.write_bytes(b"weights")
    card_path(path).write_text(json.dumps({"recipe": recipe}))


def test_a_model_is_known_again_by_its_recipe(tmp_path: Path) -> None:
    path = tmp_path / "trial-0.keras"
    recipe = replace(RECIPE, images=ImageRule((32, 48), "crop", 1))
    save_card(path, recipe.to_json())
    assert is_trained(path, recipe)
    assert model_rule(path) == recipe.images
    for change in ({"images": ImageRule()}, {"metric": "log_loss"}, {"epochs": 3}, {"tta": True}):
        assert not is_trained(path, replace(recipe, **change))


def test_a_model_of_the_first_version_stays_in_use(tmp_path: Path) -> None:
    path = tmp_path / "trial-0.keras"
    save_card(
        path, {key: value for key, value in RECIPE.to_json().items() if key not in ("metric", "images", "tta")}
    )
    assert is_trained(path, RECIPE)
    assert model_rule(path) == ImageRule()
