"""From a competition's unpacked files to its arrays and its schema: what ``ingest`` does when something is new."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.cache import array_files
from kagglebot.datasets.cache.contents import Contents, read_contents, save_contents
from kagglebot.datasets.csv.pixel_rows import HINT
from kagglebot.datasets.images.decode import Survey, decode_files, survey
from kagglebot.datasets.images.image_file import read_header
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.datasets.labels import encode_labels
from kagglebot.datasets.layouts import recognise
from kagglebot.datasets.layouts._base import CompetitionFiles, ImageFiles, LayoutResult
from kagglebot.datasets.sample_submission import Sample, find_sample, read_sample_file
from kagglebot.datasets.schema import Schema
from kagglebot.datasets.scope import refuse_objects
from kagglebot.datasets.submission_format import answer_form
from kagglebot.errors import DataError
from kagglebot.metrics.registry import get_metric, match_metric
from kagglebot.system.progress import ProgressCallback

SKIP_CORRUPT = "skip_corrupt"
_SHOWN = 3


@dataclass(frozen=True)
class FetchRequest:
    """What is fetched, and what the user said about it.

    Attributes:
        competition: Kaggle's short name.
        metric_name: What it is scored by, in Kaggle's words.
        choices: See ``Schema``.
    """

    competition: str
    metric_name: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)

    def metric(self) -> str | None:
        """Give the metric in kagglebot's words: the one chosen, or Kaggle's; None where that is not known.

        Raises:
            DataError: Kaggle's measures something out of scope.
            UsageError: There is none of the chosen name.
        """
        if chosen := self.choices.get("metric"):
            return get_metric(chosen).name
        matched = match_metric(self.metric_name, self.competition)
        return matched.name if matched else None


def decode(
    files: Path, paths: Sequence[PurePosixPath], arrays: Path, wanted: FetchRequest, on_progress: ProgressCallback
) -> None:
    """Recognise the files, and write into ``arrays`` all that is ever read of them again.

    Raises:
        DataError: The files are out of scope, in no known form, incomplete or damaged. All but damaged images
            and pixels is found before any is decoded.
    """
    sample_path = files / find_sample(paths)
    sample = read_sample_file(sample_path)
    refuse_objects(sample.columns[1:], sample_path.name)
    corpus = CompetitionFiles(files, tuple(paths), sample, wanted.choices)
    layout = recognise(corpus)
    found = layout.read(corpus, arrays, on_progress)
    classes, labels = encode_labels(found.labels, found.where)
    answer_form(sample, classes, wanted.metric(), in_table=found.in_table)  # for its errors, before decoding
    test_ids = _test_ids(found, sample, sample_path.name)
    contents = Contents(
        layout=layout.name,
        image_shape=(0, 0, 0),  # known only once the images are
        classes=classes,
        train_rows=len(labels),
        test_rows=found.test_rows,
        notes=found.notes,
        in_table=found.in_table,
    )
    if isinstance(found.images, ImageFiles):
        skip = bool(wanted.choices.get(SKIP_CORRUPT))
        contents, kept = _decode_images(files, found.images, arrays, contents, skip=skip, on_progress=on_progress)
        labels = labels[kept]  # a class stays although its last image may be gone: the sample may ask for it
    else:
        contents = replace(contents, image_shape=found.images)
    array_files.save_array(arrays / array_files.TRAIN_LABELS, labels)
    array_files.save_array(arrays / array_files.TEST_IDS, np.array(test_ids, dtype=np.str_))
    shutil.copyfile(sample_path, arrays / array_files.SAMPLE)
    save_contents(arrays, contents)


def describe(arrays: Path, wanted: FetchRequest, digest: str) -> Schema:
    """Make the schema of decoded data: what is in it, and what a submission must hold.

    Raises:
        DataError: The arrays' contents are damaged, or the sample asks for what they cannot answer.
    """
    contents = read_contents(arrays)
    sample = read_sample_file(arrays / array_files.SAMPLE)
    metric, in_table = wanted.metric(), contents.in_table
    form = answer_form(sample, contents.classes, metric, wanted.metric_name, in_table=in_table)
    return Schema(
        competition=wanted.competition,
        layout=contents.layout,
        metric=form.metric,
        train_rows=contents.train_rows,
        test_rows=contents.test_rows,
        image_shape=contents.image_shape,
        classes=form.classes,
        id_column=sample.id_column,
        target_column=sample.target_column,
        digest=digest,
        answer=form.answer,
        columns=sample.columns[1:],
        column_classes=form.column_classes,
        assumptions=(*contents.notes, *form.notes),
        choices=wanted.choices,
        skipped=contents.skipped,
    )


def _decode_images(
    files: Path, images: ImageFiles, arrays: Path, contents: Contents, *, skip: bool, on_progress: ProgressCallback
) -> tuple[Contents, NDArray[np.int64]]:
    """Decode image files; give what there is now, and the training rows that are left."""
    train, test = ([files / path for path in paths] for paths in (images.train, images.test))
    rule = ImageRule()
    seen = survey([*train, *test], rule, on_progress)
    unreadable = dict(seen.corrupt)
    if unreadable and not skip:
        index, reason = seen.corrupt[0]
        raise DataError(
            f"{(*images.train, *images.test)[index]} is no image that can be read: {reason}; "
            f"{len(unreadable):,} of {len(train) + len(test):,} images are not.",
            "`kagglebot fetch --skip-corrupt` goes on without them; --force downloads everything again.",
        )
    decode = partial(decode_files, shape=seen.shape, fit=rule.fit, on_progress=on_progress, folder=files)
    gone = decode(train, arrays / array_files.TRAIN_IMAGES, skip_corrupt=skip)
    black = decode(test, arrays / array_files.TEST_IMAGES, blank_corrupt=skip)
    kept = np.delete(np.arange(len(train)), gone)
    first = read_header(train[kept[0]])
    return replace(
        contents,
        train_rows=len(kept),
        image_shape=seen.shape,
        skipped=len(gone) + len(black),
        notes=(
            *contents.notes,
            *_brought_to_size(seen),
            *_unreadable("left out of training", gone, images.train),
            *_unreadable("black in the test set", black, images.test),
        ),
        train_files=[str(images.train[row]) for row in kept],
        test_files=[str(path) for path in images.test],
        resized=seen.sizes > 1 or (first.height, first.width) != seen.shape[:2],
    ), kept


def _brought_to_size(seen: Survey) -> tuple[str, ...]:
    height, width, _ = seen.shape
    told = f"The images come in {seen.sizes} sizes and are brought to {height} x {width} pixels"
    return (f"{told}: [images] size in a study's definition says otherwise.",) * (seen.sizes > 1)


def _unreadable(what_now: str, rows: Sequence[int], paths: Sequence[PurePosixPath]) -> tuple[str, ...]:
    shown = ", ".join(str(paths[row]) for row in rows[:_SHOWN]) + (", …" if len(rows) > _SHOWN else "")
    return (f"Unreadable, so {what_now}: {len(rows):,} of {len(paths):,} images ({shown}).",) * bool(rows)


def _test_ids(found: LayoutResult, sample: Sample, sample_name: str) -> Sequence[str]:
    """Give an id for every test image, after checking that they are the sample's, each once."""
    if found.test_ids:
        known, seen = set(sample.ids), set[str]()
        for row, name in enumerate(found.test_ids):
            if name not in known:
                raise DataError(f"{found.where_test(row)}: id {name!r} is not in {sample_name}.", HINT)
            if name in seen:
                raise DataError(f"{found.where_test(row)}: id {name!r} is there twice.", HINT)
            seen.add(name)
    if found.test_rows != len(sample.ids):
        raise DataError(
            f"There are {found.test_rows} test images, and {sample_name} has {len(sample.ids)} ids: "
            f"one of the two is cut off.",
            HINT,
        )
    return found.test_ids or sample.ids
