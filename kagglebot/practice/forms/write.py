"""A small competition in any of the forms that Kaggle has, from real handwriting and photographs."""

import hashlib
from pathlib import Path

import numpy as np

from kagglebot.practice.competition import PracticeCompetition, write_competition
from kagglebot.practice.forms import FORMS, Form
from kagglebot.practice.measures import find_measure
from kagglebot.practice.packing import csv_text, write_labels, write_zip
from kagglebot.practice.pictures import draw
from kagglebot.practice.writers import Item, Spoil

_PIXEL_COLUMNS = "pixel-columns"
LAYOUTS = (_PIXEL_COLUMNS, *FORMS)
_TEST_ROWS = 100
_RIVALS = {
    "accuracy": (("Nearest neighbour", 0.95), ("All the same", 0.1)),
    "auc": (("Nearest neighbour", 0.98), ("A coin", 0.5)),
    "kappa": (("Nearest neighbour", 0.9), ("All the same", 0.0)),
    "log loss": (("A coin", 0.69315), ("Nearest neighbour", 0.2)),
}


def write_corpus(
    folder: Path,
    layout: str,
    *,
    seed: int = 0,
    name: str | None = None,
    rows: int | None = None,
    test_rows: int = _TEST_ROWS,
    spoil: Spoil | None = None,
) -> PracticeCompetition:
    """Write a competition of that form into ``folder`` and return what the server needs to hold it.

    A small CNN with batch normalisation learns each of them far above chance in three epochs of batches of 16.
    The archive is ``NAME.zip``; the true labels of the test images stay out of it, in ``NAME-hidden.csv``.

    Args:
        folder: Where both go; made if it is not there.
        layout: One of ``LAYOUTS``; see ``forms``. ``pixel-columns`` is the practice digits, of a fixed size.
        seed: Decides which digits are drawn, and how.
        name: The competition's name; without, that of the form with ``-practice``.
        rows: Number of training images; as the form has it without.
        test_rows: Number of test images.
        spoil: Files to spoil.

    Raises:
        ValueError: There is no such form, not so many images, or nothing of that kind to spoil.
    """
    name = name or f"{layout}-practice"
    if layout == _PIXEL_COLUMNS:
        if spoil:
            raise ValueError("tables of pixels have no image files to spoil")
        return write_competition(folder, seed=seed, name=name)
    if layout not in FORMS:
        raise ValueError(f"no form {layout!r}; there are {', '.join(LAYOUTS)}")
    form = FORMS[layout]
    train, test = _items(form, rows or form.rows, test_rows, seed)
    files = form.files.write(train, test, form.header, form.id_suffix, spoil or Spoil())
    hidden = {item.name + form.id_suffix: item.label for item in test}
    blank = [form.blank] * (len(form.header) - 1)
    files[form.sample] = csv_text(form.header, ([row_id, *blank] for row_id in hidden)).encode()
    write_zip(folder / f"{name}.zip", files)
    write_labels(folder / f"{name}-hidden.csv", (form.header[0], "label"), hidden)
    measure = find_measure(form.metric)
    return PracticeCompetition(
        name,
        f"Practice: {layout.replace('-', ' ')}",
        folder / f"{name}.zip",
        form.header[0],
        form.header[1],
        hidden,
        metric=form.metric,
        rivals=_RIVALS[measure.name] if measure else (),
        columns=form.header[1:],
        classes=form.asked,
    )


def _items(form: Form, rows: int, test_rows: int, seed: int) -> tuple[list[Item], list[Item]]:
    pictures = draw(rows + test_rows, form.classes, sides=form.sides, colour=form.colour, seed=seed)
    names = _names(form, rows, test_rows, seed)
    items = [
        Item(name, form.classes[picture.digit], picture) for name, picture in zip(names, pictures, strict=True)
    ]
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
