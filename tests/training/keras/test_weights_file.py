"""Files in Keras's own format: only checked numbers come out of them, whichever version of Keras wrote them."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from kagglebot.errors import DataError
from kagglebot.models.registry import get_family
from kagglebot.training.keras.weights_file import read_weights
from kagglebot.training.learner import TrainingError
from kagglebot.training.registry import load_predictor, make_learner

SHAPE = (4, 4, 1)
IMAGES = np.random.default_rng(0).integers(0, 256, (8, *SHAPE)).astype(np.uint8)
SETTINGS = {"blocks": 1, "convolutions": 1, "filters": 2, "dropout": 0.1, "preprocessing": "standardise"}


def make() -> Any:
    return make_learner(get_family("cnn"), SETTINGS, SHAPE, 3, seed=1, pixel_moments=(99.0, 50.0))


def predict(path: Path) -> np.ndarray:
    return load_predictor(path, get_family("cnn"), SETTINGS, SHAPE, 3)(IMAGES)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray]:
    learner, path = make(), tmp_path_factory.mktemp("trained") / "trial-0.keras"
    learner.save(path)
    return path, learner.predict(IMAGES)


def packed(saved: Path, path: Path, **members: bytes) -> Path:
    """The file ``saved`` with other members, at ``path``."""
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            target.writestr(name, members.get(name.partition(".")[0], source.read(name)))
    return path


def rewritten(saved: Path, path: Path, change: Callable[[h5py.File], object]) -> Path:
    """The file ``saved`` with changed weights, at ``path``."""
    plain = path.with_name("plain.h5")
    with zipfile.ZipFile(saved) as source:
        plain.write_bytes(source.read("model.weights.h5"))
    with h5py.File(plain, "r+") as file:
        change(file)
    return packed(saved, path, model=plain.read_bytes())


def test_an_unknown_argument_of_another_keras_is_no_obstacle(
    trained: tuple[Path, np.ndarray], tmp_path: Path
) -> None:
    saved, expected = trained
    with zipfile.ZipFile(saved) as source:
        description = json.loads(source.read("config.json"))
    for layer in description["config"]["layers"]:
        layer["config"]["of_a_later_version"] = {"class_name": "Unheard"}
    path = packed(saved, tmp_path / "later.keras", config=json.dumps(description).encode())
    np.testing.assert_allclose(predict(path), expected, rtol=1e-5)


def put(name: str, value: Any) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        del file[name]
        file[name] = value

    return change


KERNEL, BIAS = "layers/conv2d/vars/0", "layers/dense/vars/1"


def outside(file: h5py.File) -> None:
    del file[BIAS]
    file.create_dataset(BIAS, (3,), "f4", external=[("/etc/hostname", 0, 12)])


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((3,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "data", (3,))
    del file[BIAS]
    file.create_virtual_dataset(BIAS, layout)


def huge(file: h5py.File) -> None:
    del file[BIAS]
    file.create_dataset(BIAS, (10**12,), "f4", chunks=(1024,))


def itself(file: h5py.File) -> None:
    file["layers/again"] = file["layers"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (put(KERNEL, np.full((3, 3, 1, 2), np.nan, np.float32)), "not finite"),
        (put(BIAS, np.array([1, np.inf, 0], np.float32)), "not finite"),
        (put(BIAS, h5py.SoftLink("/layers/dense/vars/0")), "is a link"),
        (put(BIAS, h5py.ExternalLink("/etc/passwd", "/")), "is a link"),
        (put(BIAS, np.array([b"a", b"b", b"c"])), "not an array of numbers"),
        (outside, "lies in another file"),
        (virtual, "lies in another file"),
        (huge, "more weights than it holds"),
        (itself, "is there twice"),
    ],
)
def test_weights_that_are_no_numbers_or_lie_elsewhere_are_refused(
    trained: tuple[Path, np.ndarray], tmp_path: Path, change: Callable[[h5py.File], object], reason: str
) -> None:
    path = rewritten(trained[0], tmp_path / "changed.keras", change)
    with pytest.raises(DataError, match=reason) as caught:
        predict(path)
    assert path.name in caught.value.message and caught.value.hint


@pytest.mark.parametrize(
    "change",
    [
        put(BIAS, np.zeros(4, np.float32)),
        lambda file: file.__delitem__(BIAS),
        lambda file: file.create_dataset("layers/dense_1/vars/0", data=np.zeros(3, np.float32)),
    ],
)
def test_weights_of_another_net_are_refused(
    trained: tuple[Path, np.ndarray], tmp_path: Path, change: Callable[[h5py.File], object]
) -> None:
    path = rewritten(trained[0], tmp_path / "changed.keras", change)
    with pytest.raises(DataError, match="is not the net that its card describes"):
        predict(path)


def test_weights_under_another_name_are_refused(trained: tuple[Path, np.ndarray], tmp_path: Path) -> None:
    path = rewritten(
        trained[0], tmp_path / "changed.keras", lambda file: file.move("layers/dense", "layers/other")
    )
    with pytest.raises(DataError, match="is damaged"):
        predict(path)


@pytest.mark.parametrize("length", [0, 10, 400, -30, -1])
def test_a_cut_file_is_refused(trained: tuple[Path, np.ndarray], tmp_path: Path, length: int) -> None:
    path = tmp_path / "cut.keras"
    path.write_bytes(trained[0].read_bytes()[:length])
    with pytest.raises(DataError, match="is damaged"):
        read_weights(path)


def test_a_flipped_byte_is_seen(trained: tuple[Path, np.ndarray], tmp_path: Path) -> None:
    content = bytearray(trained[0].read_bytes())
    content[len(content) // 2] ^= 255
    (tmp_path / "flipped.keras").write_bytes(content)
    with pytest.raises(DataError, match="is damaged"):
        read_weights(tmp_path / "flipped.keras")


def test_what_the_disk_refuses_is_no_damage(tmp_path: Path) -> None:
    (tmp_path / "folder.keras").mkdir()
    with pytest.raises(DataError, match="Is a directory"):
        read_weights(tmp_path / "folder.keras")
    with pytest.raises(DataError, match="No such file"):
        read_weights(tmp_path / "gone.keras")


def test_a_net_whose_weights_are_not_finite_is_not_saved(tmp_path: Path) -> None:
    learner = make()
    learner.result.weights[0].assign(np.full(learner.result.weights[0].shape, np.nan))
    with pytest.raises(TrainingError, match="no longer numbers"):
        learner.save(tmp_path / "trial-0.keras")
    assert not list(tmp_path.iterdir())
