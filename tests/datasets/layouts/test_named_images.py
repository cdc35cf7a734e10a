import io
import re

import numpy as np
import pytest
from competition_files import ImageCompetition, draw
from PIL import Image

from kagglebot.datasets.sample_submission.read import read_sample
from kagglebot.errors import DataError


@pytest.fixture
def named(pictures: ImageCompetition) -> ImageCompetition:
    """Six images to train on and two to predict, in the form of aerial-cactus-identification."""
    pictures.draw(*(f"train/{name}.png" for name in "abcdef"))
    pictures.draw("test/x.png", "test/y.png", first=6)
    pictures.table("train.csv", "id,species", "a,oak", "b,elm", "c,oak", "d,yew", "e,elm", "f,oak")
    pictures.table("sample_submission.csv", "id,species", "y,oak", "x,oak")
    return pictures


def _pixels(content: bytes) -> list[list[int]]:
    return np.asarray(Image.open(io.BytesIO(content))).tolist()


def _grey(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("L")).astype(int)


def test_images_labels_and_ids(named: ImageCompetition) -> None:
    data = named.load()
    schema = data.schema
    assert (schema.layout, schema.classes) == ("named-images", ("elm", "oak", "yew"))
    assert data.train_labels.tolist() == [1, 0, 1, 2, 0, 1]
    assert (schema.train_rows, schema.test_rows, schema.image_shape) == (6, 2, (8, 8, 1))
    assert data.train_images[3, :, :, 0].tolist() == _pixels(named.files["train/d.png"])
    assert data.test_ids == ("y", "x")
    assert data.test_images[0, :, :, 0].tolist() == _pixels(named.files["test/y.png"])
    assert (schema.prediction_kind, schema.columns, schema.column_classes) == ("label", ("species",), ())
    assert schema.assumptions == ()


@pytest.mark.parametrize("table", ["trainLabels.csv", "train_labels.csv", "labels.csv", "deep/Train.csv"])
def test_the_table_has_one_of_its_usual_names(named: ImageCompetition, table: str) -> None:
    named.files[table] = named.files.pop("train.csv")
    assert len(named.load().train_labels) == 6


def test_a_table_of_another_name_is_known_by_its_columns(named: ImageCompetition) -> None:
    named.files["what_they_are.csv"] = named.files.pop("train.csv")
    named.table("sizes.csv", "id,height", "a,3")
    assert named.load().schema.classes == ("elm", "oak", "yew")


@pytest.mark.parametrize("name", ["{}.png", "train/{}.png", "./train/{}", "../input/train/{}.png"])
def test_ids_may_have_an_ending_and_be_paths(named: ImageCompetition, name: str) -> None:
    rows = zip("abcdef", ["oak", "elm", "oak", "yew", "elm", "oak"], strict=True)
    named.table("train.csv", "id,species", *(f"{name.format(letter)},{label}" for letter, label in rows))
    data = named.load()
    assert data.train_images[3, :, :, 0].tolist() == _pixels(named.files["train/d.png"])


@pytest.mark.parametrize(
    ("ids", "files"),
    [
        (["7", "8", "9"], ["00007.png", "00008.png", "00009.png"]),
        (["7.0", "8.0", "9.0"], ["00007.png", "00008.png", "00009.png"]),
        (["00007", "00008", "00009"], ["7.png", "8.png", "9.png"]),
        (["IMG_1", "IMG_2", "IMG_3"], ["img_1.png", "img_2.png", "img_3.png"]),
        (["IMG_1.PNG", "IMG_2.PNG", "IMG_3.PNG"], ["Img_1.jpg", "Img_2.jpg", "Img_3.jpg"]),
        (["ID_1", "ID_2", "ID_10"], ["ID_0001.png", "ID_0002.png", "ID_0010.png"]),
        (["\u00e91", "\u00e92", "\u00e93"], ["e\u03011.png", "e\u03012.png", "e\u03013.png"]),
        (["e\u03011", "e\u03012", "e\u03013"], ["\u00c91.png", "\u00c92.png", "\u00c93.png"]),
        (["train\\a1.png", "train\\a2.png", "train\\a3.png"], ["a1.png", "a2.png", "a3.png"]),
        (["C:\\data\\Train\\a1", "C:\\data\\Train\\a2", "C:\\data\\Train\\a3"], ["a1.png", "a2.png", "a3.png"]),
    ],
)
def test_ids_may_be_spelled_otherwise_than_the_images(
    pictures: ImageCompetition, ids: list[str], files: list[str]
) -> None:
    pictures.draw(*(f"train/{name}" for name in files))
    pictures.files |= {f"test/{name}": draw(row, suffix=name[-4:]) for row, name in enumerate(files, start=3)}
    pictures.table("train.csv", "id,kind", f"{ids[2]},oak", f"{ids[0]},elm", f"{ids[1]},oak")
    tests = [name.replace("rain", "est") for name in ids]
    pictures.table("sample_submission.csv", "id,kind", *(f"{tests[row]},oak" for row in (1, 0, 2)))
    data = pictures.load()
    assert data.train_labels.tolist() == [1, 0, 1]
    assert data.test_ids == (tests[1], tests[0], tests[2])
    for row, file in enumerate([2, 0, 1]):
        assert data.train_images[row, :, :, 0].tolist() == _pixels(pictures.files[f"train/{files[file]}"])
    for row, file in enumerate([1, 0, 2]):
        assert data.test_images[row, :, :, 0].tolist() == _pixels(pictures.files[f"test/{files[file]}"])


