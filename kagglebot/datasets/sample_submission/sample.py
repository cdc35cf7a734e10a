"""The columns of a submission, and its ids in their order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from kagglebot.datasets.sample_submission.long_ids import LongIds

_Cell = TypeVar("_Cell")


@dataclass(frozen=True)
class Sample:
    """The columns and ids of a submission.

    Attributes:
        columns: The names exactly as written, the id column first.
        ids: One id a row, in the file's order, as written (``007`` stays ``007``).
        values: The different values in its first rows, without the spaces around them.
        bare: Whether its rows are labels alone, without header and ids: then ids are the numbers of rows, from 1.
        long: The file's ids, where each names an image and a class: ``columns`` and ``ids`` are then those of a
            file with a row for each image, and ``written`` is as the file is.
        id_place: The place of the id column in the file, from 0.
    """

    columns: tuple[str, ...]
    ids: tuple[str, ...]
    values: tuple[str, ...] = ()
    bare: bool = False
    long: LongIds | None = None
    id_place: int = 0

    def in_file_order(self, cells: Sequence[_Cell]) -> list[_Cell]:
        """Return the cells of a row, the id first, in the order of the file's columns."""
        return [*cells[1 : self.id_place + 1], cells[0], *cells[self.id_place + 1 :]]

    @property
    def written(self) -> "Sample":
        """The columns and ids in the file, a row for each class of an image where it has such."""
        return replace(self, columns=self.long.columns, ids=self.long.ids_of(self.ids)) if self.long else self

    def a_row_an_image(self, long: LongIds | None) -> "Sample":
        """Return the sample with a column for each class, where its ids are those of images and classes."""
        if long is None:
            return self
        return replace(self, columns=(self.id_column, *long.classes), ids=long.images, long=long)

    @property
    def id_column(self) -> str:
        """The name of the id column."""
        return self.columns[0]

    @property
    def classes(self) -> tuple[str, ...]:
        """What may be names of classes: the columns where there are several, else the values."""
        return self.columns[1:] if len(self.columns) > 2 else self.values

    @property
    def target_column(self) -> str:
        """The name of the first column after the ids."""
        return self.columns[1]
