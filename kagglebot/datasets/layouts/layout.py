"""The protocol of a layout, and the records it reads and returns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.archive.guard import is_in_system_folder
from kagglebot.datasets.images.conversion import Conversion
from kagglebot.datasets.images.formats import dicom_file, npy_file
from kagglebot.datasets.images.formats.image_formats import is_image
from kagglebot.datasets.labels.label_sets import LabelSets
from kagglebot.datasets.layouts.image_files.image_index import ImageIndex
from kagglebot.datasets.layouts.image_files.sizes import SizeChoice, choose_size
from kagglebot.datasets.sample_submission.long_ids import find_long_ids
from kagglebot.datasets.sample_submission.sample import Sample
from kagglebot.datasets.spellings.names import SPELLINGS, match_names
from kagglebot.datasets.tables.copies import claim
from kagglebot.datasets.tables.record_table import table_name
from kagglebot.datasets.tables.table import HINT
from kagglebot.errors import DataError
from kagglebot.system.listing import shorten
from kagglebot.system.progress import ProgressCallback

_NO_PICTURES = {npy_file.SUFFIX, *dicom_file.SUFFIXES}
#: So small a part of the images, beside arrays or scans, is there for something else, such as an example.
_FEW_PICTURES = 0.1


@dataclass(frozen=True)
class CompetitionFiles:
    """A competition's unpacked files.

    Attributes:
        folder: The folder of the files.
        paths: The paths of the files inside that folder, sorted.
        sample: The sample submission.
        choices: What the user chose, by option: ``target``, ``id`` and ``group`` name columns.
        conversion: How pixels become 8-bit, where that is known from an earlier fetch.
    """

    folder: Path
    paths: tuple[PurePosixPath, ...]
    sample: Sample
    choices: Mapping[str, str] = field(default_factory=dict)
    conversion: Conversion | None = None

    def find(self, name: str) -> Path | None:
        """Return the table of that lower-case name, in any case and folder; of several, the first by ``claim``."""
        names = {name, name.replace(".csv", ".tsv")}
        matches = [path for path in self.visible if path.name.lower() in names]
        return self.folder / min(matches, key=claim) if matches else None

    @cached_property
    def tables(self) -> tuple[PurePosixPath, ...]:
        """The CSV and TSV files that are not sample submissions, the least nested first."""
        tables = (path for path in self.visible if path.suffix.lower() in {".csv", ".tsv"})
        others = (path for path in tables if "submission" not in path.name.lower())
        return tuple(sorted(others, key=lambda path: len(path.parts)))

    @cached_property
    def images(self) -> tuple[PurePosixPath, ...]:
        """The image files."""
        return self._in_one_size.images

    @property
    def size_notes(self) -> tuple[str, ...]:
        """A note on the sizes that the images are there in; none where it is one."""
        return self._in_one_size.notes

    @cached_property
    def index(self) -> ImageIndex:
        """The image files by their names."""
        return ImageIndex(self.images)

    def a_row_an_image(self) -> "CompetitionFiles":
        """Return the files with a sample of one row an image, where its ids name an image and a class each."""

        def is_image(name: str) -> bool:
            return any(self.index.candidates(name, "test", spell) for spell in SPELLINGS)

        long = find_long_ids(self.sample.ids, self.sample.columns, is_image)
        return replace(self, sample=self.sample.a_row_an_image(long)) if long else self

    @cached_property
    def visible(self) -> tuple[PurePosixPath, ...]:
        """The files that are not hidden, nor in folders of the system."""
        shown = (path for path in self.paths if not any(part.startswith(".") for part in path.parts))
        return tuple(path for path in shown if not is_in_system_folder(path))

    def is_image(self, path: PurePosixPath) -> bool:
        """Return whether a file is an image."""
        return is_image(self.folder / path)

    @cached_property
    def _in_one_size(self) -> SizeChoice:
        images = [path for path in self.visible if self.is_image(path)]
        pictures = [path for path in images if path.suffix.lower() not in _NO_PICTURES]
        few = len(pictures) < _FEW_PICTURES * len(images)  # else arrays are something else, and scans the same
        tables = (path for path in self.visible if path.suffix.lower() in {".csv", ".tsv"})
        return choose_size(images if few else pictures, self.folder, tables)

    def choice(self, option: str, columns: Sequence[str]) -> str:
        """Return the one of these columns that the user named; empty where none is."""
        named = self.choices.get(option, "").strip()
        position = match_names([named], columns)[0] if named else None
        return "" if position is None else columns[position]

    def chosen_column(self, option: str, path: Path, columns: Sequence[str]) -> str:
        """Return the column of a table that the user named with ``--target`` or ``--id``; empty where not named.

        Raises:
            DataError: There is no such column.
        """
        named = self.choices.get(option, "").strip()
        column = self.choice(option, columns)
        if named and not column:
            raise DataError(
                f"{table_name(path)} has no column {named!r} for --{option}; it has {shorten(columns, 10)}.",
                f'Name one of these, or take the choice back with --{option} "".',
            )
        return column


@dataclass(frozen=True)
class ImageFiles:
    """Image files that are still to be decoded.

    Attributes:
        train: (train_rows,) paths inside ``CompetitionFiles.folder``.
        test: (test_rows,) paths, likewise.
    """

    train: tuple[PurePosixPath, ...]
    test: tuple[PurePosixPath, ...]


@dataclass(frozen=True)
class LayoutResult:
    """The images and labels that a layout found.

    Attributes:
        images: The files to decode, or the (height, width, channels) of the arrays that the layout wrote itself.
        labels: (train_rows,) text, as the files write them; or the set of each image's labels, where the files
            have several columns or rows for it.
        locate_label: Returns where the label of a training row, counted from 0, is, for messages:
            "train.csv, line 7, column label".
        test_rows: Number of test images.
        test_ids: (test_rows,) the id of each test image; empty where they are the sample's, in its order.
        locate_test_row: Returns where the id of a test row, counted from 0, is, for messages.
        notes: What was ambiguous or left out, one sentence each.
        labels_in_table: Whether a table holds the labels; else they are in the names of folders or files.
        conversion: How pixels in a table became 8-bit; None where they were.
        columns: What else is told of each training row, (train_rows,) text by column: groups may be among it.
            Tables that name image files are read for that anyway.
    """

    images: ImageFiles | tuple[int, int, int]
    labels: NDArray[np.str_] | LabelSets
    locate_label: Callable[[int], str]
    test_rows: int
    test_ids: Sequence[str] = ()
    locate_test_row: Callable[[int], str] = "test image {}".format
    notes: tuple[str, ...] = ()
    labels_in_table: bool = True
    conversion: Conversion | None = None
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def complete(self, sample: Sample) -> Sample:
        """Return the sample with the ids of all test images, where it lists fewer than half: it is an excerpt."""
        listed = set(match_names(sample.ids, self.test_ids))
        if None in listed or 2 * len(listed) >= len(self.test_ids):
            return sample
        others = (name for row, name in enumerate(self.test_ids) if row not in listed)
        return replace(sample, ids=(*sample.ids, *others))

    def check_test_ids(self, sample: Sample, sample_name: str) -> Sequence[str]:
        """Return the id of every test image as the sample spells it, after checking that each is there once.

        Raises:
            DataError: An id is unknown or there twice, or the numbers of images and ids differ.
        """
        if self.test_rows != len(sample.ids):
            raise DataError(
                f"There are {self.test_rows} test images, and {sample_name} has {len(sample.ids)} ids: "
                f"one of the two is cut off.",
                HINT,
            )
        ids = [None if row is None else sample.ids[row] for row in match_names(self.test_ids, sample.ids)]
        checked = set[str]()
        for row, name in enumerate(ids):
            if name is None:
                where = self.locate_test_row(row)
                raise DataError(f"{where}: id {self.test_ids[row]!r} is not in {sample_name}.", HINT)
            if name in checked:
                raise DataError(f"{self.locate_test_row(row)}: id {name!r} is there twice.", HINT)
            checked.add(name)
        return [name for name in ids if name is not None] or sample.ids


@runtime_checkable
class Layout(Protocol):
    """One form in which competitions hold images and labels, recognised by what is in their files."""

    @property
    def name(self) -> str:
        """The name in competition.json."""
        ...

    def recognises(self, files: CompetitionFiles) -> bool:
        """Return whether the files have this form, by names, headers and first rows, even where one is damaged."""
        ...

    def read(self, files: CompetitionFiles, target: Path, on_progress: ProgressCallback) -> LayoutResult:
        """Find the images and their labels.

        Image files are only listed. Pixels in a table are read with their labels, in one pass: they are written
        into the folder ``target`` as train_images.npy and test_images.npy, (rows, height, width, channels) uint8.

        Args:
            files: The competition's files, which ``recognises`` returned True for.
            target: The folder for the arrays.
            on_progress: Called with the phase "decoding", the bytes read so far, and their number.

        Raises:
            DataError: The files are incomplete, damaged or out of scope; names file, line and column.
        """
        ...