def test_ids_that_differ_in_case_alone_find_names_with_many_zeros(named: ImageCompetition) -> None:
    names = ["0a0", "00a0", "0a00", "000a00"]
    named.draw(*(f"train/{name}.png" for name in names))
    named.table("train.csv", "id,species", *(f"{name.upper()},{name}" for name in names))
    named.table("sample_submission.csv", "id,species", "x,0a0")
    assert [named.load().schema.classes[label] for label in named.load().train_labels] == names


@pytest.mark.parametrize("columns", ["Species", "SPECIES ", "species"])
def test_columns_may_be_spelled_otherwise_than_in_the_sample(named: ImageCompetition, columns: str) -> None:
    rows = named.files["train.csv"].splitlines()[1:]
    named.table("train.csv", f"id,height,{columns}", *(row.replace(",", ",3,") for row in rows))
    assert named.load().schema.classes == ("elm", "oak", "yew")
    assert named.load(target="sPecies", id="ID").schema.classes == ("elm", "oak", "yew")
    named.table("sample_submission.csv", "id,oak,Elm", "x,0.5,0.5", "y,0.5,0.5")
    named.table("train.csv", "id,ELM,Oak", "a,1,0", "b,0,1", "c,1,0")
    data = named.load("", target="", id="")
    assert [data.schema.classes[label] for label in data.train_labels] == ["ELM", "Oak", "ELM"]


def test_other_spellings_are_said(named: ImageCompetition) -> None:
    named.table("train.csv", "id,species", "A,oak", "B,elm", "c,oak", "d,yew", "e,elm", "f,oak")
    assert named.load().schema.assumptions == (
        "train.csv: 2 ids are spelled otherwise than their images: A is train/a.png.",
    )


def test_a_spelling_that_two_files_or_two_ids_share_is_refused(named: ImageCompetition) -> None:
    named.table("train.csv", "id,species", "A,oak", "a,elm", "b,oak")
    named.refused("train.csv, line 2: there is no image of id 'A'; 1 of 3 ids have none, .* name is train/a.png")
    named.table("train.csv", "id,species", "001.PNG,oak", "b,elm", "c,oak")
    named.draw("train/1.png", "train/01.png")
    named.refused("Two files could be the image of id '001.PNG': train/0?1.png and train/0?1.png")
    named.table("train.csv", "id,species", "a,oak", "Q,elm", "q.PNG,oak", "c,oak", "d,elm")
    named.draw("train/\u0051\u0301.png")
    named.refused("there is no image of id 'Q'; 2 of 5 ids have none")


def test_a_column_of_names_that_are_no_images_is_named(named: ImageCompetition) -> None:
    ids = ["scan-a", "scan-b", "scan-c", "scan-d", "scan-e", "scan-f"]
    for name in "abcdef":
        named.files[f"train/scan_{name}.png"] = named.files.pop(f"train/{name}.png")
    named.table("train.csv", "image,species", *(f"{name},{'oak' if name < 'scan-d' else 'elm'}" for name in ids))
    error = named.refused("its column 'image' has 'scan-a', and the nearest name is train/scan_a.png")
    assert error.message.startswith("train.csv names none of the images")
    assert "--id" in error.hint


@pytest.mark.parametrize(
    ("ending", "form"),
    [(".jfif", "jpeg"), (".avif", "avif"), ("", "png"), (".dat", "webp"), (".tmp.1", "bmp"), (".jpe", "jpeg")],
)
def test_an_image_is_told_by_its_first_bytes(pictures: ImageCompetition, ending: str, form: str) -> None:
    for row, name in enumerate(["train/a", "train/b.b", "train/c", "train/d", "test/x", "test/y"]):
        pictures.files[f"{name}{ending}"] = draw(row, suffix=f".{form}")
    pictures.files |= {"train/Thumbs.db": b"\xd0\xcf\x11\xe0", "LICENSE": "BM, by all", "notes.txt": "PNG"}
    pictures.table("train.csv", "id,kind", "a,oak", "b.b,elm", f"c{ending},oak", f"d{ending},elm")
    pictures.table("sample_submission.csv", "id,kind", "x,oak", f"y{ending},oak")
    if ending == ".tmp.1":  # no ending of a format: a part of the name
        pictures.table("train.csv", "id,kind", *(f"{name}{ending},{name}" for name in ("a", "b.b", "c", "d")))
        pictures.table("sample_submission.csv", "id,kind", "x.tmp.1,a", "y.tmp.1,a")
    data = pictures.load()
    assert (data.schema.train_rows, data.schema.test_rows, data.schema.assumptions) == (4, 2, ())
    assert np.abs(data.train_images[1, :, :, 0].astype(int) - _grey(draw(1))).max() < 50


def test_train_and_test_images_may_lie_in_one_folder(named: ImageCompetition) -> None:
    named.files = {name.replace("train/", "images/"): content for name, content in named.files.items()}
    named.files = {name.replace("test/", "images/"): content for name, content in named.files.items()}
    assert named.load().schema.train_rows == 6


def test_the_same_name_in_train_and_test_is_two_images(named: ImageCompetition) -> None:
    named.draw("test/a.png", first=9)
    named.table("sample_submission.csv", "id,species", "a,oak")
    data = named.load()
    assert data.train_images[0, :, :, 0].tolist() == _pixels(named.files["train/a.png"])
    assert data.test_images[0, :, :, 0].tolist() == _pixels(named.files["test/a.png"])


