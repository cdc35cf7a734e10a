"""The conversion of a competition's images to 8 bits: one for all of them.

Scaled each for itself, a dark image and a bright one would look the same.
"""

from dataclasses import dataclass

#: The lowest and the highest of some values.
Range = tuple[float, float]


@dataclass(frozen=True)
class Conversion:
    """The values that become 0 and 255, and the background; without arguments as kagglebot 0.1 did.

    Attributes:
        whole: The values that become 0 and 255 in images of whole numbers of more than 8 bits.
        fractions: The same in images of fractions; None for 0 and 1 where none is above 1, else 0 and 255.
        background: What transparent pixels are laid on: 0 for black, 255 for white, between them grey.
    """

    whole: Range = (0.0, 65535.0)
    fractions: Range | None = None
    background: int = 0
