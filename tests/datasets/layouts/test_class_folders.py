import pytest
from competition_files import ImageCompetition


@pytest.fixture
def folders(pictures: ImageCompetition) -> ImageCompetition:
    """The form of plant-seedlings-classification: names of several words, ids with an ending."""
    pictures.draw("train/Fat Hen/1.png", "train/Fat Hen/2.png", "train/Sugar beet/1.png", "train/Maize/5.png")
    pictures.draw("test/1.png", "test/9.png", first=4)
    pictures.table("sample_submission.csv", "file,species", "9.png,Sugar beet", "1.png,Sugar beet")
    return pictures


def test_classes_are_the_folders(folders: ImageCompetition) -> None:
    data = folders.load("MeanFScore")
    schema = data.schema
    assert (schema.layout, schema.classes) == ("class-folders", ("Fat Hen", "Maize", "Sugar beet"))
    assert data.train_labels.tolist() == [0, 0, 1, 2]
    assert data.test_ids == ("9.png", "1.png")
    assert (schema.id_column, schema.target_column, schema.metric) == ("file", "species", "accuracy")
    assert not (data.test_images[0] == data.test_images[1]).all()
    assert schema.assumptions == ()


@pytest.mark.parametrize("top", ["", "imgs/", "data/training images/"])
def test_the_folders_may_lie_deeper_or_in_no_folder_called_train(folders: ImageCompetition, top: str) -> None:
    folders.files = {name.replace("train/", top): content for name, content in folders.files.items()}
    folders.table("sample_submission.csv", "file,species", "9,Maize", "1,Maize")
    assert folders.load().schema.classes == ("Fat Hen", "Maize", "Sugar beet")


def test_folders_of_numbers_are_numbers(folders: ImageCompetition) -> None:
    for number, name in enumerate(["Fat Hen", "Maize", "Sugar beet"]):
        folders.files = {path.replace(name, str(number + 9)): text for path, text in folders.files.items()}
    folders.table("sample_submission.csv", "file,species", "9.png,9", "1.png,9")
    assert folders.load().schema.classes == (9, 10, 11)


def test_a_class_called_like_a_test_is_still_trained_on(folders: ImageCompetition) -> None:
    folders.draw("train/test tube/1.png", "train/trains/1.png")
    assert folders.load().schema.classes == ("Fat Hen", "Maize", "Sugar beet", "test tube", "trains")


@pytest.mark.parametrize("top", ["", "images/"])
def test_a_class_called_train_beside_others_is_a_class(pictures: ImageCompetition, top: str) -> None:
    pictures.draw(*(f"{top}{name}/{row}.png" for name in ("bus", "car", "train") for row in range(3)))
    pictures.draw("unknown/x.png", "unknown/y.png", first=9)
    pictures.table("sample_submission.csv", "id,kind", "x,bus", "y,bus")
    if not top:
        pictures.files = {name.replace("unknown/", ""): content for name, content in pictures.files.items()}
    data = pictures.load()
    assert data.schema.classes == ("bus", "car", "train")
    assert data.train_labels.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert not data.schema.assumptions


@pytest.mark.parametrize("name", ["train", "test"])
def test_a_class_called_train_or_test_is_known_by_the_sample(pictures: ImageCompetition, name: str) -> None:
    pictures.draw("things/bus/1.png", "things/bus/2.png", f"things/{name}/1.png", "new/x.png", "new/y.png")
    pictures.table("sample_submission.csv", f"id,{name},bus", "x,0.5,0.5", "y,0.5,0.5")
    data = pictures.load("")
    assert (data.schema.classes, data.schema.train_rows) == (("bus", name), 3)