def test_an_image_of_the_test_set_is_never_trained_on_in_place_of_a_missing_one(named: ImageCompetition) -> None:
    named.files["test/a.png"] = named.files.pop("train/a.png")
    named.refused("train.csv, line 2: there is no image of id 'a'; 1 of 6 ids have none")


def test_two_files_for_one_id_are_named(named: ImageCompetition) -> None:
    named.draw("train/small/a.png")
    named.refused(r"Two files could be the image of id 'a': train/(small/)?a.png and train/(small/)?a.png")
    named.table("train.csv", "id,species,file", "a,oak,small/a.png", *(f"{x},elm,train/{x}.png" for x in "bcdef"))
    assert named.load(id="file").schema.train_rows == 6


def test_the_files_of_test_images_may_stand_in_test_csv(named: ImageCompetition) -> None:
    named.table("sample_submission.csv", "row,species", "1,oak", "2,oak")
    named.table("test.csv", "row,id", "2,x", "1,y")
    data = named.load()
    assert data.test_ids == ("1", "2")
    assert data.test_images[0, :, :, 0].tolist() == _pixels(named.files["test/y.png"])


def test_shadows_of_macos_are_no_images(named: ImageCompetition) -> None:
    named.files |= {"__MACOSX/train/._a.png": b"", "train/.a.png": b""}
    assert named.load().schema.assumptions == ()


def test_colour_jpegs_of_unequal_size_become_squares(named: ImageCompetition) -> None:
    names = [f"train/{letter}" for letter in "abcdef"] + ["test/x", "test/y"]
    for row, name in enumerate(names):
        del named.files[f"{name}.png"]
        named.draw(f"{name}.jpg", first=row, colour=True, size=(20, 20 + row))
    data = named.load()
    assert data.train_images.shape == (6, 27, 27, 3)
    (told,) = [note for note in data.schema.assumptions if "sizes" in note]
    assert "8 sizes" in told and "27 x 27" in told and "[images] size" in told


def test_other_columns_are_ignored_and_said(named: ImageCompetition) -> None:
    features = ",".join(f"margin{number}" for number in range(9))
    rows = [f"{letter},{label}{',0.5' * 9}" for letter, label in zip("abcdef", ["oak", "elm"] * 3, strict=True)]
    named.table("train.csv", f"id,species,{features}", *rows)
    (note,) = named.load().schema.assumptions
    assert "train.csv" in note and "9 other columns (margin0, margin1, margin2, …)" in note


def test_images_without_a_label_are_counted_and_said(named: ImageCompetition) -> None:
    named.draw("train/g.png", "train/h.png")
    (note,) = named.load().schema.assumptions
    assert note.startswith("Left out: 2 of 10 images, such as train/g.png: train.csv has no label for them")


def test_an_image_of_the_test_that_the_sample_does_not_name_is_said(named: ImageCompetition) -> None:
    named.draw("test/z.png")
    (note,) = named.load().schema.assumptions
    assert note == (
        "Left out: 1 of 9 images, such as test/z.png: no id of the sample names them. If Kaggle wants them too, "
        "look for a whole sample on its data page."
    )


@pytest.mark.parametrize("name", ["{}", "{}.png", "test/{}.png", "deep/test/{}"])
def test_a_sample_that_is_an_excerpt_is_completed(named: ImageCompetition, name: str) -> None:
    names = [f"t{row}" for row in range(12)]
    del named.files["test/x.png"], named.files["test/y.png"]
    named.draw(*(f"deep/test/{each}.png" for each in names), first=20)
    named.table("sample_submission.csv", "id,species", *(f"{name.format(names[row])},oak" for row in (3, 1, 2)))
    data = named.load()
    order = [3, 1, 2, 0, 10, 11, 4, 5, 6, 7, 8, 9]
    ids = tuple(name.format(names[row]) for row in order)
    assert data.test_ids == ids == read_sample(named.data).ids
    for row, number in enumerate(order):
        assert data.test_images[row, :, :, 0].tolist() == _pixels(named.files[f"deep/test/t{number}.png"])
    assert data.schema.assumptions == (
        "sample_submission.csv lists 3 of 12 test images: it is taken for an excerpt, and all are predicted.",
    )


def test_an_excerpt_of_images_in_one_folder_is_completed(named: ImageCompetition) -> None:
    named.draw(*(f"test/{row}.png" for row in range(10)))
    named.files = {re.sub("^t.*/", "images/", name): content for name, content in named.files.items()}
    named.draw("logo.png")
    data = named.load()
    assert data.test_ids == ("y", "x", *"0123456789")
    assert data.schema.train_rows == 6
    rows = [f"{name},oak" for name in ("y", "x", *"012345678")]
    named.table("sample_submission.csv", "id,species", *rows)  # enough for a test set
    assert named.load().schema.test_rows == 11


def test_a_sample_of_numbers_is_completed(named: ImageCompetition) -> None:
    del named.files["test/x.png"], named.files["test/y.png"]
    named.draw(*(f"test/{row:05}.png" for row in range(9)))
    named.table("sample_submission.csv", "id,species", "0,oak", "1,oak")
    assert named.load().test_ids == tuple("012345678")


