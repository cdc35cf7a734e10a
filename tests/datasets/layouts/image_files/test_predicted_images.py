"""Samples of one class a line, without ids, beside image files."""

from collections.abc import Sequence

import numpy as np
import pytest
from competition_files import ImageCompetition


def _bare(pictures: ImageCompetition, tests: Sequence[str], *, folders: bool = False) -> None:
    """Add six labelled images, those of the test, and a sample of as many lines."""
    names = [
        f"train/{'oak' if row % 2 else 'elm'}/{row}.png" if folders else f"train/t{row}.png" for row in range(6)
    ]
    pictures.draw(*names)
    if not folders:
        pictures.table("train.csv", "id,label", *(f"t{row},{'oak' if row % 2 else 'elm'}" for row in range(6)))
    pictures.draw(*tests, first=10)
    pictures.table("sample_submission.csv", "oak", *["oak"] * (len(tests) - 1))


@pytest.mark.parametrize("folders", [False, True])
@pytest.mark.parametrize(
    "form", ["test/{}.png", "test/{:04}.png", "test/img_{}.png", "unknown/x2-{}.png", "test/i ({})_b2.png"]
)
@pytest.mark.parametrize("start", [0, 1])
def test_numbers_in_names_are_their_order(
    pictures: ImageCompetition, form: str, start: int, *, folders: bool
) -> None:
    order = [10, 9, 2, *range(3, 9), 1, 0] if start == 0 else [10, 9, 2, *range(3, 9), 1]
    _bare(pictures, [form.format(number) for number in order], folders=folders)
    data = pictures.load()
    assert data.test_ids == tuple(str(line) for line in range(1, len(order) + 1))
    names = sorted(order)
    drawn = ImageCompetition(pictures.folder)
    for line, number in enumerate(names):
        drawn.draw("a.png", first=10 + order.index(number))
        assert data.test_images[line].tobytes() == _pixels(drawn.files["a.png"])


def test_test_csv_shows_their_order(pictures: ImageCompetition) -> None:
    _bare(pictures, ["test/b.png", "test/a.png", "test/c.png"])
    pictures.table("test.csv", "row,file", "7,c.png", "8,b.png", "9,a.png")
    images = pictures.load().test_images
    assert [image.tobytes() for image in images] == [_pixels(pictures.files[f"test/{name}.png"]) for name in "cba"]


@pytest.mark.parametrize(
    ("header", "rows", "orders"),
    [
        ("file", "201", "the numbers of the images and test.csv, column 'file',"),
        ("file", ["02.PNG", "0.PNG", "1.PNG"], "the numbers of the images and test.csv, column 'file',"),
        ("old,new", ["5,7", "7,9", "9,5"], "test.csv, column 'old', and test.csv, column 'new',"),
    ],
)
def test_two_orders_are_refused(pictures: ImageCompetition, header: str, rows: Sequence[str], orders: str) -> None:
    _bare(pictures, [f"test/{name}.png" for name in ("012" if header == "file" else "579")])
    pictures.table("test.csv", header, *rows)
    pictures.refused(f"the order of the test images is not certain: {orders} have two different orders")


def test_one_order_from_several_sources_is_taken(pictures: ImageCompetition) -> None:
    _bare(pictures, ["test/2.png", "test/0.png", "test/1.png"])
    pictures.table("test.csv", "row,file", "0,0.png", "1,1.png", "2,2.png")
    images = pictures.load().test_images
    assert [image.tobytes() for image in images] == [_pixels(pictures.files[f"test/{name}.png"]) for name in "012"]


def test_images_without_a_folder_of_the_test_are_named_so(pictures: ImageCompetition) -> None:
    pictures.draw(*(f"learn/{'oak' if row % 2 else 'elm'}/{row}.png" for row in range(6)))
    pictures.draw(*(f"images/{row}.png" for row in range(3)), first=10)
    pictures.table("sample_submission.csv", "oak", "elm", "oak")
    pictures.refused("all images are for training: nothing shows which are for the test")


@pytest.mark.parametrize(
    "names",
    [
        ["test/a0900.png", "test/a0901.png", "test/a0902.png"],
        ["test/1.png", "test/2.png", "test/4.png"],
        ["test/a1.png", "test/b2.png", "test/c3.png"],
        ["pictures/7.png", "pictures/8.png", "pictures/9.png"],
        ["test/x.png", "test/y.png", "test/z.png"],
    ],
)
def test_without_an_order_the_cause_is_said(pictures: ImageCompetition, names: list[str]) -> None:
    _bare(pictures, names)
    pictures.refused(
        rf"has 3 lines without ids, and nothing shows which of the 3 test images, such as {names[0]}, each is for"
    )


def test_lines_are_not_taken_for_names_of_training_images(pictures: ImageCompetition) -> None:
    pictures.draw(*(f"all/{row}.png" for row in range(1, 10)))
    pictures.table("train.csv", "id,label", *(f"{row},{'oak' if row % 2 else 'elm'}" for row in range(1, 7)))
    pictures.table("sample_submission.csv", "oak", "elm", "oak")
    pictures.refused("nothing shows which of the 3 test images, such as all/7.png, each is for")


def _pixels(content: bytes | str) -> bytes:
    import io

    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(content if isinstance(content, bytes) else b""))).tobytes()
