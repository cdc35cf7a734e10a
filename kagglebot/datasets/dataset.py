"""From the archive that Kaggle sent to arrays in memory: ``ingest`` once, ``load_dataset`` ever after."""

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets import cache
from kagglebot.datasets.archive import Member, unpack
from kagglebot.datasets.csv_rows import HINT
from kagglebot.datasets.image_rule import ImageRule
from kagglebot.datasets.labels import encode_labels
from kagglebot.datasets.layouts import recognise
from kagglebot.datasets.layouts._base import Corpus, Decoded
from kagglebot.datasets.metrics import METRICS, match_metric
from kagglebot.datasets.sample import Sample, find_sample, read_sample, read_sample_file
from kagglebot.datasets.schema import Schema, keep_schema, read_schema
from kagglebot.errors import DataError
from kagglebot.files import disk_errors, read_json, write_json
from kagglebot.progress import Progress, silent

_FILES = "files"
_SOURCE = "source.json"  # which archive the files came from, so that the same one is not unpacked twice
_INCOMING = ".incoming-"
_LEFT_BEHIND = (f"{_INCOMING}*", ".competition.*.json", ".source.*.json")
_LOCK_SECONDS = 600


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


def load_dataset(folder: Path, rule: ImageRule | None = None) -> Dataset:
    """Open the decoded data of the competition in ``folder`` (``data/COMPETITION``); images stay on disk.

    Raises:
        DataError: It was not fetched, or is damaged.
    """
    schema = read_schema(folder)
    arrays = cache.cache_folder(folder, schema.digest)
    return Dataset(
        schema=schema,
        train_images=cache.open_images(arrays / cache.TRAIN_IMAGES, schema.train_rows, schema.image_shape),
        train_labels=cache.open_labels(arrays / cache.TRAIN_LABELS, schema),
        test_images=cache.open_images(arrays / cache.TEST_IMAGES, schema.test_rows, schema.image_shape),
        test_ids=cache.open_ids(arrays / cache.TEST_IDS, schema.test_rows),
    )


