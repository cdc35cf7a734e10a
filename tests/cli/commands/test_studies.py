"""``studies`` and ``compare`` as JSON, as CSV and in a pipe."""

import csv
import io
import json
from pathlib import Path

import pytest

from kagglebot.cli.main import run


def answer(capsys: pytest.CaptureFixture[str], studied: Path, *arguments: str) -> str:
    assert run(["--workspace", str(studied), *arguments]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def test_the_findings_come_first_and_read_without_colour(
    capsys: pytest.CaptureFixture[str], studied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAGGLEBOT_WORKSPACE", str(studied))
    assert run(["studies", "net"]) == 0
    text = capsys.readouterr().out
    assert "\x1b" not in text and max(map(len, text.splitlines())) <= 80
    names = ("Best trial", "Lead", "Significant", "Importances", "Pruning", "Next")
    places = [text.index(each) for each in names]
    assert places == sorted(places) and places[-1] < text.index("Best trial: ")
    for section in (
        "Top 10",
        "Improvements",
        "Accuracy by parameter",
        "Learning curves",
        "Confusion matrix",
        "Time",
        "Failed trials",
        "The loss is no longer a number",
        "kagglebot submit net --best",
    ):
        assert section in text, section


def test_json_has_the_promised_shape_and_more(capsys: pytest.CaptureFixture[str], studied: Path) -> None:
    document = json.loads(answer(capsys, studied, "studies", "net", "--json"))
    assert {"study", "competition", "trials", "complete", "pruned", "failed", "running", "seconds"} <= set(
        document
    )
    assert set(document["best"]) == {"number", "value", "params", "epochs"}
    assert len(document["top"]) == 10 and document["importances"]
    assert document["significance"]["within_one_standard_error"] and document["confusion"]["wrong"] == 9
    assert document["recommendations"][0]["command"].endswith(" submit net --best")


def test_csv_has_a_line_a_trial(capsys: pytest.CaptureFixture[str], studied: Path) -> None:
    lines = list(csv.DictReader(io.StringIO(answer(capsys, studied, "studies", "net", "--csv"))))
    assert [line["number"] for line in lines] == [str(number) for number in range(len(lines))]
    assert {line["state"] for line in lines} == {"complete", "pruned", "failed", "interrupted", "waiting"}
    best = max((line for line in lines if line["value"]), key=lambda line: float(line["value"]))
    assert best["params_optimizer"] == "adamw" and float(best["params_weight_decay"]) > 0
    assert float(best["value"]) == pytest.approx(0.985)


def test_compare_says_which_is_best_and_whether_significantly(
    capsys: pytest.CaptureFixture[str], studied: Path
) -> None:
    document = json.loads(answer(capsys, studied, "compare", "net", "wide", "--json"))
    assert document["best"] == "wide" and [each["study"] for each in document["studies"]] == ["net", "wide"]
    (difference,) = document["differences"]
    assert difference["significant"] and difference["paired"]
    text = answer(capsys, studied, "compare", "net", "wide")
    assert "wide over net: 0.0067 better (± 0.0033, paired by row): significant." in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["studies", "--csv"], "--csv needs the name of a study"),
        (["studies", "--mistakes", "3"], "--mistakes needs the name of a study"),
        (["studies", "net", "--csv", "--json"], "exclude each other"),
        (["compare"], "two studies or more"),
        (["compare", "net"], "two studies or more"),
        (["compare", "net", "net"], "two studies or more"),
        (["compare", "net", "nett"], "There is no study 'nett'"),
    ],
)
def test_what_makes_no_sense_is_refused(
    capsys: pytest.CaptureFixture[str], studied: Path, arguments: list[str], said: str
) -> None:
    assert run(["--workspace", str(studied), *arguments]) != 0
    out, err = capsys.readouterr()
    assert said in " ".join(err.split()) and not out


def test_where_nothing_is_fetched_that_comes_next(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["--workspace", str(tmp_path), "studies"]) == 0
    assert capsys.readouterr().err == f"Next: kagglebot --workspace {tmp_path} fetch\n"
