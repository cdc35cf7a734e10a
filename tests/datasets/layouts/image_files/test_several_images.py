import pytest
from competition_files import ImageCompetition


@pytest.fixture
def pairs(pictures: ImageCompetition) -> ImageCompetition:
    pictures.draw(*(f"train/{name}.png" for name in "abcdefgh"), "test/x.png")
    pictures.table("train.csv", "id,after,label", "a,b,0", "c,d.png,1", "e,f,0", "g,h,1")
    pictures.table("sample_submission.csv", "id,label", "x,0")
    return pictures


def test_rows_of_two_images_are_refused(pairs: ImageCompetition) -> None:
    pairs.refused(
        "train.csv names several images a row, in the columns 'id' and 'after': train/a.png and train/b.png"
    )


def test_one_of_the_images_can_be_chosen(pairs: ImageCompetition) -> None:
    assert pairs.load(id="after").schema.train_rows == 4


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("id,path,label", ("a,train/a.png,0", "c,train/c.png,1")),  # the same image
        ("id,mask,label", ("a,b,0", "c,d,1")),
        ("id,number,label", ("1,2,0", "3,4,1")),
        ("id,remark,label", ("a,b,0", "c,none,1", "d,-,0")),
    ],
)
def test_other_columns_are_only_ignored(pictures: ImageCompetition, header: str, rows: tuple[str, ...]) -> None:
    pictures.draw(*(f"train/{name}.png" for name in "abcd1234"), "test/x.png")
    pictures.table("train.csv", header, *rows)
    pictures.table("sample_submission.csv", "id,label", "x,0")
    schema = pictures.load().schema
    assert schema.train_rows == len(rows)
    assert any(f"not the column {header.split(',')[1]}" in note for note in schema.data_notes)


def test_folders_of_a_patient_are_refused_and_those_of_a_class_are_not(pictures: ImageCompetition) -> None:
    folders = ("007", "012")
    pictures.draw(*(f"train/{folder}/a{row}.png" for folder in folders for row in range(3)), "test/x/a1.png")
    pictures.table("sample_submission.csv", "id,label", "x,0")
    pictures.table("train_labels.csv", "patient,label", "7,1", "12,0")
    reason = "train_labels.csv names folders of several images in its column 'patient': train/007 holds 3"
    pictures.refused(reason)
    del pictures.files["train_labels.csv"], pictures.files["test/x/a1.png"]
    pictures.table("labels.csv", "code,name", "7,oak", "12,elm")
    pictures.draw("test/x.png")
    pictures.table("sample_submission.csv", "id,label", "x,007")
    assert pictures.load().schema.layout == "class-folders"


def test_several_images_of_an_id_of_the_sample_are_refused(pictures: ImageCompetition) -> None:
    pictures.draw(*(f"train/{row}.png" for row in range(4)), "test/8.png", "test/9.png")
    pictures.table("train.csv", "image,label", *(f"{row},{row % 2}" for row in range(4)))
    pictures.table("test.csv", "image,breast", "8,p_L", "9,p_L")
    pictures.table("sample_submission.csv", "breast,label", "p_L,0")
    pictures.refused("test.csv has 2 images of breast 'p_L', and the sample submission one row")


@pytest.mark.parametrize("sign", "_-.")
def test_images_in_numbered_parts_are_refused(pictures: ImageCompetition, sign: str) -> None:
    pictures.draw(*(f"train/{name}{sign}{part}.png" for name in "abcdef" for part in "123"))
    pictures.draw(f"test/x{sign}1.png", f"test/x{sign}2.png")
    pictures.table("train.csv", "id,label", *(f"{name},{row % 2}" for row, name in enumerate("abcdef")))
    pictures.table("sample_submission.csv", "id,label", "x,0")
    pictures.refused(rf"Each image is several files, such as (test/x|train/a)\{sign}1\.png")


@pytest.mark.parametrize("long_table", [True, False])
def test_a_sample_with_rows_for_classes_of_some_images_is_refused(
    pictures: ImageCompetition, *, long_table: bool
) -> None:
    pictures.draw(*(f"train/ID_{row}.png" for row in range(4)), "test/ID_8.png", "test/ID_9.png")
    classes = ("epidural", "any_kind")
    rows = [f"ID_{row}_{name},{row % 2}" for row in range(4) for name in classes]
    pictures.table("train.csv", "ID,Label", *(rows if long_table else [f"ID_{row},{row % 2}" for row in range(4)]))
    sample = [f"ID_{row}_{name},0.5" for row in (8, 9) for name in classes]
    pictures.table("sample_submission.csv", "ID,Label", *sample)
    if long_table:
        assert pictures.load("AUC").schema.classes == ("any_kind", "epidural")
    else:
        pictures.refused(
            "has 2 rows an image, which are not the 2 classes .* no class is called epidural, any_kind"
        )
    pictures.table("sample_submission.csv", "ID,Label", *sample[:-1])
    pictures.refused(
        "several rows for test/ID_8.png, such as 'ID_8_epidural' and 'ID_8_any_kind', and not the same"
    )
    pictures.table("sample_submission.csv", "ID,Label", "ID_8_epidural,0.5", "ID_9,0.5")
    assert "several rows" not in str(pictures.refused("epidural"))
