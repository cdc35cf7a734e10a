"""A small competition in any of the forms that Kaggle has, made of real handwriting and photographs."""

import hashlib
from pathlib import Path

import numpy as np

from kagglebot.practice.competition import PracticeCompetition, write_competition
from kagglebot.practice.packing import csv_text, write_labels, write_zip
from kagglebot.practice.scoring.metrics import find_metric
from practice_forms.catalogue import FORMS, Form
from practice_forms.digit_images import draw_digits
from practice_forms.files import LabelledImage

_PIXEL_COLUMNS = "pixel-columns"
LAYOUTS = (_PIXEL_COLUMNS, *FORMS)
_TEST_ROWS = 100
_RIVALS = {
    "accuracy": (("Nearest neighbour", 0.95), ("All the same", 0.1)),
    "auc": (("Nearest neighbour", 0.98), ("A coin", 0.5)),
    "kappa": (("Nearest neighbour", 0.9), ("All the same", 0.0)),
    "map at k": (("Nearest neighbour", 0.95), ("All the same", 0.3)),
    "log loss": (("A coin", 0.69315), ("Nearest neighbour", 0.2)),
}


def write_form(
    folder: Path,
    layout: str,
    *,
    seed: int = 0,
    name: str | None = None,
    rows: int | None = None,
    test_rows: int = _TEST_ROWS,
) -> PracticeCompetition:
    """Write a competition of a form into ``folder`` and return what the server needs to serve it.

    A small CNN with batch normalisation learns each of them far above chance in three epochs of batches of 16.
    The archive is ``NAME.zip``; the true labels of the test images are in ``NAME-hidden.csv`` beside it.

    Args:
        folder: Where both go; made if it is not there.
        layout: One of ``LAYOUTS``; see ``catalogue``. ``pixel-columns`` is the practice digits, of a fixed size.
        seed: Decides which digits are drawn, and how.
        name: The competition's name; by default that of the form with ``-practice``.
        rows: Number of training images; by default that of the form.
        test_rows: Number of test images.

    Raises:
        ValueError: There is no such form, or there are not so many images.
    """
    name = name or f"{layout}-practice"
    if layout == _PIXEL_COLUMNS:
        return write_competition(folder, seed=seed, name=name)
    if layout not in FORMS:
        raise ValueError(f"no form {layout!r}; there are {', '.join(LAYOUTS)}")
    form = FORMS[layout]
    train, test = draw_items(form, rows or form.rows, test_rows, seed)
    files = form.files.write(train, test, form.header, form.id_suffix)
    hidden = {item.name + form.id_suffix: item.label for item in test}
    blank = [form.blank] * (len(form.header) - 1)
    files[form.sample] = csv_text(form.header, ([row_id, *blank] for row_id in hidden)).encode()
    write_zip(folder / f"{name}.zip", files)
    write_labels(folder / f"{name}-hidden.csv", (form.header[0], "label"), hidden)
    metric = find_metric(form.metric)
    return PracticeCompetition(
        name,
        f"Practice: {layout.replace('-', ' ')}",
        folder / f"{name}.zip",
        form.header[0],
        form.header[1],
        hidden,
        metric=form.metric,
        rivals=_RIVALS[metric.name] if metric else (),
        columns=form.header[1:],
        classes=form.asked,
    )


def draw_items(
    form: Form, rows: int, test_rows: int, seed: int
) -> tuple[list[LabelledImage], list[LabelledImage]]:
    """Draw the training and the test images of a form."""
    images = draw_digits(rows + test_rows, form.classes, sides=form.sides, colour=form.colour, seed=seed)
    names = _names(form, rows, test_rows, seed)
    items = [LabelledImage(name, form.classes[each.digit], each) for name, each in zip(names, images, strict=True)]
    return items[:rows], items[rows:]


def _names(form: Form, rows: int, test_rows: int, seed: int) -> list[str]:
    total = rows + test_rows
    match form.ids:
        case "hashed":
            texts = (f"{seed} {row}".encode() for row in range(total))
            return [hashlib.md5(text, usedforsecurity=False).hexdigest()[:12] for text in texts]
        case "shared":
            return [str(number) for number in np.random.default_rng(seed).permutation(total) + 1]
    first = int(form.ids == "from 1")
    return [str(number) for count in (rows, test_rows) for number in range(first, first + count)]
