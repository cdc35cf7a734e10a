"""The conversion that a competition's images need, measured in those that are deep or transparent."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from PIL import Image

from kagglebot.datasets.images.chunks import Chunk
from kagglebot.datasets.images.conversion import Conversion, Range, usual_range
from kagglebot.datasets.images.decode import Survey, count_jobs
from kagglebot.datasets.images.image_values import (
    BACKGROUNDS,
    Values,
    measure_chunk,
    read_contrasts,
    read_values,
)
from kagglebot.datasets.images.process_pool import run_chunks
from kagglebot.system.progress import ProgressCallback

_T = TypeVar("_T")

#: At most this many images of a kind are measured: beside decoding them all it takes little time.
MEASURED = 512
_CHUNK_FILES = 8
_SQUEEZED = 8
#: A picture is lost on a background where it has less than this share of the contrast that it has on another.
_LOST = 1 / 3


def measure(
    files: Sequence[Path], surveyed: Survey, on_progress: ProgressCallback
) -> tuple[Conversion, tuple[str, ...]]:
    """Return the conversion that suits all images, and what it does to them, one sentence each.

    Images of 8 bits without transparency are not measured: they stay as they are.
    """
    deep = surveyed.select(lambda header: header.deep)
    transparent = surveyed.select(lambda header: header.transparent)
    values = _measure(read_values, files, deep, on_progress)
    contrasts = [each for each in _measure(read_contrasts, files, transparent, on_progress) if each]
    conversion, notes = Conversion(), []
    for name, fractions in (("whole", False), ("fractions", True)):
        if found := [each for each in values if each.fractions == fractions]:
            low, high = _range(found, fractions=fractions)
            if low == high:
                continue
            conversion = Conversion(**{**vars(conversion), name: (low, high)})
            beyond = len(deep) > MEASURED or any(each.all[0] < low or each.all[1] > high for each in found)
            notes.append(
                f"Images of {'fractions' if fractions else 'more than 8 bits'} ({len(deep):,} of {len(files):,}): "
                f"values from {low:.10g} to {high:.10g} become 0 to 255"
                + (", and those beyond become 0 or 255." if beyond else ".")
            )
    if contrasts:
        background = _background(contrasts)
        conversion = Conversion(conversion.whole, conversion.fractions, background)
        notes.append(f"Transparent pixels are laid on {BACKGROUNDS[background]}, in all images.")
    return conversion, tuple(notes)


def _measure(
    read: Callable[[Image.Image], _T],
    files: Sequence[Path],
    indices: Sequence[int],
    on_progress: ProgressCallback,
) -> list[_T]:
    """Return what ``read`` finds in images of those indices, evenly spread; unreadable ones are left out."""
    step = max(1, len(indices) / MEASURED)
    chosen = [files[indices[int(row * step)]] for row in range(min(MEASURED, len(indices)))]
    chunks = [
        Chunk(first, tuple(chosen[first : first + _CHUNK_FILES])) for first in range(0, len(chosen), _CHUNK_FILES)
    ]
    found: list[_T] = []
    with run_chunks(partial(measure_chunk, read=read), chunks, count_jobs(chosen)) as results:
        for chunk, each in zip(chunks, results, strict=True):
            found += each
            on_progress("surveying", chunk.first + len(chunk.files), len(chosen))
    return found


def _range(found: Sequence[Values], *, fractions: bool) -> Range:
    """Return the values that become 0 and 255.

    A few that are far away do not count, nor a negative one far below all others: it marks pixels without data.
    """
    low, high = min(each.all[0] for each in found), max(each.all[1] for each in found)
    second = min(each.second if each.all[0] == low else each.all[0] for each in found)
    if low < 0 and 0 < high - second < (second - low) / _SQUEEZED:
        low = second
    bulk_low, bulk_high = min(max(low, each.bulk[0]) for each in found), max(each.bulk[1] for each in found)
    if 0 < bulk_high - bulk_low < (high - low) / _SQUEEZED:
        low, high = bulk_low, bulk_high
    return usual_range(low, high, fractions=fractions)


def _background(contrasts: Sequence[Sequence[float]]) -> int:
    """Return the background on which the fewest pictures are lost; black before white before grey."""
    lost = [sum(each[row] < _LOST * max(each) for each in contrasts) for row in range(len(BACKGROUNDS))]
    return list(BACKGROUNDS)[lost.index(min(lost))]
