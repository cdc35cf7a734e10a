import random
from pathlib import Path

import pytest
from competition_files import draw
from tfrecord_files import example, frame, tfrecords

from kagglebot.datasets.records.tfrecords import read_tfrecords


def test_features_are_told_by_their_type(tmp_path: Path) -> None:
    picture = draw(3, suffix=".jpg")
    path = tmp_path / "a.tfrec"
    records = [
        {"image": picture, "id": b"a1", "class": 7, "weight": 0.25, "several": [1, -2], "raw": bytes(300)},
        {"label": b"rose", "bytes": draw(4), "thumbnail_image": b"none", "nothing": []},
        {"image_raw": picture, "a": draw(5)},
    ]
    path.write_bytes(tfrecords(records))
    first, second, third = read_tfrecords(path)
    assert (first.image, first.ending, first.feature, first.side) == (picture, ".jpeg", "image", 8)
    assert first.texts == {"class": "7", "id": "a1", "several": "1 -2", "weight": "0.25"}
    assert (second.image, second.ending, second.feature) == (draw(4), ".png", "bytes")
    assert second.texts == {"label": "rose", "thumbnail_image": "none"}
    assert (third.image, third.feature) == (picture, "image_raw")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (frame(b"\xff" * 20), "no tf.train.Example"),
        (frame(example({"class": 1, "id": b"x"})), "none of its features is an image file: class, id"),
        (frame(b""), "it has none"),
        (frame(b"")[:-1], "claims 0 bytes"),
        (b"\xff" * 12 + bytes(100), "claims 18,446,744,073,709,551,615 bytes"),
        (bytes(5), "claims 0 bytes"),
    ],
)
def test_what_is_no_record_of_an_image_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "a.tfrec"
    path.write_bytes(tfrecords([{"image": draw(0)}]) + content)
    with pytest.raises(ValueError, match=reason):
        list(read_tfrecords(path))


def test_damaged_files_are_read_or_refused(tmp_path: Path) -> None:
    whole = tfrecords({"image": draw(row), "id": f"{row}".encode(), "class": row} for row in range(3))
    path, chance = tmp_path / "a.tfrec", random.Random(0)
    refused = 0
    for _ in range(300):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        path.write_bytes(content[: chance.choice([None, chance.randrange(len(content))])])
        try:
            assert len(list(read_tfrecords(path))) <= 3
        except ValueError:
            refused += 1
    assert 0 < refused < 300
