"""The NVIDIA cards of this machine, as ``nvidia-smi`` lists them; it comes with the driver."""

import csv
import os
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal

from kagglebot.system.processes.environment import environment

#: Environment variable: the cards that CUDA shows to a process, by number or UUID.
VISIBLE = "CUDA_VISIBLE_DEVICES"
_FIELDS = ("index", "uuid", "name", "memory.total", "memory.free", "driver_version")
#: The compute capability, which drivers before 510 do not tell.
_CAPABILITY = "compute_cap"
_SECONDS = 20
_MEBIBYTE = 1 << 20

Precision = Literal["float32", "float16", "bfloat16"]


@dataclass(frozen=True)
class Card:
    """A card.

    Attributes:
        number: Its number, as ``nvidia-smi`` counts.
        uuid: Its name for CUDA, which no order of cards changes.
        name: Its model.
        memory: Bytes that it has; 0 if the driver does not tell.
        free: Bytes that no program uses; 0 if the driver does not tell.
        driver: Version of the driver.
        capability: NVIDIA's compute capability, such as 7.5; None if the driver does not tell.
    """

    number: int
    uuid: str
    name: str
    memory: int
    free: int
    driver: str
    capability: float | None = None


@dataclass(frozen=True)
class Driver:
    """What the driver answers: its cards, or in ``failure`` why it lists none."""

    cards: tuple[Card, ...] = ()
    failure: str = ""


def ask_driver() -> Driver:
    """Return the cards of this machine; none where no NVIDIA driver is installed."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return Driver()
    try:
        listed, failure = _query(program, (*_FIELDS, _CAPABILITY))
        if _CAPABILITY in failure:
            listed, failure = _query(program, _FIELDS)
    except subprocess.TimeoutExpired:
        return Driver(failure=f"nvidia-smi has not answered within {_SECONDS} seconds")
    except OSError as error:
        return Driver(failure=str(error))
    if failure:
        return Driver(failure=failure)
    rows = csv.reader(listed.splitlines(), skipinitialspace=True)
    return Driver(tuple(_card(row) for row in rows if len(row) >= len(_FIELDS)))


def _query(program: str, fields: Sequence[str]) -> tuple[str, str]:
    """Return what ``nvidia-smi`` lists, and the first line of what it says where it fails."""
    command = [program, f"--query-gpu={','.join(fields)}", "--format=csv,noheader,nounits"]
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", errors="replace", timeout=_SECONDS, check=False
    )
    if done.returncode == 0:
        return done.stdout, ""
    said = (done.stdout + done.stderr).strip() or f"nvidia-smi ended with exit code {done.returncode}"
    return "", said.splitlines()[0]


def _card(row: Sequence[str]) -> Card:
    number, uuid, name, memory, free, driver, *capability = row
    return Card(
        int(_number(number)),
        uuid,
        name,
        int(_number(memory)) * _MEBIBYTE,
        int(_number(free)) * _MEBIBYTE,
        driver,
        _number(*capability) or None if capability else None,
    )


def _number(text: str) -> float:
    """Return a number; 0 for what the driver writes where it knows none: [N/A] or [Not Supported]."""
    try:
        return float(text)
    except ValueError:
        return 0.0


def visible(cards: Sequence[Card]) -> tuple[Card, ...]:
    """Return the cards that CUDA_VISIBLE_DEVICES leaves to this process, in its order.

    As for CUDA, what follows an entry that is no card is hidden too.
    """
    chosen = os.environ.get(VISIBLE)
    if chosen is None:
        return tuple(cards)
    found: list[Card] = []
    for entry in map(str.strip, chosen.split(",")):
        alike = [each for each in cards if entry == str(each.number) or _is_uuid(entry, each)]
        if len(alike) != 1:
            break
        found += alike
    return tuple(found)


def _is_uuid(entry: str, card: Card) -> bool:
    return entry.startswith("GPU-") and card.uuid.startswith(entry)


def card_for_child(uuid: str | None) -> AbstractContextManager[None]:
    """Let processes that are started in this block see that card alone; None changes nothing."""
    return environment({VISIBLE: uuid}) if uuid else nullcontext()


def fast_precision(capability: float | None) -> Precision:
    """Return the number format in which cards of a compute capability train nets fastest.

    Their matrix units take float16 from 7.0 on (V100, T4), and bfloat16 from 8.0 on (A100, L4). Older cards, such
    as the P100 with 6.0, have none and train in float32.
    """
    if capability is None or capability < 7:
        return "float32"
    return "bfloat16" if capability >= 8 else "float16"
