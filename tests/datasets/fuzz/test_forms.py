"""Variants of forms that nobody named, of other names, nesting and order, are read as the same data."""

import io
import json
import random
from typing import Any

import numpy as np
import pytest
from competition_files import ImageCompetition
from drawn_images import digit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kagglebot.datasets.dataset import Dataset

LABELS = (3, 1, 2, 1, 3, 2)
quickly = settings(
    max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
folders = st.sampled_from(["", "data/", "input/processed/"])
id_names = st.sampled_from(["id", "image_id", "Image", "file_name"])
targets = st.sampled_from(["label", "is_iceberg", "Class", "category"])


def _load(files: ImageCompetition, header: str, ids: tuple[str, str] = ("b7", "b6")) -> Dataset:
    files.table("sample_submission.csv", header, *(f"{name},1" for name in ids))
    data = files.load()
    assert (data.schema.train_rows, data.schema.test_rows, data.schema.classes) == (6, 2, (1, 2, 3))
    assert tuple(data.test_ids) == ids
    return data


@quickly
@given(
    layout=st.sampled_from(["array", "indented", "lines", "wrapped", "columns"]),
    bands=st.sampled_from([("band_1", "band_2"), ("HH", "HV"), ("pixels",)]),
    nested=st.booleans(),
    identifier=id_names | st.sampled_from(["name", "key", "uid"]),
    target=targets,
    folder=folders,
    sides=st.sampled_from([("train", "test"), ("train_set", "test_set"), ("Train", "Test")]),
    extra=st.sampled_from([None, "inc_angle", "remarks"]),
    chance=st.randoms(use_true_random=False),
)
def test_bands_in_json(
    tmp_path_factory: pytest.TempPathFactory,
    layout: str,
    bands: tuple[str, ...],
    nested: bool,
    identifier: str,
    target: str,
    folder: str,
    sides: tuple[str, str],
    extra: str | None,
    chance: random.Random,
) -> None:
    def item(name: str, row: int, **known: int) -> dict[str, Any]:
        pixels = [digit(row + number, 16.0) for number in range(len(bands))]
        rows = [each.tolist() if nested else each.ravel().tolist() for each in pixels]
        values: dict[str, Any] = {identifier: name, **dict(zip(bands, rows, strict=True)), **known}
        if extra and row % 2:
            values[extra] = f"angle {row}" if extra == "remarks" else 40 + row / 4
        names = chance.sample(sorted(values), len(values))
        order = iter(bands)  # channels stay in theirs
        return {name: values[name] for name in (next(order) if name in bands else name for name in names)}

    def written(rows: list[dict[str, Any]]) -> str:
        if layout == "lines":
            return "\n".join(map(json.dumps, rows))
        if layout == "wrapped":
            return json.dumps({"count": len(rows), "rows": rows})
        if layout == "columns":
            names = dict.fromkeys(name for row in rows for name in row)
            return json.dumps({name: {number: row.get(name) for number, row in enumerate(rows)} for name in names})
        return json.dumps(rows, indent=2 if layout == "indented" else None)

    files = ImageCompetition(tmp_path_factory.mktemp("form"))
    train = [item(f"a{row}", row, **{target: label}) for row, label in enumerate(LABELS)]
    files.files[f"{folder}{sides[0]}.json"] = written(train)
    files.files[f"{folder}{sides[1]}.json"] = written([item(f"b{row}", row) for row in (6, 7)])
    data = _load(files, f"{identifier},{target}")
    assert data.schema.image_shape == (8, 8, 1 if len(bands) == 1 else 3)
    assert sorted(data.train_labels.tolist()) == [0, 0, 1, 1, 2, 2]
    np.testing.assert_array_equal(data.test_images[1, ..., 0] > 0, digit(6, 16.0) > 0)


@quickly
@given(
    kind=st.sampled_from(["f2", "f4", ">f8", "u1", "i2"]),
    channels=st.sampled_from([0, 1, 2, 3, 6]),
    first=st.booleans(),
    sides=st.sampled_from([("train/", "test/"), ("train/a/", "test/b/"), ("arrays_train/", "arrays_test/")]),
    folder=folders,
    table=st.sampled_from(["train.csv", "train_labels.csv", "labels/train.csv"]),
    names=st.tuples(id_names, targets),
    ending=st.sampled_from(["", ".npy"]),
    old=st.booleans(),
)
def test_arrays(
    tmp_path_factory: pytest.TempPathFactory,
    kind: str,
    channels: int,
    first: bool,
    sides: tuple[str, str],
    folder: str,
    table: str,
    names: tuple[str, str],
    ending: str,
    old: bool,
) -> None:
    def array(row: int) -> bytes:
        pixels = digit(row, 16.0)
        if channels:
            pixels = np.stack([np.roll(pixels, number, 1) for number in range(channels)], axis=0 if first else -1)
        stream = io.BytesIO()
        np.save(stream, pixels.astype(kind))
        return stream.getvalue()

    files = ImageCompetition(tmp_path_factory.mktemp("form"))
    files.files |= {f"{folder}{sides[0]}a{row}.npy": array(row) for row in range(6)}
    files.files |= {f"{folder}{sides[1]}b{row}.npy": array(row) for row in (6, 7)}
    if old:
        files.files["old_leaky_data/x.npy"] = array(9)
    files.table(
        f"{folder}{table}", ",".join(names), *(f"a{row}{ending},{each}" for row, each in enumerate(LABELS))
    )
    data = _load(files, ",".join(names), (f"b7{ending}", f"b6{ending}"))
    rows = 8 * channels if channels > 3 else 8
    assert data.schema.image_shape == (rows, 8, 3 if channels in (2, 3) else 1)
    assert [label + 1 for label in data.train_labels] == list(LABELS)
    np.testing.assert_array_equal(data.test_images[1, :8, :, 0] > 0, digit(6, 16.0) > 0)


@quickly
@given(
    sides=st.sampled_from([("train", "test"), ("Train", "Test"), ("train_images", "test_images")]),
    twin=st.sampled_from(["Resized", "_small", " 64", "_512", "-224", "_800px", "_256x256", "512x512"]),
    folder=folders,
    names=st.tuples(id_names, targets),
    suffix=st.sampled_from([".png", ".bmp", ".Png"]),
    ending=st.booleans(),
    missing=st.sampled_from(["nothing", "the test's originals", "the test's twins"]),
    chance=st.randoms(use_true_random=False),
)
def test_originals_beside_resized_twins(
    tmp_path_factory: pytest.TempPathFactory,
    sides: tuple[str, str],
    twin: str,
    folder: str,
    names: tuple[str, str],
    suffix: str,
    ending: bool,
    missing: str,
    chance: random.Random,
) -> None:
    files = ImageCompetition(tmp_path_factory.mktemp("form"))
    for side, rows in zip(sides, (range(6), range(6, 8)), strict=True):
        for more, size in (("", (16, 16)), (twin, (8, 8))):
            if side == sides[0] or missing != f"the test's {'twins' if more else 'originals'}":
                for row in rows:
                    name = f"{folder}{side}{more}/{'ab'[row > 5]}{row}{suffix}"
                    files.draw(name.replace(suffix, suffix.lower()), first=row, size=size)
                    files.files[name] = files.files.pop(name.replace(suffix, suffix.lower()))
    id_ending = suffix if ending else ""
    rows_of_table = [f"a{row}{id_ending},{label}" for row, label in enumerate(LABELS)]
    files.table(f"{folder}train.csv", ",".join(names), *chance.sample(rows_of_table, 6))
    order = chance.sample(sorted(files.files), len(files.files))
    files.files = {name: files.files[name] for name in order}
    data = _load(files, ",".join(names), (f"b7{id_ending}", f"b6{id_ending}"))
    sized = twin in ("_512", "_800px", "512x512")  # large enough, and smaller than the originals
    small = {"nothing": sized, "the test's originals": True, "the test's twins": False}[missing]
    assert data.schema.own_size == ((8, 8) if small else (16, 16))
    assert sorted(data.train_labels.tolist()) == [0, 0, 1, 1, 2, 2]


@quickly
@given(
    folder=folders,
    files_in=st.sampled_from(
        [("train/metadata.json", "test/metadata.json"), ("train2019.json", "test_info.json")]
    ),
    keys=st.sampled_from(["id", "image_id"]),
    numbers=st.booleans(),
    order=st.permutations(["images", "annotations", "categories", "info"]),
    extras=st.booleans(),
    listed=st.booleans(),
    paths=st.sampled_from(["{side}/{name}.png", "{name}.png", "deep/{name}.png"]),
)
def test_annotations_in_json(
    tmp_path_factory: pytest.TempPathFactory,
    folder: str,
    files_in: tuple[str, str],
    keys: str,
    numbers: bool,
    order: list[str],
    extras: bool,
    listed: bool,
    paths: str,
) -> None:
    files = ImageCompetition(tmp_path_factory.mktemp("form"))
    known: dict[str, list[dict[str, Any]]] = {"train": [], "test": []}
    for row in range(8):
        side, name = ("train", f"a{row}") if row < 6 else ("test", f"b{row}")
        path = paths.format(side=side, name=name)
        files.draw(f"{folder}{path}" if path.startswith(side) else f"{folder}{side}_images/{path}", first=row)
        identifier: object = row if numbers and listed else name
        known[side].append({keys: identifier, "file_name": path, **({"location": row % 3} if extras else {})})
    content: dict[str, object] = {
        "images": known["train"],
        "annotations": [
            {"image_id": image[keys], "category_id": label} | ({"id": 90, "bbox": [0, 0, 8, 8]} if extras else {})
            for image, label in zip(known["train"], LABELS, strict=True)
        ],
        "categories": [{"id": label, "name": f"c{label}"} for label in (1, 2, 3)],
        "info": {"year": 2019},
    }
    needed = order if extras else [name for name in order if name in ("images", "annotations")]
    files.files[folder + files_in[0]] = json.dumps({name: content[name] for name in needed})
    if listed:
        files.files[folder + files_in[1]] = json.dumps({"images": known["test"]})
    ids = ("7", "6") if numbers and listed else ("b7", "b6")
    data = _load(files, "Id,Predicted", ids)
    assert data.schema.layout == "annotations"
    assert [label + 1 for label in data.train_labels] == list(LABELS)
