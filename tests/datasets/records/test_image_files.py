"""Records of many forms are read as the same images, labels and ids."""

import io
import json
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from competition_files import ImageCompetition, draw
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tfrecord_files import tfrecords

from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.datasets.records.image_files import LARGE_ENOUGH
from kagglebot.datasets.unlabelled import read_unlabelled

LABELS = (3, 1, 2, 1, 3, 2)


def _features(row: int, label: int | None, size: int = 8, names: Sequence[str] = ("image", "id", "class")) -> dict:
    image, identifier, target = names
    picture = draw(row, size=(size, size), colour=size > 8, suffix=".jpg")
    known = {} if label is None else {target: label, "fold": row % 2}
    return {image: picture, identifier: f"{row:04x}".encode(), **known}


def _pictures(folder: Path, files: dict[str, bytes]) -> ImageCompetition:
    pictures = ImageCompetition(folder, dict(files))
    pictures.table("sample_submission.csv", "id,label", "0007,1", "0006,1")
    return pictures


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ending=st.sampled_from([".tfrec", ".tfrecords", ".tfrecord-00000-of-00001", ".TFREC"]),
    names=st.sampled_from(
        [
            ("image", "id", "class"),
            ("image", "image_name", "target"),
            ("image/encoded", "image/filename", "image/class/label"),
            ("bytes", "img_id", "label"),
        ]
    ),
    folders=st.sampled_from(
        [
            ("records/train/", "records/val/", "records/test/"),
            ("train_tfrecords/ld_train", "train_tfrecords/ld_train_b", "test_tfrecords/ld_test"),
            ("train", "valid", "test"),
            ("data/a", "data/b", "data/c"),
        ]
    ),
    cut=st.integers(1, 5),
)
def test_tfrecords_of_every_form(
    tmp_path_factory: pytest.TempPathFactory,
    ending: str,
    names: tuple[str, str, str],
    folders: tuple[str, str, str],
    cut: int,
) -> None:
    train, held_out, test = folders
    rows = [_features(row, label, names=names) for row, label in enumerate(LABELS)]
    tests = [_features(row, None, names=names) for row in (6, 7)]
    shards = {f"{train}00-{cut}": rows[:cut], f"{held_out}01-{6 - cut}": rows[cut:], f"{test}02-2": tests}
    files = {f"{name}{ending}": tfrecords(records) for name, records in shards.items()}
    data = _pictures(tmp_path_factory.mktemp("form"), files).load()
    schema = data.schema
    assert (schema.layout, schema.classes, data.test_ids) == ("named-images", (1, 2, 3), ("0007", "0006"))
    assert sorted(data.train_labels.tolist()) == sorted(label - 1 for label in LABELS)
    assert (schema.train_rows, schema.image_shape) == (6, (8, 8, 1))
    assert any("fold" in note for note in schema.data_notes)


def test_of_several_sizes_the_smallest_large_one_is_taken(tmp_path: Path) -> None:
    files = {
        f"jpeg-{size}x{size}/{side}/00-{size}x{size}-{len(rows)}.tfrec": tfrecords(
            _features(row, label, size) for row, label in rows
        )
        for size in (16, 280, 300)
        for side, rows in {"train": [*enumerate(LABELS)], "test": [(6, None), (7, None)]}.items()
    }
    pictures = _pictures(tmp_path, files)
    schema = pictures.load().schema
    assert (schema.train_rows, schema.own_size) == (6, (280, 280))
    note = "4 files of TFRecords, such as jpeg-16x16/test/00-16x16-2.tfrec: other files hold the images"
    assert any(note in each for each in schema.data_notes)
    kept = [path.name for path in pictures.data.rglob("*.tfrec")]
    assert len(kept) == 4 and "00-280x280-6.tfrec" not in kept


@pytest.mark.parametrize("folders", [("16", "32", "320"), ("tfrec_64", "tfrec_128", "tfrec_256")])
def test_folders_of_records_are_sizes_by_the_rule_of_images(tmp_path: Path, folders: tuple[str, ...]) -> None:
    files = {
        f"{folder}/{side}/0.tfrec": tfrecords(_features(row, label, size) for row, label in rows)
        for folder, size in zip(folders, (16, 24, 32), strict=True)
        for side, rows in {"train": [*enumerate(LABELS)], "test": [(6, None), (7, None)]}.items()
    }
    schema = _pictures(tmp_path, files).load().schema
    assert (schema.train_rows, schema.test_rows, schema.own_size) == (6, 2, (32, 32))


