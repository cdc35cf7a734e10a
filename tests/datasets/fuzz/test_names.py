"""Fuzzed spellings of ids and forms of tables: what was meant is found, or it is refused; never something else.

The long form tries FUZZ_EXAMPLES of each kind, 2,000 unless told otherwise:

    pytest -m long tests/datasets/fuzz/test_names.py
"""

import os
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest
from competition_files import ImageCompetition, draw
from hypothesis import given, settings
from hypothesis import strategies as st
from spreadsheets import SPREADSHEETS

from kagglebot.datasets.layouts.image_files.image_index import ImageIndex
from kagglebot.datasets.spellings.names import match_names
from kagglebot.datasets.tables.pixel_rows import read_header
from kagglebot.datasets.tables.text_columns import read_columns
from kagglebot.errors import KagglebotError

long = pytest.param(int(os.environ.get("FUZZ_EXAMPLES", "2000")), marks=[pytest.mark.long, pytest.mark.timeout(0)])

#: Few signs, so that names often resemble each other.
names = (
    st.text("aAbB\u00e9\u00c9019_-. ", min_size=1, max_size=5).map(str.strip).filter(lambda name: name.strip("."))
)
changes = st.sampled_from(
    [
        str,
        str.upper,
        str.lower,
        str.title,
        lambda name: unicodedata.normalize("NFD", name),
        lambda name: f" {name} ",
        lambda name: f"{name}.PNG",
        lambda name: f"{name}.jpeg",
        lambda name: f"train/{name}",
        lambda name: rf"C:\Train\{name}",
        lambda name: f"00{name}" if name.isdecimal() else name,
        lambda name: f"{name}.0" if name.isdecimal() else name,
        lambda name: name.lstrip("0") or name,
    ]
)
cells = st.text("abcXYZ0123456789\u00e9\u00df\u732b _-", min_size=1, max_size=6).map(str.strip).filter(bool)
# Numbers that have no other spelling, and words that are no numbers with a comma.
values = cells.filter(lambda cell: not cell.isdecimal()) | st.sampled_from(["0.25", "-1.5", ".5", "3.5e-05", "7"])


def fuzz(check: Callable[..., None], examples: int, *inputs: st.SearchStrategy[object]) -> None:
    """Try so many inputs; the same ones each time."""
    settings(max_examples=examples, deadline=None, derandomize=True, database=None)(given(*inputs)(check))()


@pytest.mark.parametrize("examples", [150, long])
def test_an_id_finds_the_image_that_was_meant_or_none(examples: int) -> None:
    def check(files: list[str], spellings: list[Callable[[str], str]], asked: int) -> None:
        paths = [PurePosixPath("train") / f"{name}.png" for name in files]
        changed = [spell(name) for spell, name in zip(spellings, files[:asked], strict=False)]
        ids = [*changed, *files[len(changed) : asked]]
        try:
            found = ImageIndex(paths).find(ids, "train")
        except KagglebotError:
            return
        exact = dict(zip(files, paths, strict=True))
        for name, path, meant in zip(ids, found, paths, strict=False):
            spelled = exact.get(name.strip().removesuffix(".PNG").removesuffix(".jpeg").removeprefix("train/"))
            assert path in (None, spelled or meant)

    inputs = st.lists(names, min_size=1, max_size=6, unique=True), st.lists(changes, max_size=6), st.integers(1, 6)
    fuzz(check, examples, *inputs)


@pytest.mark.parametrize("examples", [150, long])
def test_an_id_is_matched_with_itself_or_with_what_nothing_else_means(examples: int) -> None:
    def check(known: list[str], spellings: list[Callable[[str], str]]) -> None:
        ids = [spell(name) for spell, name in zip(spellings, known, strict=False)]
        found = match_names(ids, known)
        taken = [row for row in found if row is not None]
        same = len({name.strip() for name in ids}) < len(ids)
        assert same or len(set(taken)) == len(taken)
        for name, row in zip(ids, found, strict=True):
            if name.strip() in known:
                assert row is not None and known[row] == name.strip()

    fuzz(check, examples, st.lists(names, min_size=1, max_size=6, unique=True), st.lists(changes, max_size=6))


@pytest.mark.parametrize("examples", [200, long])
def test_a_table_in_any_form_holds_what_it_held(examples: int, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"

    def check(form: str, header: list[str], rows: list[list[str]]) -> None:
        rows = [[*row, *["x"] * 4][: len(header)] for row in rows]
        path.write_bytes(SPREADSHEETS[form]("\n".join(",".join(row) for row in (header, *rows)) + "\n"))
        assert read_header(path) == tuple(header)
        assert read_columns(path, header, header).values == [tuple(row) for row in rows]

    header = st.lists(
        st.sampled_from(["id", "label", "file_name", "Class", "a b"]), min_size=2, max_size=4, unique=True
    )
    rows = st.lists(st.lists(values, min_size=2, max_size=4), min_size=1, max_size=5)
    fuzz(check, examples, st.sampled_from(sorted(SPREADSHEETS)), header, rows)


@pytest.mark.parametrize("examples", [12, long])
def test_an_image_gets_its_own_label_or_is_refused(examples: int) -> None:
    pictures = [draw(row) for row in range(6)]

    def check(files: list[str], spell: Callable[[str], str], form: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            competition = ImageCompetition(Path(folder))
            competition.files = {f"train/{name}.png": pictures[row] for row, name in enumerate(files)}
            competition.files |= {"test/x1.png": pictures[0], "test/x2.png": pictures[1]}
            rows = "".join(f"{spell(name)},class {row % 2}\n" for row, name in enumerate(files))
            competition.files["train.csv"] = SPREADSHEETS[form](f"id,kind\n{rows}")
            competition.files["sample_submission.csv"] = SPREADSHEETS[form](
                "id,kind\nX1,class 0\nx2.png,class 1\n"
            )
            try:
                data = competition.load()
            except KagglebotError as error:
                assert error.hint
                return
            means = [round(float(image.mean()), 3) for image in data.train_images]
            labels = dict(zip(means, data.train_labels.tolist(), strict=True))
            plain = ImageCompetition(Path(folder) / "plain", dict(competition.files))
            plain.folder.mkdir()
            table = "".join(f"{name},class {row % 2}\n" for row, name in enumerate(files))
            plain.files |= {
                "train.csv": f"id,kind\n{table}",
                "sample_submission.csv": "id,kind\nx1,class 0\nx2,class 1\n",
            }
            expected = plain.load()
            wanted = zip(expected.train_images, expected.train_labels.tolist(), strict=True)
            assert labels == {round(float(image.mean()), 3): label for image, label in wanted}

    distinct = st.lists(names, min_size=4, max_size=6, unique_by=lambda name: name.strip().casefold())
    fuzz(check, examples, distinct, changes, st.sampled_from(sorted(SPREADSHEETS)))
