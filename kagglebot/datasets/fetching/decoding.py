"""From the unpacked files of a competition to arrays on disk: recognised, read, decoded."""

from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np

from kagglebot.datasets.cache import array_files
from kagglebot.datasets.cache.file_lists import FileLists, save_file_lists
from kagglebot.datasets.fetch_request import SKIP_CORRUPT, FetchRequest
from kagglebot.datasets.fetching.competition_images import DecodedImages, decode_images
from kagglebot.datasets.fetching.training_labels import read_labels
from kagglebot.datasets.grouping.joined import stay_together
from kagglebot.datasets.grouping.row_groups import find_groups
from kagglebot.datasets.image_checks.duplicates import find_duplicates
from kagglebot.datasets.image_checks.flat_images import ImageSet, describe_flat_images
from kagglebot.datasets.images.conversion import Conversion
from kagglebot.datasets.labels.label_sets import set_numbers
from kagglebot.datasets.layouts import CompetitionFiles, ImageFiles, LayoutResult, recognise
from kagglebot.datasets.out_of_scope import refuse_objects
from kagglebot.datasets.records.channel_files import describe_joined
from kagglebot.datasets.records.image_files import describe_left_records
from kagglebot.datasets.sample_submission.find import find_sample, other_samples
from kagglebot.datasets.sample_submission.read import read_sample_file, save_sample
from kagglebot.datasets.sample_submission.sample import Sample
from kagglebot.datasets.schema import Schema
from kagglebot.system.progress import ProgressCallback


def decode(
    folder: Path, lists: FileLists, arrays: Path, request: FetchRequest, on_progress: ProgressCallback
) -> Schema:
    """Recognise the files in ``folder``, and write into ``arrays`` all that is ever read of them again.

    Raises:
        DataError: The files are out of scope, in no known layout, incomplete or damaged. All but damaged images
            and pixels is found before any image is decoded.
    """
    paths = tuple(PurePosixPath(name) for name in lists.sizes)
    sample_inside = find_sample(paths)
    sample_path = folder / sample_inside
    sample = read_sample_file(sample_path)
    sample_notes = other_samples(folder, sample_inside, paths)
    refuse_objects(sample.columns[1:], sample_path.name)
    files = CompetitionFiles(folder, paths, sample, request.choices).a_row_an_image()
    sample = files.sample
    layout = recognise(files)
    arrays.mkdir(parents=True)
    result = layout.read(files, arrays, on_progress)
    (classes, labels, label_notes), form = read_labels(result, sample, request)
    several = labels.ndim == 2
    row_groups = find_groups(files, result, labels.argmax(axis=1) if several else labels)
    whole = result.complete(sample)
    test_ids = result.check_test_ids(whole, sample_path.name)
    if isinstance(result.images, ImageFiles):
        skip_corrupt = bool(request.choices.get(SKIP_CORRUPT))
        decoded = decode_images(folder, result.images, arrays, skip_corrupt=skip_corrupt, on_progress=on_progress)
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
        target_column=sample.written.target_column,
        columns=sample.columns[1:],
        id_pattern=sample.long.pattern if sample.long else "",
        digest="",  # the caller knows it
        choices=request.choices,
        skipped=decoded.skipped,
        training_classes=classes,
        labels_in_table=result.labels_in_table,
        several=several,
        without_class=several and not bool(labels.any(axis=1).all()),
        image_files=isinstance(result.images, ImageFiles),
        resized=decoded.resized,
        own_size=decoded.own_size,
        conversion=decoded.conversion,
        data_notes=(
            *sample_notes,
            *files.size_notes,
            *describe_left_records(paths),
            *describe_joined(paths),
            *_form_note(sample),
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


def _form_note(sample: Sample) -> tuple[str, ...]:
    if sample.long:
        return (
            f"Submissions have a row for each class of an image, such as {sample.long.ids[0]}: "
            f"{len(sample.long.images):,} images, {len(sample.long.classes):,} classes.",
        )
    if not sample.bare:
        return ()
    return ("Submissions are one class a line, without header and ids, in the order of the test images.",)
