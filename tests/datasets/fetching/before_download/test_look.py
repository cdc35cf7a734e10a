"""What Kaggle's file list and its tables tell before a download."""

import json
import shutil
from collections import namedtuple
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import pytest
from competition_files import ImageCompetition
from kaggle_listing import Listing

from kagglebot.datasets.fetch_request import make_request
from kagglebot.datasets.fetching.before_download.look import choose_files, look_before
from kagglebot.datasets.images.formats import dicom_file
from kagglebot.errors import DataError, KaggleError, UsageError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.download.download import version_of
from kagglebot.kaggle.records import FileList, RemoteFile


def _look(
    client: Listing, folder: Path, metric: str = "", files: str = "", phases: list[str] | None = None
) -> Sequence[RemoteFile]:
    request = make_request(folder, "pictures", metric, {"files": files})
    shown = phases if phases is not None else []
    return look_before(cast(KaggleClient, client), folder, request, lambda phase, *_: shown.append(phase))


@pytest.fixture
def pictures(tmp_path: Path) -> ImageCompetition:
    pictures = ImageCompetition(tmp_path)
    pictures.files |= dict.fromkeys([*(f"train/{row}.png" for row in range(6)), "test/6.png", "test/7.png"], b"")
    pictures.table("train.csv", "id,label", *(f"{row},{row % 3}" for row in range(6)))
    pictures.table("sample_submission.csv", "id,label", "6,0", "7,0")
    return pictures


def test_size_and_free_space_are_said_first(pictures: ImageCompetition) -> None:
    phases: list[str] = []
    assert _look(Listing(pictures.files), pictures.data, phases=phases) == ()
    assert phases[0].startswith("pictures: 10 files, 160 MB and an archive; ") and phases[0].endswith(" are free")


def test_several_sizes_are_said_before_they_are_downloaded(pictures: ImageCompetition) -> None:
    phases: list[str] = []
    _look(Listing(pictures.files | {"train_512/1.png": b""}), pictures.data, phases=phases)
    assert phases[0].startswith("pictures has images in several sizes: train, train_512; --files downloads only")


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(
    ("table", "sample", "metric", "reason"),
    [
        (
            "id,label\n0,cat\n1,cat dog\n2,dog\n",
            "id,label\n6,0.5\n",
            "AUC",
            "and sample_submission.csv has one column",
        ),
        ("id,x_min\n0,1\n1,2\n", "id,label\n6,cat\n", "", "column 'x_min': this competition finds objects"),
        ("id,label\n0,1\n", "id,EncodedPixels\n6,1 1\n", "", "column 'EncodedPixels': this competition finds"),
        ("id,label\n0,a\n1,b\n2,c\n", "id,label\n6,0.5\n7,0.5\n", "AUC", "one column can answer for two only"),
        ("id,other,label\n0,1.png,0\n2,3.png,1\n", "id,label\n6,0\n", "", "several images a row, in the columns"),
    ],
)
def test_what_is_out_of_scope_is_not_downloaded(
    pictures: ImageCompetition, table: str, sample: str, metric: str, reason: str, packed: bool
) -> None:
    pictures.files |= {"train.csv": table, "sample_submission.csv": sample, "x.csv": "a\n"}
    client = Listing(pictures.files, packed=packed)
    with pytest.raises(DataError, match=reason):
        _look(client, pictures.data, metric)
    assert set(client.read) == {"train.csv", "sample_submission.csv", "x.csv"}


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (("a.wav", "b.wav", "c.wav"), "The sounds are .wav files, such as a.wav"),
        (("train.bson", "test.bson", "x.bson"), "The records are .bson files"),
        (("x.bson", "y.bson", "z.bson", *(f"{row}.md" for row in range(5))), "The records are .bson files"),
        (("demo.mp4", "a.parquet", "b.parquet", "a.md"), "There are no images and no pixel columns"),
        (("notes.txt",), "There are no images and no pixel columns in these files"),
    ],
)
def test_files_of_other_kinds_are_named(tmp_path: Path, files: tuple[str, ...], reason: str) -> None:
    other = ImageCompetition(tmp_path)
    other.files |= dict.fromkeys([*files, *(f"large{row}.txt" for row in range(0 if files[1:] else 5))], b"")
    other.table("sample_submission.csv", "id,label", "1,0")
    with pytest.raises(DataError, match=reason):
        _look(Listing(other.files), other.data)


