from pathlib import Path

import numpy as np
import pytest
from competition_files import ImageCompetition
from drawn_images import digit, encode, ink, tiff
from PIL import Image

from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.digests import data_digest
from kagglebot.datasets.images.conversion import Conversion
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.datasets.schema import Schema, read_schema, save_schema
from kagglebot.datasets.unlabelled import read_unlabelled

KINDS = {
    "deep": (lambda row: encode(digit(row, 120, np.uint16)), Conversion(whole=(0, 127))),
    "ink": (lambda row: ink(digit(row), 0, "LA"), Conversion(background=255)),
    "fractions": (lambda row: encode(digit(row, 1.0, np.float32), "TIFF"), Conversion(fractions=(0, 1))),
}


def _fill(pictures: ImageCompetition, kind: str) -> None:
    draw, _ = KINDS[kind]
    for row in range(8):
        pictures.files[f"train/{'ab'[row % 2]}/{row}.png"] = draw(row)
    for row in range(4):
        pictures.files[f"test/{row}.png"] = draw(8 + row)
    pictures.table("sample_submission.csv", "id,label", *(f"{row},a" for row in range(4)))


@pytest.mark.parametrize("kind", KINDS)
def test_the_conversion_is_recorded_and_used_wherever_images_are_decoded(
    pictures: ImageCompetition, kind: str, tmp_path: Path
) -> None:
    _fill(pictures, kind)
    data, conversion = pictures.load(), KINDS[kind][1]
    assert data.schema.conversion == conversion
    assert Schema.from_json(data.schema.to_json()) == data.schema
    assert (
        data.schema.digest == data_digest(data.schema.content, {}, data.schema.conversion) != data.schema.content
    )
    bright = sorted(data.train_images.max(axis=(1, 2, 3)).tolist())
    assert bright[0] > 200
    assert len(data.schema.data_notes) == 1
    for rule in (ImageRule(), ImageRule((12, 12))):
        (work := tmp_path / rule.key).mkdir()
        found = read_unlabelled(pictures.data / "files", data.schema, rule, work).images
        assert np.array_equal(found, load_dataset(pictures.data, rule).test_images)
    arrays = [path.stat().st_ino for path in sorted(pictures.data.rglob("*.npy"))]
    assert pictures.load().schema == data.schema
    assert [path.stat().st_ino for path in sorted(pictures.data.rglob("*.npy"))] == arrays


def test_pictures_of_0_1_that_were_destroyed_are_decoded_again(pictures: ImageCompetition) -> None:
    _fill(pictures, "deep")
    new = pictures.load().schema
    old = Schema.from_json({**new.to_json(), "conversion": None, "digest": new.content})
    (pictures.data / "cache" / new.digest).rename(pictures.data / "cache" / old.digest)
    save_schema(pictures.data, old)
    assert load_dataset(pictures.data).schema.conversion is None
    assert pictures.load().schema == new
    assert read_schema(pictures.data).digest == new.digest


def test_one_colour_is_said_with_an_example(pictures: ImageCompetition) -> None:
    _fill(pictures, "deep")
    pictures.files["train/b/3.png"] = encode(np.full((8, 8), 60, np.uint16))
    (_, note) = pictures.load().schema.data_notes
    assert note.startswith("1 of 12 images are of one colour, such as train/b/3.png.")


def test_further_frames_are_said_with_an_example(pictures: ImageCompetition) -> None:
    _fill(pictures, "deep")
    first, second = (digit(row, 120, np.uint16) for row in (41, 42))
    pictures.files["test/2.png"] = encode(first, "TIFF", save_all=True, append_images=[Image.fromarray(second)])
    _, note = pictures.load().schema.data_notes
    assert note == (
        "1 of 12 images have several frames or pages, such as test/2.png: only the first of each is used."
    )


def test_further_channels_are_said_with_an_example(pictures: ImageCompetition) -> None:
    _fill(pictures, "deep")
    for row, path in enumerate([name for name in pictures.files if name.endswith(".png")]):
        pictures.files[path] = tiff(np.stack([digit(row, 200, np.uint8)] * 5, axis=2))
    (note,) = pictures.load().schema.data_notes
    assert note == (
        "12 of 12 images have more channels than are read, such as train/a/0.png: only grey or colours are used."
    )


def test_images_of_one_colour_are_not_the_files_fault_alone_where_they_were_converted(
    pictures: ImageCompetition,
) -> None:
    _fill(pictures, "ink")
    pictures.files |= {"train/b/3.png": ink(digit(3), 255, "LA"), "test/0.png": ink(digit(8), 128, "LA")}
    _, note = pictures.load().schema.data_notes
    assert "the range or the background named before may hide it, or the files may not hold" in note
