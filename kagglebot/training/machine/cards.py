"""The cards that nets are trained on, and why a card is not used."""

import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from kagglebot.system.hardware.gpu import Card, ask_driver, visible
from kagglebot.training.keras.backends import DEFAULT
from kagglebot.training.runtime import TITLES

#: The oldest driver that runs CUDA 12, which TensorFlow and PyTorch are built for.
OLDEST_DRIVER = 525
#: The least compute capability that packages of TensorFlow have code for.
LEAST_CAPABILITY = 6.0
_SECONDS = 120
#: Programs that print how many cards a backend finds.
_COUNT = {
    "tensorflow": "import tensorflow; print(len(tensorflow.config.list_physical_devices('GPU')))",
    "torch": "import torch; print(torch.cuda.device_count())",
}


@dataclass(frozen=True)
class CardUse:
    """A card, and why no net is trained on it; ``reason`` is empty if nets are.

    Attributes:
        card: The card.
        reason: Why it is not used.
        hint: What to do about that.
        chosen: Whether the user has hidden it.
    """

    card: Card
    reason: str = ""
    hint: str = ""
    chosen: bool = False


def examine_cards(backend: str = DEFAULT) -> tuple[CardUse, ...]:
    """Return the cards of this machine, in the order of CUDA, and why one is not used; this asks the backend."""
    cards = ask_driver().cards
    shown = visible(cards)
    hidden = (card for card in cards if card not in shown)
    return tuple(_use(card, backend, is_shown=card in shown) for card in (*shown, *hidden))


def usable_cards(uses: Sequence[CardUse]) -> tuple[Card, ...]:
    """Return the cards to train on."""
    return tuple(use.card for use in uses if not use.reason)


def idle_note(uses: Sequence[CardUse]) -> str:
    """Return a sentence on cards that are not used, other than those that the user hid; empty without any."""
    idle = [use for use in uses if use.reason and not use.chosen]
    if not idle:
        return ""
    names = " and ".join(dict.fromkeys(use.card.name for use in idle))
    return f"A GPU is idle, {names}: {idle[0].reason}. {idle[0].hint}"


def _use(card: Card, backend: str, *, is_shown: bool) -> CardUse:
    major = card.driver.partition(".")[0]
    if not is_shown:
        return CardUse(card, "CUDA_VISIBLE_DEVICES hides it", "Unset that variable to use it.", chosen=True)
    if major.isdigit() and int(major) < OLDEST_DRIVER:
        hint = f"Update NVIDIA's driver to {OLDEST_DRIVER} or newer."
        return CardUse(card, f"its driver, {card.driver}, is too old for CUDA 12", hint)
    if card.capability is not None and card.capability < LEAST_CAPABILITY:
        reason = f"its compute capability, {card.capability}, is below {LEAST_CAPABILITY}"
        return CardUse(card, reason, "Nets are trained on the CPU.")
    if not count_cards(backend):
        return CardUse(card, f"{TITLES[backend]} finds no CUDA", _install_hint(backend))
    return CardUse(card)


def _install_hint(backend: str) -> str:
    if backend != DEFAULT:
        return "Install PyTorch with CUDA: https://pytorch.org/get-started/locally/"
    if platform.system() == "Windows":
        return "TensorFlow uses no GPU on Windows: install kagglebot in WSL 2, with 'kagglebot[gpu]'."
    return "Run: pip install 'kagglebot[gpu]'"


@cache
def count_cards(backend: str) -> int:
    """Return how many cards a backend finds, asked in another process: in this one it is not imported yet."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", _COUNT[backend]], capture_output=True, text=True, timeout=_SECONDS, check=True
        )
        return int(done.stdout.split()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return 0
