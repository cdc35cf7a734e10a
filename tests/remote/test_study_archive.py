"""A study's folder as one file."""

import zipfile
from pathlib import Path

import pytest

from kagglebot.errors import DataError
from kagglebot.paths import JOURNAL
from kagglebot.remote import study_archive
from kagglebot.remote.study_archive import (
    copy_out,
    kept_files,
    read_journal,
    read_note,
    study_files,
    write_archive,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (
        "predictions/trial-0.npz",
        "checkpoints/chosen-0.npz",
        "checkpoints/trial-10.npz",
        "models/m.npz",
    ):
        path = tmp_path / "study" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "study" / JOURNAL).write_bytes(b"{}\n")
    return tmp_path / "study"


def test_what_is_kept_of_trials_is_in_it_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    for target in ("a", "b"):
        write_archive(tmp_path / target, study_files(folder), {"error": ""})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert read_note(tmp_path / "a") == {"error": ""} and read_journal(tmp_path / "a") == b"{}\n"
    kept = {each.name: each for each in kept_files(tmp_path / "a")}
    assert list(kept) == ["checkpoints/chosen-0.npz", "checkpoints/trial-10.npz", "predictions/trial-0.npz"]
    other = kept["checkpoints/trial-10.npz"]
    assert (other.trial, other.of(3)) == (10, "checkpoints/trial-3.npz")
    copy_out(tmp_path / "a", other.name, tmp_path / "out.npz")
    assert (tmp_path / "out.npz").read_text() == other.name


def test_checkpoints_beyond_the_limit_stay(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study_archive, "CHECKPOINT_BYTES", 30)
    write_archive(tmp_path / "a", study_files(folder), {})
    assert [each.name for each in kept_files(tmp_path / "a")] == [
        "checkpoints/chosen-0.npz",
        "predictions/trial-0.npz",
    ]


def test_names_that_lead_elsewhere_are_left_alone(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a", "w") as archive:
        archive.writestr("../predictions/trial-0.npz", "x")
        archive.writestr("predictions/../../trial-0.npz", "x")
    assert kept_files(tmp_path / "a") == [] and read_journal(tmp_path / "a") == b""
    with pytest.raises(DataError, match="is damaged"):
        read_note(tmp_path / "a")
