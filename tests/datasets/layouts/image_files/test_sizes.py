from pathlib import Path, PurePosixPath

import pytest
from competition_files import ImageCompetition

from kagglebot.datasets.layouts.image_files.sizes import choose_size, offered_sizes


def _paths(*folders: str) -> list[PurePosixPath]:
    return [PurePosixPath(f"{folder}/{row}.png") for folder in folders for row in range(3)]


@pytest.mark.parametrize(
    ("folders", "taken"),
    [
        (("train_512", "test_512", "train_224", "test_224"), ("train_512", "test_512")),
        (("train", "test", "train-800", "test-800"), ("train-800", "test-800")),
        (("train", "test", "train_128px", "test_128px"), ("train", "test")),
        (("jpeg-192x192/train", "jpeg-1024x768/train"), ("jpeg-1024x768/train",)),
        (("64x64/train", "128x128/train", "32x32/train"), ("128x128/train",)),
        (("data/images512/train", "data/images256/train"), ("data/images512/train",)),
        (("256/train", "512/train", "256/test", "512/test"), ("512/train", "512/test")),
        (("train/256px", "train/512px", "test/256px", "test/512px"), ("train/512px", "test/512px")),
        (("train", "train/128", "test", "test/128"), ("train", "test")),
        (("train/orig", "train/512", "test/orig", "test/512"), ("train/512", "test/512")),
        (("full/train", "64x64/train", "full/test", "64x64/test"), ("full/train", "full/test")),
        (("pictures/128", "pictures/256"), ("pictures/256",)),
        (("train/100", "train/200"), ("train/100", "train/200")),  # classes
        (("train/100", "train/200", "test"), ("train/100", "train/200", "test")),
        (("train/16", "train/24", "train_512/16", "train_512/24"), ("train_512/16", "train_512/24")),
        (("train/class_100", "train/class_200"), ("train/class_100", "train/class_200")),
        (("train", "train_2019", "train_2020"), ("train", "train_2019", "train_2020")),
        (("train_01", "train_10", "train_11"), ("train_01", "train_10", "train_11")),
    ],
)
def test_the_smallest_of_sufficient_size_is_taken(folders: tuple[str, ...], taken: tuple[str, ...]) -> None:
    choice = choose_size(_paths(*folders))
    assert {str(path.parent) for path in choice.images} == {*taken}
    assert bool(choice.notes) == (set(folders) != set(taken))


@pytest.mark.parametrize(
    ("folders", "others"),
    [
        (("128/train", "512/train", "128/test", "512/test"), "--files '128/*'"),
        (("data/train", "data/train_512"), "--files 'data/train/*'"),
        (("data/train", "data/train/512", "data/test", "data/test/512"), ""),
    ],
)
def test_only_the_folders_of_another_size_are_named(folders: tuple[str, ...], others: str) -> None:
    (note,) = choose_size(_paths(*folders)).notes
    assert note.partition("are taken.")[2] == (
        f" To take others, fetch only these: --files '*.csv' {others}" if others else ""
    )


def test_a_part_in_another_size_is_no_copy_of_all() -> None:
    paths = [*_paths("train", "train_512"), *(PurePosixPath(f"train/more{row}.png") for row in range(3))]
    assert choose_size(paths).images == tuple(paths)


@pytest.mark.parametrize("second", [(8, 8), (9, 9)])
@pytest.mark.parametrize("folders", [("train", "test"), ("images", "images"), ("train/img", "test/img")])
def test_numbered_folders_whose_images_a_table_names_are_no_sizes(
    tmp_path: Path, folders: tuple[str, str], second: tuple[int, int]
) -> None:
    pictures = ImageCompetition(tmp_path)
    names = [[f"{folder}/{number}/{row}.png" for number in (104, 152) for row in range(4)] for folder in folders]
    if folders[0] == folders[1]:
        names = [[name for name in names[0] if (name[-5] == "3") == test] for test in (False, True)]
    for start, paths in zip((0, 20), names, strict=True):
        for row, path in enumerate(paths, start):
            pictures.draw(path, first=row, size=second if "/152/" in path else (8, 8))
    pictures.table("train.csv", "path,label", *(f"{name},{row % 2}" for row, name in enumerate(names[0])))
    pictures.table("sample_submission.csv", "path,label", *(f"{name},0" for name in names[1]))
    data = pictures.load()
    assert (data.schema.train_rows, data.test_ids) == (len(names[0]), tuple(names[1]))
    assert not any("Left out" in note for note in data.schema.data_notes)