@pytest.mark.parametrize(
    "folders", [("2018", "2019"), ("2000", "2008"), ("part-104", "part-112"), ("64x64", "8x8")]
)
@pytest.mark.parametrize("with_ids", [True, False])
def test_records_of_other_ids_are_not_left_out(tmp_path: Path, folders: tuple[str, ...], with_ids: bool) -> None:
    rows = [_features(row, label, 16 if row < 3 else 24) for row, label in enumerate(LABELS)]
    rows = rows if with_ids else [{name: row[name] for name in ("image", "class")} for row in rows]
    files = {
        f"train/{folder}/0.tfrec": tfrecords(part)
        for folder, part in zip(folders, (rows[:3], rows[3:]), strict=True)
    }
    files["test/0.tfrec"] = tfrecords([_features(6, None, 16), _features(7, None, 16)])
    schema = _pictures(tmp_path, files).load().schema
    assert (schema.train_rows, schema.test_rows) == (6, 2)
    assert not any("Left out" in note for note in schema.data_notes)


def test_the_size_is_enough_for_the_shipped_studies() -> None:
    studies = Path(__file__).parents[3] / "studies"
    rules = [tomllib.loads(path.read_text()).get("images", {}) for path in studies.glob("*.toml")]
    assert max(rule.get("largest", 0) for rule in rules) == LARGE_ENOUGH


def test_images_in_files_of_their_own_go_before_tfrecords(tmp_path: Path) -> None:
    records = tfrecords(_features(row, label) for row, label in enumerate(LABELS))
    pictures = _pictures(tmp_path, {"train_tfrecords/train00.tfrec": records})
    pictures.draw(*(f"train/{row:04x}.png" for row in range(6)), "test/0006.png", "test/0007.png")
    pictures.table("train.csv", "id,label", *(f"{row:04x},{label}" for row, label in enumerate(LABELS)))
    schema = pictures.load().schema
    assert schema.train_rows == 6
    assert "Left out: 1 files of TFRecords, such as train_tfrecords/train00.tfrec" in schema.data_notes[0]


def test_what_is_said_of_the_features_names_the_table_that_is_there(tmp_path: Path) -> None:
    others = [{"source": b"2019", "patient": f"p{row // 2}".encode()} for row in range(6)]
    rows = [_features(row, LABELS[row]) | each for row, each in enumerate(others)]
    tests = tfrecords([_features(6, None), _features(7, None)])
    pictures = _pictures(tmp_path, {"train.tfrec": tfrecords(rows), "test.tfrec": tests})
    pictures.table("sample_submission.csv", "id,answer", "0007,1", "0006,1")
    notes = pictures.load(group="patient").schema.data_notes
    assert any("records/train.csv: only images are learned from" in note for note in notes)
    assert any("records/train.csv: the column 'class' is taken" in note for note in notes)
    assert not any(note.startswith("train.csv") or " train.csv" in note for note in notes)


def test_records_of_one_name_are_images_each(tmp_path: Path) -> None:
    rows = [{**_features(row, label), "id": b"0000"} for row, label in enumerate(LABELS)]
    files = {"train.tfrec": tfrecords(rows), "test.tfrec": tfrecords([_features(6, None), _features(7, None)])}
    data = _pictures(tmp_path, files).load()
    assert data.schema.train_rows == 6
    assert len({image.tobytes() for image in data.train_images}) == 6


def test_records_in_a_mounted_folder_are_predicted(tmp_path: Path) -> None:
    tests = tfrecords([_features(6, None), _features(7, None)])
    rows = tfrecords(_features(row, label) for row, label in enumerate(LABELS))
    pictures = _pictures(tmp_path, {"train/a.tfrec": rows, "test/b.tfrec": tests})
    data, mounted, work = pictures.load(), tmp_path / "mounted", tmp_path / "work"
    work.mkdir()
    with zipfile.ZipFile(pictures.archive()) as archive:
        archive.extractall(mounted)
    found = read_unlabelled(mounted, data.schema, ImageRule(), work)
    assert found.ids == data.test_ids == ("0007", "0006")
    np.testing.assert_array_equal(found.images, data.test_images)
    assert (mounted / "test" / "b.tfrec").read_bytes() == tests


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    rows = tfrecords(_features(row, label) for row, label in enumerate(LABELS))
    _pictures(tmp_path, {"train/a.tfrec": rows[:-9]}).refused(r"train/a.tfrec, record 6: it claims \d+ bytes")


