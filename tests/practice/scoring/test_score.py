import math
from dataclasses import replace
from pathlib import Path

import pytest
from sklearn.metrics import fbeta_score, log_loss, roc_auc_score

from kagglebot.practice import PracticeCompetition
from kagglebot.practice.scoring.score import Unscorable, score

COMPETITION = PracticeCompetition("x", "X", Path("x.zip"), "id", "label", {"1": "7", "2": "0", "3": "0", "4": "1"})


def test_share_of_right_labels_in_any_order() -> None:
    assert score(b"id,label\n4,1\n1,7\n2,0\n3,9\n", COMPETITION) == 0.75


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "columns must be id,label"),
        (b"ID,label\n", "columns must be id,label"),
        (b"id,label\n1,7\n2,0\n", "4 rows were expected and 2 found"),
        (b"id,label\n1,7\n1,7\n", "Line 3: id 1 is there twice"),
        (b"id,label\n1,7\n9,7\n", "Line 3: id 9 is not"),
        (b"id,label\n1,\n", "Line 2 must hold"),
        (b"id,label\n1,7,7\n", "Line 2 must hold"),
        (b"\xff\xfe", "not a CSV file"),
        (b"id,label\n1,NaN\n", r"null values \(line 2, column label\)"),
    ],
)
def test_reasons_for_no_score(content: bytes, reason: str) -> None:
    with pytest.raises(Unscorable, match=reason):
        score(content, COMPETITION)


def test_bare_rows_are_scored_in_their_order() -> None:
    bare = replace(COMPETITION, id_column="row", bare=True)
    assert score(b"7\n0\n9\n1\n", bare) == 0.75
    for content, reason in (
        (b"7\n0\n0\n", "4 rows were expected and 3 found"),
        (b"label\n7\n0\n0\n1\n", "Line 5: id 5 is not in the sample"),
        (b"1,7\n2,0\n3,0\n4,1\n", "Line 1 must hold an id and a value"),
        (b"7\nnan\n0\n1\n", r"null values \(line 2, column label\)"),
    ):
        with pytest.raises(Unscorable, match=reason):
            score(content, bare)


def test_unknown_labels_give_no_score() -> None:
    unknown = PracticeCompetition("x", "X", Path("x.zip"), "id", "label")
    assert score(b"id,label\n1,2\n", unknown) is None


def test_a_mean_f_score_of_one_class_a_row_is_micro_averaged_and_macro_f1_is_not() -> None:
    content = b"id,label\n1,7\n2,0\n3,0\n4,0\n"
    assert score(content, replace(COMPETITION, metric="MeanFScore")) == 0.75
    assert score(content, replace(COMPETITION, metric="Macro F1 Score")) == pytest.approx((1 + 0.8 + 0) / 3)


def test_kappa_weighs_a_mistake_by_its_square() -> None:
    graded = replace(COMPETITION, hidden={"1": "0", "2": "1", "3": "2", "4": "4"}, metric="QuadraticWeightedKappa")
    near, far = b"id,label\n1,0\n2,1\n3,2\n4,3\n", b"id,label\n1,4\n2,1\n3,2\n4,4\n"
    assert score(b"id,label\n1,0\n2,1\n3,2\n4,4\n", graded) == 1
    assert 0.9 < score(near, graded) < 1
    assert score(far, graded) < 0.2
    with pytest.raises(Unscorable, match=r"whole numbers.*'2\.0'"):
        score(b"id,label\n1,0\n2,1\n3,2.0\n4,4\n", graded)


def test_labels_are_scored_by_the_metric_that_the_name_says() -> None:
    content = b"id,label\n1,7\n2,0\n3,0\n4,0\n"
    wanted = {
        "Balanced Accuracy": (1 + 1 + 0) / 3,
        "Weighted F1": (1 + 2 * 0.8 + 0) / 4,
        "F2 Score": (1 + 10 / 11 + 0) / 3,
        "F-Score Beta (Micro)": 0.75,
        "Matthews Correlation Coefficient": (3 * 4 - 7) / ((16 - 10) * (16 - 6)) ** 0.5,
    }
    for metric, known in wanted.items():
        assert score(content, replace(COMPETITION, metric=metric)) == pytest.approx(known), metric