@pytest.mark.parametrize(("size", "taken"), [((8, 8), 16), ((9, 9), 8)])
def test_copies_of_one_size_in_pixels_are_no_sizes(tmp_path: Path, size: tuple[int, int], taken: int) -> None:
    pictures = ImageCompetition(tmp_path)
    paths = [f"{side}/{{}}/{row}.png" for side in ("train", "test") for row in range(4)]
    pictures.draw(*(path.format(64) for path in paths))
    pictures.draw(*(path.format(128) for path in paths), size=size)
    for path, content in pictures.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    assert len(choose_size([*map(PurePosixPath, pictures.files)], tmp_path).images) == taken


def test_the_size_is_taken_that_the_tables_name(tmp_path: Path) -> None:
    pictures = ImageCompetition(tmp_path)
    for size, side in ((64, 8), (128, 9)):
        pictures.draw(*(f"{size}/train/{row}.png" for row in range(6)), f"{size}/test/7.png", size=(side, side))
    pictures.table("train.csv", "path,label", *(f"64/train/{row}.png,{row % 2}" for row in range(6)))
    pictures.table("sample_submission.csv", "path,label", "64/test/7.png,0")
    schema = pictures.load().schema
    assert (schema.train_rows, schema.own_size) == (6, (8, 8))


@pytest.mark.parametrize(
    ("paths", "offered"),
    [
        (("jpeg-16x16/train/a.tfrec", "jpeg-32x32/train/b.tfrec", "x.csv"), ["jpeg-16x16", "jpeg-32x32"]),
        (("train_512.zip", "train_800.zip", "test_512.tar.gz"), ["train_512", "train_800"]),
        (("256/train/1.png", "512/train/1.png", "256/test/2.png", "512/test/2.png"), ["256", "512"]),
        (
            ("train/64/1.png", "train/96/1.png", "test/64/2.png", "test/96/2.png"),
            ["train/64", "train/96", "test/64", "test/96"],
        ),
        (("train/100/1.png", "train/200/1.png", "test/1.png"), []),
        (("train.7z", "train_64.7z.001", "train_64.7z.002"), ["train", "train_64"]),
        (("train/1.png", "test/1.png", "train_labels.csv", "images_512/1.png"), []),
    ],
)
def test_sizes_are_seen_in_a_list_of_files(paths: tuple[str, ...], offered: list[str]) -> None:
    assert offered_sizes(map(PurePosixPath, paths)) == offered


def test_the_size_is_said_with_what_takes_another(tmp_path: Path) -> None:
    pictures = ImageCompetition(tmp_path)
    pictures.draw(*(f"train_512/{row}.png" for row in range(6)), "test_512/a.png")
    pictures.draw(*(f"train_800/{row}.png" for row in range(6)), "test_800/a.png", first=20, size=(9, 9))
    pictures.table("train.csv", "id,label", *(f"{row},{row % 2}" for row in range(6)))
    pictures.table("sample_submission.csv", "id,label", "a,0")
    schema = pictures.load().schema
    assert (schema.train_rows, schema.test_rows) == (6, 1)
    assert schema.data_notes[0] == (
        "Left out: 7 of 14 images, such as train_800/0.png: they are there in several sizes, and those of 512 "
        "pixels are taken. To take others, fetch only these: "
        "--files '*.csv' --files 'test_800/*' --files 'train_800/*'"
    )
