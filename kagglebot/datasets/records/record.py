"""One record of a file of many: an image, and what else is known of it."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from PIL import Image

from kagglebot.datasets.images.formats import FORMATS

#: The table of the labelled records: the path of each image, and its other features.
TABLE = PurePosixPath("records/train.csv")


def table_name(path: Path) -> str:
    """Return what a table is called in sentences: that of records with its folder, as Kaggle's files have none."""
    return str(TABLE) if path.parts[-2:] == TABLE.parts else path.name


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
