"""Images of several classes, in tables and samples of any form, are the same sets, and answered in that form."""

import ast
import csv
import io
import random
from dataclasses import dataclass

import numpy as np
import pytest
from competition_files import ImageCompetition
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kagglebot.datasets.sample_submission.read import read_sample
from kagglebot.submission.csv_check import check_submission
from kagglebot.submission.csv_writer import write_submission

CLASSES = ("ash", "elm", "oak")
TREES = (("ash", "elm"), ("elm",), ("oak",), ("ash",), ("elm", "oak"), ("ash", "elm", "oak"), (), ("oak",))
TESTS = ("b2", "b1")
DIVIDED = [" ", ", ", ",", "|", ";", "/", " + ", "&"]
BRACKETS = ["[]", "{}"]


@dataclass(frozen=True)
class Form:
    """How classes are written: in the training table, in the sample, and in ids of images and classes."""

    table: str
    sample: str
    between: str
    first: bool
    columns: tuple[str, ...]
    names: tuple[str, str]
    chance: random.Random

    def joined(self, image: str, name: str) -> str:
        """Return the id of an image and a class."""
        return self.between.join((name, image) if self.first else (image, name))

    def training(self, sets: dict[str, tuple[str, ...]]) -> list[list[str]]:
        """Return the header and the shuffled rows of the training table."""
        marks = {image: [str(int(name in each)) for name in CLASSES] for image, each in sets.items()}
        pairs = [(image, name) for image, each in sets.items() for name in each or [""]]
        tables = {
            "columns": [[self.names[0], *CLASSES], *([image, *row] for image, row in marks.items())],
            "rows": [[*self.names], *([image, name] for image, name in pairs)],
            "long": [["key", "value"]]
            + [
                [self.joined(image, name), mark]
                for image, row in marks.items()
                for name, mark in zip(CLASSES, row, strict=True)
            ],
        }
        header, *rows = tables.get(self.table) or [
            [*self.names],
            *([image, self.cell(each)] for image, each in sets.items()),
        ]
        return [header, *self.chance.sample(rows, len(rows))]

    def cell(self, trees: tuple[str, ...]) -> str:
        """Return the classes of an image in one cell."""
        if self.table in BRACKETS:
            shown = ", ".join(map(repr, trees))
            return "set()" if self.table == "{}" and not trees else f"{self.table[0]}{shown}{self.table[1]}"
        return (self.table if self.table in DIVIDED else "|").join(trees)

    def submission(self) -> list[list[str]]:
        """Return the header and the rows of the sample submission."""
        if self.sample == "long":
            ids = [self.joined(image, name) for image in TESTS for name in self.columns]
            return [["key", "value"], *([name, "0"] for name in self.chance.sample(ids, len(ids)))]
        if self.sample == "columns":
            return [[self.names[0], *self.columns], *([image, *"0" * len(self.columns)] for image in TESTS)]
        shown = self.cell(("oak", "ash")) if self.table in (*DIVIDED, *BRACKETS) else "oak"
        return [[*self.names], *([image, shown] for image in TESTS)]

    def answered(self, rows: list[list[str]], separator: str) -> dict[str, set[str]]:
        """Return the classes of each image by the rows of a submission."""
        if self.sample == "cell":
            cells = {
                image: ast.literal_eval(cell) if self.table in BRACKETS else cell.split(separator)
                for image, cell in rows
            }
            return {image: {*cell} for image, cell in cells.items()}
        if self.sample == "columns":
            return {
                image: {name for name, mark in zip(self.columns, marks, strict=True) if mark == "1"}
                for image, *marks in rows
            }
        marked = {name for name, mark in rows if mark == "1"}
        return {image: {name for name in self.columns if self.joined(image, name) in marked} for image in TESTS}


@st.composite
def forms(draw: st.DrawFn) -> Form:
    table = draw(st.sampled_from([*DIVIDED, *BRACKETS, "columns", "rows", "long"]))
    samples = (
        ["long"] if table == "long" else ["columns", "long"] if table == "columns" else ["cell", "columns", "long"]
    )
    names = draw(st.sampled_from(["id", "image", "Photo"])), draw(st.sampled_from(["labels", "attribute_ids"]))
    return Form(
        table,
        draw(st.sampled_from(samples)),
        draw(st.sampled_from(["_", "-", "/", " "])),
        draw(st.booleans()),
        tuple(draw(st.permutations([*CLASSES, *draw(st.sampled_from([[], ["yew"]]))]))),
        names,
        draw(st.randoms(use_true_random=False)),
    )


@settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(form=forms(), empty=st.booleans())
def test_the_same_sets_in_any_form(tmp_path_factory: pytest.TempPathFactory, form: Form, empty: bool) -> None:
    files = ImageCompetition(tmp_path_factory.mktemp("form"))
    sets = {f"a{row}": each for row, each in enumerate(TREES) if each or empty}
    files.draw(*(f"train/{image}.png" for image in sets), "test/b1.png", "test/b2.png")
    for name, table in (("train", form.training(sets)), ("sample_submission", form.submission())):
        stream = io.StringIO()
        csv.writer(stream, lineterminator="\n").writerows(table)
        files.files[f"{name}.csv"] = stream.getvalue()
    data = files.load("Mean F1-Score")
    schema, sample = data.schema, read_sample(files.data)
    assert (schema.several, schema.classes, schema.metric) == (True, CLASSES, "sample_f1")
    rows = [tuple(np.array(CLASSES)[row == 1]) for row in data.train_labels]
    assert sorted(rows) == sorted(sets.values())
    assert any("yew" in note for note in schema.assumptions) == ("yew" in form.columns and form.sample != "cell")
    path = files.folder / "out.csv"
    answers = np.array([[0.9, 0.1, 0.8], [0.2, 0.7, 0.1]], dtype=np.float32)
    write_submission(path, sample, schema, TESTS, answers)
    with path.open(newline="") as stream:
        header, *written = csv.reader(stream)
    wanted = form.submission()
    assert (header, {row[0] for row in written}) == (wanted[0], {row[0] for row in wanted[1:]})
    assert check_submission(path, sample, schema) == len(written)
    assert form.answered(written, schema.label_separator) == {"b2": {"ash", "oak"}, "b1": {"elm"}}
