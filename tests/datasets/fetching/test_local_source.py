"""Data that is here already is read where it is: a folder, a zip file, an input of a notebook on Kaggle."""

import random
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from competition_files import Competition, ImageCompetition

from kagglebot.datasets.fetching.fetch import fetch
from kagglebot.datasets.fetching.ingest import ingest
from kagglebot.datasets.fetching.local_source import INPUT_VARIABLE, LocalSource, find_source
from kagglebot.datasets.schema import FetchResult
from kagglebot.errors import DataError, KaggleError, UsageError


@pytest.fixture
def inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The inputs of a notebook on Kaggle."""
    folder = tmp_path / "input"
    folder.mkdir()
    monkeypatch.setenv("KAGGLE_KERNEL_RUN_TYPE", "Interactive")
    monkeypatch.setenv(INPUT_VARIABLE, str(folder))
    return folder


def _pets(pictures: ImageCompetition) -> ImageCompetition:
    pictures.draw("train/cat/1.png", "train/cat/2.png", "train/dog/3.png", "train/dog/4.png", "test/5.png")
    pictures.table("sample_submission.csv", "id,label", "5,cat")
    return pictures


def _unpacked(archive: Path, folder: Path) -> Path:
    with zipfile.ZipFile(archive) as source:
        source.extractall(folder)
    return folder


def _read(source: Path, data: Path, *, force: bool = False) -> FetchResult:
    return fetch(data, "pets", choices=None, force=force, on_progress=None, source=source)


def _protected(folder: Path) -> Callable[[], dict[str, tuple[int, int]]]:
    """Make a folder read-only as far as the disk heeds it; return a function that tells its files' times."""
    for path in sorted(folder.rglob("*"), reverse=True):
        path.chmod(0o555 if path.is_dir() else 0o444)
    folder.chmod(0o555)
    return lambda: {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.rglob("*")}


def test_a_folder_gives_the_data_of_its_archive_and_is_only_read(
    pictures: ImageCompetition, tmp_path: Path
) -> None:
    archive = _pets(pictures).archive()
    folder = _unpacked(archive, tmp_path / "mounted")
    (folder / "train/.DS_Store").write_bytes(b"added by a system")
    state = _protected(folder)
    before, data = state(), tmp_path / "data"
    found = _read(folder, data)
    assert (found.downloaded, found.source) == (False, folder)
    assert found.schema.content == ingest(archive, tmp_path / "unpacked", competition="pets").content
    assert (data / "files/train/cat/1.png").is_symlink() and not (
        data / "files/sample_submission.csv"
    ).is_symlink()
    assert not (data / "files/train/.DS_Store").exists()
    assert _read(folder, data).schema == found.schema  # nothing is new
    (data / "files/sample_submission.csv").write_text("id,label\n5,dog\n")  # as a user may edit it
    assert _read(folder, data).schema.edited == ("sample_submission.csv (changed)",)
    assert _read(folder, data, force=True).schema == found.schema
    shutil.rmtree(data)
    assert state() == before


def test_archives_in_a_folder_may_be_far_larger_unpacked(tmp_path: Path, competition: Competition) -> None:
    folder = _unpacked(competition.archive(), tmp_path / "mounted")
    content = random.Random(1).randbytes(1_500_000)  # more than 200 times the size of a folder's own entry
    with zipfile.ZipFile(folder / "notes.zip", "w") as target:
        target.writestr("notes.bin", content)
    assert _read(folder, tmp_path / "data").schema.train_rows == 6
    assert (tmp_path / "data/files/notes.bin").read_bytes() == content


@pytest.mark.parametrize(
    ("given", "named", "name", "path"),
    [
        ("digits.zip", None, "digits", "digits.zip"),
        ("digits (1).zip", None, "digits", "digits (1).zip"),
        ("Digits (2).ZIP", None, "Digits", "Digits (2).ZIP"),
        ("capitals", "digits", "digits", "capitals/Digits.ZIP"),
        ("capitals", "Plain", "Plain", "capitals/PLAIN"),
        ("digits.zip", "other", "other", "digits.zip"),
        ("plain", None, "plain", "plain"),
        ("downloads", "digits", "digits", "downloads/digits.zip"),
        ("downloads", "https://www.kaggle.com/c/digits", "digits", "downloads/digits.zip"),
        ("mounted", "digits", "digits", "mounted/competitions/digits"),
        ("older", "digits", "digits", "older/digits"),
        ("plain", "digits", "digits", "plain"),
    ],
)
def test_which_competition_and_which_files_are_meant(
    tmp_path: Path, competition: Competition, given: str, named: str | None, name: str, path: str
) -> None:
    archive = competition.archive()
    archives = ("digits.zip", "digits (1).zip", "downloads/digits.zip", "Digits (2).ZIP", "capitals/Digits.ZIP")
    for each in archives:
        (tmp_path / each).parent.mkdir(exist_ok=True)
        shutil.copyfile(archive, tmp_path / each)
    for each in ("plain", "mounted/competitions/digits", "older/digits", "capitals/PLAIN"):
        _unpacked(archive, tmp_path / each)
    assert find_source(tmp_path / given, named) == LocalSource(name, tmp_path / path)


