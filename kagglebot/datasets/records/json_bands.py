"""JSON of images: an array of objects, or one a line, whose lists of numbers are the channels of an image."""

import io
import json
import math
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.csv.pixel_rows import LONGEST_TEXT
from kagglebot.datasets.records.json_text import JsonText
from kagglebot.datasets.records.record import Record

_FEWEST_PIXELS = 16


def read_json(path: Path) -> Iterator[Record]:
    """Yield a record for each object of a file; none where the first one has no list that could be an image.

    Lists of n x n numbers, or n of m, are the channels, in their order, of a .npy file of float32.

    Raises:
        ValueError: An object is cut off or damaged, or has other channels than a list of one size each.
    """
    with path.open(encoding="utf-8-sig") as stream:
        rows = _objects(stream)
        try:
            first = next(rows, {})
        except (ValueError, RecursionError):
            return
        names = [name for name, value in first.items() if _channel(value) is not None]
        for row in chain([first], rows) if names else ():
            found = (_channel(row.get(name)) for name in names)
            channels = [channel for channel in found if channel is not None]
            if len(channels) < len(names) or len({channel.shape for channel in channels}) > 1:
                raise ValueError(f"{', '.join(names)} are no channels of one size")
            content = io.BytesIO()
            pixels = channels[0] if len(channels) == 1 else np.stack(channels, axis=-1)
            np.save(content, pixels, allow_pickle=False)
            texts = {name: _text(value) for name, value in row.items() if name not in names}
            texts = {name: text for name, text in texts.items() if text}
            yield Record(content.getvalue(), ".npy", " ".join(names), texts)


def _objects(stream: TextIO) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file, of which some are in memory."""
    text = JsonText(stream)
    while sign := text.peek():
        if sign in ",[]":
            text.skip()
            continue
        row = text.value()
        if not isinstance(row, dict):
            raise ValueError(f"{row!r} is no object")
        yield row


def _channel(value: Any) -> NDArray[Any] | None:
    """Return a list of numbers as the pixels of a channel, (height, width) float32; None if it cannot be one."""
    if not isinstance(value, list):
        return None
    try:
        pixels = np.asarray(value, dtype=np.float32)
    except (TypeError, ValueError):
        return None
    side = math.isqrt(pixels.size)
    if pixels.ndim == 1 and side * side == pixels.size >= _FEWEST_PIXELS:
        return pixels.reshape(side, side)
    return pixels if pixels.ndim in (2, 3) and pixels.size >= _FEWEST_PIXELS else None


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= LONGEST_TEXT and text.isprintable() and value is not None else ""
