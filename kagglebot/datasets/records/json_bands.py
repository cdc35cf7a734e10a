"""JSON of images: objects whose lists of numbers are the channels of an image.

They are in an array, one a line, in an array within an object, in an object by their ids, or in columns, as pandas
writes them by default.
"""

import io
import json
import math
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.records.record import Record
from kagglebot.datasets.tables.json_text import JsonText
from kagglebot.datasets.tables.pixel_rows import LONGEST_TEXT

_FEWEST_PIXELS = 16
#: Larger files are not read as columns or rows by id: these are in memory as a whole.
_LARGEST_TABLE = 2 << 30  # bytes


def read_json(path: Path) -> Iterator[Record]:
    """Yield a record for each object of a file; none where the first one has no list that could be an image.

    Lists of n x n numbers, or n of m, are the channels, in their order, of a .npy file of float32.

    Raises:
        ValueError: An object is cut off or damaged, or has other channels than a list of one size each.
    """
    with path.open(encoding="utf-8-sig") as stream:
        rows = _objects(stream, path.stat().st_size)
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


def _objects(stream: TextIO, size: int) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file of ``size`` bytes, of which some are in memory."""
    text = JsonText(stream)
    if text.peek() == "{" and size <= _LARGEST_TABLE:
        yield from _first_object(text)
    while sign := text.peek():
        if sign in ",[]":
            text.skip()
            continue
        row = text.value()
        if not isinstance(row, dict):
            raise ValueError(f"{row!r} is no object")
        yield row


def _first_object(text: JsonText) -> Iterator[dict[str, Any]]:
    """Yield the objects that are in a list in the object that begins here, or its rows; else itself."""
    found: dict[str, Any] = {}
    listed = False
    for name in text.names():
        has_channel = any(isinstance(value, np.ndarray) for value in found.values())
        if text.peek() == "[" and text.peek_inside() == "{" and not has_channel:
            listed = True
            yield from text.items()
        elif text.peek() == "{":
            found[name] = {key: _kept(text.value()) for key in text.names()}
        else:
            found[name] = _kept(text.value())
    if not listed:
        yield from _rows(found)


def _rows(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the rows that an object holds, by their ids or in columns; else itself."""
    parts = [part for part in found.values() if isinstance(part, dict)]
    if not parts or len(parts) < len(found):
        yield found
        return
    if any(part.keys() != parts[0].keys() for part in parts):  # columns have all rows
        channels = ({name for name, value in part.items() if isinstance(value, np.ndarray)} for part in parts)
        yield from (
            ({"id": name, **part} for name, part in found.items()) if set.intersection(*channels) else [found]
        )
        return
    kinds = [{isinstance(value, np.ndarray) for value in part.values()} for part in parts]
    only_channels = {False} not in kinds and len(parts) > len(parts[0])  # rows are more than their channels
    if {True, False} in kinds or only_channels:  # a column does not hold both
        yield from ({"id": name, **part} for name, part in found.items())
    else:
        yield from ({name: part[key] for name, part in found.items()} for key in parts[0])


def _kept(value: Any) -> Any:
    """Return a value as it is kept in memory: a channel as an array; None for what a table would not hold."""
    channel = _channel(value)
    return value if channel is None and _text(value) else channel


def _channel(value: Any) -> NDArray[Any] | None:
    """Return a list of numbers as the pixels of a channel, (height, width) float32; None if it cannot be one."""
    if not isinstance(value, list):
        return value if isinstance(value, np.ndarray) else None
    try:
        pixels = np.asarray(value, dtype=np.float32)
    except (TypeError, ValueError):
        return None
    side = math.isqrt(pixels.size)
    if pixels.ndim == 1 and side * side == pixels.size >= _FEWEST_PIXELS:
        return pixels.reshape(side, side)
    is_line = pixels.ndim == 2 and 1 in pixels.shape  # as an outline in annotations
    return pixels if pixels.ndim in (2, 3) and pixels.size >= _FEWEST_PIXELS and not is_line else None


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= LONGEST_TEXT and text.isprintable() and value is not None else ""
