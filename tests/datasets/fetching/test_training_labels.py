"""Which of two readings of labels is taken, and how the other is chosen."""

from dataclasses import replace

import pytest
from competition_files import ImageCompetition

from kagglebot.datasets.schema import read_schema, save_schema
from kagglebot.errors import UsageError

PAIRS = ["rust", "scab", "rust scab", "rust", "scab", "healthy"]


@pytest.fixture
def leaves(pictures: ImageCompetition) -> ImageCompetition:
    pictures.draw(*(f"train/{name}.png" for name in "abcdef"), "test/x.png", "test/y.png")
    _label(pictures, PAIRS)
    pictures.table("sample_submission.csv", "id,labels", "x,rust scab", "y,rust scab")
    return pictures


def _label(leaves: ImageCompetition, labels: list[str]) -> None:
    leaves.table("train.csv", "id,labels", *(f"{a},{label}" for a, label in zip("abcdef", labels, strict=True)))


@pytest.mark.parametrize("divided", ["rust scab", "rust/scab", "rust + scab", "rust|scab", "rust;scab"])
def test_pairs_of_labels_are_sets_whatever_the_sample_shows(leaves: ImageCompetition, divided: str) -> None:
    _label(leaves, [label if " " not in label else divided for label in PAIRS])
    for shown in (divided, "healthy"):
        leaves.table("sample_submission.csv", "id,labels", f"x,{shown}", f"y,{shown}")
        schema = leaves.load("Mean F-Score").schema
        assert (schema.several, schema.classes, schema.prediction_kind) == (
            True,
            ("healthy", "rust", "scab"),
            "set",
        )
        assert schema.label_separator in divided


def test_the_reading_is_said_and_the_other_can_be_chosen(leaves: ImageCompetition) -> None:
    data = leaves.load("Mean F-Score")
    assert data.schema.assumptions[1] == (
        "'rust scab' is read as several classes; --labels one reads each cell as one class."
    )
    one = leaves.load("Mean F-Score", labels="one")
    assert (one.schema.several, one.schema.metric) == (False, "accuracy")
    assert one.schema.classes == ("healthy", "rust", "rust scab", "scab")
    assert one.schema.assumptions == () and one.schema.digest != data.schema.digest
    assert leaves.load("Mean F-Score", labels="").schema == data.schema


def test_a_metric_of_one_class_decides_unless_the_user_does(leaves: ImageCompetition) -> None:
    schema = leaves.load("Categorization Accuracy").schema
    assert schema.classes == ("healthy", "rust", "rust scab", "scab")
    assert schema.assumptions == (
        "'rust scab' is read as one class, as 'Categorization Accuracy' scores one class an image, although its "
        "parts are classes too; --labels several reads each part as a class.",
    )
    assert leaves.load("Categorization Accuracy", labels="several").schema.several
    leaves.refused("which 'kappa' does not score", metric="kappa", labels="several")
    assert leaves.load("", metric="kappa", labels="one").schema.metric == "kappa"


def test_columns_a_class_decide(leaves: ImageCompetition) -> None:
    leaves.table("sample_submission.csv", "id,rust,rust scab,scab,healthy", "x,1,0,0,0", "y,1,0,0,0")
    schema = leaves.load("").schema
    assert (schema.several, schema.column_classes) == (False, (1, 2, 3, 0))
    leaves.table("sample_submission.csv", "id,rust,rust_scab,scab,healthy", "x,1,0,0,0", "y,1,0,0,0")
    assert not leaves.load("").schema.several
    leaves.table("sample_submission.csv", "id,rust,scab,rot,healthy", "x,1,0,0,0", "y,1,0,0,0")
    _label(leaves, ["rust scab", "rust rot", "rust", "healthy", "rust scab", "healthy"])
    schema = leaves.load("").schema
    assert (schema.several, schema.column_classes) == (True, (2, 3, 1, 0))


def test_a_label_that_no_column_is_for_is_no_class(leaves: ImageCompetition) -> None:
    leaves.table("sample_submission.csv", "id,rust,scab,rot", "x,0,0,0", "y,0,0,0")
    data = leaves.load("Mean Columnwise AUC")
    assert (data.schema.classes, data.schema.column_classes) == (("rust", "scab"), (0, 1, -1))
    assert data.train_labels.tolist() == [[1, 0], [0, 1], [1, 1], [1, 0], [0, 1], [0, 0]]
    assert "The sample submission does not ask for healthy: not learned." in data.schema.assumptions
    leaves.table("sample_submission.csv", "id,p,q,r", "x,0,0,0", "y,0,0,0")
    leaves.refused("no class is called p, q, r and no column is there for healthy, rust, scab", "AUC")


def test_marks_of_names_are_asked_about(leaves: ImageCompetition) -> None:
    _label(leaves, [label.replace(" ", "-") for label in PAIRS])
    leaves.table("sample_submission.csv", "id,labels", "x,rust", "y,rust")
    schema = leaves.load("Mean F-Score").schema
    assert not schema.several
    assert schema.assumptions[0].startswith(
        "'rust-scab' is read as one class, although its parts are classes too;"
    )
    schema = leaves.load("Mean F-Score", labels="several").schema
    assert (schema.classes, schema.label_separator) == (("healthy", "rust", "scab"), "-")


def test_a_choice_that_cannot_be_is_refused(leaves: ImageCompetition) -> None:
    with pytest.raises(UsageError, match="--labels is 'two', and takes 'one' or 'several'"):
        leaves.load(labels="two")
    _label(leaves, ["rust", "scab"] * 3)
    leaves.refused(
        "train.csv, line 2, column labels: --labels is 'several', and nothing divides", labels="several"
    )


def test_the_record_says_whether_a_training_image_is_of_no_class(leaves: ImageCompetition) -> None:
    assert not leaves.load("Mean F-Score").schema.without_class
    _label(leaves, [*PAIRS[:5], ""])
    assert leaves.load("Mean F-Score").schema.without_class
    save_schema(leaves.data, replace(read_schema(leaves.data), without_class=False))  # as earlier versions did
    assert leaves.load("Mean F-Score").schema.without_class
