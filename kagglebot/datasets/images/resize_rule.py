"""The resize rule of a study: the one shape that its images have."""

from dataclasses import dataclass, replace
from typing import Literal

#: (height, width) in pixels.
Size = tuple[int, int]
Fit = Literal["stretch", "pad", "crop"]

#: The side in pixels of images of unequal sizes, where no size is set and some are as large.
DEFAULT_SIDE = 64
#: The longest side at which images of one size keep it; larger ones are shrunk to ``DEFAULT_SIDE``.
LARGEST_NATIVE_SIDE = 128


@dataclass(frozen=True)
class ImageRule:
    """The shape that images are resized to.

    Attributes:
        size: (height, width) in pixels; None keeps the size where all images have one of at most
            ``LARGEST_NATIVE_SIDE``, else makes squares of ``DEFAULT_SIDE``.
        fit: What happens to images of another shape: "stretch" to the size, "pad" with black around the whole
            image, or "crop" the middle that fills it.
        channels: 1 for grey, 3 for colour; None for grey where all images are grey, else colour.
        largest: In place of ``size``: images keep their own size up to this side in pixels, and larger ones become
            squares of it.
    """

    size: Size | None = None
    fit: Fit = "stretch"
    channels: Literal[1, 3] | None = None
    largest: int | None = None

    def limited(self, fetched: Size, own: Size | None) -> "ImageRule":
        """Return the rule with the one size that images have under it in place of ``largest``.

        Args:
            fetched: The size that they are fetched with.
            own: Their own size before that; None where it is not known, but above ``largest``.
        """
        if self.largest is None:
            return self
        side = min(self.largest, max(own or (self.largest,)))
        size = own if own and max(own) <= self.largest else (side, side)
        return replace(self, largest=None, size=None if size == fetched else size)

    def resized_shape(self, shape: tuple[int, int, int]) -> tuple[int, int, int]:
        """Return the (height, width, channels) of images under this rule that are fetched with ``shape``."""
        height, width = self.size or shape[:2]
        return height, width, self.channels or shape[2]

    @property
    def key(self) -> str:
        """The name of the folder of its arrays."""
        side = "own" if self.size is None else f"{self.size[0]}x{self.size[1]}"
        return f"{side}-{self.fit}-{self.channels or 'own'}"
