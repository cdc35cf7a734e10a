"""An export predicts with the versions of Kaggle's notebooks what it predicts here."""

import os
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.datasets.schema import read_schema, save_schema
from kagglebot.errors import DataError
from kagglebot.paths import WorkspacePaths
from kagglebot.retraining.final_model import Recipe, model_path, train_final
from kagglebot.retraining.predict import predict_mean
from kagglebot.retraining.records import TrainedEnsemble, TrainedModel
from kagglebot.submission.export.export import export_model
from kagglebot.submission.export.inference import exported_models, infer
from kagglebot.system.files.json_file import read_json, write_json

NAME = "digits-practice"
COMMON = {"preprocessing": "standardise", "batch_size": 64, "epochs": 1}
NETS: list[tuple[str, dict[str, Any]]] = [
    ("cnn", {"blocks": 2, "filters": 4, "dropout": 0.1, "ema_epochs": 1.0}),
    ("dense", {"layers": 2, "units_1": 12, "units_2": 8, "batch_norm": True}),
    ("mlp", {"layers": 1, "units_1": 16}),
]
WITH_KAGGLES_VERSIONS = """
import runpy, sys
from pathlib import Path

import numpy as np

work, *exports = map(Path, sys.argv[1:])
sys.path.insert(0, str(exports[0] / "kagglebot.pyz"))
from kagglebot.retraining.predict import predict_mean
from kagglebot.submission.export.inference import exported_models

images = np.load(work / "images.npy", allow_pickle=False)
for export in exports:
    np.save(work / f"{export.name}.npy", predict_mean(exported_models(export), images, 10), allow_pickle=False)
runpy.run_path(str(exports[3] / "inference.py"), run_name="__main__")
import keras, tensorflow
print(tensorflow.__version__, keras.__version__, np.__version__)
"""


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory, digits_data: Path) -> list[Path]:
    """The exports of a model of each family, of an ensemble of all, and the model of version 0.1."""
    root = tmp_path_factory.mktemp("exports")
    workspace = WorkspacePaths(root / "workspace")
    workspace.data(NAME).parent.mkdir(parents=True)
    workspace.data(NAME).symlink_to(digits_data)
    folder, dataset = workspace.location(NAME, "mixed").folder, load_dataset(digits_data)
    models = []
    for number, (family, settings) in enumerate(NETS):
        path = model_path(folder, family, number)
        recipe = Recipe(
            family, COMMON | settings, 1, 1, (), "accuracy", 5, dataset.schema.digest, ImageRule(), tta=number == 1
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        train_final(dataset, recipe, path, about={})
        models.append(TrainedModel(NAME, "mixed", number, 0.5, "accuracy", path, 1, 1.0, reused=False))
    ensemble = TrainedEnsemble(NAME, "mixed", "accuracy", tuple(models), (0.5, 0.6, 0.7))
    folders = [export_model(workspace, each, None, None).folder for each in (*models, ensemble)]
    with zipfile.ZipFile(Path(__file__).parents[2] / "workspaces" / "version-0.1.zip") as packed:
        (root / "early").mkdir()
        for name in ("trial-3.keras", "trial-3.json"):
            content = packed.read(f"ws/studies/{NAME}/small/models/{name}")
            (root / "early" / name).write_bytes(content)
    return [*folders, root / "early"]


def test_an_ensemble_is_exported_with_all_of_its_models(exports: list[Path], digits_data: Path) -> None:
    (*_, ensemble, _) = exports
    assert ensemble.name == "ensemble-3"
    assert [path.name for path in exported_models(ensemble)] == ["trial-0.keras", "trial-1.keras", "trial-2.npz"]
    assert read_json(ensemble / "ensemble.json")["models"] == ["trial-0", "trial-1", "trial-2"]
    shown = (ensemble / "README.md").read_text()
    assert "mixed, ensemble 3" in shown and all(f"weights of trial {number}" in shown for number in range(3))
    images = load_dataset(digits_data).test_images
    alone = [predict_mean(exported_models(export), images, 10) for export in exports[:3]]
    together = predict_mean(exported_models(ensemble), images, 10)
    np.testing.assert_allclose(together, np.mean(alone, axis=0), atol=1e-6)


@pytest.mark.parametrize(
    ("ensemble", "models"),
    [
        ({"models": ["trial-1-now", "trial-0-now", "trial-1-now"]}, [1, 0, 1]),  # a checkpoint that counts twice
        ({}, [0, 1]),  # as in earlier exports
    ],
)
def test_a_model_counts_as_often_as_it_was_chosen(tmp_path: Path, ensemble: dict, models: list[int]) -> None:
    for number in (0, 1):
        for suffix in (".json", ".keras"):
            (tmp_path / f"trial-{number}-now{suffix}").touch()
    write_json(tmp_path / "ensemble.json", {"adjustment": [], **ensemble})
    assert [path.name for path in exported_models(tmp_path)] == [f"trial-{each}-now.keras" for each in models]


def test_the_mean_of_an_exported_ensemble_is_adjusted_together(
    exports: list[Path], digits_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensemble = tmp_path / "ensemble"
    shutil.copytree(exports[3], ensemble)
    save_schema(ensemble, replace(read_schema(ensemble), metric="log_loss"))
    (ensemble / "ensemble.json").write_text('{"adjustment": [0.5]}')
    written = []
    monkeypatch.setattr(
        "kagglebot.submission.export.inference.write_submission", lambda *given: written.append(given)
    )
    infer(ensemble, {"KAGGLEBOT_INPUT": str(digits_data / "files"), "KAGGLEBOT_OUTPUT": str(tmp_path)})
    powers = predict_mean(exported_models(ensemble), load_dataset(digits_data).test_images, 10) ** 2
    np.testing.assert_allclose(written[0][-1], powers / powers.sum(axis=1, keepdims=True), rtol=1e-3, atol=1e-6)


def test_what_does_not_predict_here_is_not_exported(
    exports: list[Path], digits_data: Path, tmp_path: Path
) -> None:
    workspace = WorkspacePaths(tmp_path)
    workspace.data(NAME).parent.mkdir(parents=True)
    workspace.data(NAME).symlink_to(digits_data)
    for name in ("trial-3.keras", "trial-3.json"):
        (tmp_path / name).write_bytes((exports[-1] / name).read_bytes())
    card = tmp_path / "trial-3.json"
    card.write_text(card.read_text().replace('"filters": 8', '"filters": 9'))
    model = TrainedModel(NAME, "small", 3, 0.5, "accuracy", tmp_path / "trial-3.keras", 1, 1.0, reused=True)
    with pytest.raises(DataError, match="is not the net that its card describes"):
        export_model(workspace, model, tmp_path / "out", None)
    assert not (tmp_path / "out").exists()


def test_an_incomplete_upload_is_refused(exports: list[Path], tmp_path: Path) -> None:
    (*_, ensemble, _) = exports
    for path in ensemble.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "trial-1.keras").write_bytes(b"cut")
    with pytest.raises(DataError, match="has other content than when it was trained"):
        predict_mean(exported_models(tmp_path), np.zeros((1, 8, 8, 1), np.uint8), 10)
    (tmp_path / "trial-1.keras").unlink()
    with pytest.raises(DataError, match="a model missing"):
        exported_models(tmp_path)
    for path in tmp_path.glob("trial-*"):
        path.unlink()
    with pytest.raises(DataError, match="There is no model"):
        exported_models(tmp_path)


def test_kaggles_versions_predict_the_same(
    exports: list[Path], digits_data: Path, kaggles_python: Path, tmp_path: Path
) -> None:
    images = np.ascontiguousarray(load_dataset(digits_data).test_images[:100])
    np.save(tmp_path / "images.npy", images, allow_pickle=False)
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "KAGGLE", "KERAS"))}
    own |= {"KAGGLEBOT_INPUT": str(digits_data / "files"), "KAGGLEBOT_OUTPUT": str(tmp_path)}
    command = [str(kaggles_python), "-c", WITH_KAGGLES_VERSIONS, str(tmp_path), *map(str, exports)]
    done = subprocess.run(command, env=own, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said, versions = done.stdout.splitlines()
    assert said.startswith("597 predictions are in ") and versions.split() == ["2.20.0", "3.13.2", "2.0.2"]
    for export in exports:
        here, there = predict_mean(exported_models(export), images, 10), np.load(tmp_path / f"{export.name}.npy")
        np.testing.assert_allclose(there, here, atol=1e-5, err_msg=export.name)
    target, _ = infer(exports[3], own | {"KAGGLEBOT_OUTPUT": str(tmp_path / "here")})
    rows = [path.read_text().splitlines() for path in (target, tmp_path / "submission.csv")]
    assert sum(here != there for here, there in zip(*rows, strict=True)) <= 2  # near ties, which rounding decides