@pytest.mark.parametrize(
    ("given", "named", "error", "match"),
    [
        ("missing", None, DataError, "There is no"),
        ("notes.txt", None, DataError, "is not a zip file"),
        ("my data", None, UsageError, "'my data' is not the name of a competition"),
        ("my data", "../evil", UsageError, "is not the name of a competition"),
    ],
)
def test_what_is_no_competition_is_refused(
    tmp_path: Path, given: str, named: str | None, error: type[Exception], match: str
) -> None:
    (tmp_path / "my data").mkdir()
    (tmp_path / "notes.txt").write_text("no archive")
    with pytest.raises(error, match=match) as caught:
        find_source(tmp_path / given, named)
    assert caught.value.hint  # type: ignore[attr-defined]


def test_an_empty_name_is_not_taken_for_the_current_folder() -> None:
    with pytest.raises(UsageError, match="--from names nothing"):
        find_source("", "digits")
    assert find_source(".", "digits") == LocalSource("digits", Path())


@pytest.mark.parametrize("given", ["data/pets", "data/pets/files", "data", ".", "linked"])
def test_the_workspaces_own_copy_is_not_read_over_itself(
    pictures: ImageCompetition, tmp_path: Path, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, data = _pets(pictures).archive("downloads.zip"), tmp_path / "work/data/pets"
    found = _read(archive, data)
    monkeypatch.chdir(tmp_path / "work")
    Path("linked").symlink_to(data)
    with pytest.raises(UsageError, match=f"--from {given} is where `fetch` writes to") as caught:
        _read(Path(given), data, force=True)
    assert "that the files came from" in caught.value.hint
    assert (data / "files/train/cat/1.png").is_file()
    shutil.copyfile(archive, data / "pets.zip")  # as a download leaves it: that is not touched
    assert _read(data / "pets.zip", data, force=True).schema.content == found.schema.content


@pytest.mark.parametrize("as_folder", [False, True])
def test_damage_is_told_without_a_word_of_a_download(
    pictures: ImageCompetition, tmp_path: Path, as_folder: bool
) -> None:
    source = _pets(pictures).archive()
    content = bytearray(source.read_bytes())
    content[len(content) // 3] ^= 255
    source.write_bytes(content)
    if as_folder:
        (tmp_path / "mounted").mkdir()
        source = source.rename(tmp_path / "mounted/train.zip").parent
    with pytest.raises(DataError, match="damaged") as caught:
        _read(source, tmp_path / "data")
    assert f"It is read from {source}: if it is damaged there, put a whole copy" in caught.value.hint
    assert "download" not in caught.value.hint and "--force" not in caught.value.hint


def test_no_archive_is_named_where_a_folder_was_given(pictures: ImageCompetition, tmp_path: Path) -> None:
    pictures.draw("train/cat/1.png", "test/5.png")
    source = _unpacked(pictures.archive(), tmp_path / "mounted")
    with pytest.raises(DataError, match=r"^The data holds no sample_submission\.csv, so") as caught:
        _read(source, tmp_path / "data")
    assert "archive" not in f"{caught.value.message} {caught.value.hint}"


def test_other_data_than_before_does_not_replace_edits_and_kaggle_is_not_named(
    pictures: ImageCompetition, tmp_path: Path
) -> None:
    source, data = _unpacked(_pets(pictures).archive(), tmp_path / "mounted"), tmp_path / "data"
    _read(source, data)
    (data / "files/sample_submission.csv").write_text("id,label\n5,dog\n")
    (source / "test/5.png").touch()
    with pytest.raises(DataError, match=f"^{source} has new data") as caught:
        _read(source, data)
    assert "the same command with --force" in caught.value.hint


def test_a_notebook_has_its_competitions_among_its_inputs(
    inputs: Path, competition: Competition, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = competition.archive()
    assert find_source(None, None) is find_source(None, "digits") is None
    _unpacked(archive, inputs / "old-digits")
    (inputs / "weights").mkdir()
    assert find_source(None, None) == LocalSource("old-digits", inputs / "old-digits")
    first = _unpacked(archive, inputs / "competitions/digits")
    assert find_source(None, None) == find_source(None, "digits") == LocalSource("digits", first)
    assert find_source(None, "old-digits") == LocalSource("old-digits", inputs / "old-digits")
    assert find_source(None, "unknown") is None
    _unpacked(archive, inputs / "competitions/pets")
    with pytest.raises(UsageError, match="several competitions: digits, pets"):
        find_source(None, None)
    monkeypatch.delenv("KAGGLE_KERNEL_RUN_TYPE")
    assert find_source(None, "digits") is None


def test_without_the_input_kaggles_refusal_says_how_to_add_it(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    with pytest.raises(KaggleError) as caught:
        fetch(tmp_path / "data", "digits", choices=None, force=False, on_progress=None)
    assert caught.value.hint.startswith("Add the competition to the notebook by Add Input. ")