def ingest(
    archive: Path,
    folder: Path,
    *,
    competition: str,
    metric_name: str = "",
    progress: Progress | None = None,
) -> Schema:
    """Unpack and decode an archive into ``folder`` (``data/COMPETITION``); at once where nothing is new.

    The files are left in ``folder/files``. Whatever goes wrong, and wherever the process is killed, what
    ``folder`` held before stays in use.

    Args:
        archive: The zip file that Kaggle sent.
        folder: Where this competition's data is kept.
        competition: Kaggle's short name of it.
        metric_name: What it is scored by, in Kaggle's words; empty counts as accuracy.
        progress: Told what is being done, in bytes.

    Raises:
        DataError: The archive or a file in it is damaged, hostile or in no known form, or the disk refuses.
    """
    metric = (match_metric(metric_name, competition) or METRICS["accuracy"]).name
    with disk_errors(f"read {archive}"), archive.open("rb") as stream:
        archive_digest = hashlib.file_digest(stream, "sha256").hexdigest()
    with disk_errors(f"write into {folder}"), _alone(folder):
        schema = _already_here(folder, archive_digest)
        if schema is None:
            schema = _take_in(
                archive, archive_digest, folder, progress or silent, competition=competition, metric=metric
            )
        elif (schema.competition, schema.metric) != (competition, metric):
            schema = replace(schema, competition=competition, metric=metric)
            keep_schema(folder, schema)
        return schema


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes out of the folder, and clear away what a killed one left."""
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / ".lock", timeout=_LOCK_SECONDS):
            for left in (path for pattern in _LEFT_BEHIND for path in folder.glob(pattern)):
                if left.is_dir():
                    shutil.rmtree(left)
                else:
                    left.unlink()
            yield
    except Timeout as error:
        raise DataError(
            f"Another kagglebot has been working in {folder} for {_LOCK_SECONDS // 60} minutes.",
            "Wait for it to end, or stop it, and run the same command again.",
        ) from error


def _already_here(folder: Path, archive_digest: str) -> Schema | None:
    """Give the schema where this very archive is unpacked and decoded, else nothing."""
    schema = _whole_schema(folder)
    try:
        source = read_json(folder / _SOURCE)
        if schema is None or (source["archive"], source["digest"]) != (archive_digest, schema.digest):
            return None
        paths = {folder / _FILES / name: size for name, size in source["files"].items()}
    except (DataError, AttributeError, KeyError, TypeError):  # absent or damaged: then take it in again
        return None
    whole = all(path.is_file() and path.stat().st_size == size for path, size in paths.items())
    return schema if whole else None


def _whole_schema(folder: Path) -> Schema | None:
    """Give the schema where the data in use is all there, else nothing."""
    try:
        schema = load_dataset(folder).schema
        read_sample(folder)
    except DataError:
        return None
    return schema


def _take_in(
    archive: Path, archive_digest: str, folder: Path, progress: Progress, *, competition: str, metric: str
) -> Schema:
    incoming = folder / f"{_INCOMING}{uuid4().hex[:8]}"
    arrays = incoming / "arrays"
    try:
        members = unpack(archive, incoming / _FILES, progress=progress)
        schema = _whole_schema(folder)
        if schema and schema.digest == cache.content_digest(members):  # packed anew, the same inside
            schema = replace(schema, competition=competition, metric=metric)
        else:
            arrays.mkdir()
            schema = _decode(incoming / _FILES, members, arrays, progress, competition=competition, metric=metric)
        _put_in_place(folder, incoming, arrays, schema)
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
    sizes = {str(member.path): member.size for member in members}
    write_json(folder / _SOURCE, {"archive": archive_digest, "digest": schema.digest, "files": sizes})
    return schema


def _decode(
    files: Path, members: list[Member], arrays: Path, progress: Progress, *, competition: str, metric: str
) -> Schema:
    """Recognise the files, and write into ``arrays`` all that ``load_dataset`` and ``read_sample`` read."""
    paths = tuple(member.path for member in members)
    sample_path = files / find_sample(paths)
    sample = read_sample_file(sample_path)
    if len(sample.columns) > 2:
        raise DataError(
            f"{sample_path.name} asks for {len(sample.columns) - 1} values a row, and kagglebot gives one class.",
            "Choose a competition whose submission has an id column and one column of class labels.",
        )
    corpus = Corpus(files, paths, sample)
    layout = recognise(corpus)
    decoded = layout.decode(corpus, arrays, progress)
    classes, labels = encode_labels(decoded.labels, decoded.where)
    test_ids = _test_ids(decoded, sample, sample_path.name)
    cache.save_array(arrays / cache.TRAIN_LABELS, labels)
    cache.save_array(arrays / cache.TEST_IDS, np.array(test_ids, dtype=np.str_))
    shutil.copyfile(sample_path, arrays / cache.SAMPLE)
    return Schema(
        competition=competition,
        layout=layout.name,
        metric=metric,
        train_rows=len(labels),
        test_rows=decoded.test_rows,
        image_shape=decoded.image_shape,
        classes=classes,
        id_column=sample.id_column,
        target_column=sample.target_column,
        digest=cache.content_digest(members),
    )


def _test_ids(decoded: Decoded, sample: Sample, sample_name: str) -> Sequence[str]:
    """Give an id for every test image, after checking that they are the sample's, each once."""
    if decoded.test_ids:
        known, seen = set(sample.ids), set[str]()
        for row, name in enumerate(decoded.test_ids):
            if name not in known:
                raise DataError(f"{decoded.where_test(row)}: id {name!r} is not in {sample_name}.", HINT)
            if name in seen:
                raise DataError(f"{decoded.where_test(row)}: id {name!r} is there twice.", HINT)
            seen.add(name)
    if decoded.test_rows != len(sample.ids):
        raise DataError(
            f"There are {decoded.test_rows} test images, and {sample_name} has {len(sample.ids)} ids: "
            f"one of the two is cut off.",
            HINT,
        )
    return decoded.test_ids or sample.ids


def _put_in_place(folder: Path, incoming: Path, arrays: Path, schema: Schema) -> None:
    """Make the new data the data in use: the write of competition.json is the moment it happens.

    Readers need only competition.json and the arrays it names, which keep their own copy of the sample; so a
    kill between the steps leaves the old data in use, or the new, and the next fetch mends the rest.
    """
    target = cache.cache_folder(folder, schema.digest)
    if arrays.exists():
        target.parent.mkdir(exist_ok=True)
        if target.exists():  # damaged, or left by a process killed before its competition.json
            target.rename(incoming / "replaced-arrays")
        cache.settle(arrays)
        arrays.rename(target)
    keep_schema(folder, schema)
    files = folder / _FILES
    if files.exists():
        files.rename(incoming / "replaced-files")
    (incoming / _FILES).rename(files)
    for other in target.parent.iterdir():
        if other != target:
            shutil.rmtree(other)
