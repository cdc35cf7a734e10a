"""From the archive that Kaggle sent to arrays in memory: ``ingest`` once, ``load_dataset`` ever after."""

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.archive import unpack
from kagglebot.datasets.cache import array_files
from kagglebot.datasets.cache.contents import read_contents
from kagglebot.datasets.cache.locks import alone, incoming
from kagglebot.datasets.cache.resized_arrays import open_arrays, open_ruled, ruled_shape
from kagglebot.datasets.cache.source import FILES, Source, read_source, save_source
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.datasets.ingest import FetchRequest, decode, describe
from kagglebot.datasets.sample_submission import read_sample
from kagglebot.datasets.schema import Schema, read_schema, save_schema
from kagglebot.errors import DataError
from kagglebot.system.files import disk_errors, settle
from kagglebot.system.progress import ProgressCallback, no_progress


@dataclass(frozen=True)
class Dataset:
    """A competition's images and labels.

    Attributes:
        schema: What was learned about them.
        train_images: (train_rows, height, width, channels) uint8 from 0 to 255, mapped into memory, read-only.
        train_labels: (train_rows,) int64, indices into ``schema.classes``.
        test_images: (test_rows, height, width, channels) uint8, mapped into memory, read-only.
        test_ids: (test_rows,) the ids of the test images, in their order, as sample_submission.csv writes them.
    """

    schema: Schema
    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.int64]
    test_images: NDArray[np.uint8]
    test_ids: tuple[str, ...]


def load_dataset(
    folder: Path, rule: ImageRule | None = None, on_progress: ProgressCallback = no_progress
) -> Dataset:
    """Open the decoded data of the competition in ``folder`` (``data/COMPETITION``); images stay on disk.

    Args:
        folder: Where the competition's data is kept.
        rule: How images are brought to one shape; None as at the fetch. A rule that was not asked for before is
            carried out first, once for all processes.
        on_progress: Called with how many images have been brought to that shape.

    Raises:
        DataError: It was not fetched, or is damaged.
    """
    schema = read_schema(folder)
    arrays = array_files.cache_folder(folder, schema.digest)
    labels = array_files.open_labels(arrays / array_files.TRAIN_LABELS, schema)
    test_ids = array_files.open_ids(arrays / array_files.TEST_IDS, schema.test_rows)
    if rule is None:
        train, test = open_arrays(arrays, schema, schema.image_shape)
    else:
        train, test = open_ruled(folder, schema, rule, on_progress)
        schema = replace(schema, image_shape=ruled_shape(schema, rule))
    return Dataset(schema, train, labels, test, test_ids)


def ingest(
    archive: Path,
    folder: Path,
    *,
    competition: str,
    metric_name: str = "",
    choices: Mapping[str, str] | None = None,
    on_progress: ProgressCallback | None = None,
) -> Schema:
    """Unpack and decode an archive into ``folder`` (``data/COMPETITION``); at once where nothing is new.

    The files are left in ``folder/files``. Whatever goes wrong, and wherever the process is killed, what
    ``folder`` held before stays in use.

    Args:
        archive: The zip file that Kaggle sent.
        folder: Where this competition's data is kept.
        competition: Kaggle's short name of it.
        metric_name: What it is scored by, in Kaggle's words; where they say nothing, the sample's form decides.
        choices: What the user says otherwise, by the names in ``Schema.choices``. They are kept; what is not
            said now stays as it was said before, and an empty text takes a choice back.
        on_progress: Called with what is being done, in bytes or images.

    Raises:
        DataError: The archive or a file in it is damaged, hostile, out of scope or in no known form, or the disk
            refuses.
        UsageError: The chosen metric is not known.
    """
    wanted = want(folder, competition, metric_name, choices)
    with disk_errors(f"read {archive}"), archive.open("rb") as stream:
        archive_digest = hashlib.file_digest(stream, "sha256").hexdigest()
    with disk_errors(f"write into {folder}"), alone(folder):
        source = _unpacked(folder, archive_digest)
        if source is not None and (schema := _whole_schema(folder, source, wanted)) is not None:
            if schema != read_schema(folder):
                save_schema(folder, schema)
            return schema
        return _take_in(
            archive, archive_digest, source, folder, wanted=wanted, on_progress=on_progress or no_progress
        )


def want(folder: Path, competition: str, metric_name: str, choices: Mapping[str, str] | None) -> FetchRequest:
    """Add what the user says now to what was said before; see ``ingest``.

    Raises:
        DataError: Kaggle's metric is out of scope.
        UsageError: The chosen metric is not known.
    """
    try:
        kept = read_schema(folder).choices
    except DataError:
        kept = {}
    said = {name: value for name, value in {**kept, **(choices or {})}.items() if value}
    wanted = FetchRequest(competition, metric_name, said)
    wanted.metric()
    return wanted


def _unpacked(folder: Path, archive_digest: str) -> Source | None:
    """Give the source of the unpacked files where they are this archive's and all there, else nothing."""
    try:
        source = read_source(folder, read_schema(folder))
    except DataError:
        return None
    return source if source and source.archive == archive_digest and source.whole(folder) else None


def _whole_schema(folder: Path, source: Source, wanted: FetchRequest) -> Schema | None:
    """Give the schema where what is wanted of these files is decoded already, else nothing."""
    digest = array_files.data_digest(source.content, wanted.choices)
    arrays = array_files.cache_folder(folder, digest)
    try:
        if load_dataset(folder).schema.digest != digest:
            return None
        read_sample(folder)
        read_contents(arrays)
    except DataError:
        return None
    return describe(arrays, wanted, digest)


def _take_in(
    archive: Path,
    archive_digest: str,
    source: Source | None,
    folder: Path,
    *,
    wanted: FetchRequest,
    on_progress: ProgressCallback,
) -> Schema:
    """Unpack the archive unless its ``source`` says that it is, decode the files, and put all in place."""
    with incoming(folder) as temporary:
        files, arrays = temporary / FILES, temporary / "arrays"
        if source is None:
            members = unpack(archive, files, on_progress=on_progress)
            sizes = {str(member.path): member.size for member in members}
            new = Source(archive_digest, array_files.content_digest(members), sizes)
        else:
            new, files = source, folder / FILES
        schema = _whole_schema(folder, new, wanted)  # packed anew, the same inside
        if schema is None:
            arrays.mkdir(parents=True)
            decode(files, [PurePosixPath(name) for name in new.files], arrays, wanted, on_progress)
            schema = describe(arrays, wanted, array_files.data_digest(new.content, wanted.choices))
        _put_in_place(folder, temporary, schema)
    save_source(folder, new)
    return schema


def _put_in_place(folder: Path, temporary: Path, schema: Schema) -> None:
    """Make the new data the data in use: the write of competition.json is the moment it happens.

    Readers need only competition.json and the arrays it names, which keep their own copy of the sample; so a
    kill between the steps leaves the old data in use, or the new, and the next fetch mends the rest.
    """
    target = array_files.cache_folder(folder, schema.digest)
    arrays, files = temporary / "arrays", temporary / FILES
    if arrays.exists():
        target.parent.mkdir(exist_ok=True)
        if target.exists():  # damaged, or left by a process killed before its competition.json
            target.rename(temporary / "replaced-arrays")
        settle(arrays, target)
    save_schema(folder, schema)
    if files.exists():
        if (folder / FILES).exists():
            (folder / FILES).rename(temporary / "replaced-files")
        settle(files, folder / FILES)
    for other in target.parent.iterdir():
        if other != target:
            shutil.rmtree(other)
