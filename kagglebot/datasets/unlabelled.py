"""Test images whose files lie unpacked in a folder, as Kaggle gives them to a notebook."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.cache import TEST_IMAGES, open_images
from kagglebot.datasets.layouts import recognise
from kagglebot.datasets.layouts._base import Corpus
from kagglebot.datasets.sample import Sample, find_sample, read_sample_file
from kagglebot.datasets.schema import Schema
from kagglebot.errors import DataError
from kagglebot.files import disk_errors
from kagglebot.progress import silent


@dataclass(frozen=True)
class Unlabelled:
    """What is to be predicted.

    Attributes:
        sample: What a submission must look like.
        ids: (rows,) the ids of the images, in their order.
        images: (rows, height, width, channels) uint8, mapped into memory.
    """

    sample: Sample
    ids: tuple[str, ...]
    images: NDArray[np.uint8]


def read_unlabelled(files: Path, schema: Schema, work: Path) -> Unlabelled:
    """Decode the test images that lie in a folder now, by the code that decoded those the model learned from.

    Nothing is written into ``files``: Kaggle mounts it read-only.

    Args:
        files: The competition's files.
        schema: The competition as it was when the model was trained; other test rows are no matter.
        work: An empty folder to decode into; must be there as long as the images are used.

    Raises:
        DataError: The files are of another form than those the model learned from, or damaged.
    """
    with disk_errors(f"read {files}"):
        paths = tuple(
            sorted(PurePosixPath(each.relative_to(files)) for each in files.rglob("*") if each.is_file())
        )
    sample = read_sample_file(files / find_sample(paths))
    corpus = Corpus(files, paths, sample)
    layout = recognise(corpus)
    decoded = layout.decode(corpus, work, silent)
    if decoded.image_shape != schema.image_shape:
        raise DataError(
            f"The images in {files} are {decoded.image_shape}, and the model learned from {schema.image_shape}.",
            f"Attach the data of {schema.competition} to the notebook.",
        )
    ids = tuple(decoded.test_ids) or sample.ids
    if decoded.test_rows != len(ids):
        raise DataError(
            f"There are {decoded.test_rows} test images and {len(ids)} ids in {files}.",
            "One of the two is cut off: attach the competition's data to the notebook again.",
        )
    return Unlabelled(sample, ids, open_images(work / TEST_IMAGES, decoded.test_rows, schema.image_shape))