def test_test_csv_lists_what_an_excerpt_leaves_out(named: ImageCompetition) -> None:
    named.draw(*(f"test/{row}.png" for row in range(7)))
    named.table("test.csv", "ID,width", *(f"{row},8" for row in (4, 3, 2, 1, 0)))
    named.table("sample_submission.csv", "id,species", "2,oak", "1,oak")
    assert named.load().test_ids == ("2", "1", "4", "3", "0")
    named.table("sample_submission.csv", "id,species", "2,oak", "1,oak", "0,oak")
    named.refused("There are 5 test images, and sample_submission.csv has 3 ids: one of the two is cut off")


def test_images_that_only_test_csv_lists_may_come_later(named: ImageCompetition) -> None:
    named.table("test.csv", "id", "x", "y", "later", "last")
    assert named.load().test_ids == ("y", "x")


def test_an_excerpt_whose_ids_show_no_others_is_refused(named: ImageCompetition) -> None:
    named.draw(*(f"test/{row}.png" for row in range(7)))
    named.table("sample_submission.csv", "id,species", "X,oak", "Y,oak")
    named.refused("sample_submission.csv lists 2 of 9 test images, and its ids do not show what the others are")


def test_images_of_another_stage_are_not_asked_for(named: ImageCompetition) -> None:
    named.draw(*(f"test_stage2/{row}.png" for row in range(7)))
    data = named.load()
    assert data.test_ids == ("y", "x")
    assert data.schema.assumptions[0].startswith("Left out: 7 of 15 images, such as test_stage2/0.png: no id of")


def test_numbers_that_happen_to_be_names_of_images_are_no_ids(pictures: ImageCompetition) -> None:
    pictures.draw("train/0.png", "train/1.png", "train/2.png", "test/9.png")
    pictures.table("answers.csv", "kind,id,file", "1,a,0.png", "0,b,1.png", "1,c,2.png")
    pictures.table("sample_submission.csv", "id,kind", "9,0")
    data = pictures.load()
    assert data.train_labels.tolist() == [1, 0, 1]
    assert data.train_images[2, :, :, 0].tolist() == _pixels(pictures.files["train/2.png"])


def test_labels_without_an_image_are_named_and_counted(named: ImageCompetition) -> None:
    del named.files["train/c.png"], named.files["train/e.png"]
    named.refused("train.csv, line 4: there is no image of id 'c'; 2 of 6 ids have none")


def test_a_missing_test_image_is_named(named: ImageCompetition) -> None:
    named.load()
    del named.files["test/x.png"]
    named.refused("no test image for id 'x' of sample_submission.csv; 1 of 2 ids have none")


def test_a_guessed_target_is_said_and_can_be_named(named: ImageCompetition) -> None:
    named.table("sample_submission.csv", "id,answer", "y,oak", "x,oak")
    rows = [f"{name},{kind},{tree}" for name, kind, tree in zip("abcdef", "ppqqpq", "uvuvuv", strict=True)]
    named.table("train.csv", "id,site,tree", *rows)
    schema = named.load().schema
    assert schema.classes == ("p", "q")
    note = "train.csv: the column 'site' is taken for the class; name another with --target."
    assert schema.assumptions[0] == note
    assert named.load(target="tree").schema.classes == ("u", "v")
    named.refused("no column 'leaf' for --target; it has id, site, tree", target="leaf")


def test_a_column_a_class_with_one_1_a_row(named: ImageCompetition) -> None:
    named.table("sample_submission.csv", "id,oak,elm", "y,0.5,0.5", "x,0.5,0.5")
    rows = [f"{name},{one},{1 - one}" for name, one in zip("abcdef", [1, 0, 1, 0, 0, 1], strict=True)]
    named.table("train.csv", "id,oak,elm", *rows)
    data = named.load("")
    assert data.train_labels.tolist() == [1, 0, 1, 0, 0, 1]
    assert (data.schema.classes, data.schema.prediction_kind) == (("elm", "oak"), "probabilities")
    assert data.schema.column_classes == (1, 0)
    named.table("train.csv", "id,oak,elm", "a,1,0", "b,0,0")
    named.refused(r"train.csv, line 3: none of the 2 columns of classes holds a 1")
    named.table("train.csv", "id,oak,elm", "a,1,0", "b,0,0", "c,0,1", "d,0,0", "e,1,0", "f,0,1")
    some_of_none = named.load("", metric="multilabel_log_loss")
    assert some_of_none.schema.several and some_of_none.train_labels.sum(axis=1).tolist() == [1, 0, 1, 0, 1, 1]
    named.table("train.csv", "id,oak,elm", "a,0.25,0.75", "b,0.5,0.5")
    named.refused("regression, which is out of scope")


@pytest.mark.parametrize(
    ("one", "zero"), [("1.0", "0.0"), ("1.000000000000000000e+00", "0.000000000000000000e+00"), ("True", "False")]
)
def test_a_column_a_class_in_other_spellings(named: ImageCompetition, one: str, zero: str) -> None:
    named.table("sample_submission.csv", "id,oak,yew,elm", "y,0.3,0.3,0.4", "x,0.3,0.3,0.4")
    rows = [f"{name},{one},{zero},{zero}" for name in "abc"] + [f"{name},{zero},{zero},{one}" for name in "def"]
    named.table("train.csv", "id,oak,yew,elm", *rows)
    schema = named.load("").schema
    assert (schema.classes, schema.column_classes) == (("elm", "oak"), (1, -1, 0))
    assert "No training image is of yew" in schema.assumptions[0]


