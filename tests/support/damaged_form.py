"""Practice competitions of other forms, with damaged and missing image files."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from unittest.mock import patch

from practice_forms import write_form
from practice_forms.catalogue import FORMS
from practice_forms.files import Images, LabelledImage

from kagglebot.practice import PracticeCompetition


@dataclass(frozen=True)
class _DamagedImages(Images):
    corrupt_train: int = 0
    corrupt_test: int = 0
    labels_without_image: int = 0
    ids_without_image: int = 0

    def train_images(self, items: Sequence[LabelledImage]) -> dict[str, bytes]:
        return _damaged(super().train_images(items), self.corrupt_train, self.labels_without_image)

    def test_images(self, items: Sequence[LabelledImage]) -> dict[str, bytes]:
        return _damaged(super().test_images(items), self.corrupt_test, self.ids_without_image)


def _damaged(images: dict[str, bytes], corrupt: int, missing: int) -> dict[str, bytes]:
    left = list(images)[: len(images) - missing]
    return {
        name: images[name][: len(images[name]) // (2 if row < corrupt else 1)] for row, name in enumerate(left)
    }


def write_damaged_form(
    folder: Path, layout: str, *, rows: int, test_rows: int, **damage: int
) -> PracticeCompetition:
    """Write a competition whose first images are cut off in the middle and whose last ones are not there.

    Args:
        folder: Where it goes.
        layout: A form of image files.
        rows: Number of training images.
        test_rows: Number of test images.
        damage: Numbers of images: ``corrupt_train``, ``corrupt_test``, ``labels_without_image`` and
            ``ids_without_image``.
    """
    form = FORMS[layout]
    damaged = replace(form, files=_DamagedImages(**asdict(form.files), **damage))
    with patch.dict(FORMS, {layout: damaged}):
        return write_form(folder, layout, rows=rows, test_rows=test_rows)
