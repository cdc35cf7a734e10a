from pathlib import PurePosixPath

import pytest

from kagglebot.datasets.layouts.image_files.image_index import left_out_notes


@pytest.mark.parametrize(
    ("used", "twins", "folder"),
    [
        (("train", "test"), ("train-small", "test-small"), ("train", "test")),
        (("train/0", "train/1", "train/2"), ("trainSmall/0", "trainSmall/1", "trainSmall/2"), ("train",)),
        (("data/train", "data/test"), ("small/data/train", "small/data/test"), ("data/train", "data/test")),
        (("trainResized", "testResized"), ("train",), ("trainResized",)),
        (("train", "test"), ("train/small", "test/small"), ("train", "test")),
    ],
)
def test_twins_are_said_to_be_twins_and_not_to_have_no_label(
    used: tuple[str, ...], twins: tuple[str, ...], folder: tuple[str, ...]
) -> None:
    taken, left = (
        [PurePosixPath(f"{each}/{row}.png") for each in folders for row in range(3)] for folders in (used, twins)
    )
    notes = left_out_notes([*taken, *left], taken, lambda _: "train.csv has no label for them")
    count = len(left) // len(folder)
    assert [note.partition(" images, such as ")[0] for note in notes] == [
        f"Left out: {count} of {len(taken) + len(left)}" for _ in folder
    ]
    assert {note.partition(": those in ")[2] for note in notes} == {
        f"{each} have the same names, and are taken." for each in folder
    }


def test_images_of_the_same_name_elsewhere_are_no_twins() -> None:
    taken = [PurePosixPath(f"train/{name}/{row}.png") for name in ("cat", "dog") for row in range(3)]
    left = [PurePosixPath(f"train/cow/{row}.png") for row in range(4)]
    (note,) = left_out_notes([*taken, *left], taken, lambda _: "no table has a label for them")
    assert note == "Left out: 4 of 10 images, such as train/cow/0.png: no table has a label for them."