def test_a_wide_sample_tells_the_target_by_its_values(named: ImageCompetition) -> None:
    named.table("sample_submission.csv", "id,elm,oak,yew", "y,0.3,0.3,0.3", "x,0.3,0.3,0.3")
    rows = [f"{name},north,{tree}" for name, tree in zip("abcdef", ["oak", "elm", "yew"] * 2, strict=True)]
    named.table("train.csv", "id,place,breed", *rows)
    schema = named.load("").schema
    assert (schema.classes, schema.column_classes) == (("elm", "oak", "yew"), (0, 1, 2))
    named.table("sample_submission.csv", "id,2,1,3", "y,0.3,0.3,0.3", "x,0.3,0.3,0.3")
    rows = [f"{name},5.0,{kind}" for name, kind in zip("abcdef", ["1.0", "02", "3"] * 2, strict=True)]
    named.table("train.csv", "id,place,breed", *rows)
    schema = named.load("").schema
    assert (schema.training_classes, schema.column_classes) == (("1.0", "02", "3"), (1, 0, 2))


def test_a_column_a_class_with_several_1_a_row(named: ImageCompetition) -> None:
    named.table("sample_submission.csv", "id,oak,elm,yew", "y,0,0,0", "x,0,0,0")
    rows = ["a,1,0,0", "b,1,1,0", "c,0,0,0", "d,0,1,0", "e,1,0,0", "f,1,1,0"]
    named.table("train.csv", "id,oak,elm,yew", *rows)
    data = named.load("Mean F1")
    assert (data.schema.classes, data.schema.column_classes) == (("elm", "oak"), (1, 0, -1))
    assert data.train_labels.tolist() == [[0, 1], [1, 1], [0, 0], [1, 0], [0, 1], [1, 1]]
    assert (data.schema.several, data.schema.prediction_kind, data.schema.metric) == (True, "marks", "sample_f1")
    assert named.load("Mean Columnwise ROC AUC").schema.prediction_kind == "probabilities"


def test_several_labels_in_a_cell(named: ImageCompetition) -> None:
    labels = ["rust", "scab", "rust scab", "rust", "scab", "rust scab"]
    rows = zip("abcdef", labels, strict=True)
    named.table("train.csv", "id,species", *(f"{name},{label}" for name, label in rows))
    named.table("sample_submission.csv", "id,species", "y,rust", "x,rust")
    data = named.load("MeanFScore")
    assert data.train_labels.tolist() == [[1, 0], [0, 1], [1, 1], [1, 0], [0, 1], [1, 1]]
    schema = data.schema
    assert (schema.metric, schema.prediction_kind, schema.label_separator) == ("sample_f1", "set", " ")
    assert schema.assumptions == (
        "An image may have several classes: 1.3 on average, 2 at most.",
        "'rust scab' is read as several classes; --labels one reads each cell as one class.",
    )
    named.refused("An image may have several classes here, which 'kappa' does not score", metric="kappa")


def test_a_wide_sample_tells_the_column_of_lists(named: ImageCompetition) -> None:
    named.table("sample_submission.csv", "id,elm,oak,yew", "y,0,0,0", "x,0,0,0")
    trees = ["oak|elm", "elm", "yew", "oak", "elm|yew", "oak|yew"]
    named.table("train.csv", "id,place,found", *(f"{a},north,{b}" for a, b in zip("abcdef", trees, strict=True)))
    data = named.load("Mean Columnwise AUC")
    assert (data.schema.metric, data.schema.column_classes) == ("multilabel_auc", (0, 1, 2))
    assert data.train_labels.tolist()[0] == [1, 1, 0]


def test_several_rows_an_image(named: ImageCompetition) -> None:
    rows = ["a,oak", "a,elm", "b,elm", "c,elm", "c,oak", "c,oak", "d,yew", "e,oak", "f,yew"]
    named.table("train.csv", "id,species", *rows)
    named.table("sample_submission.csv", "id,species", "y,oak|elm", "x,oak|elm")
    data = named.load("Macro F1")
    assert (data.schema.classes, data.schema.metric) == (("elm", "oak", "yew"), "multilabel_macro_f1")
    assert data.train_labels.tolist() == [[1, 1, 0], [1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 0], [0, 0, 1]]
    assert data.schema.label_separator == "|"


def test_a_single_image_of_two_labels_is_a_mistake(named: ImageCompetition) -> None:
    named.table("train.csv", "id,species", "a,oak", "a,elm", "b,elm")
    named.refused("train.csv, line 3: 'a' is 'elm' here and 'oak' in line 2. 1 of 2 images has rows of several")
    assert named.load("Mean F1", labels="several").train_labels.tolist() == [[1, 1], [1, 0]]
    named.table("train.csv", "id,species", "a,oak", "a,elm", "b,elm", "b,oak", "c,oak")
    assert named.load("Mean F1").schema.several
    named.refused("2 of 3 images have rows of several classes.", labels="one")


def test_an_empty_row_of_an_image_names_no_class(named: ImageCompetition) -> None:
    named.table("train.csv", "id,species", "a,oak", "a,elm", "b,", "c,elm", "c,oak", "d,oak")
    data = named.load("Mean F1")
    assert data.schema.classes == ("elm", "oak")
    assert data.train_labels.tolist() == [[1, 1], [0, 0], [1, 1], [0, 1]]


def test_the_same_said_twice_counts_once(named: ImageCompetition) -> None:
    named.table("train.csv", "id,species", "a,oak", "a,oak", "b,elm")
    assert named.load().schema.train_rows == 2


