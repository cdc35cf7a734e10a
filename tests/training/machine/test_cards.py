"""Which cards train nets, and why others do not: the driver and the backend's answer are stood in for."""

from pathlib import Path

import pytest
from fake_driver import T4, install_driver

from kagglebot.training.machine import cards
from kagglebot.training.machine.cards import count_cards, examine_cards, idle_note, usable_cards


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How many cards each backend finds."""
    counts = {"tensorflow": 1, "torch": 1}
    monkeypatch.setattr(cards, "count_cards", counts.__getitem__)
    return counts


def test_each_card_is_used_that_the_backend_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: dict[str, int]
) -> None:
    install_driver(tmp_path, monkeypatch, T4, T4)
    uses = examine_cards()
    assert [card.uuid for card in usable_cards(uses)] == ["GPU-0", "GPU-1"]
    assert idle_note(uses) == ""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,0")
    assert [card.uuid for card in usable_cards(examine_cards())] == ["GPU-1", "GPU-0"]


def test_without_cards_no_backend_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(cards, "count_cards", lambda backend: pytest.fail("it takes seconds"))
    assert examine_cards() == () and idle_note(()) == ""


@pytest.mark.parametrize(
    ("card", "hidden", "count", "system", "reason", "hint"),
    [
        (T4, "", 1, "Linux", "CUDA_VISIBLE_DEVICES hides it", "Unset that variable"),
        (T4, None, 0, "Linux", "TensorFlow finds no CUDA", "Run: pip install 'kagglebot[gpu]'"),
        (T4, None, 0, "Windows", "TensorFlow finds no CUDA", "WSL 2"),
        (T4.replace("535", "470"), None, 1, "Linux", "its driver, 470.129.03, is too old for CUDA 12", "525"),
        (T4.replace("7.5", "5.2"), None, 1, "Linux", "its compute capability, 5.2, is below 6.0", "on the CPU"),
    ],
)
def test_a_card_that_is_not_used_says_why(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    found: dict[str, int],
    card: str,
    hidden: str | None,
    count: int,
    system: str,
    reason: str,
    hint: str,
) -> None:
    install_driver(tmp_path, monkeypatch, card)
    monkeypatch.setattr(cards.platform, "system", lambda: system)
    found["tensorflow"] = count
    if hidden is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    (use,) = uses = examine_cards()
    assert use.reason == reason and hint in use.hint
    assert usable_cards(uses) == ()
    assert idle_note(uses) == ("" if hidden == "" else f"A GPU is idle, Tesla T4: {reason}. {use.hint}")


def test_pytorch_has_a_hint_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: dict[str, int]
) -> None:
    install_driver(tmp_path, monkeypatch, T4)
    found["torch"] = 0
    (use,) = examine_cards("torch")
    assert use.reason == "PyTorch finds no CUDA" and "pytorch.org" in use.hint


@pytest.mark.parametrize(("program", "count"), [("print('a warning\\n2')", 2), ("1 / 0", 0), ("print('none')", 0)])
def test_a_backend_is_asked_in_a_process_of_its_own(
    program: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(cards._COUNT, "made", program)
    count_cards.cache_clear()
    assert count_cards("made") == count