@pytest.mark.parametrize("ids", [["7", "8"], ["IMG_007", "IMG_008"]])
def test_test_images_among_the_classes_are_known_in_any_spelling(
    pictures: ImageCompetition, ids: list[str]
) -> None:
    files = ["007.png", "008.png"] if ids[0] == "7" else ["img_7.png", "img_8.png"]
    pictures.draw("cat/1.png", "cat/2.png", "dog/3.png", "dog/4.png", *(f"new/{name}" for name in files))
    pictures.table("sample_submission.csv", "id,kind", *(f"{name},cat" for name in ids))
    data = pictures.load()
    assert (data.schema.classes, data.schema.test_rows) == (("cat", "dog"), 2)


def test_composed_letters_of_folders_are_written_as_the_sample_writes_them(pictures: ImageCompetition) -> None:
    pictures.draw("train/e\u0301te\u0301/1.png", "train/hiver/2.png", "test/x.png", "test/y.png")
    pictures.table("sample_submission.csv", "id,saison", "x,\u00e9t\u00e9", "y,hiver")
    data = pictures.load()
    assert (data.schema.classes, data.schema.assumptions) == (("hiver", "\u00e9t\u00e9"), ())


def test_a_wide_sample_names_the_folders(folders: ImageCompetition) -> None:
    folders.table("sample_submission.csv", "img,Maize,Fat Hen,Sugar beet", "9.png,.1,.1,.1", "1.png,.1,.1,.1")
    schema = folders.load("").schema
    assert (schema.prediction_kind, schema.metric, schema.column_classes) == (
        "probabilities",
        "log_loss",
        (1, 0, 2),
    )


def test_images_outside_the_folders_are_left_out_and_said(folders: ImageCompetition) -> None:
    folders.draw("train/stray.png", "test/other.png")
    folders.draw("extra/1.png")
    assert folders.load().schema.assumptions == (
        "Left out: 1 of 9 images, such as extra/1.png: they are outside of the folder of training images, and no "
        "id of the sample names them.",
        "Left out: 1 of 9 images, such as test/other.png: no id of the sample names them. If Kaggle wants "
        "them too, look for a whole sample on its data page.",
        "Left out: 1 of 9 images, such as train/stray.png: they lie in no folder of a class.",
    )


@pytest.mark.parametrize("folder", ["valid", "Validation", "data/val", "dev"])
def test_labelled_images_in_a_folder_for_validation_are_trained_on(folders: ImageCompetition, folder: str) -> None:
    folders.draw(f"{folder}/Maize/7.png", f"{folder}/Fat Hen/8.png", f"{folder}/9.png", first=7)
    data = folders.load()
    labels = [data.schema.classes[label] for label in data.train_labels]
    assert sorted(labels) == ["Fat Hen", "Fat Hen", "Fat Hen", "Maize", "Maize", "Sugar beet"]
    trained, left = data.schema.assumptions
    assert trained == f"2 images such as {folder}/Fat Hen/8.png have a class too: they are trained on."
    assert left.startswith(f"Left out: 1 of 9 images, such as {folder}/9.png: they are outside of the folder")


def test_a_missing_test_image_is_named(folders: ImageCompetition) -> None:
    del folders.files["test/1.png"]
    folders.refused("no test image for id '1.png' of sample_submission.csv; 1 of 2 ids have none")


def test_there_are_no_columns_to_choose(folders: ImageCompetition) -> None:
    folders.refused("no column 'species'", target="species")


def test_one_folder_alone_says_nothing_of_classes(folders: ImageCompetition) -> None:
    folders.files = {name: content for name, content in folders.files.items() if "Fat" not in name}
    folders.files = {name: content for name, content in folders.files.items() if "Maize" not in name}
    folders.refused("All training images are in the folder train/Sugar beet, .*: two classes or more are needed")


@pytest.mark.parametrize("folder", ["Cat", "cat - Copy", "cat (2)", "cat_copy"])
def test_folders_that_are_called_alike_are_said(folders: ImageCompetition, folder: str) -> None:
    folders.draw("train/cat/8.png", f"train/{folder}/9.png")
    notes = folders.load().schema.assumptions
    alike = " and ".join(sorted(["cat", folder]))
    assert f"The folders {alike} are classes of their own: move the images into one if they are not." in notes
