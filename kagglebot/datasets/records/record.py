"""One record of a file of many: an image, and what else is known of it."""

import io
from collections.abc import Mapping
from dataclasses import dataclass

from PIL import Image

from kagglebot.datasets.images.formats.image_formats import FORMATS


@dataclass(frozen=True)
class Record:
    """An image and the other features of its record.

    Attributes:
        image: The content of an image file.
        ending: The ending of that file, such as ``.jpeg``.
        feature: The name of the feature, or of all those, that held it.
        texts: The other features by name, as a table writes them.
    """

    image: bytes
    ending: str
    feature: str
    texts: Mapping[str, str]

    @property
    def side(self) -> int:
        """The longer side of the image in pixels."""
        with Image.open(io.BytesIO(self.image), formats=FORMATS) as image:
            return max(image.size)
