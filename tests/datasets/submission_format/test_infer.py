import pytest

from kagglebot.datasets.sample_submission.sample import Sample
from kagglebot.datasets.submission_format.infer import infer_submission_format
from kagglebot.errors import DataError

CATS = ("cat", "dog")


def _sample(*columns: str, values: tuple[str, ...] = ("0",)) -> Sample:
    return Sample(("id", *columns), ("1",), values)


@pytest.mark.parametrize(
    ("sample", "classes", "metric", "prediction_kind", "column_classes"),
    [
        (_sample("label"), (0, 1, 2), "accuracy", "label", ()),
        (_sample("label", values=("oak",)), ("elm", "oak"), "macro_f1", "label", ()),
        (_sample("label"), (0, 1), "kappa", "label", ()),
        (_sample("has_cactus", values=("0.5",)), (0, 1), "auc", "probability", (1,)),
        (_sample("label"), (0, 1), "log_loss", "probability", (1,)),  # the metric decides what "0" leaves open
        (_sample("label", values=("0.5",)), (0, 1), "accuracy", "probability", (1,)),
        (_sample("label", values=("0.5",)), (0, 1, 2), "kappa", "label", ()),
        (_sample("is_cat", values=("0.5",)), CATS, "auc", "probability", (0,)),
        (_sample("Dog"), CATS, "auc", "probability", (1,)),
        (_sample("dog", "cat"), CATS, "log_loss", "probabilities", (1, 0)),
        (_sample("Class_10", "Class_2", "Class_1"), (1, 2, 10), "log_loss", "probabilities", (2, 1, 0)),
        (_sample("fat_hen", " Maize "), ("Fat Hen", "Maize"), "auc", "probabilities", (0, 1)),
        (_sample("c1", "c0"), ("c0", "c1"), "accuracy", "probabilities", (1, 0)),
        (_sample("1.0", "0.0", "2.0"), (0, 1, 2), "log_loss", "probabilities", (1, 0, 2)),
        (_sample("2", "1", "0"), ("0.0", "1.0", "2.0"), "log_loss", "probabilities", (2, 1, 0)),
        (_sample("class_1", "class_2", "class_10"), ("01", "02", "10"), "log_loss", "probabilities", (0, 1, 2)),
        (_sample("Class.01", "Class.10"), (1, 10), "log_loss", "probabilities", (0, 1)),
        (_sample("site 02", "site 10"), ("Site_2", "Site_10"), "log_loss", "probabilities", (0, 1)),
        (_sample("1e5", "abc", "9f3"), ("1e5", "9f3", "abc"), "log_loss", "probabilities", (0, 2, 1)),
        (_sample("nan", "NA"), ("NA", "nan"), "log_loss", "probabilities", (1, 0)),
        (_sample("Cafe\u0301", "te"), ("caf\u00e9", "te"), "log_loss", "probabilities", (0, 1)),
        (_sample("label", values=("0.5",)), ("0.0", "1.0"), "auc", "probability", (1,)),
        (_sample("0", "1"), ("False", "True"), "log_loss", "probabilities", (0, 1)),
        (_sample("is_TRUE", "is_FALSE"), (0, 1), "log_loss", "probabilities", (1, 0)),
        (_sample("2", "10", "1"), ("class_1", "class_10", "class_2"), "log_loss", "probabilities", (2, 1, 0)),
        (_sample("is_true", values=("0.5",)), (0, 1), "auc", "probability", (1,)),
        (_sample("class_2", values=("0.5",)), ("1.0", "2.0"), "auc", "probability", (1,)),
        (_sample("prob_1", values=("0.5",)), (0, 1), "auc", "probability", (1,)),
        (_sample("class_10", values=("0.5",)), (0, 1), "auc", "probability", (1,)),
        (_sample("no_tumor", values=("0.5",)), ("no tumor", "tumor"), "auc", "probability", (0,)),
    ],
)
def test_what_a_submission_holds(
    sample: Sample,
    classes: tuple[str | int, ...],
    metric: str,
    prediction_kind: str,
    column_classes: tuple[int, ...],
) -> None:
    form = infer_submission_format(sample, classes, metric)
    assert (form.prediction_kind, form.column_classes) == (prediction_kind, column_classes)
    assert (form.metric, form.classes, form.format_notes) == (metric, classes, ())


