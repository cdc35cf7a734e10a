"""Models from outside: damaged files and files with code are refused, and no code runs."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from kagglebot.errors import DataError
from kagglebot.retraining.predict import load_predictor
from kagglebot.training.keras.tensorflow_import import tensorflow


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    layers = tensorflow().keras.layers
    model = tensorflow().keras.Sequential([layers.Input((2, 2, 1)), layers.Flatten(), layers.Dense(2)])
    model.save(tmp_path / "sound.keras")
    return tmp_path / "sound.keras"


def with_layer(saved: Path, layer: dict[str, Any]) -> Path:
    """The same model with another layer in place of Flatten."""
    path = saved.with_name("changed.keras")
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "config.json":
                config = json.loads(content)
                config["config"]["layers"][1] = layer
                content = json.dumps(config).encode()
            target.writestr(name, content)
    return path


def test_a_model_that_holds_code_or_is_damaged_is_refused(saved: Path, tmp_path: Path) -> None:
    assert load_predictor(saved)
    mark = tmp_path / "ran"
    layers = tensorflow().keras.layers
    tensorflow().keras.Sequential(
        [layers.Input((2, 2, 1)), layers.Lambda(lambda x: x), layers.Flatten(), layers.Dense(2)]
    ).save(tmp_path / "lambda.keras")
    cut = tmp_path / "cut.keras"
    cut.write_bytes(saved.read_bytes()[:400])
    touch = {"args": [f"touch {mark}"], "kwargs": {}, "command": f"touch {mark}"}
    hostile = [
        tmp_path / "lambda.keras",
        with_layer(saved, {"module": "os", "class_name": "system", "config": touch}),
        with_layer(
            saved, {"module": "builtins", "class_name": "function", "config": "exec", "registered_name": "exec"}
        ),
        cut,
    ]
    for path in hostile:
        with pytest.raises(DataError, match="is damaged or holds code") as caught:
            load_predictor(path)
        assert path.name in caught.value.message and caught.value.hint
    with pytest.raises(DataError, match="No such file"):
        load_predictor(tmp_path / "gone.keras")
    assert not mark.exists()
