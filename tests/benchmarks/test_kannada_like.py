import csv
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import kannada_like
import numpy as np
import pytest
from holdout_competition import make_competition
from kannada_like import distance_to_pen, picture, write_competition, write_digits
from PIL import ImageFont


@pytest.fixture(scope="module")
def fields() -> list[kannada_like.Field]:
    """The fields of ten digits in the font that comes with Pillow."""
    font = ImageFont.load_default(200)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return [distance_to_pen(picture(font, digit)) for digit in "0123456789"]


def written(fields: list[kannada_like.Field], seed: int = 0) -> tuple[kannada_like.Images, kannada_like.Labels]:
    return write_digits([fields], writers=2, copies=2, chance=np.random.default_rng(seed))


def table(archive: Path, name: str) -> list[list[str]]:
    with zipfile.ZipFile(archive) as zipped:
        return list(csv.reader(io.StringIO(zipped.read(name).decode())))


def test_the_pen_follows_the_middle_of_a_stroke() -> None:
    bar = np.zeros((448, 448), dtype=bool)
    bar[100:164, 50:400] = True  # four pixels of an image wide

    distance = distance_to_pen(bar)

    assert distance[132, 100:350].max() < 0.1
    assert distance[100, 200] == pytest.approx(2, abs=0.1) and distance[300, 200] > 10


def test_every_writer_writes_every_digit_otherwise(fields: list[kannada_like.Field]) -> None:
    images, labels = written(fields)

    assert images.shape == (40, 784) and images.dtype == np.uint8
    assert np.bincount(labels).tolist() == [4] * 10
    assert len(np.unique(images, axis=0)) == 40
    assert images.max(axis=1).min() > 100, "each image has ink"
    assert (images == 0).mean() > 0.5, "and paper"


def test_the_same_seed_writes_the_same(fields: list[kannada_like.Field]) -> None:
    assert np.array_equal(written(fields)[0], written(fields)[0])
    assert not np.array_equal(written(fields)[0], written(fields, seed=1)[0])


@pytest.mark.parametrize(("rows", "train_rows", "test_rows"), [(None, 40, 40), (12, 12, 3)])
def test_the_labels_of_the_test_images_are_not_served(
    fields: list[kannada_like.Field], tmp_path: Path, rows: int | None, train_rows: int, test_rows: int
) -> None:
    archive = tmp_path / "kannada-like.zip"
    images, labels = written(fields, seed=1)
    write_competition(archive, written(fields), (images, labels))
    (tmp_path / "served").mkdir()

    competition = make_competition(archive, tmp_path / "served", rows)

    assert competition.name == "kannada-like" and competition.header == ("id", "label")
    assert competition.hidden == {str(row): str(label) for row, label in enumerate(labels[:test_rows])}
    with zipfile.ZipFile(competition.archive) as zipped:
        assert sorted(zipped.namelist()) == ["sample_submission.csv", "test.csv", "train.csv"]
    assert len(table(competition.archive, "train.csv")) == 1 + train_rows
    header, *test = table(competition.archive, "test.csv")
    assert header[:2] == ["id", "pixel0"] and len(header) == 785
    assert [list(map(int, row)) for row in test] == [
        [row, *pixels] for row, pixels in enumerate(images[:test_rows].tolist())
    ]


def test_a_missing_font_is_explained(tmp_path: Path) -> None:
    program = Path(kannada_like.__file__)

    done = subprocess.run(
        [sys.executable, str(program), "--output", str(tmp_path / "x.zip"), "--fonts", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1 and not (tmp_path / "x.zip").exists()
    assert "Gubbi.ttf" in done.stderr and "install fonts-knda and fonts-noto-core" in done.stderr