@pytest.mark.parametrize("column", ["EncodedPixels", "bbox", "PredictionString"])
def test_boxes_and_masks_are_out_of_scope(named: ImageCompetition, column: str) -> None:
    named.table("train.csv", f"id,species,{column}", "a,oak,1 2 3 4", "b,elm,1 2 3 4")
    assert named.load().schema.classes == ("elm", "oak")  # they are only ignored where a class is asked for
    named.table("sample_submission.csv", "id,where", "x,1 2")
    named.refused(f"train.csv has a column '{column}': .*detection or segmentation.* out of scope")
    named.table("sample_submission.csv", f"id,{column}", "x,1 2")
    named.refused("sample_submission.csv has a column")


def test_boxes_in_columns_of_their_own_are_said_to_be_ignored(named: ImageCompetition) -> None:
    named.table("train.csv", "id,species,x,y,w,h", "a,oak,1,2,30,40", "b,elm,0,2,9,9")
    (note,) = (note for note in named.load().schema.data_notes if "learned from" in note)
    assert note.endswith("not 4 other columns (x, y, w, …); x, y, w, h hold boxes.")


def test_a_regression_is_out_of_scope(named: ImageCompetition) -> None:
    named.table("train.csv", "id,species", *(f"{name},{number}.{number}" for number, name in enumerate("abcdef")))
    named.refused("train.csv, line 2, column species: the labels are fractions, such as .* regression")
    named.refused("'RMSE'.*regression", metric_name="RMSE")


def test_one_row_a_class_and_a_thousand_classes(pictures: ImageCompetition) -> None:
    pictures.files |= dict.fromkeys([f"images/{row}.png" for row in range(1001)], draw(0))
    pictures.table("train.csv", "id,kind", *(f"{row},{row}" for row in range(1000)))
    pictures.table("sample_submission.csv", "id,kind", "1000,0")
    data = pictures.load()
    assert data.schema.classes == tuple(range(1000))
    assert data.train_labels.tolist() == list(range(1000))


def test_a_row_of_another_length_is_named(named: ImageCompetition) -> None:
    named.table("train.csv", "id,species", "a,oak", "b,elm,c")
    named.refused("train.csv, line 3: 3 columns where the header has 2")


def test_a_table_with_the_samples_columns_goes_before_one_of_a_usual_name(named: ImageCompetition) -> None:
    named.files["train_labels.csv"] = named.files["train.csv"]
    named.table("train.csv", "id,height,width", *(f"{name},{row},9" for row, name in enumerate("abcdef")))
    assert named.load().schema.classes == ("elm", "oak", "yew")


def test_an_image_cut_off_is_named(named: ImageCompetition) -> None:
    named.files["train/c.png"] = named.files["train/c.png"][:-30]
    with pytest.raises(DataError, match=r"train/c\.png") as caught:
        named.load()
    assert "--skip-corrupt" in caught.value.hint
    assert named.load(skip_corrupt="yes").schema.skipped == 1


def test_corrupt_images_are_named_or_skipped_and_counted(named: ImageCompetition) -> None:
    named.load()
    whole = dict(named.files)
    named.files["train/d.png"] = b"no image"
    named.files["test/x.png"] = b"nor this"
    error = named.refused("train/d.png .*2 of 8 images")
    assert "--skip-corrupt" in error.hint
    data = named.load(skip_corrupt="yes")
    schema = data.schema
    assert (schema.train_rows, schema.test_rows, schema.skipped) == (5, 2, 2)
    assert schema.classes == ("elm", "oak", "yew")  # although the only yew could not be read
    assert data.train_labels.tolist() == [1, 0, 1, 0, 1]
    assert data.train_images[3, :, :, 0].tolist() == _pixels(whole["train/e.png"])
    assert data.test_images[0].any() and not data.test_images[1].any()
    assert schema.assumptions == (
        "Unreadable, so left out of training: 1 of 6 images (train/d.png).",
        "Unreadable, so black in the test set: 1 of 2 images (test/x.png).",
    )
    assert named.load().schema.skipped == 2  # the choice is kept
    named.refused("train/d.png", skip_corrupt="")


_OTHER_LABELS = "id,species\na,elm\nb,oak\nc,elm\nd,yew\ne,oak\nf,elm\n"


@pytest.mark.parametrize("copy", ["train (1).csv", "Train.csv", "TRAIN.CSV", "train - Copy.csv", "deep/train.csv"])
def test_a_copy_of_the_table_is_left_out_and_said(named: ImageCompetition, copy: str) -> None:
    named.files[copy] = _OTHER_LABELS
    data = named.load()
    assert data.train_labels.tolist() == [1, 0, 1, 2, 0, 1]
    assert data.schema.assumptions == (f"Labels are read from train.csv, and not from {copy}.",)


def test_a_copy_with_the_same_labels_is_not_spoken_of(named: ImageCompetition) -> None:
    named.files["train (1).csv"] = named.files["train.csv"]
    assert named.load().schema.assumptions == ()


@pytest.mark.parametrize("tables", [("a/train.csv", "b/train.csv"), ("TRAIN.csv", "Train.csv")])
def test_two_tables_of_the_same_claim_are_named(named: ImageCompetition, tables: tuple[str, str]) -> None:
    named.files[tables[0]] = named.files.pop("train.csv")
    named.files[tables[1]] = _OTHER_LABELS
    named.refused(re.escape(f"{tables[0]} and {tables[1]} differ, and nothing shows which of the two counts."))


