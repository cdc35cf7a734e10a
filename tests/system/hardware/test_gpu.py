"""Every test asks a program in place of nvidia-smi: no card is needed."""

import subprocess
from pathlib import Path

import pytest
from fake_driver import A100, T4, install_driver

from kagglebot.system.hardware import gpu
from kagglebot.system.hardware.gpu import Card, Driver, ask_driver, card_for_child, fast_precision, visible


def test_cards_are_what_the_driver_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_driver(tmp_path, monkeypatch, T4, A100)
    assert ask_driver() == Driver(
        (
            Card(0, "GPU-0", "Tesla T4", 15360 << 20, 15000 << 20, "535.129.03", 7.5),
            Card(1, "GPU-1", "NVIDIA A100-SXM4-40GB", 40960 << 20, 40000 << 20, "550.54.15", 8.0),
        )
    )


def test_what_the_driver_does_not_tell_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_driver(tmp_path, monkeypatch, "GB10, [N/A], [N/A], 580.95.05, 12.1")
    assert ask_driver().cards == (Card(0, "GPU-0", "GB10", 0, 0, "580.95.05", 12.1),)
    install_driver(tmp_path, monkeypatch, "Tesla K80, 11441, 11441, 470.182.03, x", knows_capability=False)
    assert ask_driver().cards == (Card(0, "GPU-0", "Tesla K80", 11441 << 20, 11441 << 20, "470.182.03", None),)


def test_without_a_driver_there_is_no_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ask_driver() == Driver()
    install_driver(tmp_path, monkeypatch, failure="NVIDIA-SMI has failed because it couldn't communicate\nTry")
    assert ask_driver() == Driver(failure="NVIDIA-SMI has failed because it couldn't communicate")
    (tmp_path / "driver/nvidia-smi").write_text("no program")
    assert not ask_driver().cards and ask_driver().failure


def test_a_driver_that_hangs_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_driver(tmp_path, monkeypatch, T4)

    def hang(command: list[str], timeout: float, **_: object) -> None:
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(gpu.subprocess, "run", hang)
    assert ask_driver() == Driver(failure="nvidia-smi has not answered within 20 seconds")


@pytest.mark.parametrize(
    ("chosen", "numbers"),
    [
        (None, [0, 1, 2]),
        ("2,0", [2, 0]),
        (" 1 ", [1]),
        ("", []),
        ("-1", []),
        ("0,7,1", [0]),
        ("GPU-a,GPU-c1", [0, 2]),
        ("GPU-", []),
    ],
)
def test_cuda_shows_what_its_variable_leaves(
    chosen: str | None, numbers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("GPU-a1", "GPU-b1", "GPU-c1")
    cards = [Card(number, uuid, "Tesla T4", 0, 0, "535") for number, uuid in enumerate(names)]
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if chosen is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", chosen)
    assert [card.number for card in visible(cards)] == numbers
    with card_for_child("GPU-b1"):
        assert [card.number for card in visible(cards)] == [1]
    with card_for_child(None):
        assert [card.number for card in visible(cards)] == numbers


@pytest.mark.parametrize(
    ("capability", "precision"),
    [
        (None, "float32"),
        (6.0, "float32"),
        (7.0, "float16"),
        (7.5, "float16"),
        (8.0, "bfloat16"),
        (12.1, "bfloat16"),
    ],
)
def test_the_precision_is_that_of_the_matrix_units(capability: float | None, precision: str) -> None:
    assert fast_precision(capability) == precision
