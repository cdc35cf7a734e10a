"""The reader of PyTorch checkpoints, on a real one and on what it must refuse."""

import io
import os
import pickle
import pickletools
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kagglebot.errors import DataError
from kagglebot.pretrained.torch_file import read_tensors


def parts(path: Path) -> tuple[list[bytes], dict[str, bytes]]:
    """Return the five pickles of a legacy file, and its storages by key."""
    stream, pickles, start = io.BytesIO(path.read_bytes()), [], 0
    for _ in range(5):
        operations = list(pickletools.genops(stream))
        pickles.append(stream.getvalue()[start : stream.tell()])
        start = stream.tell()
    storages = {}
    for key in [argument for operation, argument, _ in operations if operation.name == "BINUNICODE"]:
        count = int.from_bytes(stream.read(8), "little")
        kind = 8 if count == 1 else 4  # the counters of batch normalisation are int64
        storages[str(key)] = stream.read(count * kind)
    return pickles, storages


def refusal(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        read_tensors(path)
    assert caught.value.hint
    return caught.value.message


def test_every_tensor_of_a_real_checkpoint_is_read(lite0: Path) -> None:
    tensors = read_tensors(lite0)
    assert len(tensors) == 296
    assert tensors["_fc.weight"].shape == (1000, 1280)
    # Of the file itself, as PyTorch 2.13 reads it.
    np.testing.assert_allclose(
        tensors["_conv_stem.weight"][0, 0, 0], [-1.1103361, -1.3087704, -0.01015691], rtol=1e-6
    )
    assert all(tensor.flags.c_contiguous for tensor in tensors.values())


def test_the_newer_form_in_a_zip_file_is_read(lite0: Path, tmp_path: Path) -> None:
    pickles, storages = parts(lite0)
    path = tmp_path / "weights.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("weights/data.pkl", pickles[3])
        for key, raw in storages.items():
            archive.writestr(f"weights/data/{key}", raw)
    before, after = read_tensors(lite0), read_tensors(path)
    assert before.keys() == after.keys()
    assert all(np.array_equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("kept", [0, 1, 100, 30_000, 60_000, 10_000_000])
def test_a_file_that_is_cut_short_is_refused(lite0: Path, tmp_path: Path, kept: int) -> None:
    path = tmp_path / "cut.pth"
    path.write_bytes(lite0.read_bytes()[:kept])
    assert str(path) in refusal(path)


class Evil:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.marker),)


def test_code_in_a_file_is_named_and_not_run(lite0: Path, tmp_path: Path) -> None:
    pickles, _ = parts(lite0)
    evil = pickle.dumps({"_fc.weight": Evil(tmp_path / "ran")}, protocol=2)
    legacy, zipped = tmp_path / "legacy.pth", tmp_path / "zipped.pth"
    legacy.write_bytes(b"".join([*pickles[:3], evil]))
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("weights/data.pkl", evil)
    for path in (legacy, zipped):
        assert ".mkdir, which is not run" in refusal(path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"PK\x05\x06" + bytes(18), pickle.dumps([1, 2]), b"\x80\x02K\x01."]
)
def test_files_of_other_kinds_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    assert "is not a PyTorch checkpoint" in refusal(path)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "none.pth")
    assert "directory" in refusal(tmp_path)


def test_changed_bytes_give_tensors_or_a_refusal(lite0: Path, tmp_path: Path) -> None:
    """A description that points beyond the file, or at nothing, is never followed."""
    sound, rng = bytearray(lite0.read_bytes()), np.random.default_rng(0)
    path = tmp_path / "bent.pth"
    for _ in range(200):
        bent = sound[:60_000].copy()
        for place in rng.integers(100, 47_000, rng.integers(1, 4)):
            bent[place] = rng.integers(256)
        path.write_bytes(bytes(bent) + bytes(sound[60_000:]) if rng.random() < 0.1 else bytes(bent))
        try:
            read_tensors(path)
        except DataError as error:
            assert "is not a PyTorch checkpoint" in error.message
