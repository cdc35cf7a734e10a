"""Files of a trial with bytes changed at random: each is read as it was, or left out with a sentence."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kagglebot.errors import DataError
from kagglebot.training.files.checkpoints import Checkpoint, read_checkpoint, save_checkpoint
from kagglebot.training.files.oof_predictions import OofPredictions, read_oof, save_oof

OOF = OofPredictions(np.arange(5), np.full((5, 2), 0.5, np.float32))
CHANGES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=4)  #: Where in the file, and to what.
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("files")
    checkpoint, oof = folder / "checkpoint.npz", folder / "oof.npz"
    save_checkpoint(checkpoint, Checkpoint({"0": np.ones((2, 2), np.float32)}, (0.5,), (1.0,)), "key")
    save_oof(oof, OOF, "key")
    return checkpoint, oof


def read(path: Path) -> str:
    """Read a file, and return what comes of it."""
    if path.name == "checkpoint.npz":
        found = read_checkpoint(path, "key")
        return "left out" if found is None else f"read {found.scores}"
    try:
        return f"read {read_oof(path, 'key', rows=5, classes=2).rows.tolist()}"
    except DataError as error:
        assert path.name in error.message and error.hint
        return "left out"


@pytest.mark.parametrize("number", [0, 1])
@FUZZ
@given(
    cut=st.none() | st.floats(0, 1), changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=4)
)
def test_other_bytes(
    files: tuple[Path, Path], number: int, cut: float | None, changes: list[tuple[float, int]]
) -> None:
    path, content = files[number], files[number].read_bytes()
    changed = bytearray(content if cut is None else content[: int(len(content) * cut)])
    for place, value in changes if changed else ():
        changed[int(place * (len(changed) - 1))] = value
    try:
        path.write_bytes(changed)
        said = read(path)
        assert said == "left out" or said.startswith("read ")
    finally:
        path.write_bytes(content)


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize(("place", "value"), [(10, 99), (8, 0x41), (6, 255)])
def test_a_compression_a_password_or_a_version_that_nobody_knows(
    files: tuple[Path, Path], number: int, place: int, value: int
) -> None:
    path, content = files[number], files[number].read_bytes()
    with zipfile.ZipFile(path) as archive:
        start = archive.start_dir
    changed = bytearray(content)
    changed[start + place] = value
    try:
        path.write_bytes(changed)
        assert read(path) == "left out"
    finally:
        path.write_bytes(content)
