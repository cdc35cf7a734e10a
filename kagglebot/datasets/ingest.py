"""From the archive that Kaggle sent to arrays on disk: unpack, recognise, read, decode, save."""

import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np

from kagglebot.datasets.archive.unpack import unpack
from kagglebot.datasets.cache import array_files, version_0_1
from kagglebot.datasets.cache.digests import content_digest, data_digest
from kagglebot.datasets.cache.edited_files import find_edits
from kagglebot.datasets.cache.file_lists import FILES, FileLists, list_files, read_file_lists, save_file_lists
from kagglebot.datasets.cache.locks import locked, temporary_folder
from kagglebot.datasets.competition_images import DecodedImages, decode_images, is_converted_as_before
from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.fetch_request import SKIP_CORRUPT, FetchRequest, make_request
from kagglebot.datasets.flat_images import ImageSet, describe_flat_images
from kagglebot.datasets.grouping.duplicates import find_duplicates
from kagglebot.datasets.grouping.joined import stay_together
from kagglebot.datasets.grouping.row_groups import NONE, find_groups
from kagglebot.datasets.images.conversion import Conversion
from kagglebot.datasets.label_sets import encode_label_sets, read_label_cells, set_numbers
from kagglebot.datasets.labels import Labels, encode_labels
from kagglebot.datasets.layouts import CompetitionFiles, ImageFiles, LayoutResult, recognise
from kagglebot.datasets.local_source import place_files, source_digest
from kagglebot.datasets.out_of_scope import refuse_objects
from kagglebot.datasets.records.channel_files import describe_joined
from kagglebot.datasets.records.image_files import describe_left_records, write_image_files
from kagglebot.datasets.sample_submission import (
    Sample,
    find_sample,
    other_samples,
    read_sample,
    read_sample_file,
    save_sample,
)
from kagglebot.datasets.schema import VERSION, Schema, read_schema, save_schema
from kagglebot.datasets.submission_format import Classes, SubmissionFormat, infer_submission_format
from kagglebot.datasets.submission_of_sets import infer_set_format
from kagglebot.errors import DataError
from kagglebot.system.files import disk_errors, move_into_place
from kagglebot.system.progress import ProgressCallback, no_progress

#: Names of edited files that competition.json keeps.
_EDITED_NAMES = 10


@dataclass(frozen=True)
class _Unpacked:
    """The unpacked files: their folder and lists, the digest of their content, and which were edited by hand."""

    folder: Path
    lists: FileLists
    content: str
    edited: tuple[str, ...] = ()


def ingest(
    archive: Path,
    folder: Path,
    *,
    competition: str,
    metric_name: str = "",
    choices: Mapping[str, str] | None = None,
    force: bool = False,
    on_progress: ProgressCallback | None = None,
) -> Schema:
    """Unpack and decode an archive into ``folder``; where nothing is new, nothing is written.

    The files are left in ``folder/files``; if they were edited there by hand, they are decoded again as they are.
    Whatever goes wrong, and wherever the process is killed, what ``folder`` held before stays in use.

    Args:
        archive: The zip file that Kaggle sent, or a folder of the same files, which is only read.
        folder: ``data/COMPETITION``.
        competition: Kaggle's short name of it.
        metric_name: What it is scored by, in Kaggle's words; where they name none that is known, the form of the
            sample submission decides.
        choices: The user's choices, by the names in ``Schema.choices``. They are saved: one that is not named now
            stays as it was, and an empty text takes a choice back.
        force: Unpack the archive even where that replaces files that were edited by hand.
        on_progress: Called with what is being done, in bytes or images.

    Raises:
        DataError: The archive or a file in it is damaged, hostile, out of scope or in no known layout, it would
            replace edited files, or the disk refuses.
        UsageError: The chosen metric is not known.
    """
    request = make_request(folder, competition, metric_name, choices)
    on_progress = on_progress or no_progress
    archive_digest = source_digest(archive)
    with disk_errors(f"write into {folder}"), locked(folder), temporary_folder(folder) as temporary:
        current = None
        with suppress(DataError):
            current = read_schema(folder)
        unpacked = None if force else _find_unpacked(folder, current, archive_digest)
        if unpacked is None:
            place = place_files if archive.is_dir() else unpack
            members = place(archive, temporary / FILES, on_progress=on_progress)
            members = write_image_files(temporary / FILES, members, on_progress)
            unpacked = _Unpacked(temporary / FILES, list_files(temporary, members), content_digest(members))
        if current and _is_decoded(folder, current, unpacked, request):
            schema = _apply_request(current, read_sample(folder), request)
        else:
            schema = _decode(unpacked, temporary / "arrays", request, on_progress)
        digest = _digest(unpacked, request, schema)
        schema = replace(
            schema, archive=archive_digest, content=unpacked.content, digest=digest, edited=unpacked.edited
        )
        if temporary.exists():
            _save(folder, temporary, schema)
        elif schema != current:
            save_schema(folder, schema)
    return schema


