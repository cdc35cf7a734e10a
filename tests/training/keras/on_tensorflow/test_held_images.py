"""Images on a card: here on the CPU, which TensorFlow treats as any other device."""

from pathlib import Path

import numpy as np
import pytest
from fake_driver import T4, install_driver

from kagglebot.training.keras.on_tensorflow.held_images import HeldImages, fits_on_card

IMAGES = np.random.default_rng(0).integers(0, 256, (9, 4, 3, 1)).astype(np.uint8)


def test_rows_are_those_of_the_array(tmp_path: Path) -> None:
    np.save(tmp_path / "images.npy", IMAGES)
    held = HeldImages(np.load(tmp_path / "images.npy", mmap_mode="r"))
    rows = np.array([8, 0, 3, 3])
    np.testing.assert_array_equal(held[rows], IMAGES[rows])
    assert held[rows].dtype.name == "uint8"


@pytest.mark.parametrize(
    ("free", "shape", "fits"),
    [
        ("15000", (1000, 28, 28, 1), True),
        ("5", (1000, 28, 28, 1), False),  # 0.784 of 5.24 MB
        ("[N/A]", (1000, 28, 28, 1), False),
        ("15000", (1000, 25, 25, 3), False),  # no whole words of four bytes
    ],
)
def test_they_are_held_where_they_take_no_more_than_an_eighth_of_what_is_free(
    free: str, shape: tuple[int, ...], fits: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_driver(tmp_path, monkeypatch, T4.replace("15000", free))
    assert fits_on_card(np.zeros(shape, np.uint8)) is fits


def test_without_a_card_they_stay_where_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not fits_on_card(IMAGES)
    install_driver(tmp_path, monkeypatch, T4)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert not fits_on_card(IMAGES)