@pytest.mark.parametrize("kind", ["tfrecords", "json"])
@pytest.mark.parametrize(
    ("name", "column", "other"),
    [
        *[(name, name, "") for name in ("name", "key", "uid", "Patient Scan")],
        ("code", "id", ""),  # by its values
        ("uid", "uid", "image_id"),
        ("uid", "image", "id"),  # the values go before a usual name
    ],
)
def test_the_images_are_called_by_the_ids_of_the_sample(
    tmp_path: Path, kind: str, name: str, column: str, other: str
) -> None:
    def record(row: int, label: int | None) -> dict:
        known = {} if label is None else {"label": label}
        return {name: f"z{row}", **({other: f"i{row}"} if other else {}), **known}

    def written(rows: list[dict]) -> bytes:
        if kind == "json":
            return json.dumps([row | {"band": [int(row[name][1])] * 15 + [99]} for row in rows]).encode()
        return tfrecords(
            {each: value.encode() if isinstance(value, str) else value for each, value in row.items()}
            | {"image": draw(int(row[name][1]))}
            for row in rows
        )

    pictures, ending = ImageCompetition(tmp_path), "json" if kind == "json" else "tfrec"
    pictures.files[f"train.{ending}"] = written([record(row, label) for row, label in enumerate(LABELS)])
    pictures.files[f"test.{ending}"] = written([record(row, None) for row in (6, 7)])
    pictures.table("sample_submission.csv", f"{column},label", "z7,1", "z6,1")
    data = pictures.load()
    assert (data.test_ids, data.schema.train_rows) == (("z7", "z6"), 6)
    assert data.train_labels.tolist() == [label - 1 for label in LABELS]


def test_records_without_labels_make_no_table(tmp_path: Path) -> None:
    pictures = _pictures(tmp_path, {"test.tfrec": tfrecords([_features(6, None), _features(7, None)])})
    pictures.refused("nothing shows which class each of the 2 images has")


@pytest.mark.parametrize("hostile", [b"../evil", b"/evil", b"a/../../evil"])
def test_no_id_leads_out_of_the_folder(tmp_path: Path, hostile: bytes) -> None:
    rows = tfrecords([{**_features(0, 1), "id": hostile}])
    _pictures(tmp_path, {"train/a.tfrec": rows}).refused("would be written outside its folder")
    assert not list(tmp_path.rglob("evil*"))


@pytest.mark.parametrize("band", ["band_1", "pixels"])
def test_json_bands_are_brought_to_8_bits_by_one_range(tmp_path: Path, band: str) -> None:
    drawn = np.random.default_rng(0).uniform(-40, 10, (8, 2, 36)).round(3)
    rows = [
        {"id": f"{row:04x}", band: one.tolist(), "band_2": two.tolist()} for row, (one, two) in enumerate(drawn)
    ]
    train = [{**row, "angle": 39.5, "label": label} for row, label in zip(rows, LABELS, strict=False)]
    files = {"train.json": json.dumps(train).encode(), "test.json": json.dumps(rows[6:]).encode()}
    data = _pictures(tmp_path, files).load()
    limits = data.schema.conversion and data.schema.conversion.fractions
    assert limits == pytest.approx((drawn.min(), drawn.max()), abs=1e-3)
    assert data.train_images.shape == (6, 6, 6, 3) and data.test_ids == ("0007", "0006")
    expected = (drawn[7, 0].reshape(6, 6) - limits[0]) * 255 / (limits[1] - limits[0])
    assert abs(data.test_images[0, ..., 0] - expected).max() <= 1
    assert any("their mean as a third" in note for note in data.schema.data_notes)
    assert "not the column angle" in data.schema.data_notes[0]


@pytest.mark.parametrize("folders", [False, True])
def test_arrays_are_images(tmp_path: Path, folders: bool) -> None:
    pictures = ImageCompetition(tmp_path)
    for row in range(8):
        content = io.BytesIO()
        np.save(content, np.random.default_rng(row).normal(size=(6, 9, 8)).astype(np.float16))
        side = "test" if row > 5 else f"train/{row % 2}"
        pictures.files[f"{side}/{row:04x}.npy"] = content.getvalue()
    pictures.table("sample_submission.csv", "id,target", "0006,0.5", "0007,0.5")
    if not folders:
        pictures.table("train_labels.csv", "id,target", *(f"{row:04x},{row // 3}" for row in range(6)))
        pictures.files["old_data/train_old/ffff.npy"] = content.getvalue()
        pictures.table("old_data/train_labels_old.csv", "id,target", "ffff,1")
    data = pictures.load("AUC")
    assert data.schema.layout == ("class-folders" if folders else "named-images")
    assert data.train_images.shape == (6, 54, 8, 1)
    assert data.train_labels.tolist() == ([0, 0, 0, 1, 1, 1])