@pytest.mark.parametrize(
    ("sample", "metric"),
    [
        (_sample("label"), "accuracy"),
        (_sample("label", values=("0.5",)), "auc"),
        (_sample("0", "1"), "log_loss"),
    ],
)
def test_without_a_known_metric_the_form_decides_and_it_is_said(sample: Sample, metric: str) -> None:
    form = infer_submission_format(sample, (0, 1), None, "Beauty")
    assert form.metric == metric
    assert form.format_notes[-1].startswith(f"Kaggle calls the metric 'Beauty': {metric} is assumed")
    assert "--metric" in form.format_notes[-1]


WHALES = ("new_whale", "w_1", "w_2", "w_3")


@pytest.mark.parametrize(
    ("value", "metric", "found"),
    [
        ("new_whale w_1 w_2", "map@5", ("map@5", 5, " ")),
        ("new_whale w_1 w_2", "map@k", ("map@3", 3, " ")),
        ("new_whale,w_1", "map@k", ("map@2", 2, ",")),
        ("new_whale w_1 w_2", "accuracy", ("accuracy", 3, " ")),  # the form is the sample's, whatever is scored
        ("new_whale w_7 w_8", "accuracy", ("accuracy", 3, " ")),
        ("new_whale w_1 w_2", "top_1_error", ("top_1_error", 3, " ")),
        ("new_whale", "map@3", ("map@3", 3, " ")),
        ("0", "top_3_accuracy", ("top_3_accuracy", 3, " ")),
        ("w_1 w_2", "top_k_error", ("top_2_error", 2, " ")),
        ("new_whale w_1 w_7 w_8 w_9", "map@k", ("map@5", 5, " ")),  # most of these have no training images
    ],
)
def test_several_labels_a_row_are_as_many_as_the_metric_or_the_sample_says(
    value: str, metric: str, found: tuple[str, int, str]
) -> None:
    form = infer_submission_format(_sample("Id", values=(value,)), WHALES, metric)
    assert form.prediction_kind == "labels" and form.classes == WHALES
    assert (form.metric, form.labels_a_row, form.label_separator) == found


def test_lists_of_labels_without_a_known_metric_are_of_map_and_it_is_said() -> None:
    form = infer_submission_format(_sample("Id", values=("w_1 w_2 new_whale",)), WHALES, None, "Beauty")
    assert (form.metric, form.prediction_kind, form.labels_a_row) == ("map@3", "labels", 3)
    assert form.format_notes[-1].startswith("Kaggle calls the metric 'Beauty': map@3 is assumed")


def test_words_of_a_name_are_no_labels() -> None:
    form = infer_submission_format(_sample("label", values=("oak tree",)), ("oak", "yew"), "accuracy")
    assert (form.prediction_kind, form.labels_a_row) == ("label", 1)


def test_a_number_of_labels_that_nothing_says_is_a_guess_and_said() -> None:
    form = infer_submission_format(_sample("Id", values=("w_1",)), WHALES, "map@k")
    assert (form.metric, form.labels_a_row) == ("map@5", 5)
    assert "MAP@5 is assumed" in form.format_notes[-1] and "--metric" in form.format_notes[-1]


def test_a_metric_of_one_label_is_written_as_one() -> None:
    form = infer_submission_format(_sample("label"), (0, 1, 2), "top_1_error")
    assert (form.prediction_kind, form.labels_a_row) == ("label", 1)