@pytest.mark.parametrize(
    ("files", "more", "refused"),
    [
        (("train.npz", "test.npz"), {}, True),
        (("train.npz",), {"labels.csv": "id,label\n1,a\n"}, True),
        (("train.npz", "test.npz"), {"train.zip": b""}, False),
        (
            ("a.npz", "b.npz", "c.npz"),
            {"train.csv": f"label,{','.join(f'pixel{each}' for each in range(4))}\n"},
            False,
        ),
    ],
)
def test_archives_of_arrays_are_refused_before_a_small_download(
    tmp_path: Path, files: tuple[str, ...], more: dict[str, bytes | str], *, refused: bool
) -> None:
    client = Listing({**dict.fromkeys(files, b""), **more, "sample_submission.csv": "id,label\n1,a\n"})
    if not refused:
        assert _look(client, tmp_path / "data") == ()
        return
    with pytest.raises(DataError, match=r"The images are \.npz files, such as (train|test)\.npz"):
        _look(client, tmp_path / "data")


@pytest.mark.parametrize("wrapped", [False, True])
def test_images_in_json_are_not_taken_for_text(tmp_path: Path, *, wrapped: bool) -> None:
    rows: list[dict[str, Any]] = [{"id": f"z{row}", "band": list(range(16)), "label": row % 2} for row in range(4)]
    text = json.dumps({"data": rows} if wrapped else rows)
    files = {"train.json": text, "test.json": text, "sample_submission.csv": "id,label\n1,a\n"}
    assert _look(Listing({**files, **dict.fromkeys(["a.txt", "b.txt", "c.txt"], b"")}), tmp_path / "data") == ()


@pytest.mark.parametrize(
    ("more", "whole", "refused"),
    [
        ({}, True, True),
        ({}, False, True),
        ({"train.csv": ""}, False, True),
        ({"notes/strange": b""}, True, True),
        ({"jpeg/0.jpg": b""}, False, False),
        ({f"train/{row}.txt": b"" for row in range(6)}, True, True),
    ],
)
def test_dicom_files_are_named_where_pydicom_is_missing(
    pictures: ImageCompetition,
    monkeypatch: pytest.MonkeyPatch,
    more: dict[str, bytes | str],
    *,
    whole: bool,
    refused: bool,
) -> None:
    monkeypatch.setattr(dicom_file, "is_readable", lambda: False)
    scans = {name.replace(".png", ".dcm"): content for name, content in pictures.files.items()}
    client = Listing(scans | more, whole=whole)
    if not refused:
        assert _look(client, pictures.data) == ()
        return
    with pytest.raises(DataError, match=r"[0-9]\.dcm is a DICOM file, and pydicom") as caught:
        _look(client, pictures.data)
    assert "kagglebot[dicom]" in (caught.value.hint or "")


@pytest.mark.parametrize(
    "change",
    [
        {"train.csv": "id,label\n99,0\n98,1\n"},  # no image has that name
        {"train.csv": "id\n"},
        {"sample_submission.csv": "id,label\n6,0,1\n"},
        {"train.7z": b""},
        {"more/strange": b""},
    ],
)
def test_what_only_the_download_can_show_is_not_refused(
    pictures: ImageCompetition, change: dict[str, bytes | str]
) -> None:
    assert _look(Listing(pictures.files | change, whole=False), pictures.data) == ()


@pytest.mark.parametrize(("more", "whole"), [({"train.7z": b""}, True), ({"x/strange": b""}, True), ({}, False)])
def test_classes_that_may_lie_elsewhere_are_not_missed(
    tmp_path: Path, more: dict[str, bytes | str], whole: bool
) -> None:
    folders = ImageCompetition(tmp_path)
    folders.files |= dict.fromkeys([f"train/{name}/{row}.png" for name in "ab" for row in range(3)], b"")
    folders.files["test/1.png"] = b""
    folders.table("sample_submission.csv", "id,a,b,c", "1,0.3,0.3,0.4")
    assert _look(Listing(folders.files | more, whole=whole), folders.data, "Log Loss") == ()
    folders.table("sample_submission.csv", "id,a,c", "1,0.3,0.4")
    assert _look(Listing(folders.files | more, whole=whole), folders.data, "Log Loss") == ()
    with pytest.raises(DataError, match="no class is called c and no column is there for b"):
        _look(Listing(folders.files), folders.data, "Log Loss")