def test_a_table_without_a_header_is_said(named: ImageCompetition) -> None:
    named.table("train.csv", "a,oak", "b,elm", "c,oak", "d,yew", "e,elm", "f,oak")
    named.refused(r"Line 1 of train\.csv is a row, not a header")


def test_the_encoding_is_the_cause_where_the_first_rows_cannot_be_read(named: ImageCompetition) -> None:
    named.files["train.csv"] = "id,species\na,Ger\u00e4usch\nb,elm\n".encode("cp1252")
    named.refused(r"train\.csv, line 2: not CSV text: a letter is not in UTF-8")


@pytest.mark.parametrize("folder", ["train_masks", "masks/train_2"])
def test_a_folder_of_the_exact_name_goes_before_others(named: ImageCompetition, folder: str) -> None:
    named.draw(*(f"{folder}/{name}.png" for name in "abcdef"), first=9)
    data = named.load()
    assert data.train_images[3, :, :, 0].tolist() == _pixels(named.files["train/d.png"])
    assert data.schema.assumptions[0] == (
        f"Left out: 6 of 14 images, such as {folder}/a.png: those in train have the same names, and are taken."
    )


def test_an_ending_in_another_case_is_an_ending(named: ImageCompetition) -> None:
    named.draw(*(f"train/{name}.jpg" for name in "abcdef"), first=9)
    named.table("train.csv", "id,species", *(f"{name}.PNG,{'oak' if name < 'd' else 'elm'}" for name in "abcdef"))
    assert named.load().train_images[3, :, :, 0].tolist() == _pixels(named.files["train/d.png"])


@pytest.mark.parametrize("folder", ["@eaDir", "lost+found", "__pycache__", "$RECYCLE.BIN", ".Trash-1000"])
def test_folders_of_the_system_hold_no_images(named: ImageCompetition, folder: str) -> None:
    named.draw(*(f"train/{folder}/{name}.png" for name in "abcdef"), first=9)
    named.files[f"{folder}/train.csv"] = _OTHER_LABELS
    assert named.load().schema.assumptions == ()


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("{}1000", "{}1e+03"),
        ("{}1000", "+{}1.0E+03"),
        ("-{}1", "-{}1.0"),
        ("my {}", "my%20{}"),
        ("my%20{}", "my {}"),
        ("{}1", "\u200f{}1"),
        ("{}1", "{}1\u200b"),
        ("{}1", "\ufeff{}1"),
        ("{}1", "{}\uff11"),
    ],
)
def test_numbers_marks_and_escapes_find_their_images(named: ImageCompetition, file: str, name: str) -> None:
    drawn = [named.files.pop(f"train/{letter}.png") for letter in "abcdef"]
    named.files |= {f"train/{file.format(row)}.png": image for row, image in enumerate(drawn, start=1)}
    labels = ["oak", "elm", "oak", "yew", "elm", "oak"]
    named.table("train.csv", "id,species", *(f"{name.format(row)},{label}" for row, label in enumerate(labels, 1)))
    data = named.load()
    assert data.train_labels.tolist() == [1, 0, 1, 2, 0, 1]
    assert data.train_images[3, :, :, 0].tolist() == _pixels(drawn[3])


def test_digits_that_a_spreadsheet_left_out_are_the_cause(named: ImageCompetition) -> None:
    named.draw(*(f"train/10000000{row}.png" for row in range(6)))
    named.table("train.csv", "id,species", *(f"1.00E+08,{label}" for label in ("oak", "elm", "oak", "yew")))
    named.refused(r"line 3: '1\.00E\+08', whose last digits a spreadsheet has left out, is in line 2 too")


def test_one_id_in_two_spellings_is_named(named: ImageCompetition) -> None:
    named.draw("train/7.png")
    named.table("train.csv", "id,species", "7,oak", "a,elm", "7.0,oak")
    named.refused(r"train\.csv, line 4: .* id '7\.0'; .* nearest name is train/7\.png, that of '7' in line 2")
    named.draw("test/8.png")
    named.table("train.csv", "id,species", "7,oak", "a,elm")
    named.table("sample_submission.csv", "id,species", "8,oak", "8.0,oak")
    named.refused(r"no test image for id '8\.0' .* nearest name is test/8\.png, that of '8'")


def test_a_header_that_is_there_twice_is_said(named: ImageCompetition) -> None:
    named.table("train.csv", "id,species", "a,oak", "id,species", "b,elm")
    named.refused(r"train\.csv, line 3 repeats the header")


