"""Which column tells the groups: that of patients, drivers and slides, whatever its name and its table are."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from competition_files import ImageCompetition

from kagglebot.datasets.fetch_request import file_name_pattern
from kagglebot.datasets.grouping.row_groups import repeats
from kagglebot.datasets.grouping.table_columns import encode
from kagglebot.datasets.schema import save_schema
from kagglebot.errors import UsageError

LABELS = np.arange(120) % 4
DRAWN = np.random.default_rng(0)


def _each(spell: Callable[[int], str], values: int) -> list[str]:
    return [spell(int(value)) for value in DRAWN.integers(0, values, 120)]


@pytest.mark.parametrize(
    "texts",
    [
        _each("p{:03}".format, 6),
        _each("IP_{}".format, 25),
        _each("{:06}".format, 40),
        _each("slide-{}/b".format, 12),
        _each("Patient {}".format, 30),
        _each(lambda value: f"{value * 2654435761 % 2**32:08x}", 50),
        [*_each("d{}".format, 20)[:110], *[""] * 10],
    ],
)
def test_codes_that_repeat_are_groups(texts: Sequence[str]) -> None:
    assert repeats(encode("any", "any.csv", texts), LABELS)


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(_each(str, 13), id="ages"),
        pytest.param(_each("{}.0".format, 13), id="amounts"),
        pytest.param(_each(lambda value: ("torso", "head/neck", "palm", "leg", "arm", "")[value], 6), id="words"),
        pytest.param([f"id{row}" for row in range(120)], id="unique"),
        pytest.param([f"s{row % 4}" for row in range(120)], id="few values"),
        pytest.param(["s0"] * 60 + _each("s{}".format, 9)[:60], id="one in most rows"),
        pytest.param(_each("p{}".format, 9)[:60] + [""] * 60, id="half of them empty"),
        pytest.param(_each("[{}, 3, 4, 5]".format, 40), id="boxes"),
        pytest.param(_each("2020-01-01 10:00:{:02}".format, 40), id="times"),
    ],
)
def test_other_columns_are_not(texts: Sequence[str]) -> None:
    assert not repeats(encode("patient_id", "any.csv", texts), LABELS)


def test_the_class_by_another_name_and_a_coarser_one_are_not() -> None:
    labels = np.arange(120) % 24
    assert not repeats(encode("code", "any.csv", [f"class{label}" for label in labels]), labels)
    assert not repeats(encode("family", "any.csv", [f"f{label // 4}" for label in labels]), labels)


@pytest.mark.parametrize("pattern", ["(p[0-9", "p([0-9])([0-9])", "(?:p)"])
def test_a_pattern_without_one_group_is_refused(pattern: str) -> None:
    with pytest.raises(UsageError, match="--group"):
        file_name_pattern(pattern)
    assert file_name_pattern("subject") is None


@pytest.fixture
def drivers(pictures: ImageCompetition) -> ImageCompetition:
    """Two classes in folders, six drivers in a table beside: as state-farm has it."""
    names = [f"train/c{row % 2}/img_{row}.png" for row in range(24)]
    pictures.draw(*names, "test/img_90.png")
    rows = [f"p{row // 2 % 6:03},c{row % 2},img_{row}.png" for row in range(24)]
    pictures.table("driver_imgs_list.csv", "subject,classname,img", *rows)
    pictures.table("sample_submission.csv", "img,c0,c1", "img_90.png,0.5,0.5")
    return pictures


def test_drivers_of_a_table_beside_are_groups(drivers: ImageCompetition) -> None:
    data = drivers.load("log loss")
    assert (data.schema.group, data.schema.groups) == ("subject", 6)
    assert data.train_groups is not None
    assert len(set(zip(data.train_groups.tolist(), data.train_labels.tolist(), strict=True))) == 12
    assert np.bincount(data.train_groups).tolist() == [4] * 6
    assert any(
        "'subject' repeats as patients or drivers do (6 values)" in note for note in data.schema.assumptions
    )


@pytest.mark.parametrize("table", ["who.csv", "meta/Drivers of images.csv", "train_folds.csv"])
@pytest.mark.parametrize("image", ["img_{}.png", "img_{}", "IMG_{}.PNG", "train/c{}/img_{}.png"])
def test_the_table_beside_may_have_other_names_and_columns(
    drivers: ImageCompetition, table: str, image: str
) -> None:
    del drivers.files["driver_imgs_list.csv"]
    rows = []
    for row in reversed(range(24)):
        name = image.format(row % 2, row) if image.count("{}") == 2 else image.format(row)
        rows.append(f"{row},{name},{0.5 + row},Car {row // 2 % 6}")
    drivers.table(table, "number,file,speed,car", *rows)
    schema = drivers.load("log loss").schema
    assert (schema.group, schema.groups, schema.layout) == ("car", 6, "class-folders")


@pytest.mark.parametrize(
    "table", ["img,site\nimg_1.png", "img,site\nimg_1.png,s01\nimg_2.png,s01\n", "a,b\n\xff\n"]
)
def test_other_tables_beside_do_no_harm(drivers: ImageCompetition, table: str) -> None:
    drivers.files["other.csv"] = table.encode("latin-1")
    assert drivers.load("log loss").schema.group == "subject"


def test_data_of_an_earlier_version_keeps_its_rows(drivers: ImageCompetition) -> None:
    schema = drivers.load("log loss", group="none").schema
    save_schema(drivers.data, replace(schema, choices={}, duplicates=None))
    data = drivers.load("log loss")
    assert (data.schema.digest, data.schema.group, data.train_groups) == (schema.digest, "", None)
    assert drivers.load("log loss", group="subject").schema.groups == 6


def test_none_leaves_them_out_and_an_empty_choice_takes_that_back(drivers: ImageCompetition) -> None:
    grouped = drivers.load("log loss").schema
    data = drivers.load("log loss", group="none")
    assert (data.schema.group, data.schema.groups, data.train_groups) == ("", 0, None)
    assert data.schema.digest == data.schema.content  # as it was before there were groups
    again = drivers.load("log loss", group="").schema
    assert (again.group, again.digest, again.choices) == ("subject", grouped.digest, {})


def test_the_same_column_by_choice_decodes_nothing_again(drivers: ImageCompetition) -> None:
    first = drivers.load("log loss").schema
    before = [path.stat().st_ino for path in sorted(drivers.data.glob("cache/*/*"))]
    assert drivers.load("log loss", group="subject").schema.digest == first.digest
    assert [path.stat().st_ino for path in sorted(drivers.data.glob("cache/*/*"))] == before


def test_a_pattern_of_file_names_tells_groups(pictures: ImageCompetition) -> None:
    pictures.draw(
        *[f"train/{'cat' if row % 2 else 'dog'}/s{row // 4}_{row}.png" for row in range(20)], "test/1.png"
    )
    pictures.table("sample_submission.csv", "id,label", "1,cat")
    assert pictures.load().schema.group == ""
    data = pictures.load(group=r"/s([0-9]+)_")
    assert (data.schema.group, data.schema.groups) == (r"/s([0-9]+)_", 5)
    assert data.train_groups is not None and np.bincount(data.train_groups).tolist() == [4] * 5
    note = pictures.load(group=r"/s([0-3])_").schema.assumptions[-1]
    assert note.startswith("4 of 20 training images have no '/s([0-3])_' in the file names")
    pictures.refused("tells nothing of any training row", group="x([0-9]+)")
    pictures.refused("different in every row", group=r"_([0-9]+)\.png")
    pictures.refused("tells the class", group="(cat|dog)")
    pictures.refused("no table that names the training images has a column 'driver'", group="driver")


@pytest.fixture
def patients(pictures: ImageCompetition) -> ImageCompetition:
    """A column of patients in the labelled table, beside others: as siim-isic has it."""
    pictures.draw(*[f"train/I_{row}.png" for row in range(40)], "test/T_1.png", "test/T_2.png")
    sites = ("torso", "palms", "")
    rows = [f"I_{row},IP_{70 + row // 4},{20 + row % 13}.0,{sites[row % 3]},{row % 2}" for row in range(40)]
    pictures.table("train.csv", "image_name,patient_id,age,site,target", *rows)
    pictures.table("test.csv", "image_name,patient_id,age,site", "T_1,IP_1,20.0,torso", "T_2,IP_1,20.0,torso")
    pictures.table("sample_submission.csv", "image_name,target", "T_1,0", "T_2,0")
    return pictures


def test_patients_of_the_labelled_table_are_groups(patients: ImageCompetition) -> None:
    data = patients.load("Area Under Receiver Operating Characteristic Curve")
    assert (data.schema.group, data.schema.groups) == ("patient_id", 10)
    assert data.train_groups is not None and np.bincount(data.train_groups).tolist() == [4] * 10
    patients.refused("it could be patient_id, site", group="driver")
    patients.refused("'target' of train.csv tells the class", group="target")
    assert patients.load(group="age").schema.groups == 13


def test_images_without_a_value_are_groups_of_their_own(patients: ImageCompetition) -> None:
    data = patients.load(group="site")
    assert data.schema.groups == 2 + 13
    assert any("13 of 40 training images have no 'site' in train.csv" in note for note in data.schema.assumptions)


def test_plain_numbers_of_many_values_are_only_offered(pictures: ImageCompetition) -> None:
    pictures.draw(*[f"train/I_{row}.png" for row in range(120)], "test/T_1.png")
    rows = [f"I_{row},{(row // 2) * 37},{row // 2 % 2 ^ row % 2}" for row in range(120)]
    pictures.table("train.csv", "image_name,person,target", *rows)
    pictures.table("sample_submission.csv", "image_name,target", "T_1,0")
    schema = pictures.load().schema
    assert schema.group == ""
    assert any("'person' has 60 values" in note and "--group 'person'" in note for note in schema.assumptions)
    assert pictures.load(group="person").schema.groups == 60


def test_a_copy_joins_the_group_of_its_twin(patients: ImageCompetition) -> None:
    patients.files["train/I_39.png"] = patients.files["train/I_0.png"]
    data = patients.load()
    assert data.schema.groups == 9 and data.schema.duplicates is not None
    assert (data.schema.duplicates.train, data.schema.duplicates.across_classes) == (1, 2)
    assert data.train_groups is not None and data.train_groups[39] == data.train_groups[0]
    notes = [note for note in data.schema.assumptions if "copy of another class" in note]
    assert notes == ["2 training images have a copy of another class: train/I_0.png (0) and train/I_39.png (1)."]
    alone = patients.load(group="none")
    assert (alone.schema.group, alone.schema.groups) == ("", 39)


def test_a_group_of_rows_of_pixels_is_in_their_table(pictures: ImageCompetition) -> None:
    rows = [f"{row % 2},W{row // 2 % 6},{row},0,128,{row + 1}" for row in range(24)]
    pictures.table("train.csv", "label,writer,pixel0,pixel1,pixel2,pixel3", *rows)
    pictures.table("test.csv", "pixel0,pixel1,pixel2,pixel3", "1,2,3,4")
    pictures.table("sample_submission.csv", "ImageId,Label", "1,0")
    data = pictures.load()
    assert (data.schema.group, data.schema.groups) == ("writer", 6)


@pytest.mark.parametrize(
    ("column", "spell", "offered"),
    [
        ("patient_id", str, True),
        ("PatientID", "{}.0".format, True),
        ("case", str, True),
        ("driver", lambda value: "abcdef"[value] * 3, True),
        ("patient_age", str, False),
        ("patient_id", "{}.5".format, False),
    ],
)
def test_few_plain_numbers_and_words_are_offered_by_the_name_of_the_column(
    pictures: ImageCompetition, column: str, spell: Callable[[int], str], offered: bool
) -> None:
    pictures.draw(*[f"train/a{row}.png" for row in range(24)], "test/t0.png")
    pictures.table(
        "train.csv", f"id,{column},label", *[f"a{row},{spell(row // 4)},{row % 2}" for row in range(24)]
    )
    pictures.table("sample_submission.csv", "id,label", "t0,0")
    schema = pictures.load().schema
    assert schema.group == ""
    said = any(f"{column!r} has 6 values" in note and "--group" in note for note in schema.assumptions)
    assert said is offered
