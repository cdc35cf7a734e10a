"""A competition's image files decoded to the arrays of its training and test images."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.archive.guard import AGAIN
from kagglebot.datasets.cache.array_files import TEST_IMAGES, TRAIN_IMAGES
from kagglebot.datasets.images.conversion import Conversion
from kagglebot.datasets.images.decode import Survey, decode_files, survey
from kagglebot.datasets.images.formats.image_formats import refuse_unreadable, unsupported_hint
from kagglebot.datasets.images.image_file import read_header
from kagglebot.datasets.images.measure import measure
from kagglebot.datasets.images.resize_rule import ImageRule, Size
from kagglebot.datasets.layouts import ImageFiles
from kagglebot.errors import DataError
from kagglebot.system.files.space import check_space
from kagglebot.system.listing import shorten
from kagglebot.system.progress import ProgressCallback

_SHOWN = 3


@dataclass(frozen=True)
class DecodedImages:
    """Description of the images in train_images.npy and test_images.npy.

    Attributes:
        rows: (train_rows,) the index of each training image in the layout's list, which has unreadable ones too.
        own_size: See ``Survey.own_size``; None where they were in a table.
        skipped: Number of images that could not be read.
        resized: Whether some image had another size.
        conversion: How the images became 8-bit; None where they were in a table.
        blank: The indices of the unreadable test images.
    """

    shape: tuple[int, int, int]
    rows: NDArray[np.int64]
    own_size: Size | None = None
    skipped: int = 0
    resized: bool = False
    conversion: Conversion | None = None
    blank: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


def decode_images(
    folder: Path, images: ImageFiles, arrays: Path, *, skip_corrupt: bool, on_progress: ProgressCallback
) -> DecodedImages:
    """Decode the training and the test images, at their paths in ``folder``, into two .npy files in ``arrays``.

    With ``skip_corrupt`` unreadable images are left out of training, and black in the test set.

    Raises:
        DataError: An image cannot be read, or the disk refuses.
    """
    refuse_unreadable((*images.train, *images.test), folder)
    train, test = ([folder / path for path in paths] for paths in (images.train, images.test))
    rule = ImageRule()
    surveyed = survey([*train, *test], rule, on_progress)
    if surveyed.corrupt and not skip_corrupt:
        index, reason = surveyed.corrupt[0]
        raise DataError(
            f"{(*images.train, *images.test)[index]} cannot be read as an image: {reason}; "
            f"{len(surveyed.corrupt):,} of {len(train) + len(test):,} images cannot.",
            f"Run `kagglebot fetch --skip-corrupt` to go on without them. {unsupported_hint(reason) or AGAIN}",
        )
    conversion, conversion_notes = measure([*train, *test], surveyed, on_progress, train=len(train))
    count = len(train) + len(test)
    check_space(arrays, count * math.prod(surveyed.shape), f"{count:,} decoded images")
    decode = partial(
        decode_files,
        shape=surveyed.shape,
        fit=rule.fit,
        conversion=conversion,
        on_progress=on_progress,
        folder=folder,
    )
    left_out = decode(train, arrays / TRAIN_IMAGES, skip_corrupt=skip_corrupt)
    black = decode(test, arrays / TEST_IMAGES, blank_corrupt=skip_corrupt)
    rows = np.delete(np.arange(len(train)), left_out)
    first = read_header(train[rows[0]])
    height, width, _ = surveyed.shape
    sizes_note = (
        f"The images come in {surveyed.sizes} sizes and are brought to {height} x {width} pixels: "
        f"a study's definition sets another size with [images] size or largest."
    )
    return DecodedImages(
        shape=surveyed.shape,
        rows=rows,
        own_size=surveyed.own_size,
        skipped=len(left_out) + len(black),
        resized=surveyed.sizes > 1 or (first.height, first.width) != (height, width),
        conversion=conversion,
        blank=black,
        notes=(
            *[sizes_note] * (surveyed.sizes > 1),
            *conversion_notes,
            *_left_out_notes(surveyed, (*images.train, *images.test)),
            *_arranged_note(surveyed, (*images.train, *images.test)),
            *_unreadable_note("left out of training", left_out, images.train),
            *_unreadable_note("black in the test set", black, images.test),
        ),
    )


def is_converted_as_before(folder: Path, files: Sequence[str]) -> bool:
    """Return whether kagglebot 0.1 converted image files as they are now: none is deep or transparent."""
    surveyed = survey([folder / path for path in files], ImageRule())
    return not surveyed.select(lambda header: header.deep or header.transparent)


def _left_out_notes(surveyed: Survey, paths: Sequence[PurePosixPath]) -> tuple[str, ...]:
    """Return notes on what is left out of images: further frames, and channels that are no colours."""
    kinds = (
        ("several frames or pages", "the first of each is", surveyed.select(lambda header: header.frames)),
        (
            "more channels than are read",
            "grey or colours are",
            surveyed.select(lambda header: header.further_channels),
        ),
    )
    return tuple(
        f"{len(rows):,} of {len(paths):,} images have {what}, such as {paths[rows[0]]}: only {used} used."
        for what, used, rows in kinds
        if rows
    )


def _arranged_note(surveyed: Survey, paths: Sequence[PurePosixPath]) -> tuple[str, ...]:
    """Return a note on arrays whose channels are no grey or colours; none where there are none."""
    rows = surveyed.select(lambda header: header.arranged)
    if not rows:
        return ()
    return (
        f"{len(rows):,} of {len(paths):,} images, such as {paths[rows[0]]}, are arrays with other channels than "
        "grey or colours: two get their mean as a third, more than three lie below each other in a grey image.",
    )


def _unreadable_note(consequence: str, rows: Sequence[int], paths: Sequence[PurePosixPath]) -> tuple[str, ...]:
    if not rows:
        return ()
    shown = shorten([paths[row] for row in rows], _SHOWN)
    return (f"Unreadable, so {consequence}: {len(rows):,} of {len(paths):,} images ({shown}).",)