def test_labels_best_first_are_scored_by_the_place_of_the_true_one() -> None:
    content = b"id,label\n1,7 0 1\n2,1 0 7\n3,7 1 0\n4,7 0\n"
    wanted = {"MAP@3": (1 + 1 / 2 + 1 / 3) / 4, "MAP@{K}": (1 + 1 / 2 + 1 / 3) / 4, "Top-3 Accuracy": 0.75}
    for metric, known in {**wanted, "Top-3 Error": 0.25}.items():
        assert score(content, replace(COMPETITION, metric=metric)) == pytest.approx(known), metric
    with pytest.raises(Unscorable, match="Line 2: 3 labels, and at most 2"):
        score(content, replace(COMPETITION, metric="MAP@2"))


@pytest.mark.parametrize(
    ("cells", "hits"),
    [
        (("fat hen, oak", "maize, oak", "oak;fat hen"), (1, 1, 1 / 2)),
        (("['fat hen', 'oak']", "['oak', 'maize']", "['fat hen']"), (1, 1 / 2, 1)),
        (('""fat hen"" ""oak""', '""maize""', '""oak"" ""fat hen""'), (1, 1, 1 / 2)),
        (("fat hen", "maize oak", "oak|fat hen"), (1, 1, 1 / 2)),
        (('""oak maize""', "[oak maize]", "(oak, maize)"), (0, 1 / 2, 0)),
    ],
)
def test_labels_best_first_may_have_spaces_in_their_names(cells: tuple[str, ...], hits: tuple[float, ...]) -> None:
    plants = replace(COMPETITION, hidden={"1": "fat hen", "2": "maize", "3": "fat hen"}, metric="MAP@3")
    content = "id,label\n" + "".join(f'{row},"{cell}"\n' for row, cell in enumerate(cells, start=1))
    assert score(content.encode(), plants) == pytest.approx(sum(hits) / 3)


PETS = PracticeCompetition(
    "x",
    "X",
    Path("x.zip"),
    "id",
    "dog",
    {"1": "cat", "2": "dog", "3": "dog"},
    metric="Multiclass Loss",
    columns=("dog", "cat"),
)


def test_log_loss_divides_rows_by_their_sum() -> None:
    assert score(b"id,dog,cat\n1,1,3\n2,0.5,0.5\n3,1,0\n", PETS) == pytest.approx(
        -(math.log(0.75) + math.log(0.5)) / 3
    )
    certainly_wrong = b"id,dog,cat\n1,1,0\n2,1,0\n3,1,0\n"
    assert score(certainly_wrong, PETS) == pytest.approx(-math.log(1e-15) / 3, rel=0.01)


def test_in_weighted_log_loss_each_class_counts_the_same() -> None:
    content = b"id,dog,cat\n1,0.25,0.75\n2,0.5,0.5\n3,0.8,0.2\n"
    wanted = -(math.log(0.75) + (math.log(0.5) + math.log(0.8)) / 2) / 2
    assert score(content, replace(PETS, metric="Weighted Multiclass Loss")) == pytest.approx(wanted)


def test_one_column_is_the_probability_of_the_class_asked_for() -> None:
    asked = replace(PETS, columns=("label",), target_column="label", classes=("dog",), metric="Log Loss")
    content = b"id,label\n1,0.1\n2,0.8\n3,0.05\n"
    assert score(content, asked) == pytest.approx(-(math.log(0.9) + math.log(0.8) + math.log(0.05)) / 3)
    assert score(content, replace(asked, metric="Area Under Receiver Operating Characteristic Curve")) == 0.5
    assert score(content, replace(asked, metric="AUC", classes=("cat",))) == 0.5
    surer = content.replace(b"0.05", b"7")
    assert score(surer, replace(asked, metric="pAUC-aboveTPR")) == pytest.approx(0.2, abs=1e-4)
    assert score(surer, replace(asked, metric="AUC")) == 1  # any numbers have an order


