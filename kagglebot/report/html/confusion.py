"""What the best trial gets wrong, as the page shows it: its confusion matrix and its worst mistakes as images."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kagglebot.analysis.confusion import Confusion, Mistake
from kagglebot.report import formatting

#: Images that are shown, and the longest side that one is sent with, in pixels.
PICTURES = 24
_LONGEST_SIDE = 112
#: Classes that a matrix is drawn for; of more, the ones most often in mistakes.
_CLASSES = 25
_PAIRS = 10


@dataclass(frozen=True)
class MatrixCell:
    """How often; ``share`` of the row's images, ``kind`` is hit, wrong or none."""

    count: str
    share: str
    kind: str


@dataclass(frozen=True)
class MatrixRow:
    """A true class: what its images were taken for, and the share that was right."""

    name: str
    cells: tuple[MatrixCell, ...]
    right: str


@dataclass(frozen=True)
class Matrix:
    """A confusion matrix, a row for each true class."""

    caption: str
    classes: tuple[str, ...]
    rows: tuple[MatrixRow, ...]


@dataclass(frozen=True)
class Odd:
    """A class and the probability it got."""

    name: str
    share: str
    text: str
    kind: str


@dataclass(frozen=True)
class Picture:
    """An image that got the wrong class; ``source`` is a data URI, the sides are in pixels."""

    source: str
    width: int
    height: int
    alt: str
    says: str
    odds: tuple[Odd, ...]
    row: str


@dataclass(frozen=True)
class Wrong:
    """All that is shown of the mistakes."""

    lead: str
    matrix: Matrix
    pairs: tuple[str, ...]
    pictures: tuple[Picture, ...]


def show_mistakes(confusion: Confusion, images: Sequence[NDArray[np.uint8]]) -> Wrong:
    """Lay the mistakes out.

    Args:
        confusion: The best trial's.
        images: ``(height, width, channels)`` each, those of the worst mistakes, the worst first.
    """
    share = 1 - confusion.wrong / confusion.rows if confusion.rows else 0.0
    names = confusion.classes
    pairs = tuple(
        f"{names[pair.truth]} taken for {names[pair.predicted]}: {formatting.count(pair.count, 'time')}, "
        f"{pair.share:.1%} of all {names[pair.truth]}"
        for pair in confusion.pairs[:_PAIRS]
    )
    pictures = tuple(_picture(each, names, image) for each, image in zip(confusion.worst, images, strict=False))
    return Wrong(
        f"Trial {confusion.trial} got {confusion.wrong:,} wrong of {confusion.rows:,} images it did not train on; "
        f"{share:.2%} were right.",
        _matrix(confusion),
        pairs,
        pictures,
    )


def _matrix(confusion: Confusion) -> Matrix:
    chosen = sorted(confusion.most_mistaken[:_CLASSES])
    of, worst = confusion.matrix.sum(axis=1), int(confusion.confusions.max())
    caption = "Rows are the true classes, columns what the trial took them for."
    if len(chosen) < len(confusion.classes):
        caption += f" The {len(chosen)} of {len(confusion.classes)} classes that are mistaken most often."
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
        # Against the worst confusion of all, or hardly any would be seen.
        share, kind = count / max(1, worst), "wrong" if count else "none"
    return MatrixCell(f"{count:,}" if count else "·", f"{share:.3f}", kind)


def _picture(mistake: Mistake, names: Sequence[str], image: NDArray[np.uint8]) -> Picture:
    from PIL import Image

    drawn = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    drawn.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    stream = io.BytesIO()
    drawn.save(stream, "PNG", optimize=True)
    truth, predicted = names[mistake.truth], names[mistake.predicted]
    return Picture(
        "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode(),
        drawn.width,
        drawn.height,
        f"Training image in row {mistake.row}: a {truth} taken for {predicted}",
        f"{truth}, taken for {predicted}",
        (
            Odd(predicted, f"{mistake.probability:.3f}", _percent(mistake.probability), "taken"),
            Odd(truth, f"{mistake.truth_probability:.3f}", _percent(mistake.truth_probability), "true"),
        ),
        f"training row {mistake.row:,}",
    )


def _percent(share: float) -> str:
    """Write a probability; a tiny one as what it is, not as none."""
    return "< 0.1 %" if 0 < share < 0.001 else f"{share:.1%}".replace("%", " %")