@pytest.mark.parametrize(
    ("folders", "twins", "taken"),
    [
        (("train", "trainResized"), ("test", "testResized"), "train"),
        (("train", "trainResized"), ("testResized",), "trainResized"),
        (("train_images", "train_images_small"), ("test_images", "test_images_small"), "train_images"),
        (("data/Train", "data/Train 64"), ("data/Test", "data/Test 64"), "data/Train"),
        (("train_pictures", "train_masks"), ("test_pictures",), "train_pictures"),
        (("train", "small_train"), ("test", "small_test"), "train"),
        (("train", "resized/train"), ("test", "resized/test"), "train"),
        (("data/train", "data_64/train 64"), ("data/test", "data_64/test 64"), "data/train"),
    ],
)
def test_of_originals_and_resized_twins_one_is_taken(
    pictures: ImageCompetition, folders: tuple[str, ...], twins: tuple[str, ...], taken: str
) -> None:
    for size, folder in zip((16, 8), folders, strict=True):
        pictures.draw(*(f"{folder}/{row}.png" for row in range(4)), size=(size, size))
    for folder in twins:
        pictures.draw(f"{folder}/4.png", f"{folder}/5.png", first=4)
    pictures.table("trainLabels.csv", "ID,Class", *(f"{row},{'ab'[row % 2]}" for row in range(4)))
    pictures.table("sampleSubmission.csv", "ID,Class", "4,a", "5,a")
    data = pictures.load()
    other = next(folder for folder in folders if folder != taken)
    assert data.train_images.shape[:2] == (4, 16 if taken == folders[0] else 8)
    assert any(f"such as {other}/0.png: " in note for note in data.schema.data_notes)


def test_folders_of_which_neither_name_is_the_longer_are_refused(pictures: ImageCompetition) -> None:
    for side in ("train", "test"):
        pictures.draw(*(f"{side}_{kind}/{row}.png" for kind in ("left", "right") for row in range(4)))
    pictures.table("train.csv", "id,kind", *(f"{row},{'ab'[row % 2]}" for row in range(4)))
    pictures.table("sample_submission.csv", "id,kind", "0,a", "1,a")
    error = pictures.refused("Two files could be the image of id '0': train_left/0.png and train_right/0.png")
    assert (
        "take some folders only, as by --files '*.csv' --files 'train_left/*' --files 'test_left/*'." in error.hint
    )


def test_images_in_several_files_are_refused(pictures: ImageCompetition) -> None:
    pictures.draw(*(f"train/{name}_{colour}.png" for name in "abcd" for colour in ("blue", "red")))
    pictures.draw("test/x_blue.png", "test/x_red.png")
    pictures.table("train.csv", "id,kind", "a,oak", "b,elm", "c,oak", "d,elm")
    pictures.table("sample_submission.csv", "id,kind", "x,oak")
    pictures.refused("Each image is several files, such as train/a_blue.png, .* which are not joined")


def test_a_class_without_training_images_may_have_no_column(named: ImageCompetition) -> None:
    named.table("sample_submission.csv", "id,oak,yew,elm", "y,0,0,0", "x,0,0,0")
    named.table("train.csv", "id,oak,elm", "a,1,0", "b,1,1", "c,0,0", "d,0,1", "e,1,0", "f,1,1")
    data = named.load("Mean Columnwise AUC")
    assert (data.schema.classes, data.schema.column_classes) == (("elm", "oak"), (1, -1, 0))
    assert data.train_labels.tolist() == [[0, 1], [1, 1], [0, 0], [1, 0], [0, 1], [1, 1]]
    assert "No training image is of yew" in data.schema.assumptions[-1]
    named.table(
        "train.csv", "id,oak,elm,kind", *(f"{name},tall,old,{'oak' if name < 'd' else 'elm'}" for name in "abcdef")
    )
    assert named.load("").schema.training_classes == ("elm", "oak")


@pytest.mark.parametrize("written", ["{image}_{kind}", "{kind}/{image}"])
@pytest.mark.parametrize("table", ["lists", "rows", "columns", "a row a class"])
def test_a_row_for_each_class_of_an_image(named: ImageCompetition, written: str, table: str) -> None:
    kinds = ["oak", "red_elm", "yew"]
    ids = [written.format(image=image, kind=kind) for image in "yx" for kind in kinds]
    named.table("sample_submission.csv", "ID,Label", *(f"{name},0.5" for name in ids))
    sets = {
        "a": [],
        "b": ["oak"],
        "c": ["red_elm", "oak"],
        "d": ["red_elm"],
        "e": ["oak"],
        "f": ["oak", "red_elm"],
    }
    rows = {
        "lists": ["file,found", *(f"{image},{'|'.join(names)}" for image, names in sets.items())],
        "rows": ["file,found", *(f"{image},{name}" for image, names in sets.items() for name in names or [""])],
        "columns": [
            f"file,{','.join(kinds)}",
            *(f"{a},{','.join(str(int(k in names)) for k in kinds)}" for a, names in sets.items()),
        ],
        "a row a class": [
            "ID,Label",
            *(f"{written.format(image=a, kind=k)},{int(k in names)}" for a, names in sets.items() for k in kinds),
        ],
    }
    named.table("train.csv", *rows[table])
    data = named.load("Mean Columnwise AUC")
    assert (data.schema.classes, data.schema.column_classes) == (("oak", "red_elm"), (0, 1, -1))
    assert data.train_labels.tolist() == [[int(k in names) for k in kinds[:2]] for names in sets.values()]
    assert data.test_ids == ("y", "x")
    pattern = written.replace("{kind}", "{class}")
    assert (data.schema.id_pattern, data.schema.columns) == (pattern, tuple(kinds))
    assert f"a row for each class of an image, such as {ids[0]}: 2 images, 3 classes" in data.schema.assumptions[0]
    sample = read_sample(named.data)
    assert (sample.columns, sample.ids, sample.written.ids) == (("ID", *kinds), ("y", "x"), tuple(ids))
    if table == "lists":
        named.table(
            "train.csv", "file,found", *(f"{image},{kind}" for image, kind in zip("abc", "pqr", strict=True))
        )
        named.refused("has 3 rows an image, which are not the 3 classes .* no row is there for p, q, r", "AUC")