def test_auc_of_a_column_a_class_is_their_mean() -> None:
    assert score(b"id,dog,cat\n1,0.1,0.9\n2,0.8,0.1\n3,0.05,0.2\n", replace(PETS, metric="AUC")) == 0.75


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"id,cat,dog\n", "columns must be id,dog,cat"),
        (b"id,dog\n", "columns must be id,dog,cat"),
        (b"id,dog,cat\n1,1\n", "Line 2 must hold an id and 2 values"),
        (b"id,dog,cat\n1,1,\n", "Line 2 must hold an id and 2 values"),
        (b"id,dog,cat\n1,1,nan\n", r"null values \(line 2, column cat\)"),
        (b"id,dog,cat\n1,1,0\n2,1,0\n", "3 rows were expected and 2 found"),
        (b"id,dog,cat\n1,1,0\n2,1,no\n3,1,0\n", "Line 3: .*'no'"),
        (b"id,dog,cat\n1,1,0\n2,1,inf\n3,1,0\n", "Line 3: a value is infinite"),
        (b"id,dog,cat\n1,1,0\n2,0,0\n3,1,0\n", "Line 3: the probabilities sum to 0"),
    ],
)
def test_reasons_for_no_score_of_probabilities(content: bytes, reason: str) -> None:
    with pytest.raises(Unscorable, match=reason):
        score(content, PETS)


LEAVES = PracticeCompetition(
    "x",
    "X",
    Path("x.zip"),
    "id",
    "labels",
    {"1": "rust scab", "2": "rot", "3": "rust", "4": "scab rot", "5": ""},
    label_separator=" ",
)
TRUE = [[0, 1, 1], [1, 0, 0], [0, 1, 0], [1, 0, 1], [0, 0, 0]]
SAID = [[0, 1, 0], [1, 0, 0], [0, 1, 1], [1, 1, 1], [1, 0, 0]]
SETS = b"id,labels\n5,rot\n1,rust\n2,rot\n3,scab rust\n4,rot rust  scab\n"
COLUMNS = ("rot", "rust", "scab")


@pytest.mark.parametrize(
    ("metric", "average", "beta"),
    [
        ("Mean F1-Score", "samples", 1),
        ("MeanFScoreBeta", "samples", 2),
        ("F-Score Beta (Micro)", "micro", 2),
        ("Macro F1 Score", "macro", 1),
    ],
)
def test_sets_and_marks_are_scored_as_scikit_learn_does(metric: str, average: str, beta: float) -> None:
    wanted = fbeta_score(TRUE, SAID, beta=beta, average=average, zero_division=0)
    assert score(SETS, replace(LEAVES, metric=metric)) == pytest.approx(wanted)
    marks = "".join(f"{row},{','.join(map(str, each))}\n" for row, each in enumerate(SAID, start=1))
    columns = replace(LEAVES, metric=metric, columns=COLUMNS, target_column="rot")
    assert score(f"id,rot,rust,scab\n{marks}".encode(), columns) == pytest.approx(wanted)
    with pytest.raises(Unscorable, match="Line 2: the columns must hold 0 or 1"):
        score(f"id,rot,rust,scab\n{marks}".replace("1,0,1", "1,0.5,1").encode(), columns)


def test_a_class_that_is_only_named_counts_in_a_macro_average_and_none_is_right_in_an_empty_cell() -> None:
    macro = replace(LEAVES, metric="Macro F1 Score")
    right = b"id,labels\n1,rust scab\n2,rot\n3,rust\n4,scab rot\n5,\n"
    assert score(right, macro) == 1
    assert score(right.replace(b"5,", b"5,mildew"), macro) == 0.75
    with pytest.raises(Unscorable, match="Line 6 must hold"):
        score(right, replace(macro, hidden={**(LEAVES.hidden or {}), "5": "rot"}))


@pytest.mark.parametrize(("metric", "average"), [("Mean Columnwise AUC", "auc"), ("Log Loss", "log loss")])
def test_probabilities_of_several_classes_are_scored_column_by_column(metric: str, average: str) -> None:
    numbers = [[0.1, 0.9, 0.3], [0.7, 0.2, 0.2], [0.3, 0.6, 0.6], [0.4, 0.8, 0.9], [0.5, 0.1, 0.1]]
    rows = "".join(f"{row},{','.join(map(str, each))}\n" for row, each in enumerate(numbers, start=1))
    columns = list(zip(zip(*TRUE, strict=True), zip(*numbers, strict=True), strict=True))
    function = roc_auc_score if average == "auc" else log_loss
    wanted = sum(function(true, said) for true, said in columns) / 3
    leaves = replace(LEAVES, metric=metric, columns=COLUMNS, target_column="rot")
    assert score(f"id,rot,rust,scab\n{rows}".encode(), leaves) == pytest.approx(wanted)


def test_a_metric_that_is_not_known() -> None:
    with pytest.raises(Unscorable, match="RMSE"):
        score(b"id,label\n1,7\n2,0\n3,0\n4,1\n", replace(COMPETITION, metric="RMSE"))