@pytest.mark.parametrize(
    ("values", "classes", "message"),
    [
        (("0a1.jpg 0b2.jpg",), WHALES, "holds 0a1.jpg, 0b2.jpg in 'Id', none of which is a class"),
        (("w_1 w_2",), (*WHALES, "w 4"), r"The class 'w 4' has ' ' in its name.* of a row\."),
        (
            ("w_1",),
            (*WHALES, "w 4"),
            "'w 4' has ' ' in its name.* MAP@5 takes several, .* shows no other separator",
        ),
    ],
)
def test_lists_that_no_class_can_stand_in_are_refused(
    values: tuple[str, ...], classes: tuple[str, ...], message: str
) -> None:
    with pytest.raises(DataError, match=message) as caught:
        infer_submission_format(_sample("Id", values=values), classes, "map@5")
    assert ("--labels several" in caught.value.hint) == ("w 4" in message)


@pytest.mark.parametrize("metric", ["accuracy", "kappa", "auc"])
def test_fractions_that_kaggle_scores_as_a_regression_are_none_of_classes(metric: str) -> None:
    sample = _sample("Pawpularity", values=("50.32", "65.78"))
    with pytest.raises(DataError, match=r"'RMSE'.*50\.32 in 'Pawpularity': a regression"):
        infer_submission_format(sample, (10, 50, 65), metric, "RMSE")
    assert infer_submission_format(_sample("label"), (0, 1), "kappa", "RMSE").metric == "kappa"


@pytest.mark.parametrize(
    ("words", "classes", "metric", "prediction_kind"),
    [
        ("Weighted AUC", (0, 1), "auc", "probability"),
        ("Linear Weighted Kappa", (0, 1, 2), "kappa", "label"),
        ("F-Score Beta (Macro)", (0, 1, 2), "macro_f1", "label"),
    ],
)
def test_of_a_variant_of_a_metric_that_metric_is_assumed(
    words: str, classes: tuple[int, ...], metric: str, prediction_kind: str
) -> None:
    form = infer_submission_format(_sample("label"), classes, None, words)
    assert (form.metric, form.prediction_kind) == (metric, prediction_kind)
    assert form.format_notes[-1].startswith(
        f"Kaggle calls the metric {words!r}: {metric} is assumed, as it fits its"
    )


def test_a_number_for_more_than_two_classes_is_refused_under_a_variant_of_auc_too() -> None:
    with pytest.raises(DataError, match=r"one column of probabilities \('Label'\), and there are 3 classes"):
        infer_submission_format(
            _sample("Label", values=("0.0",)), ("Cover", "JMiPOD", "UERD"), None, "Weighted AUC"
        )


def test_the_metrics_that_there_are_are_listed_where_none_is_known() -> None:
    note = infer_submission_format(_sample("label"), (0, 1), None, "Weighted AUC").format_notes[-1]
    assert "--metric: accuracy, auc, balanced_accuracy, kappa" in note and "map@k" in note


def test_which_class_a_probability_is_for_is_said() -> None:
    form = infer_submission_format(_sample("label"), CATS, "log_loss")
    assert form.column_classes == (1,)
    assert "'label' is taken for the probability of 'dog'" in form.format_notes[0]


@pytest.mark.parametrize(
    ("column", "classes"),
    [
        *((column, (0, 1)) for column in ("prob_0", "0", "P(y=0)", "p0.0")),
        ("p0", ("0.0", "1.0")),
        *((column, (-1, 1)) for column in ("p_-1", "-1", "p-1", "prob -1.0")),
    ],
)
def test_one_column_that_names_the_first_number_is_its_probability(
    column: str, classes: tuple[str | int, ...]
) -> None:
    form = infer_submission_format(_sample(column, values=("0.5",)), classes, "auc")
    assert (form.column_classes, form.format_notes) == (
        (0,),
        (f"{column!r} is taken for the probability of {classes[0]!r}.",),
    )