def _find_unpacked(folder: Path, current: Schema | None, archive_digest: str) -> _Unpacked | None:
    """Return the files in ``folder/files`` where they are those of the archive, edited by hand or as they were.

    Raises:
        DataError: They were edited, and the archive is another.
    """
    if current is None or not current.archive:
        return None
    edits, lists = None, FileLists({})
    with suppress(DataError):
        edits = find_edits(folder, current)
        lists = read_file_lists(folder, current)
    if current.archive != archive_digest:
        if edits or current.edited:
            raise DataError(
                f"Kaggle has new data, and files in {folder / FILES} were edited by hand: "
                f"{edits or ', '.join(current.edited)}.",
                f"Save them elsewhere, then run `kagglebot fetch {folder.name} --force`, which replaces them.",
            )
        return None
    if edits:
        names = dict.fromkeys((*current.edited, *edits.names))
        return _Unpacked(
            folder / FILES, edits.lists, content_digest(edits.lists.members), (*names,)[:_EDITED_NAMES]
        )
    whole = lists.sizes and lists.are_whole(folder)
    return _Unpacked(folder / FILES, lists, current.content, current.edited) if whole else None


def _digest(unpacked: _Unpacked, request: FetchRequest, schema: Schema) -> str:
    groups = (schema.group, schema.groups)
    return data_digest(unpacked.content, request.choices, schema.conversion, schema.training_classes, groups)


def _is_decoded(folder: Path, current: Schema, unpacked: _Unpacked, request: FetchRequest) -> bool:
    """Return whether the arrays in use are those of these files under this request, and whole."""
    if current.digest != _digest(unpacked, request, current):
        return False
    if request.choices.get("group", "") not in (current.choices.get("group", ""), current.group or NONE):
        return False
    with suppress(DataError):
        load_dataset(folder)
        read_sample(folder)
        lists = read_file_lists(folder, current)
        if current.conversion or not current.image_files:
            return True
        return is_converted_as_before(unpacked.folder, (*lists.train, *lists.test))
    return False


def _apply_request(current: Schema, sample: Sample, request: FetchRequest) -> Schema:
    """Return the schema of the data in use under a request that may name another metric."""
    separator = current.label_separator if current.several else None
    form = _infer_format(sample, current.training_classes, request, current.labels_in_table, separator)
    conversion = current.conversion or (Conversion() if current.image_files else None)
    return replace(
        current,
        competition=request.competition,
        choices=request.choices,
        conversion=conversion,
        version=VERSION,
        **vars(form),
    )


def _infer_format(
    sample: Sample, classes: Classes, request: FetchRequest, labels_in_table: bool, separator: str | None
) -> SubmissionFormat:
    """Return the format of a submission; ``separator`` is None where each image has one class."""
    if separator is not None:
        return infer_set_format(sample, classes, request.metric(several=True), request.metric_name, separator)
    return infer_submission_format(
        sample, classes, request.metric(several=False), request.metric_name, labels_in_table=labels_in_table
    )


def _decode(unpacked: _Unpacked, arrays: Path, request: FetchRequest, on_progress: ProgressCallback) -> Schema:
    """Recognise the files, and write into ``arrays`` all that is ever read of them again.

    Raises:
        DataError: The files are out of scope, in no known layout, incomplete or damaged. All but damaged images
            and pixels is found before any image is decoded.
    """
    paths = tuple(PurePosixPath(name) for name in unpacked.lists.sizes)
    sample_inside = find_sample(paths)
    sample_path = unpacked.folder / sample_inside
    sample = read_sample_file(sample_path)
    sample_notes = other_samples(unpacked.folder, sample_inside, paths)
    refuse_objects(sample.columns[1:], sample_path.name)
    files = CompetitionFiles(unpacked.folder, paths, sample, request.choices)
    layout = recognise(files)
    arrays.mkdir(parents=True)
    result = layout.read(files, arrays, on_progress)
    (classes, labels, label_notes), form = read_labels(result, sample, request)
    several = labels.ndim == 2
    row_groups = find_groups(files, result, labels.argmax(axis=1) if several else labels)
    whole = result.complete(sample)
    test_ids = result.check_test_ids(whole, sample_path.name)
    lists = unpacked.lists
    if isinstance(result.images, ImageFiles):
        skip_corrupt = bool(request.choices.get(SKIP_CORRUPT))
        decoded = decode_images(
            unpacked.folder, result.images, arrays, skip_corrupt=skip_corrupt, on_progress=on_progress
        )
        labels = labels[decoded.rows]  # a class stays although its last image may be gone: the sample may name it
        train = [str(result.images.train[row]) for row in decoded.rows]
        lists = replace(lists, train=train, test=[str(path) for path in result.images.test])
    else:
        decoded = DecodedImages(result.images, np.arange(len(labels)), conversion=result.conversion)
    train_set, test_set = _open_images(arrays, result, decoded)
    flat = describe_flat_images([train_set, test_set], converted=decoded.conversion not in (None, Conversion()))
    kinds, names = set_numbers(labels, classes) if several else (labels, classes)
    duplicates, copies = find_duplicates(
        train_set.images, test_set.images, kinds, classes=names, locate=train_set.locate
    )
    groups, joined_notes = stay_together(row_groups.numbers[decoded.rows], copies)
    if groups is not None:
        np.save(arrays / array_files.TRAIN_GROUPS, groups, allow_pickle=False)
    np.save(arrays / array_files.TRAIN_LABELS, labels, allow_pickle=False)
    np.save(arrays / array_files.TEST_IDS, np.array(test_ids, dtype=np.str_), allow_pickle=False)
    save_sample(sample_path, arrays / array_files.SAMPLE, whole)
    save_file_lists(arrays, lists)
    return Schema(
        competition=request.competition,
        layout=layout.name,
        train_rows=len(labels),
        test_rows=result.test_rows,
        image_shape=decoded.shape,
        id_column=sample.id_column,
        target_column=sample.target_column,
        columns=sample.columns[1:],
        digest="",  # the caller knows it
        choices=request.choices,
        skipped=decoded.skipped,
        training_classes=classes,
        labels_in_table=result.labels_in_table,
        several=several,
        image_files=isinstance(result.images, ImageFiles),
        resized=decoded.resized,
        own_size=decoded.own_size,
        conversion=decoded.conversion,
        data_notes=(
            *sample_notes,
            *files.size_notes,
            *describe_left_records(paths),
            *describe_joined(paths),
            *_bare_note(sample),
            *_excerpt_note(sample, whole),
            *result.notes,
            *label_notes,
            *row_groups.notes,
            *decoded.notes,
            *flat,
            *duplicates.notes(len(labels), result.test_rows),
            *joined_notes,
        ),
        group=row_groups.name,
        groups=0 if groups is None else len(np.unique(groups)),
        duplicates=duplicates,
        **vars(form),
    )


