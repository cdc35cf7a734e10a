"""The conversion that a competition's images need, measured in those that are deep or transparent."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from kagglebot.datasets.images.conversion import SHARED, Conversion, Range
from kagglebot.datasets.images.decode import Survey, count_jobs
from kagglebot.datasets.images.image_values import (
    BACKGROUNDS,
    measure_chunk,
    read_contrasts,
    read_values,
)
from kagglebot.datasets.images.processes.chunks import Chunk
from kagglebot.datasets.images.processes.pool import run_chunks
from kagglebot.datasets.images.value_range import Values, count_squeezed, find_range
from kagglebot.system.progress import ProgressCallback

_T = TypeVar("_T")

#: At most this many images of a kind are measured: beside decoding them all it takes little time.
MEASURED = 512
_CHUNK_FILES = 8
#: A picture is lost on a background where it has less than this share of the contrast that it has on another.
_LOST = 1 / 3
_BYTES: Range = (0, 255)
#: Training and test images are reversed where the shares of those with dark ink differ by more.
_REVERSED = 0.8


def measure(
    files: Sequence[Path], surveyed: Survey, on_progress: ProgressCallback, *, train: int = 0
) -> tuple[Conversion, tuple[str, ...]]:
    """Return the conversion that suits all images, and what it does to them, one sentence each.

    Images of 8 bits without transparency are not measured: they stay as they are. The first ``train`` files are
    for training, and the others are the test images.
    """
    kinds = {
        "whole": surveyed.select(lambda header: header.deep and not header.fractions),
        "fractions": surveyed.select(lambda header: header.deep and header.fractions),
    }
    transparent = surveyed.select(lambda header: header.transparent)
    ranges, notes = dict[str, Range](), list[str]()
    for name, indices in kinds.items():
        others = len(surveyed.select(lambda _: True)) - len(indices)
        found = [each for each in _measure(read_values, files, indices, on_progress) if each]
        if found:
            limits = find_range(found, fractions=name == "fractions", mixed=others > 0)
            if limits[0] < limits[1]:
                ranges[name] = limits
                notes += _describe_range(found, limits, name, (len(indices), others, len(files)))
    conversion = Conversion(ranges.get("whole", Conversion.whole), ranges.get("fractions"))
    sets = [
        [each for each in _measure(read_contrasts, files, indices, on_progress) if each]
        for indices in ([row for row in transparent if row < train], [row for row in transparent if row >= train])
    ]
    if contrasts := sets[0] + sets[1]:
        background = _background(contrasts)
        conversion = Conversion(conversion.whole, conversion.fractions, background)
        notes.append(_describe_background(sets, background))
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


def _describe_range(
    found: Sequence[Values], limits: Range, name: str, counts: tuple[int, int, int]
) -> tuple[str, ...]:
    """Return a note on a range: how many images it is for, and what it leaves out; none where all values stay."""
    (low, high), (images, others, files) = limits, counts
    beyond = images > MEASURED or any(each.all[0] < low or each.all[1] > high for each in found)
    # Pillow has one mode for fractions and for whole numbers of arrays, lists and scans.
    whole = all(bool((each.sample == np.trunc(each.sample)).all()) for each in found)
    squeezed = count_squeezed(found, limits)
    stay = limits == _BYTES and not (beyond or squeezed or any(each.missing for each in found))
    if name == "fractions" and whole and stay:
        return ()
    kind = "more than 8 bits" if name == "whole" else "whole numbers" if whole else "fractions"
    note = f"Images of {kind} ({images:,} of {files:,}): values from {low:.10g} to {high:.10g} become 0 to 255" + (
        ", and those beyond become 0 or 255." if beyond else "."
    )
    if others and limits not in SHARED:
        note += (
            f" The other {others:,} images have another depth: the two may be on different scales. Compare the "
            f"brightness of some, and save all with one depth in data/COMPETITION/files/."
        )
    if 2 * squeezed > len(found):
        note += (
            f" That range leaves {squeezed:,} of {len(found):,} measured images fewer than 8 levels for nearly "
            f"all of their pixels: a few values far away set it. "
            f"Clip those in data/COMPETITION/files/, and run `kagglebot fetch` again."
        )
    return (note,)


def _background(contrasts: Sequence[Sequence[float]]) -> int:
    """Return the background on which the fewest pictures are lost; black before white before grey."""
    return min(BACKGROUNDS, key=lambda background: _lost(contrasts, background))


def _lost(contrasts: Sequence[Sequence[float]], background: int) -> int:
    """Return how many pictures are lost on a background."""
    row = list(BACKGROUNDS).index(background)
    return sum(each[row] < _LOST * max(each[: len(BACKGROUNDS)]) for each in contrasts)


def _describe_background(sets: Sequence[Sequence[Sequence[float]]], background: int) -> str:
    """Return a note on the background: what cannot be seen on it, and what alpha hides on each."""
    contrasts = [each for images in sets for each in images]
    note = f"Transparent pixels are laid on {BACKGROUNDS[background]}, in all images."
    if lost := _lost(contrasts, background):
        note += (
            f" On it {lost:,} of {len(contrasts):,} measured pictures can hardly be seen, as their ink is about "
            f"as bright; no background shows more of them."
        )
    if hidden := sum(max(each[:-1]) < each[-1] for each in contrasts):
        note += (
            f" In {hidden:,} of {len(contrasts):,} nearly all of the picture is in transparent pixels, so it is "
            f"not seen: if it should be, save them without alpha in data/COMPETITION/files/, and run "
            f"`kagglebot fetch` again."
        )
    dark = [np.mean([each[0] < each[1] for each in images]) for images in sets if images]
    if len(dark) == 2 and abs(dark[0] - dark[1]) > _REVERSED:
        kinds = ("dark", "bright") if dark[0] > dark[1] else ("bright", "dark")
        note += (
            f" Training images have {kinds[0]} ink and test images {kinds[1]}, so on one background they are the "
            f"reverse of each other: invert the colours of one set in data/COMPETITION/files/, and run "
            f"`kagglebot fetch` again."
        )
    return note
