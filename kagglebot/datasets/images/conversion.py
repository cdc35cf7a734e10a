"""The conversion of a competition's images to 8 bits: one for all of them.

Scaled each for itself, a dark image and a bright one would look the same.
"""

from dataclasses import dataclass

#: The lowest and the highest of some values.
Range = tuple[float, float]
#: The ranges in which images of several depths are equally bright.
SHARED: tuple[Range, ...] = ((0, 1), (0, 255), (0, 65535))


@dataclass(frozen=True)
class Conversion:
    """The values that become 0 and 255, and the background; without arguments as kagglebot 0.1 did.

    Attributes:
        whole: The values that become 0 and 255 in images of whole numbers of more than 8 bits.
        fractions: The same in images of fractions, and for pixels in tables that are not from 0 to 255; None for
            0 and 1 where none is above 1, else 0 and 255.
        background: What transparent pixels are laid on: 0 for black, 255 for white, between them grey.
    """

    whole: Range = (0.0, 65535.0)
    fractions: Range | None = None
    background: int = 0


def usual_range(low: float, high: float, *, fractions: bool, mixed: bool = False) -> Range:
    """Return the values that become 0 and 255: a usual range that the values fill by half, or theirs.

    With ``mixed`` there are images of another depth beside them: then a range that all share goes before.

    >>> usual_range(0, 3900, fractions=False), usual_range(0, 3900, fractions=True)
    ((0.0, 4095.0), (0.0, 3900.0))
    >>> usual_range(0, 85, fractions=False, mixed=True)
    (0.0, 255.0)
    """
    if mixed and low >= 0:
        shared = [((0, 1), 0), ((0, 255), 15)] if fractions else [((0, 255), 0), ((0, 65535), 4095)]
        if common := [limits for limits, above in shared if above < high <= limits[1]]:
            return float(common[0][0]), float(common[0][1])
    depths: list[Range] = [(0, 2**bits - 1) for bits in range(1, 33)]
    usual = [(0, 1), (-1, 1), (0, 255)] if fractions else depths
    fitting = (each for each in usual if each[0] <= low and high <= each[1])
    low, high = next((each for each in fitting if 2 * (high - low) >= each[1] - each[0]), (low, high))
    return float(low), float(high)
