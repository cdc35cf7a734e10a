import hashlib
from collections.abc import Sequence
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
    assert [str(member.path) for member in joined] == ["test/joined/b.png", "train/joined/a.png"]
    pixels = np.asarray(Image.open(tmp_path / "train/joined/a.png"))
    assert pixels.shape == (4, 4, 3) and pixels[0, 0].tolist() == [90, 200, 30]
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.png")) == [
        "test/joined/b.png",
        "train/joined/a.png",
    ]
    content = (tmp_path / "train/joined/a.png").read_bytes()
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
    assert [str(member.path) for member in joined] == ["train/joined/a.png", "train/joined/b.png"]
    assert np.asarray(Image.open(tmp_path / "train/joined/b.png"))[0, 0].tolist() == [7, 8, 9]


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


def test_a_competition_of_such_images_is_read(pictures: ImageCompetition) -> None:
    pictures.draw(*(f"train/{name}_{colour}.png" for name in "abcd" for colour in COLOURS))
    pictures.draw(*(f"test/x_{colour}.png" for colour in COLOURS), first=20)
    pictures.table("train.csv", "Id,Target", "a,0 5", "b,5", "c,0", "d,5 0")
    pictures.table("sample_submission.csv", "Id,Predicted", "x,0")
    schema = pictures.load("Macro F1").schema
    assert (schema.image_shape, schema.train_rows, schema.classes) == ((8, 8, 3), 4, (0, 5))
    assert "joined, as in test/joined/x.png" in schema.assumptions[0]
