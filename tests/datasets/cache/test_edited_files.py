"""Files edited by hand after a fetch: noticed, decoded again, and never replaced in silence."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from competition_files import Competition, ImageCompetition
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kagglebot.datasets.dataset import check_files, load_dataset
from kagglebot.datasets.fetching.ingest import ingest
from kagglebot.datasets.schema import Schema, read_schema
from kagglebot.errors import DataError


@pytest.fixture
def folder(competition: Competition, tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "tiny"
    ingest(competition.archive(), folder, competition="tiny")
    return folder


@pytest.fixture
def fetch(competition: Competition, folder: Path) -> Callable[..., Schema]:
    return lambda **options: ingest(competition.folder / "tiny.zip", folder, competition="tiny", **options)


def relabel(path: Path) -> None:
    """Give the first row the label of the second."""
    head, first, second, *rest = path.read_text().splitlines()
    _, *pixels = first.split(",")
    path.write_text("\n".join([head, ",".join([second.split(",")[0], *pixels]), second, *rest]) + "\n")


def test_cleaned_labels_are_noticed_and_decoded_again(folder: Path, fetch: Callable[..., Schema]) -> None:
    before, labels = read_schema(folder), load_dataset(folder).train_labels.copy()
    table = folder / "files/train.csv"
    original, edited = table.read_bytes(), ""
    relabel(table)
    edited = table.read_text()
    with pytest.raises(DataError, match=r"edited after the fetch.*: train\.csv \(changed\)") as caught:
        check_files(folder)
    assert "kagglebot fetch tiny`, which decodes them again without a download" in caught.value.hint
    schema = fetch()
    assert schema.digest != before.digest
    assert (load_dataset(folder).train_labels != labels).sum() == 1
    assert table.read_text() == edited
    assert "edited by hand after the download: train.csv (changed)" in schema.assumptions[0]
    check_files(folder)
    assert fetch() == schema  # nothing new
    assert fetch(force=True).edited == ()
    assert (table.read_bytes(), read_schema(folder).digest) == (original, before.digest)


@pytest.mark.parametrize("name", ["train.csv", "test.csv", "sample_submission.csv"])
def test_a_touched_file_is_no_edit(folder: Path, name: str) -> None:
    os.utime(folder / "files" / name)
    check_files(folder)
    (folder / "files" / name).write_text("cut")  # of the same time as remembered, were it not for the size
    with pytest.raises(DataError, match=rf"{name} \(changed\)"):
        check_files(folder)


def test_a_file_of_the_same_size_is_compared_by_content(folder: Path) -> None:
    table = folder / "files/test.csv"
    table.write_text(table.read_text()[::-1])
    with pytest.raises(DataError, match=r"test\.csv \(changed\)"):
        check_files(folder)


def test_a_table_cut_in_half_is_named_by_fetch(folder: Path, fetch: Callable[..., Schema]) -> None:
    table = folder / "files/train.csv"
    table.write_bytes(table.read_bytes()[: table.stat().st_size // 2 - 1])
    before = read_schema(folder)
    with pytest.raises(DataError, match=r"train\.csv"):
        fetch()
    assert read_schema(folder) == before


def test_a_copied_workspace_is_not_edited(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy", copy_function=shutil.copyfile)  # with other times
    check_files(copy)
    lists = next(copy.glob("cache/*/files.npz"))
    before = lists.stat().st_mtime_ns
    check_files(copy)
    assert lists.stat().st_mtime_ns == before  # it is remembered


def test_files_that_are_gone_altogether_are_no_edit(folder: Path) -> None:
    shutil.rmtree(folder / "files")
    check_files(folder)


def test_new_data_does_not_replace_edits_in_silence(
    folder: Path, make_competition: Callable[..., Competition]
) -> None:
    table = folder / "files/train.csv"
    relabel(table)
    edited = table.read_text()
    newer = make_competition(test_rows=9).archive("newer.zip")
    with pytest.raises(DataError, match=r"Kaggle has new data, and .* train\.csv \(changed\)"):
        ingest(newer, folder, competition="tiny")
    assert table.read_text() == edited
    assert ingest(newer, folder, competition="tiny", force=True).test_rows == 9


@pytest.fixture
def classes(pictures: ImageCompetition) -> ImageCompetition:
    for number in range(6):
        pictures.draw(f"train/a/{number}.png", f"train/b/{number}.png")
    pictures.draw("test/1.png", "test/2.png")
    pictures.table("sample_submission.csv", "id,label", "1,a", "2,b")
    pictures.load()
    return pictures


@pytest.mark.parametrize(
    ("done", "said", "rows"),
    [("removed", r"train/a/0\.png \(removed\)", 11), ("added", r"train/b/x\.png \(added\)", 13)],
)
def test_images_that_were_added_or_removed(classes: ImageCompetition, done: str, said: str, rows: int) -> None:
    files = classes.data / "files"
    if done == "removed":
        (files / "train/a/0.png").unlink()
    else:
        shutil.copy(files / "train/a/0.png", files / "train/b/x.png")
    (files / "notes.txt").write_text("no image and no table")
    with pytest.raises(DataError, match=said):
        check_files(classes.data)
    assert classes.load().schema.train_rows == rows
    check_files(classes.data)


def test_test_images_that_are_gone_are_no_edit(classes: ImageCompetition) -> None:
    (classes.data / "files/test/1.png").unlink()
    check_files(classes.data)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
@given(
    name=st.sampled_from(["train.csv", "test.csv", "sample_submission.csv"]),
    cut=st.integers(0, 400),
    put=st.binary(max_size=12),
    time=st.booleans(),
)
def test_an_edit_of_bytes_is_noticed_if_and_only_if_the_bytes_differ(
    folder: Path, name: str, cut: int, put: bytes, time: bool
) -> None:
    path = folder / "files" / name
    before, stat = path.read_bytes(), path.stat()
    after = before[:cut] + put + before[cut + len(put) :]
    path.write_bytes(after)
    if time:
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    try:
        if after == before:
            check_files(folder)
        else:
            with pytest.raises(DataError, match=name):
                check_files(folder)
    finally:
        path.write_bytes(before)
        check_files(folder)


def test_lists_without_digests_are_compared_by_size(folder: Path) -> None:
    (lists,) = folder.glob("cache/*/files.npz")
    with np.load(lists) as loaded:
        arrays = {name: loaded[name] for name in loaded.files if name not in ("times", "digests")}
    np.savez(lists, **arrays)
    os.utime(folder / "files/train.csv")
    check_files(folder)
    relabel(folder / "files/train.csv")
    with (folder / "files/train.csv").open("a") as table:
        table.write("\n")
    with pytest.raises(DataError, match=r"train\.csv \(changed\)"):
        check_files(folder)