@pytest.mark.parametrize(
    ("values", "classes", "labels_in_table", "expected"),
    [
        (("0",), CATS, False, (0, 1)),
        (("0",), CATS, True, CATS),  # a placeholder, and that is said
        (("0", "1"), CATS, True, (0, 1)),
        (("0", "2"), ("elm", "oak", "yew"), False, (0, 1, 2)),
        (("0",), ("elm", "oak", "yew"), False, ("elm", "oak", "yew")),
        (("0",), ("0", "A"), False, ("0", "A")),
        (("cat",), CATS, False, CATS),
    ],
)
def test_names_become_the_numbers_that_the_sample_has(
    values: tuple[str, ...], classes: tuple[str, ...], labels_in_table: bool, expected: tuple[str | int, ...]
) -> None:
    sample = _sample("label", values=values)
    form = infer_submission_format(sample, classes, "accuracy", labels_in_table=labels_in_table)
    assert form.classes == expected
    assert len(form.format_notes) == (values[0] not in classes)


@pytest.mark.parametrize(
    ("sample", "classes", "metric", "message"),
    [
        (_sample("label"), ("a", "b", "c"), "log_loss", "one column of probabilities .* 3 classes"),
        (_sample("label", values=("0.5",)), ("a", "b", "c"), None, "one column of probabilities"),
        (_sample("price", values=("63.5",)), ("1", "63"), None, "numbers such as 63.5 in 'price': a regression"),
        (_sample("x", "cat"), CATS, "log_loss", "no class is called x and no column is there for dog"),
        (
            _sample("cat", "dog", "cow", values=("0.5", "Public")),
            CATS,
            "log_loss",
            "3 columns of values, .*no class is called cow and 'Public' is no probability",
        ),
        (_sample("cat", "cat", "dog"), CATS, "log_loss", "names are alike"),
        (_sample("1", "2", "3"), (0, 1, 2), "log_loss", "no class is called 3 and no column is there for 0"),
        (_sample("class_10", "class_11"), (0, 1), "log_loss", "no column is there for 0, 1"),
        (_sample("-1", "-2"), (1, 2), "log_loss", "no column is there for 1, 2"),
        (_sample("10", "20"), ("1.0", "2.0"), "log_loss", "no column is there for 1.0, 2.0"),
        (_sample("v10", "v2"), ("v1.0", "v2"), "log_loss", "no column is there for v1.0"),
        (_sample("1.0", "9f3"), ("1", "9f3"), "log_loss", "no column is there for 1"),  # a name: all are names
        (_sample("cat", "dog"), ("cat", "cow", "dog"), "log_loss", "no column is there for cow"),
    ],
)
def test_what_the_classes_cannot_answer_is_refused(
    sample: Sample, classes: tuple[str, ...], metric: str | None, message: str
) -> None:
    with pytest.raises(DataError, match=message) as caught:
        infer_submission_format(sample, classes, metric)
    assert "--target" in caught.value.hint


