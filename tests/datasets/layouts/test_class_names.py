import pytest
from competition_files import ImageCompetition, draw


@pytest.fixture
def cats_and_dogs(pictures: ImageCompetition) -> ImageCompetition:
    """The form of dogs-vs-cats: train/cat.0.jpg, and ids that are numbers."""
    pictures.draw("train/cat.0.jpg", "train/cat.1.jpg", "train/dog.0.jpg", "train/dog.1.jpg", "train/dog.2.jpg")
    pictures.draw("test/1.jpg", "test/2.jpg", first=5)
    pictures.table("sampleSubmission.csv", "id,label", "1,0", "2,0")
    return pictures


def test_names_may_have_no_ending(pictures: ImageCompetition) -> None:
    files = [f"train/{kind}.{row}" for row in range(3) for kind in ("cat", "dog")] + ["test/7", "test/8"]
    pictures.files = {name: draw(row) for row, name in enumerate(files)}
    pictures.table("sample_submission.csv", "id,label", "7,0", "8,0")
    data = pictures.load()
    assert (data.schema.training_classes, data.test_ids) == (("cat", "dog"), ("7", "8"))


def test_numbers_asked_for_stand_for_the_names(cats_and_dogs: ImageCompetition) -> None:
    data = cats_and_dogs.load()
    assert (data.schema.layout, data.schema.prediction_kind, data.schema.classes) == (
        "class-names",
        "label",
        (0, 1),
    )
    assert data.train_labels.tolist() == [0, 0, 1, 1, 1]
    (note,) = data.schema.assumptions
    assert "0 for cat, 1 for dog is assumed" in note


def test_log_loss_asks_for_the_probability_of_the_last_class(cats_and_dogs: ImageCompetition) -> None:
    schema = cats_and_dogs.load("LogLoss").schema
    assert (schema.prediction_kind, schema.metric, schema.classes) == ("probability", "log_loss", ("cat", "dog"))
    assert schema.column_classes == (1,)
    assert "'label' is taken for the probability of 'dog'" in schema.assumptions[0]


@pytest.mark.parametrize("name", ["{}_{}", "{} {}", "{}-{}", "{}{}", "{} ({})", "{}s_of_9.{}"])
def test_the_number_is_set_apart_in_many_ways(cats_and_dogs: ImageCompetition, name: str) -> None:
    cats_and_dogs.files = {_renamed(path, name): content for path, content in cats_and_dogs.files.items()}
    assert cats_and_dogs.load("AUC").schema.train_rows == 5


def _renamed(path: str, name: str) -> str:
    folder, _, file = path.partition("/")
    if folder != "train":
        return path
    word, number, ending = file.split(".")
    return f"{folder}/{name.format(word, number)}.{ending}"


def test_names_without_a_class_are_left_out_and_said(cats_and_dogs: ImageCompetition) -> None:
    cats_and_dogs.draw("train/17.jpg")
    schema = cats_and_dogs.load("AUC").schema
    assert schema.train_rows == 5
    assert "Left out: 1 of 8 images, such as train/17.jpg: no class is in their name" in schema.assumptions[0]


def test_names_that_are_all_one_class_say_nothing(pictures: ImageCompetition) -> None:
    pictures.draw("train/img_1.png", "train/img_2.png", "test/img_3.png")
    pictures.table("sample_submission.csv", "id,label", "img_3,0")
    pictures.refused("nothing shows which class each of the 3 images has")
