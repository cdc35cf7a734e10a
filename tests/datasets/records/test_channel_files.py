import hashlib
import io
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
from competition_files import ImageCompetition
from PIL import Image

from kagglebot.datasets.archive.guard import Member
from kagglebot.datasets.records.channel_files import join_channels
from kagglebot.errors import DataError
from kagglebot.system.progress import no_progress

COLOURS = ("red", "green", "blue", "yellow")


def _write(folder: Path, values: dict[str, int | tuple[int, int, int]], size: int = 4) -> list[Member]:
    """Write images of one value each, by their path."""
    members = []
    for name, value in values.items():
        shape = (size, size) if isinstance(value, int) else (size, size, 3)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full(shape, value, np.uint8)).save(folder / name)
        content = (folder / name).read_bytes()
        members.append(Member(PurePosixPath(name), len(content), hashlib.sha256(content).hexdigest()))
    return members


def test_four_grey_files_are_one_image(tmp_path: Path) -> None:
    parts = {f"train/a_{colour}.png": value for colour, value in zip(COLOURS, (10, 200, 30, 90), strict=True)}
    parts |= {f"test/b_{colour}.png": 7 for colour in COLOURS}
    joined = join_channels(tmp_path, _write(tmp_path, parts), no_progress)
    assert [str(member.path) for member in joined] == ["joined/test/b.png", "joined/train/a.png"]
    pixels = np.asarray(Image.open(tmp_path / "joined/train/a.png"))
    assert pixels.shape == (4, 4, 3) and pixels[0, 0].tolist() == [90, 200, 30]
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.png")) == [
        "joined/test/b.png",
        "joined/train/a.png",
    ]
    content = (tmp_path / "joined/train/a.png").read_bytes()
    assert (joined[1].size, joined[1].sha256) == (len(content), hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize(
    ("form", "colours"),
    [
        ("train/{0}-{1}.png", "RGB"),
        ("train/{0}.{1}.png", "rgb"),
        ("train/{1}/{0}.png", ("Red", "Green", "Blue")),
        ("{1}/train/{0}.png", ("red", "green", "blue")),
        ("train/{1}_{0}.png", ("red", "green", "blue")),
        ("train/{0}/{1}.png", ("Red", "Green", "Blue")),
    ],
)
def test_the_colour_may_be_a_letter_or_a_folder(tmp_path: Path, form: str, colours: Sequence[str]) -> None:
    parts = {form.format(name, each): row for name in "ab" for row, each in enumerate(colours, start=7)}
    joined = join_channels(tmp_path, _write(tmp_path, dict(parts)), no_progress)
    assert [str(member.path) for member in joined] == ["joined/train/a.png", "joined/train/b.png"]
    assert np.asarray(Image.open(tmp_path / "joined/train/b.png"))[0, 0].tolist() == [7, 8, 9]


@pytest.mark.parametrize(
    "names",
    [
        {"a_red.png": 1, "a_green.png": 2, "a_blue.png": 3, "b_red.png": 4, "b_blue.png": 5},
        {"a_red.png": 1, "a_green.png": 2, "a_blue.png": 3, "other.png": 4},
        {"a_red.png": 1, "a_blue.png": 3},
        {"r/1.png": 1, "g/1.png": 2, "b/1.png": 3},
        {"a_red.png": (1, 2, 3), "a_green.png": (1, 2, 3), "a_blue.png": (1, 2, 3)},
    ],
)
def test_other_files_stay_as_they_are(tmp_path: Path, names: dict[str, int | tuple[int, int, int]]) -> None:
    members = _write(tmp_path, names)
    assert join_channels(tmp_path, members, no_progress) == members
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.png")) == sorted(names)


def test_damaged_parts_and_other_sizes_are_named(tmp_path: Path) -> None:
    members = _write(tmp_path, {f"{name}_{colour}.png": 1 for name in "ab" for colour in COLOURS[:3]})
    _write(tmp_path, {"b_red.png": 1}, size=5)
    with pytest.raises(DataError, match=r"b_red\.png has another size"):
        join_channels(tmp_path, members, no_progress)
    (tmp_path / "joined").rename(tmp_path / "before")
    (tmp_path / "a_blue.png").write_bytes((tmp_path / "b_blue.png").read_bytes()[:40])
    with pytest.raises(DataError, match=r"a_blue\.png cannot be read as an image"):
        join_channels(tmp_path, members, no_progress)


@pytest.mark.parametrize(
    ("highest", "top", "kind"), [(4095, 4095, np.uint16), (200, 255, np.uint16), (3.5, 3.5, np.float32)]
)
def test_parts_of_more_than_eight_bits_keep_their_levels(
    pictures: ImageCompetition, highest: float, top: float, kind: type[np.generic]
) -> None:
    levels = (np.arange(64).reshape(8, 8) * highest / 63).astype(kind)
    for side, name in (("train", "a"), ("train", "b"), ("test", "x")):
        for row, colour in enumerate(COLOURS):
            stream = io.BytesIO()
            Image.fromarray(np.roll(levels, row, axis=1)).save(stream, "TIFF")
            pictures.files[f"{side}/{name}_{colour}.tif"] = stream.getvalue()
    pictures.table("train.csv", "id,label", "a,oak", "b,elm")
    pictures.table("sample_submission.csv", "id,label", "x,oak")
    data = pictures.load()
    wanted = np.rint(levels.astype(np.float64) * 255 / top)
    assert np.abs(data.train_images[0, :, :, 2] - np.roll(wanted, 2, axis=1)).max() <= 1
    said = any(f"values from 0 to {top:g} become 0 to 255" in note for note in data.schema.assumptions)
    assert said == (top != 255)  # else they stay as they are


def test_parts_of_two_depths_are_refused(tmp_path: Path) -> None:
    members = _write(tmp_path, {f"a_{colour}.png": 1 for colour in COLOURS[:3]})
    Image.fromarray(np.full((4, 4), 300, np.uint16)).save(tmp_path / "a_blue.png")
    with pytest.raises(DataError, match="another size or depth than"):
        join_channels(tmp_path, members, no_progress)


@pytest.mark.parametrize("form", ["{0}/{1}_{2}.png", "{0}/{1}/{2}.png", "{0}/{2}/{1}.png", "{0}/{2}_{1}.png"])
@pytest.mark.parametrize("spell", [str, lambda name: name.removesuffix(".png")])
@pytest.mark.parametrize("bare", [False, True])
def test_images_that_are_named_one_by_one_are_not_channels(
    pictures: ImageCompetition, form: str, spell: Callable[[str], str], *, bare: bool
) -> None:
    train = [form.format("train", colour, row) for row in range(4) for colour in COLOURS[:3]]
    test = [form.format("test", colour, row) for row in range(2) for colour in COLOURS[:3]]
    pictures.draw(*train, *test)
    pictures.table("train.csv", "id,label", *(f"{spell(name)},{row % 2}" for row, name in enumerate(train)))
    if bare:
        pictures.table("test.csv", "id", *map(spell, test))
        pictures.table("sample_submission.csv", *"010101")
    else:
        pictures.table("sample_submission.csv", "id,label", *(f"{spell(name)},0" for name in test))
    schema = pictures.load().schema
    assert (schema.train_rows, schema.test_rows, schema.image_shape) == (12, 6, (8, 8, 1))


@pytest.mark.parametrize("form", ["{0}_{1}.png", "{0}/{1}.png"])
@pytest.mark.parametrize("ending", ["", ".png"])
def test_ids_may_be_paths(pictures: ImageCompetition, form: str, ending: str) -> None:
    train, test = [f"train/z{row}" for row in range(4)], [f"test/z{row}" for row in range(4, 6)]
    pictures.draw(*(form.format(name, colour) for name in (*train, *test) for colour in COLOURS[:3]))
    pictures.table("train.csv", "id,label", *(f"{name}{ending},{row % 2}" for row, name in enumerate(train)))
    pictures.table("sample_submission.csv", "id,label", *(f"{name}{ending},0" for name in test))
    pictures.table("files.csv", "file", *(form.format(name, colour) for name in train for colour in COLOURS[:3]))
    data = pictures.load()
    assert (data.schema.image_shape, data.test_ids) == ((8, 8, 3), tuple(f"{name}{ending}" for name in test))


def test_a_competition_of_such_images_is_read(pictures: ImageCompetition) -> None:
    pictures.draw(*(f"train/{name}_{colour}.png" for name in "abcd" for colour in COLOURS))
    pictures.draw(*(f"test/x_{colour}.png" for colour in COLOURS), first=20)
    pictures.table("train.csv", "Id,Target", "a,0 5", "b,5", "c,0", "d,5 0")
    pictures.table("sample_submission.csv", "Id,Predicted", "x,0")
    schema = pictures.load("Macro F1").schema
    assert (schema.image_shape, schema.train_rows, schema.classes) == ((8, 8, 3), 4, (0, 5))
    assert "joined, as in joined/test/x.png" in schema.assumptions[0]