def read_labels(result: LayoutResult, sample: Sample, request: FetchRequest) -> tuple[Labels, SubmissionFormat]:
    """Return the labels of the training rows, and the format of a submission.

    Raises:
        DataError: They are out of scope, or do not go together.
    """
    labels, separator = _encode(result, sample)
    return labels, _infer_format(sample, labels.classes, request, result.labels_in_table, separator)


def _encode(result: LayoutResult, sample: Sample) -> tuple[Labels, str | None]:
    """Return the labels of the rows, and what stands between those of one; None where each has one class."""
    sets, separator, in_table = result.labels, " ", result.labels_in_table
    if isinstance(sets, np.ndarray):
        cells = read_label_cells(sets, sample.classes) if in_table else None
        if cells is None:
            return encode_labels(sets, result.locate_label, sample.classes, in_table=in_table), None
        sets, separator = cells
    return encode_label_sets(sets, result.locate_label, sample.classes), separator


def _open_images(arrays: Path, result: LayoutResult, decoded: DecodedImages) -> tuple[ImageSet, ImageSet]:
    """Return the training and the test images, mapped into memory."""
    locate_train, locate_test = result.locate_label, result.locate_test_row
    if isinstance(files := result.images, ImageFiles):
        locate_train, locate_test = (lambda row: str(files.train[row])), (lambda row: str(files.test[row]))
    train = array_files.open_images(arrays / array_files.TRAIN_IMAGES, len(decoded.rows), decoded.shape)
    test = array_files.open_images(arrays / array_files.TEST_IMAGES, result.test_rows, decoded.shape)
    return (
        ImageSet(train, lambda row: locate_train(int(decoded.rows[row]))),
        ImageSet(test, locate_test, decoded.blank),
    )


def _excerpt_note(sample: Sample, whole: Sample) -> tuple[str, ...]:
    if whole is sample:
        return ()
    return (
        f"sample_submission.csv lists {len(sample.ids):,} of {len(whole.ids):,} test images: it is taken for an "
        f"excerpt, and all are predicted.",
    )


def _bare_note(sample: Sample) -> tuple[str, ...]:
    if not sample.bare:
        return ()
    return ("Submissions are one class a line, without header and ids, in the order of the test images.",)


def _save(folder: Path, temporary: Path, schema: Schema) -> None:
    """Put the new files and arrays in place; the new data is in use from the first write of competition.json.

    Readers need only competition.json and the arrays it names, which have their own copy of the sample. So a
    kill between the steps leaves the old data in use, or the new. Until everything is in place competition.json
    names no archive: then the next fetch unpacks again.
    """
    target = array_files.cache_folder(folder, schema.digest)
    arrays, files = temporary / "arrays", temporary / FILES
    if arrays.exists():
        target.parent.mkdir(exist_ok=True)
        if target.exists():  # damaged, or left by a process killed before its competition.json
            target.rename(temporary / "replaced-arrays")
        move_into_place(arrays, target)
    save_schema(folder, replace(schema, archive=""))
    if files.exists():
        if (folder / FILES).exists():
            (folder / FILES).rename(temporary / "replaced-files")
        move_into_place(files, folder / FILES)
    for other in target.parent.iterdir():
        if other != target:
            shutil.rmtree(other)
    if not version_0_1.read_file_lists(folder, schema.digest):
        version_0_1.remove_source(folder)
    save_schema(folder, schema)
