"""The best trial's confusion matrix or counts of each class, and its worst mistakes, as the page shows them."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kagglebot.analysis.confusion import Confusion, NamedMistake
from kagglebot.analysis.set_mistakes import SetMistakes
from kagglebot.report import formatting

#: Longest side of an image on the page, in CSS pixels.
_LONGEST_SIDE = 160
#: Classes in the matrix; of more, those with the most mistakes.
_CLASSES = 25
_PAIRS = 10


@dataclass(frozen=True)
class MatrixCell:
    """A count; ``share`` is its colour from 0 to 1, ``kind`` is hit, wrong or none."""

    count: str
    share: str
    kind: str


@dataclass(frozen=True)
class MatrixRow:
    """A true class: the predictions of its images, or its counts, and the share that was right."""

    name: str
    cells: tuple[MatrixCell, ...]
    right: str


@dataclass(frozen=True)
class Matrix:
    """A confusion matrix, one row for each true class; or counts of each class, named by ``classes``."""

    caption: str
    classes: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    title: str = "Confusion matrix"
    last: str = "right"


@dataclass(frozen=True)
class Probability:
    """A class and its predicted probability."""

    name: str
    share: str
    text: str
    kind: str


@dataclass(frozen=True)
class Picture:
    """An image that was predicted wrongly; ``source`` is a data URI, the sides are in CSS pixels."""

    source: str
    width: int
    height: int
    enlarged: bool
    alt: str
    title: str
    probabilities: tuple[Probability, ...]
    row: str


@dataclass(frozen=True)
class Mistakes:
    """The mistakes as the page shows them."""

    lead: str
    matrix: Matrix
    pairs: tuple[str, ...]
    pictures: tuple[Picture, ...]


def show_mistakes(found: Confusion | SetMistakes, images: Sequence[NDArray[np.uint8]]) -> Mistakes:
    """Return the mistakes as the page shows them, of one class an image or of several; see ``show_confusion``."""
    return show_confusion(found, images) if isinstance(found, Confusion) else show_set_mistakes(found, images)


def show_confusion(confusion: Confusion, images: Sequence[NDArray[np.uint8]]) -> Mistakes:
    """Return the mistakes as the page shows them.

    Args:
        confusion: The confusion of the best trial.
        images: ``(height, width, channels)`` uint8 each, of the worst mistakes, the worst first.
    """
    share = 1 - confusion.wrong / confusion.rows if confusion.rows else 0.0
    names = confusion.classes
    pairs = tuple(
        f"{names[pair.truth]} predicted as {names[pair.predicted]}: {formatting.count(pair.count, 'time')}, "
        f"{pair.share:.1%} of all {names[pair.truth]}"
        for pair in confusion.pairs[:_PAIRS]
    )
    return Mistakes(
        f"Trial {confusion.trial} predicted {confusion.wrong:,} of {confusion.rows:,} validation images wrongly; "
        f"{share:.2%} were right.",
        _matrix(confusion),
        pairs,
        _pictures(confusion, images),
    )


def show_set_mistakes(mistakes: SetMistakes, images: Sequence[NDArray[np.uint8]]) -> Mistakes:
    """Return the mistakes of images with several classes as the page shows them; see ``show_confusion``."""
    share = 1 - mistakes.wrong / mistakes.rows if mistakes.rows else 0.0
    return Mistakes(
        f"Trial {mistakes.trial} gave {mistakes.wrong:,} of {mistakes.rows:,} validation images other classes "
        f"than they have; {share:.2%} got exactly theirs.",
        _class_table(mistakes),
        (),
        _pictures(mistakes, images),
    )


def _class_table(mistakes: SetMistakes) -> Matrix:
    chosen = sorted(mistakes.most_mistaken[:_CLASSES])
    caption = "How many images have each class, and were given it; and what is right of both."
    if len(chosen) < len(mistakes.classes):
        caption += f" The {len(chosen)} of {len(mistakes.classes)} classes with the most mistakes."
    rows = tuple(
        MatrixRow(
            mistakes.classes[one],
            (
                *(
                    MatrixCell(f"{int(counts[one]):,}", "0.000", "none")
                    for counts in (mistakes.true, mistakes.predicted, mistakes.right)
                ),
                MatrixCell(_share(mistakes.precision(one)), "0.000", "none"),
            ),
            _share(mistakes.recall(one)),
        )
        for one in chosen
    )
    columns = ("images", "given", "rightly", "precision")
    return Matrix(caption, columns, rows, title="Precision and recall of the classes", last="recall")


def _matrix(confusion: Confusion) -> Matrix:
    chosen = sorted(confusion.most_mistaken[:_CLASSES])
    of, worst = confusion.matrix.sum(axis=1), int(confusion.confusions.max())
    caption = "Rows are the true classes, columns the predicted ones."
    if len(chosen) < len(confusion.classes):
        caption += f" The {len(chosen)} of {len(confusion.classes)} classes with the most mistakes."
    rows = tuple(
        MatrixRow(
            confusion.classes[truth],
            tuple(_cell(confusion.matrix, truth, other, worst) for other in chosen),
            f"{confusion.matrix[truth, truth] / of[truth]:.1%}" if of[truth] else "-",
        )
        for truth in chosen
    )
    return Matrix(caption, tuple(confusion.classes[each] for each in chosen), rows)


def _cell(matrix: NDArray[np.int64], truth: int, other: int, worst: int) -> MatrixCell:
    count = int(matrix[truth, other])
    if truth == other:
        share, kind = count / max(1, int(matrix[truth].sum())), "hit"
    else:
        # Relative to the most frequent confusion, or most would be invisible.
        share, kind = count / max(1, worst), "wrong" if count else "none"
    return MatrixCell(f"{count:,}" if count else "·", f"{share:.3f}", kind)


def _pictures(found: Confusion | SetMistakes, images: Sequence[NDArray[np.uint8]]) -> tuple[Picture, ...]:
    return tuple(_picture(each, image) for each, image in zip(found.named_mistakes, images, strict=False))


def _picture(mistake: NamedMistake, image: NDArray[np.uint8]) -> Picture:
    from PIL import Image

    drawn = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    times = max(1, _LONGEST_SIDE // max(drawn.size))  # whole, so that each pixel is a square
    drawn.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE), Image.Resampling.LANCZOS)
    # As PNG, photographs would be six times as large.
    kind, options = ("png", {"optimize": True}) if times > 1 else ("jpeg", {"quality": 85})
    stream = io.BytesIO()
    drawn.save(stream, kind, **options)
    return Picture(
        f"data:image/{kind};base64," + base64.b64encode(stream.getvalue()).decode(),
        drawn.width * times,
        drawn.height * times,
        times > 1,
        f"Training image in row {mistake.row}: a {mistake.truth} predicted as {mistake.predicted}",
        f"{mistake.truth}, predicted as {mistake.predicted}",
        tuple(
            Probability(name, f"{share:.3f}", _percent(share), "true" if true else "predicted")
            for name, share, true in mistake.probabilities
        ),
        f"training row {mistake.row:,}",
    )


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _percent(share: float) -> str:
    """Return a probability as a percentage; a tiny one as ``< 0.1 %``."""
    return "< 0.1 %" if 0 < share < 0.001 else f"{share:.1%}".replace("%", " %")