def test_what_is_too_large_to_be_read_first_may_tell_the_classes(
    pictures: ImageCompetition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kagglebot.datasets.fetching.before_download.scope._WHOLE", 100)
    herbarium = {f"train/images/00{row % 2}/{row}.jpg": b"" for row in range(6)} | {"test/images/9.jpg": b""}
    herbarium["sample_submission.csv"] = b"id,a,b,c\n9,0.3,0.3,0.4\n"
    assert _look(Listing(herbarium | {"train/metadata.json": b"{}" * 99}), pictures.data, "Log Loss") == ()
    with pytest.raises(DataError, match="no class is called"):
        _look(Listing(herbarium | {"train/metadata.json": b"{}"}), pictures.data, "Log Loss")


def test_an_archive_that_is_here_already_is_not_looked_at(pictures: ImageCompetition) -> None:
    pictures.files["train.csv"] = "id,x_min\n0,1\n1,2\n"
    pictures.data.mkdir(parents=True)
    (pictures.data / "pictures.zip").touch()
    assert _look(Listing(pictures.files), pictures.data) == ()


def test_a_list_that_kaggle_refuses_is_no_obstacle(pictures: ImageCompetition) -> None:
    class Refused(Listing):
        def files(self, name: str, *, pages: int = 0) -> FileList:
            raise KaggleError("no", "")

    assert _look(Refused({}), pictures.data) == ()
    with pytest.raises(KaggleError):
        _look(Refused({}), pictures.data, files="train/*")


def test_too_little_space_is_said_before_the_download(
    pictures: ImageCompetition, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage: Any = namedtuple("usage", "total used free")(10**9, 9 * 10**8, 10**8)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DataError, match="the files of pictures take 160 MB, and 100 MB are free"):
        _look(Listing(pictures.files), pictures.data)
    assert len(_look(Listing(pictures.files), pictures.data, files="test")) == 3  # 40 MB


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        (["train"], ["train/1.png", "train/2.png", "sample_submission.csv"]),
        (["*.csv"], ["train.csv", "sample_submission.csv"]),
        (["*2.png", "train.csv"], ["train.csv", "train/2.png", "test/2.png", "sample_submission.csv"]),
        (["./Train\\*.PNG"], ["train/1.png", "train/2.png", "sample_submission.csv"]),
        (["TEST/", "test/2.png"], ["test/2.png", "sample_submission.csv"]),
    ],
)
def test_patterns_choose_files_and_the_sample_submission(patterns: list[str], found: list[str]) -> None:
    names = ("train.csv", "train/1.png", "train/2.png", "test/2.png", "sample_submission.csv")
    files = [RemoteFile(name, 1) for name in names]
    assert [file.name for file in choose_files(files, patterns)] == found
    shown = "train.csv, train/, test/, sample_submission.csv"
    with pytest.raises(UsageError, match=rf"none of the 5 files on Kaggle is like 'tests/\*'; they are {shown}\."):
        choose_files(files, [*patterns, "tests/*"])


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("train_512/*", ["train_512.zip"]),
        ("Train_512", ["train_512.zip"]),
        ("images/train_800", ["images/train_800.7z.001", "images/train_800.7z.002"]),
        ("the images [1]/*", ["the images [1]/a b.JPG"]),
        ("the images [[]1]/A*.jpg", ["the images [1]/a b.JPG"]),
        ("the images [1]/a b.jpg", ["the images [1]/a b.JPG"]),
    ],
)
def test_a_folder_stands_for_an_archive_of_its_name_and_names_may_have_any_signs(
    pattern: str, found: list[str]
) -> None:
    archives = ["train_512.zip", "train_5120.zip", "images/train_800.7z.001", "images/train_800.7z.002"]
    files = [RemoteFile(name, 1) for name in (*archives, "the images [1]/a b.JPG")]
    assert [file.name for file in choose_files(files, [pattern])] == found


def test_a_list_that_is_not_whole_is_said(pictures: ImageCompetition) -> None:
    phases: list[str] = []
    _look(Listing(pictures.files, whole=False), pictures.data, files="test", phases=phases)
    assert phases[0] == "pictures has more than 10 files: --files chooses among these"


def test_after_a_choice_of_files_all_are_looked_at_again(pictures: ImageCompetition) -> None:
    (pictures.data / ".download").mkdir(parents=True)
    (pictures.data / "pictures.zip").touch()
    version = version_of([RemoteFile("train.csv", 1)])
    (pictures.data / ".download" / "pictures.json").write_text(json.dumps(asdict(version)))
    phases: list[str] = []
    assert _look(Listing(pictures.files), pictures.data, phases=phases) == ()
    assert phases[0].startswith("pictures: 10 files, 160 MB")
    (pictures.data / ".download" / "pictures.json").write_text('{"tag": "\\"0af\\""}')
    assert _look(Listing({}), pictures.data, phases=phases[:0]) == ()
