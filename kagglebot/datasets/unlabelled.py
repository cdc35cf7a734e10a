"""Test images whose files lie in a folder, as Kaggle gives them to a notebook."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.archive import mirror
from kagglebot.datasets.cache.array_files import TEST_IMAGES, open_images
from kagglebot.datasets.cache.resized_arrays import ruled_shape
from kagglebot.datasets.images.decode import decode_files, resize_images
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.datasets.layouts import recognise
from kagglebot.datasets.layouts._base import CompetitionFiles, ImageFiles
from kagglebot.datasets.sample_submission import Sample, find_sample, read_sample_file
from kagglebot.datasets.schema import Schema
from kagglebot.errors import DataError
from kagglebot.system.progress import no_progress


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


def read_unlabelled(files: Path, schema: Schema, rule: ImageRule, work: Path) -> Unlabelled:
    """Decode the test images that lie in a folder now, by the code that decoded those the model learned from.

    Nothing is written into ``files``: Kaggle mounts it read-only. A test image that cannot be read is black.

    Args:
        files: The competition's files.
        schema: The competition as it was when the model was trained; other test rows are no matter.
        rule: How the model saw images.
        work: An empty folder to decode into; must be there as long as the images are used.

    Raises:
        DataError: The files are of another form than those the model learned from, or damaged.
    """
    paths = tuple(mirror(files, work / "files"))
    sample = read_sample_file(work / "files" / find_sample(paths))
    corpus = CompetitionFiles(work / "files", paths, sample, schema.choices)
    found = recognise(corpus).read(corpus, work, no_progress)
    shape = ruled_shape(schema, rule)
    if isinstance(found.images, ImageFiles):
        images = [work / "files" / path for path in found.images.test]
        decode_files(images, work / TEST_IMAGES, shape, rule.fit, blank_corrupt=True, folder=work / "files")
    elif found.images != shape:
        decoded = open_images(work / TEST_IMAGES, found.test_rows, found.images)
        resize_images(decoded, work / TEST_IMAGES, shape, rule.fit)
    ids = tuple(found.test_ids) or sample.ids
    if found.test_rows != len(ids):
        raise DataError(
            f"There are {found.test_rows} test images and {len(ids)} ids in {files}.",
            "One of the two is cut off: attach the competition's data to the notebook again.",
        )
    return Unlabelled(sample, ids, open_images(work / TEST_IMAGES, found.test_rows, shape))
