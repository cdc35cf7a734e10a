"""Test images decoded from a folder of files, as Kaggle mounts it in a notebook."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.archive.unpack import mirror
from kagglebot.datasets.cache.array_files import TEST_IMAGES, open_images
from kagglebot.datasets.images.decode import decode_files, resize_images
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.datasets.layouts import CompetitionFiles, ImageFiles, recognise
from kagglebot.datasets.records.image_files import write_image_files
from kagglebot.datasets.sample_submission.find import find_sample
from kagglebot.datasets.sample_submission.read import read_sample_file
from kagglebot.datasets.sample_submission.sample import Sample
from kagglebot.datasets.schema import Schema
from kagglebot.errors import DataError
from kagglebot.system.progress import no_progress


@dataclass(frozen=True)
class Unlabelled:
    """Images to predict.

    Attributes:
        sample: The sample submission.
        ids: (rows,) the id of each image.
        images: (rows, height, width, channels) uint8, mapped into memory.
    """

    sample: Sample
    ids: tuple[str, ...]
    images: NDArray[np.uint8]


def read_unlabelled(files: Path, schema: Schema, rule: ImageRule, work: Path) -> Unlabelled:
    """Decode the test images in a folder as those were decoded that the model was trained on.

    Nothing is written into ``files``: Kaggle mounts it read-only. A test image that cannot be read is black.

    Args:
        files: The competition's files.
        schema: The competition when the model was trained; the number of test rows may differ now.
        rule: The resize rule of the model.
        work: An empty folder to decode into; must stay as long as the images are used.

    Raises:
        DataError: The files have another layout than those the model was trained on, or are damaged.
    """
    members = write_image_files(work / "files", mirror(files, work / "files"), no_progress)
    paths = tuple(member.path for member in members)
    sample = read_sample_file(work / "files" / find_sample(paths))
    competition_files = CompetitionFiles(
        work / "files", paths, sample, schema.choices, schema.conversion
    ).a_row_an_image()
    sample = competition_files.sample
    result = recognise(competition_files).read(competition_files, work, no_progress)
    shape = rule.resized_shape(schema.image_shape)
    if isinstance(result.images, ImageFiles):
        images = [work / "files" / path for path in result.images.test]
        decode_files(
            images,
            work / TEST_IMAGES,
            shape,
            rule.fit,
            conversion=schema.conversion,
            blank_corrupt=True,
            folder=work / "files",
        )
    elif result.images != shape:
        decoded = open_images(work / TEST_IMAGES, result.test_rows, result.images)
        resize_images(decoded, work / TEST_IMAGES, shape, rule.fit)
    sample = result.complete(sample)
    if result.test_rows != len(sample.ids):
        raise DataError(
            f"There are {result.test_rows} test images and {len(sample.ids)} ids in {files}.",
            "One of the two is cut off: attach the competition's data to the notebook again.",
        )
    ids = tuple(result.check_test_ids(sample, "sample_submission.csv"))
    return Unlabelled(sample, ids, open_images(work / TEST_IMAGES, result.test_rows, shape))
