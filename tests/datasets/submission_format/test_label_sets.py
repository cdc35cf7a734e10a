import pytest

from kagglebot.datasets.labels.label_cells import CellStyle
from kagglebot.datasets.sample_submission.sample import Sample
from kagglebot.datasets.submission_format.label_sets import infer_set_format
from kagglebot.datasets.submission_format.record import SubmissionFormat
from kagglebot.errors import DataError

LEAVES = ("healthy", "rust", "scab")


def _form(
    *values: str, metric: str | None = "sample_f1", kaggle: str = "", separator: str = " ", ends=(), classes=LEAVES
) -> SubmissionFormat:
    sample = Sample(("image", "labels"), ("x", "y"), values)
    return infer_set_format(sample, classes, metric, kaggle, CellStyle(separator, *ends))


@pytest.mark.parametrize(
    ("values", "separator", "expected"),
    [
        (("healthy",), " ", " "),
        (("healthy",), "|", "|"),
        (("rust scab",), ", ", " "),
        (("rust, scab", "healthy"), " ", ", "),
        ((), ",", ","),
    ],
)
def test_the_sample_divides_labels_or_else_the_training_table(
    values: tuple[str, ...], separator: str, expected: str
) -> None:
    form = _form(*values, separator=separator)
    assert (form.prediction_kind, form.label_separator, form.classes) == ("set", expected, LEAVES)
    assert form.format_notes == ()


def test_labels_are_spelled_as_the_sample_spells_them() -> None:
    assert _form("Rust Scab").classes == ("healthy", "Rust", "Scab") or _form("Rust Scab").classes[1] == "Rust"
    assert _form("00 01", classes=(0, 1, 2)).classes == ("00", "01", "02")


def test_numbers_that_no_image_has_are_said() -> None:
    assert "3" in _form("0 3", classes=(0, 1, 2)).format_notes[0]


def test_a_class_with_the_separator_in_its_name_is_refused() -> None:
    with pytest.raises(DataError, match="'red oak' has ' ' in its name"):
        _form("elm", classes=("elm", "red oak"))
    assert _form("elm, red oak", classes=("elm", "red oak")).label_separator == ", "


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("['rust', 'scab']", "[]"), ("', '", ("['", "']"))),
        (('["rust","scab"]',), ('","', ('["', '"]'))),
        (("{'rust'}",), ("', '", ("{'", "'}"))),
        (("set()",), ("; ", ("<", ">"))),
        (("['rust' 'scab']",), ("' '", ("['", "']"))),
        (("rust, scab",), (", ", ("", ""))),
        (("rust",), ("; ", ("", ""))),
        ((), ("; ", ("<", ">"))),
    ],
)
def test_lists_in_brackets_are_written_as_the_sample_writes_them(
    values: tuple[str, ...], expected: tuple[str, tuple[str, str]]
) -> None:
    form = _form(*values, separator="; ", ends=("<", ">"))
    assert (form.label_separator, form.label_ends) == expected
    assert form.classes == LEAVES and form.format_notes == ()


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(DataError, match=r"needs a probability for each class, and .* one column, 'labels'"):
        _form("healthy", metric="multilabel_auc")


@pytest.mark.parametrize(
    ("metric", "kaggle", "kind", "found"),
    [
        ("sample_f1", "", "marks", "sample_f1"),
        ("multilabel_auc", "", "probabilities", "multilabel_auc"),
        (None, "Weighted AUC", "probabilities", "multilabel_auc"),
        (None, "Categorization Accuracy", "probabilities", "multilabel_log_loss"),
    ],
)
def test_a_column_a_class_holds_marks_or_probabilities(
    metric: str | None, kaggle: str, kind: str, found: str
) -> None:
    sample = Sample(("image", "scab", "rust", "rot"), ("x", "y"), ("0",))
    form = infer_set_format(sample, ("rust", "scab"), metric, kaggle, CellStyle(" "))
    assert (form.prediction_kind, form.metric, form.column_classes) == (kind, found, (1, 0, -1))
    assert "No training image is of rot" in form.format_notes[0]
    assert (metric is None) == any("is assumed" in note for note in form.format_notes)
