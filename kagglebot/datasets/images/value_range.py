"""The range of values that becomes 0 to 255, found in some of a competition's images."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.images.conversion import Range, usual_range

_LARGEST = 1e30  # larger fractions mark pixels without a value
# The share of an image that counts as nearly all its pixels.
_BULK = 0.999
_FEWEST_PIXELS = 64  # in fewer, that share leaves none out
_PIXELS = 50_000  # of an image in which that share is looked for
_SAMPLE = 400
#: The share of images that may lie beyond the range, as one overexposed among a hundred does.
_ODD_IMAGES = 0.03
#: A range is squeezed by values that make it so many times as wide.
_SQUEEZED = 8
#: From here on a high value can mark pixels without data: at most this share has it, and others have many values.
_LOWEST_MARK, _MARKED, _MANY = 9999, 0.1, 32
_FEW_LEVELS = 8


@dataclass(frozen=True)
class Values:
    """The values of an image.

    Attributes:
        all: The lowest and the highest value.
        bulk: Those between which nearly all are.
        inner: The second lowest and the second highest; infinite where there is none.
        sample: Some of its values, in order.
        missing: Whether some pixels have no value.
    """

    all: Range
    bulk: Range
    inner: Range
    sample: NDArray[Any]
    missing: bool = False


def values_of(pixels: NDArray[Any]) -> Values | None:
    """Return the values of an image; None where no pixel has one."""
    values = pixels.ravel()
    if values.dtype.kind == "f":
        values = values[np.abs(values) < _LARGEST]  # neither NaN nor infinite
    if not values.size:
        return None
    low, high = float(values.min()), float(values.max())
    some = np.sort(values[:: values.size // _PIXELS + 1])
    left_out = int(np.ceil((1 - _BULK) * (some.size - 1))) if values.size >= _FEWEST_PIXELS else 0
    bulk = float(some[left_out]), float(some[-1 - left_out])
    others = values[(values > low) & (values < high)] if low < 0 or high >= _LOWEST_MARK else values[:0]
    inner = (float(others.min()), float(others.max())) if others.size else (np.inf, -np.inf)
    inner = (min(inner[0], high if high > low else np.inf), max(inner[1], low if high > low else -np.inf))
    sample = some[np.linspace(0, some.size - 1, _SAMPLE).astype(int)]
    return Values((low, high), bulk, inner, sample, missing=values.size < pixels.size)


def find_range(found: Sequence[Values], *, fractions: bool, mixed: bool = False) -> Range:
    """Return the values that become 0 and 255.

    A few that are far away do not count, in an image or in a few images, nor one value far from all others: it
    marks pixels without data. With ``mixed`` there are images of another depth beside them.
    """
    low, high = _without_marks(found)
    odd = int(len(found) * _ODD_IMAGES)
    bulk_low = sorted(max(low, each.bulk[0]) for each in found)[odd]
    bulk_high = sorted(min(high, each.bulk[1]) for each in found)[-1 - odd]
    if 0 < bulk_high - bulk_low < (high - low) / _SQUEEZED:
        low, high = bulk_low, bulk_high
    return usual_range(low, high, fractions=fractions, mixed=mixed)


def count_squeezed(found: Sequence[Values], limits: Range) -> int:
    """Return how many images have many values of which that range leaves few levels, but for single pixels."""
    low, high = limits
    squeezed = 0
    for each in found:
        most = each.sample[_SAMPLE // 100 : -_SAMPLE // 100]
        levels = np.rint((np.clip(most, low, high) - low) * (255 / (high - low or 1)))
        squeezed += len(np.unique(levels)) < _FEW_LEVELS and len(np.unique(most)) >= 2 * _FEW_LEVELS
    return squeezed


def _without_marks(found: Sequence[Values]) -> Range:
    low, high = min(each.all[0] for each in found), max(each.all[1] for each in found)
    second = min(each.inner[0] if each.all[0] == low else each.all[0] for each in found)
    if low < 0 and 0 < high - second < (second - low) / _SQUEEZED:
        low = second
    second = max(each.inner[1] if each.all[1] == high else each.all[1] for each in found)
    if high >= _LOWEST_MARK and 0 < second - low < (high - second) / _SQUEEZED:
        sample = np.concatenate([each.sample for each in found])
        if np.mean(sample == high) <= _MARKED and len(np.unique(sample[sample < high])) >= _MANY:
            high = second
    return low, high
