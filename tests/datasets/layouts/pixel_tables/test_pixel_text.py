import numpy as np
import pytest
from competition_files import ImageCompetition

from kagglebot.datasets.tables import pixel_rows
from kagglebot.errors import DataError


def _row(number: int) -> str:
    return " ".join(str(value) for value in (number, 0, 128, 255))


@pytest.fixture
def faces(pictures: ImageCompetition) -> ImageCompetition:
    """The form of the facial expressions: 2x2 images, whose first pixel is their row number."""
    pictures.table("train.csv", "emotion,pixels", *(f"{row % 3},{_row(row)}" for row in range(6)))
    pictures.table("test.csv", "pixels", *(_row(row + 50) for row in range(3)))
    pictures.table("example_submission.csv", "id,emotion", "1,0", "2,0", "3,0")
    return pictures


def test_images_labels_and_ids(faces: ImageCompetition) -> None:
    data = faces.load()
    assert (data.schema.layout, data.schema.image_shape) == ("pixel-text", (2, 2, 1))
    assert data.train_images[5].tolist() == [[[5], [0]], [[128], [255]]]
    assert data.train_labels.tolist() == [0, 1, 2, 0, 1, 2]
    assert data.test_images[:, 0, 0, 0].tolist() == [50, 51, 52]
    assert data.test_ids == ("1", "2", "3")
    assert data.schema.assumptions == ()


def test_spaces_in_the_header_and_ids_in_the_test_table(faces: ImageCompetition) -> None:
    faces.table("train.csv", "emotion, pixels", *(f"{row % 3}, {_row(row)} " for row in range(6)))
    faces.table("test.csv", "id, pixels", *(f"{3 - row},{_row(row)}" for row in range(3)))
    data = faces.load()
    assert data.train_images[4, 0, 0, 0] == 4
    assert data.test_ids == ("3", "2", "1")


def test_pixels_may_be_written_with_a_point(faces: ImageCompetition) -> None:
    faces.table("train.csv", "emotion,pixels", *(f"{row % 3}.0,{row}.0 0.0 128.0 255.0" for row in range(6)))
    data = faces.load()
    assert data.train_images[4].ravel().tolist() == [4, 0, 128, 255]
    assert data.schema.classes == (0, 1, 2)  # as the sample writes them


def test_rows_of_another_usage_are_not_trained_on(faces: ImageCompetition) -> None:
    usages = ["Training", "PublicTest", "Training", "PrivateTest", "Training", "Training"]
    rows = [f"{row % 3},{usage},{_row(row)}" for row, usage in enumerate(usages)]
    faces.table("train.csv", "emotion, Usage, pixels", *rows)
    faces.table("icml_face_data.csv", "emotion, Usage, pixels", *rows)
    data = faces.load()
    assert data.train_images[:, 0, 0, 0].tolist() == [0, 2, 4, 5]
    assert data.train_labels.tolist() == [0, 2, 1, 2]
    assert data.test_images[:, 0, 0, 0].tolist() == [50, 51, 52]
    left_out, more = data.schema.assumptions
    assert left_out == "train.csv: the 2 rows whose Usage is not Training are left out."
    assert "icml_face_data.csv" in more


@pytest.mark.parametrize(("ids", "predicted"), [("abc", [1, 3, 4]), ("ab", [1, 4])])
def test_without_a_test_table_the_usage_says_what_is_predicted(
    faces: ImageCompetition, ids: str, predicted: list[int]
) -> None:
    usages = ["Training", "PublicTest", "Training", "PrivateTest", "PublicTest", "Training"]
    rows = [f"{row % 3},{_row(row)},{usage}" for row, usage in enumerate(usages)]
    faces.files.clear()
    faces.table("fer2013.csv", "emotion,pixels,Usage", *rows)
    faces.table("sample_submission.csv", "id,emotion", *(f"{name},0" for name in ids))
    data = faces.load()
    assert data.train_images[:, 0, 0, 0].tolist() == [0, 2, 5]
    assert data.test_images[:, 0, 0, 0].tolist() == predicted
    assert data.test_ids == tuple(ids)
    assert "publictest" in data.schema.assumptions[0]


def test_blocks_end_anywhere(faces: ImageCompetition, monkeypatch: pytest.MonkeyPatch) -> None:
    usages = ["Training", "PublicTest"] * 3
    faces.table("train.csv", "emotion,Usage,pixels", *(f"{i % 3},{u},{_row(i)}" for i, u in enumerate(usages)))
    monkeypatch.setattr(pixel_rows, "_BLOCK_BYTES", 40)
    data = faces.load()
    assert data.train_images[:, 0, 0, 0].tolist() == [0, 2, 4]
    assert np.array_equal(data.train_labels, [0, 2, 1])


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        ("1 2 3", "train.csv, line 4, column pixels: 3 pixels where the row before has 4"),
        ("1 2 3 4 5", "train.csv, line 4, column pixels: 5 pixels where"),
        ("1 2 3 256", "train.csv, line 4, column pixels: '256' is not a pixel"),
        ("1 2.5 3 4", "train.csv, line 4, column pixels: '2.5' is not a pixel"),
        ("1 2 x 4", "train.csv, line 4, column pixels: 'x' is not a pixel"),
        ("1  2 3 4", "train.csv, line 4, column pixels: the pixel is empty"),
        ("", "train.csv, line 4, column pixels: the pixel is empty"),
    ],
)
def test_a_wrong_row_is_named(faces: ImageCompetition, pixels: str, message: str) -> None:
    faces.table("train.csv", "emotion,pixels", f"0,{_row(0)}", f"1,{_row(1)}", f"2,{pixels}", f"0,{_row(3)}")
    faces.refused(message)


def test_pixels_that_make_no_square_are_named(faces: ImageCompetition) -> None:
    faces.table("train.csv", "emotion,pixels", "0,1 2 3 4 5", "1,1 2 3 4 5")
    faces.refused("train.csv, line 2: 5 pixels make no square image")


def test_images_of_another_size_in_the_test_table_are_named(faces: ImageCompetition) -> None:
    faces.table("test.csv", "pixels", *(["1 2 3 4 5 6 7 8 9"] * 3))
    with pytest.raises(DataError, match=r"test\.csv, line 2, column pixels: 9 pixels, and images have 2 x 2"):
        faces.load()


def test_points_in_the_face_are_a_regression(faces: ImageCompetition) -> None:
    rows = [f"{row}.5,{row}.25,{_row(row)}" for row in range(4)]
    faces.table("train.csv", "left_eye_x,left_eye_y,Image", *rows)
    faces.refused("no column is the label 'emotion' .*left_eye_x, left_eye_y")
    faces.refused("column left_eye_x: the labels are fractions, such as 0.5: a regression", target="left_eye_x")


def test_a_missing_table_is_named(faces: ImageCompetition) -> None:
    del faces.files["test.csv"]
    faces.refused("holds no test.csv, nor a column Usage")
    del faces.files["train.csv"]
    faces.table("test.csv", "pixels", _row(1))
    faces.refused("holds no train.csv")


def test_a_sample_of_labels_alone_is_of_the_test_rows_in_their_order(faces: ImageCompetition) -> None:
    faces.files["example_submission.csv"] = "0\n0\n0\n"
    data = faces.load()
    assert (data.test_ids, data.schema.id_column, data.schema.prediction_kind) == (("1", "2", "3"), "row", "label")
    assert data.test_images[:, 0, 0, 0].tolist() == [50, 51, 52]
    assert "one class a line, without header and ids" in data.schema.assumptions[0]
