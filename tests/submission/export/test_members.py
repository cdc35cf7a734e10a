"""An export takes members of every family, each as often as it was chosen."""

from pathlib import Path

import numpy as np
import small_backbone

from kagglebot.datasets.dataset import Dataset
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.datasets.schema import Schema, save_schema
from kagglebot.paths import WorkspacePaths
from kagglebot.retraining.final_model import Recipe, model_path, train_final
from kagglebot.retraining.predict import predict_mean
from kagglebot.retraining.records import TrainedEnsemble, TrainedModel
from kagglebot.submission.export.export import export_model
from kagglebot.submission.export.inference import exported_models

NAME = "deserts"
BACKBONE = {"backbone": small_backbone.NAME}
FAMILIES = {
    "cnn": {"blocks": 1, "filters": 4},
    "dense": {"layers": 1, "units_1": 8},
    "finetuned": BACKBONE,
    "pretrained": BACKBONE,
}


def test_members_of_all_families_are_exported_with_their_weights_in_the_mean(tmp_path: Path) -> None:
    schema = Schema(
        competition=NAME,
        layout="folders",
        id_column="id",
        target_column="name",
        metric="log_loss",
        train_rows=24,
        test_rows=4,
        image_shape=(12, 12, 3),
        classes=("cactus", "dune", "sky"),
        digest="0",
    )
    images = np.random.default_rng(0).integers(0, 256, (24, 12, 12, 3)).astype(np.uint8)
    dataset = Dataset(schema, images, np.arange(24) % 3, images[:4], tuple("abcd"))
    workspace = WorkspacePaths(tmp_path)
    workspace.data(NAME).mkdir(parents=True)
    save_schema(workspace.data(NAME), schema)
    models = []
    with small_backbone.small_backbone(tmp_path):
        for number, (family, own) in enumerate(FAMILIES.items()):
            path = model_path(workspace.location(NAME, "mixed").folder, family, number)
            path.parent.mkdir(parents=True, exist_ok=True)
            settings = {**own, "batch_size": 8, "epochs": 1}
            train_final(
                dataset, Recipe(family, settings, 1, 1, (), "log_loss", 5, "0", ImageRule()), path, about={}
            )
            models.append(TrainedModel(NAME, "mixed", number, 0.5, "log_loss", path, 1, 1.0, reused=False))
        chosen = (*models, models[1], models[1])
        ensemble = TrainedEnsemble(NAME, "mixed", "log_loss", chosen, (0.5, 0.6))
        exported = exported_models(export_model(workspace, ensemble, None, None).folder)
        assert [path.name for path in exported] == [model.path.name for model in chosen]
        alone = [predict_mean([model.path], images[:4], 3) for model in models]
        together, here = (predict_mean(each, images[:4], 3) for each in (exported, [each.path for each in chosen]))
    np.testing.assert_allclose(together, np.average(alone, axis=0, weights=[1, 3, 1, 1]), atol=1e-6)
    np.testing.assert_allclose(together, here, atol=1e-6)
