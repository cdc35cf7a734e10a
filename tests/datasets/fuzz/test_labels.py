"""Fuzzed labels, samples and pixels: numbers in any spelling end in the right values or an error in words."""

import csv
import os
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kagglebot.datasets.labels.encode import encode_labels
from kagglebot.datasets.sample_submission.sample import Sample
from kagglebot.datasets.schema import Schema
from kagglebot.datasets.submission_format.infer import infer_submission_format
from kagglebot.datasets.tables.pixel_rows import read_rows
from kagglebot.errors import DataError, KagglebotError
from kagglebot.submission.csv_check import check_submission
from kagglebot.submission.csv_writer import write_submission

QUICK, LONG = 100, int(os.environ.get("FUZZ_EXAMPLES", "2000"))
SPELLINGS = [
    str,
    *("{:.1f}", "{:02d}", "{:03d}", "{:.3f}", "{:.18e}", "{:d}e0", "{:+d}", " {} ", "{}."),
]
NAMES = ["nan", "NA", "None", "null", "cat", "Dog", "1e5x", "9f3", "abc", "inf", "1_0", "0x1", "caf\u00e9"]


def spell(number: int, form: object) -> str:
    return form(number) if callable(form) else str(form).format(number)


numbers = st.lists(st.integers(-3, 120), min_size=2, max_size=6, unique=True)
spelling = st.sampled_from(SPELLINGS)


@st.composite
def labelled_numbers(draw: st.DrawFn) -> tuple[list[int], list[str], object]:
    """The numbers of some rows, their labels in the spelling of a program or two, and the sample's spelling."""
    classes = draw(numbers)
    rows = [*classes, *draw(st.lists(st.sampled_from(classes), max_size=12))]
    forms = draw(st.lists(spelling, min_size=1, max_size=2))
    return rows, [spell(number, draw(st.sampled_from(forms))) for number in rows], draw(spelling)


def check_numbers(case: tuple[list[int], list[str], object], folder: Path) -> None:
    """Write a perfect prediction: each row must have its own number, spelled as in the sample."""
    rows, labels, form = case
    encoded = encode_labels(np.array(labels), "row {}".format)
    assert [float(encoded.classes[index]) for index in encoded.indices] == rows
    assert [float(name) for name in encoded.classes] == sorted(set(rows))
    ids = tuple(str(row) for row in range(len(rows)))
    values = tuple(dict.fromkeys(spell(number, form).strip() for number in rows))
    sample = Sample(("id", "label"), ids, values)
    answers = _written(sample, encoded.classes, encoded.indices, "accuracy", folder)
    assert [row[1] for row in answers] == [spell(number, form).strip() for number in rows]
    answers = _written(replace(sample, values=values[:1]), encoded.classes, encoded.indices, "accuracy", folder)
    assert [float(row[1]) for row in answers] == rows
    assert {row[1] for row in answers if float(row[1]) == float(values[0])} == {values[0]}
    columns = sorted(set(rows), key=str)
    wide = Sample(("id", *(f"class_{spell(number, form).strip()}" for number in columns)), ids, ("0.5",))
    try:
        answers = _written(wide, encoded.classes, encoded.indices, "log_loss", folder)
    except DataError:  # "class_-1" and "class_-2" share "class_-"
        assert min(rows) < 0 or form == "{:+d}"
        return
    assert [columns[int(np.argmax([float(value) for value in row[1:]]))] for row in answers] == rows


def _written(
    sample: Sample, classes: tuple[str | int, ...], indices: np.ndarray, metric: str, folder: Path
) -> list[list[str]]:
    form = infer_submission_format(sample, classes, metric)
    assert form.format_notes == ()
    facts = {"competition": "odd", "layout": "named-images", "digest": "0", "id_column": "id", "test_rows": 1}
    shape = {"target_column": "label", "train_rows": 1, "image_shape": (2, 2, 1)}
    schema = Schema(**facts, **shape, columns=sample.columns[1:], **vars(form))  # type: ignore[arg-type]
    path = folder / "out.csv"
    write_submission(path, sample, schema, sample.ids, np.eye(len(classes), dtype=np.float32)[indices])
    assert check_submission(path, sample, schema) == len(sample.ids)
    with path.open(newline="") as stream:
        return list(csv.reader(stream))[1:]