@pytest.mark.parametrize(
    ("values", "classes", "written", "note"),
    [
        (("1", "2"), ("1.0", "2.0", "3.0"), (1, 2, 3), ""),
        (("1", "2"), ("01", "02", "03"), (1, 2, 3), ""),
        (("1", "3", "2"), ("1.0", "2.0", "3.0"), (1, 2, 3), ""),
        (("1.0", "2.0"), (1, 2, 3), ("1.0", "2.0", "3.0"), ""),
        (("01", "10"), (1, 2, 10), ("01", "02", "10"), ""),
        (("0.0",), (0, 1), ("0.0", "1.0"), ""),
        (("0",), ("1.0", "2.0"), (1, 2), "Numbers are written as in sample_submission.csv: 1 for 1.0, 2 for 2.0."),
        (("0",), (1, 2), (1, 2), ""),
        (("",), ("1.0", "2.0"), ("1.0", "2.0"), "shows no label: written are 1.0, 2.0, as in the training data"),
        (("",), (1, 2), (1, 2), ""),
        (("+1", "+2"), (1, 2, 3), ("+1", "+2", "+3"), ""),
        (("0", "1.0"), (0, 1, 2), ("0", "1.0", "2"), "spells numbers in several ways; written are 0, 1.0, 2."),
        (("0.5",), ("1.0", "2.0", "3.0"), ("1.0", "2.0", "3.0"), ""),
        (("0", "1", "2"), ("1.0", "2.0", "3.0"), (1, 2, 3), "holds 0, which no training image has as its label"),
        (
            ("0", "1", "2"),
            (5, 6, 7),
            (0, 1, 2),
            "training data has others: 0 for 5, 1 for 6, 2 for 7 is assumed",
        ),
        (("0", "1"), (5, 6, 7), (5, 6, 7), "holds 0, 1, which no training image has"),
        (("3", "1"), ("elm", "oak", "yew"), (1, 2, 3), "names: 1 for elm, 2 for oak, 3 for yew is assumed"),
        (("1.0", "0.0"), CATS, ("0.0", "1.0"), "0.0 for cat, 1.0 for dog is assumed"),
        (("1.0", "2.0"), ("1", "2", "x"), ("1", "2", "x"), "holds 1.0, 2.0, which no training image has"),
        (("7", "9"), CATS, CATS, "holds 7, 9, which no training image has"),
        (("Dog", "CAT"), CATS, ("CAT", "Dog"), ""),
        (
            ("Cat",),
            CATS,
            ("Cat", "Dog"),
            "Names are written as in sample_submission.csv: Cat for cat, Dog for dog.",
        ),
        (("cat",), ("Cat", "Dog", "Eel"), ("cat", "dog", "eel"), "cat for Cat, dog for Dog, eel for Eel."),
        (("False",), ("FALSE", "TRUE"), ("False", "True"), "False for FALSE, True for TRUE."),
        (("CAT", "eel"), ("Cat", "Dog", "Eel"), ("CAT", "Dog", "eel"), "CAT for Cat, Dog for Dog, eel for Eel."),
        (
            ("Cat", "cow"),
            CATS,
            ("Cat", "Dog"),
            "holds cow, which no training image has as its label; written are Cat",
        ),
        (
            ("fat_hen",),
            ("Fat Hen", "Red Yew"),
            ("fat_hen", "red_yew"),
            "fat_hen for Fat Hen, red_yew for Red Yew.",
        ),
        (("nan", "cat"), ("cat", "nan"), ("cat", "nan"), ""),
        (("1", "cat"), ("1.0", "cat"), ("1.0", "cat"), "holds 1, which"),
        (("0",), ("False", "True"), (0, 1), "0 for False, 1 for True is assumed"),
        (
            ("False",),
            (0, 1),
            ("False", "True"),
            "names where the training data has numbers: False for 0, True for 1",
        ),
        (("true", "false"), ("0.0", "1.0"), ("false", "true"), "false for 0.0, true for 1.0 is assumed"),
        (("1", "2", "10"), ("class_1", "class_10", "class_2"), (1, 10, 2), "1 for class_1, 10 for class_10"),
        (("1", "2"), ("class_01", "class_10", "class_2"), (1, 10, 2), "1 for class_01, 10 for class_10"),
        (("3", "1", "2", "0"), ("c0", "c1", "c10", "c2"), (0, 1, 3, 2), "0 for c0, 1 for c1, 3 for c10, 2 for c2"),
        (
            ("0",),
            ("cat", "dog", "eel"),
            ("cat", "dog", "eel"),
            "holds 0, which no training image has as its label",
        ),
        (("healthy",), CATS, CATS, ""),  # nothing is known of a word in every row
    ],
)
def test_labels_are_matched_by_value_and_spelled_as_the_sample_does(
    values: tuple[str, ...], classes: tuple[str | int, ...], written: tuple[str | int, ...], note: str
) -> None:
    form = infer_submission_format(_sample("label", values=values), classes, "accuracy")
    assert form.classes == written
    assert note in "".join(form.format_notes) and bool(form.format_notes) == bool(note)


def test_a_column_of_a_class_without_training_images_is_said_and_gets_no_class() -> None:
    form = infer_submission_format(_sample("cat", "cow", "dog", values=("0.3",)), CATS, "log_loss")
    assert (form.classes, form.column_classes) == (CATS, (0, -1, 1))
    assert form.format_notes == (
        "No training image is of cow: never predicted, the lowest probability is written there.",
    )
