"""Models from outside: of a file with code only the weights are read, and no code runs."""

import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kagglebot.errors import DataError
from kagglebot.models.registry import get_family
from kagglebot.training.keras.on_tensorflow.tensorflow_import import tensorflow
from kagglebot.training.registry import load_predictor, make_learner

SHAPE, SETTINGS = (2, 2, 1), {"layers": 1, "units_1": 2}
IMAGES = np.arange(12, dtype=np.uint8).reshape(3, *SHAPE)


def predict(path: Path, family: str = "dense") -> np.ndarray:
    return load_predictor(path, get_family(family), SETTINGS, SHAPE, 2)(IMAGES)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    learner = make_learner(get_family("dense"), SETTINGS, SHAPE, 2, seed=0, pixel_moments=(0.0, 1.0))
    learner.save(tmp_path / "sound.keras")
    return tmp_path / "sound.keras"


def with_layer(saved: Path, layer: dict[str, Any]) -> Path:
    """The same model with another layer in place of Flatten."""
    path = saved.with_name("changed.keras")
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "config.json":
                config = json.loads(content)
                config["config"]["layers"][2] = layer
                content = json.dumps(config).encode()
            target.writestr(name, content)
    return path


def test_code_in_a_model_is_not_run(saved: Path, tmp_path: Path) -> None:
    expected, mark = predict(saved), tmp_path / "ran"
    touch = {"args": [f"touch {mark}"], "kwargs": {}, "command": f"touch {mark}"}
    for layer in (
        {"module": "os", "class_name": "system", "config": touch},
        {"module": "builtins", "class_name": "function", "config": "exec", "registered_name": "exec"},
    ):
        np.testing.assert_array_equal(predict(with_layer(saved, layer)), expected)
    layers = tensorflow().keras.layers
    other = tmp_path / "lambda.keras"
    net = [layers.Input(SHAPE), layers.Lambda(lambda x: x), layers.Flatten(), layers.Dense(2)]
    tensorflow().keras.Sequential(net).save(other)
    with pytest.raises(DataError, match="does not say how pixels are scaled"):
        predict(other)
    assert not mark.exists()


class Touch:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return Path.touch, (self.mark,)


def test_a_pickle_in_a_model_is_not_opened(tmp_path: Path) -> None:
    mark, path = tmp_path / "ran", tmp_path / "trial-0.npz"
    weights = np.array([Touch(mark)], dtype=object)
    np.savez(path, weights_0=weights, bias_0=np.zeros(2), scaling=np.array([1.0, 0.0]))
    with pytest.raises(DataError, match="is damaged"):
        predict(path, "mlp")
    path.write_bytes(pickle.dumps(Touch(mark)))
    with pytest.raises(DataError, match="is damaged"):
        predict(path, "mlp")
    assert not mark.exists()


def test_a_missing_or_cut_model_is_named(saved: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.keras"
    cut.write_bytes(saved.read_bytes()[:400])
    with pytest.raises(DataError, match="is damaged") as caught:
        predict(cut)
    assert cut.name in caught.value.message and caught.value.hint
    with pytest.raises(DataError, match="No such file"):
        predict(tmp_path / "gone.keras")