texts = st.sampled_from(NAMES) | st.builds(spell, st.integers(0, 3), spelling) | st.text(max_size=3)


def check_texts(case: tuple[list[str], list[str], list[str]], folder: Path) -> None:
    """Labels and samples of anything: each class is written another way, and numbers keep their values."""
    labels, values, columns = case
    classes = encode_labels(np.array(labels), "row {}".format).classes
    for metric in ("accuracy", None):
        form = infer_submission_format(Sample(("id", "label"), ("1",), tuple(values)), classes, metric)
        assert len(set(map(str, form.classes))) == len(classes)
        for name, written in zip(classes, form.classes, strict=True):
            if not any("is assumed" in note for note in form.format_notes):
                assert str(written) == str(name) or _same(str(written), str(name)), (name, written)
    wide = infer_submission_format(Sample(("id", *columns), ("1",), ("0.5",)), classes, "log_loss")
    assert set(range(len(classes))) <= set(wide.column_classes)


def _same(one: str, other: str) -> bool:
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return _letters(one) == _letters(other)


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, normalize("NFKC", name).casefold())) or name


@st.composite
def any_case(draw: st.DrawFn) -> tuple[list[str], list[str], list[str]]:
    labels = draw(st.lists(texts, min_size=1, max_size=8))
    known = st.sampled_from(labels) | texts
    values = draw(st.lists(known.map(str.strip), max_size=4, unique=True))
    columns = draw(st.permutations([*dict.fromkeys(labels), *draw(st.lists(known, min_size=1, max_size=3))]))
    return labels, values, columns


@st.composite
def pixel_cells(draw: st.DrawFn) -> list[tuple[str, int | None]]:
    good = st.tuples(st.integers(0, 255), spelling).map(lambda pair: (spell(*pair), pair[0]))
    wrong = st.tuples(st.sampled_from(["256", "-1", "1.5", "nan", "", "x", "inf", "255.5", "1e3"]), st.none())
    return [*draw(st.lists(good, min_size=4, max_size=11)), draw(good | wrong)]


def check_pixels(case: list[tuple[str, int | None]], folder: Path) -> None:
    """Pixels are read as the numbers they are, or the one that is none is named."""
    path = folder / "train.csv"
    path.write_text("label,pixel0\n" + "".join(f"a,{text}\n" for text, _ in case))
    rows = read_rows(path, ("label", "pixel0"), texts=["label"], pixels=["pixel0"])
    try:
        pixels = np.concatenate([batch.pixels for batch in rows]).ravel()
    except DataError as error:
        assert case[-1][1] is None
        assert f"line {len(case) + 1}, column pixel0" in error.message
        raise
    assert pixels.dtype == np.uint8
    assert pixels.tolist() == [number for _, number in case]


KINDS = {
    "numbers": (labelled_numbers(), check_numbers),
    "texts": (any_case(), check_texts),
    "pixels": (pixel_cells(), check_pixels),
}


def fuzz(kind: str, examples: int, folder: Path, *, fixed: bool) -> None:
    cases, check = KINDS[kind]

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=fixed,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(cases)
    def attempt(case: object) -> None:
        try:
            check(case, folder)  # type: ignore[operator]
        except KagglebotError as error:
            assert error.message and error.hint and "bug" not in error.message

    attempt()


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_and_names_in_any_spelling(kind: str, tmp_path: Path) -> None:
    fuzz(kind, QUICK, tmp_path, fixed=True)


@pytest.mark.long
@pytest.mark.timeout(0)
@pytest.mark.parametrize("kind", KINDS)
def test_many_numbers_and_names(kind: str, tmp_path: Path) -> None:
    fuzz(kind, LONG, tmp_path, fixed=False)
