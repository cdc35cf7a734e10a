import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from competition_files import Competition, ImageCompetition
from drawn_images import digit

from kagglebot.datasets.images.conversion import Conversion
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.datasets.unlabelled import read_unlabelled
from kagglebot.errors import DataError

SCALES: dict[str, tuple[Callable[[int], np.ndarray], tuple[float, float]]] = {
    "fractions": (digit, (0, 1)),
    "centred": (lambda row: digit(row) * 2 - 1, (-1, 1)),
    "12 bits": (lambda row: digit(row, 4000), (0, 4095)),
    "16 bits": (lambda row: digit(row, 65535), (0, 65535)),
    "standardised": (lambda row: digit(row) * 4 - 1.5, (-1.5, 2.5)),
}


def _row(pixels: np.ndarray, between: str) -> str:
    return between.join(f"{value:.8g}" for value in pixels.ravel())


def _fill(pictures: ImageCompetition, layout: str, draw: Callable[[int], np.ndarray]) -> None:
    if layout == "columns":
        names = ",".join(f"pixel{number}" for number in range(64))
        pictures.table("train.csv", f"label,{names}", *(f"{row % 3},{_row(draw(row), ',')}" for row in range(9)))
        pictures.table("test.csv", names, *(_row(draw(row), ",") for row in range(9, 13)))
    else:
        pictures.table("train.csv", "label,pixels", *(f"{row % 3},{_row(draw(row), ' ')}" for row in range(9)))
        pictures.table("test.csv", "pixels", *(_row(draw(row), " ") for row in range(9, 13)))
    pictures.table("sample_submission.csv", "id,label", *(f"{row},0" for row in range(1, 5)))


@pytest.mark.parametrize("layout", ["columns", "text"])
@pytest.mark.parametrize("scale", SCALES)
def test_pixels_of_another_scale_become_0_to_255(
    pictures: ImageCompetition, layout: str, scale: str, tmp_path: Path
) -> None:
    draw, limits = SCALES[scale]
    _fill(pictures, layout, draw)
    data = pictures.load()
    assert data.schema.conversion == Conversion(fractions=limits)
    assert data.schema.data_notes == (
        f"Pixels are numbers from {limits[0]:.10g} to {limits[1]:.10g}, which become 0 to 255.",
    )
    pixels = (np.array([draw(row) for row in range(13)]) - limits[0]) * (255 / (limits[1] - limits[0]))
    assert np.abs(data.train_images[..., 0] - pixels[:9]).max() <= 0.51
    assert np.abs(data.test_images[..., 0] - pixels[9:]).max() <= 0.51
    assert pictures.load().schema == data.schema
    (work := tmp_path / "work").mkdir()
    table = pictures.data / "files/test.csv"  # the hidden test set has a brighter pixel
    header, first, *others = table.read_text().split("\n")
    table.write_text("\n".join([header, re.sub("^[^ ,]+", "9e9", first), *others]))
    found = read_unlabelled(pictures.data / "files", data.schema, ImageRule(), work).images
    assert found[0, 0, 0, 0] == 255
    assert np.array_equal(found.reshape(-1)[1:], data.test_images.reshape(-1)[1:])


@pytest.mark.parametrize("value", ["x", "", "nan", "inf"])
def test_what_is_no_number_is_refused_beside_fractions(pictures: ImageCompetition, value: str) -> None:
    _fill(pictures, "columns", digit)
    text = str(pictures.files["train.csv"]).split("\n")
    text[4] = text[4].rsplit(",", 1)[0] + f",{value}"
    pictures.files["train.csv"] = "\n".join(text)
    with pytest.raises(
        DataError, match=r"train\.csv, line 5, column pixel63: (the pixel is empty|.* not a number)"
    ):
        pictures.load()


def test_one_odd_pixel_among_bytes_is_refused(competition: Competition, pictures: ImageCompetition) -> None:
    _fill(pictures, "columns", lambda row: digit(row, 255) + (row == 3) * 0.5)
    with pytest.raises(DataError, match=r"train\.csv, line 5, column pixel0: '0\.5' is not a pixel"):
        pictures.load()


@pytest.mark.parametrize("layout", ["columns", "text"])
def test_one_pixel_far_away_does_not_darken_all_others(pictures: ImageCompetition, layout: str) -> None:
    def draw(row: int) -> np.ndarray:
        pixels = digit(row, 400).copy()
        pixels[0, 0] = 65535 if row == 4 else pixels[0, 0]
        return pixels

    _fill(pictures, layout, draw)
    data = pictures.load()
    assert data.schema.conversion == Conversion(fractions=(0, 511))
    (note,) = data.schema.data_notes
    assert note.endswith("and those beyond become 0 or 255.")


@pytest.mark.parametrize("factors", [(255, 1), (1, 255)])
def test_tables_of_different_scales_are_said(pictures: ImageCompetition, factors: tuple[int, int]) -> None:
    _fill(pictures, "columns", lambda row: np.rint(digit(row, 200)) / 200 * factors[row >= 9])
    notes = pictures.load().schema.data_notes
    assert any("training and test images may be on different scales" in note for note in notes)
