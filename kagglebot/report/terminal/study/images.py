"""Images in the terminal, two pixels in each character cell."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from rich.color import Color
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.style import Style
from rich.text import Text

if TYPE_CHECKING:
    from kagglebot.analysis.confusion import Confusion, NamedMistake
    from kagglebot.analysis.set_mistakes import SetMistakes

#: Columns of a picture: smaller images are enlarged, larger ones reduced.
_LEAST, _MOST = 16, 28
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def draw_worst_images(
    confusion: "Confusion | SetMistakes", images: Sequence[NDArray[np.uint8]], *, colour: bool
) -> RenderableType:
    """Return the images of the worst mistakes, each with its true and predicted class and their probabilities.

    Args:
        confusion: The confusion of the best trial.
        images: ``(height, width, channels)`` uint8 of the first of ``confusion.worst``.
        colour: Whether the terminal shows colours; without, images are dithered.
    """
    shown = [
        Group(draw_image(image, colour=colour), Text("\n".join(_caption(each))), Text())
        for each, image in zip(confusion.named_mistakes, images, strict=False)
    ]
    return Columns(shown, padding=(0, 3))


def _caption(mistake: "NamedMistake") -> list[str]:
    shown = [f"{name} {probability:.1%}" for name, probability, _ in mistake.probabilities]
    return [f"row {mistake.row}: {mistake.truth}", f"predicted as {mistake.predicted}", *shown]


def draw_image(image: NDArray[np.uint8], *, colour: bool) -> Text:
    """Return an image ``(height, width, channels)`` uint8 in half-blocks, with its aspect ratio."""
    from PIL import Image

    height, width = image.shape[:2]
    columns = min(_MOST, max(_LEAST, width))
    rows = max(2, 2 * round(height * columns / width / 2))
    picture = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
    sampling = Image.Resampling.NEAREST if columns > width else Image.Resampling.BOX
    picture = picture.resize((columns, rows), sampling)
    if colour:
        return _coloured(np.asarray(picture.convert("RGB")))
    return _dotted(np.asarray(picture.convert("L").convert("1")))  # Floyd-Steinberg dithering


def _coloured(pixels: NDArray[np.uint8]) -> Text:
    drawn = Text(no_wrap=True)
    for upper, lower in zip(pixels[::2], pixels[1::2], strict=True):
        for above, below in zip(upper.tolist(), lower.tolist(), strict=True):
            drawn.append("▀", Style(color=Color.from_rgb(*above), bgcolor=Color.from_rgb(*below)))
        drawn.append("\n")
    drawn.rstrip()
    return drawn


def _dotted(light: NDArray[np.bool_]) -> Text:
    lines = [
        "".join(_HALVES[bool(above), bool(below)] for above, below in zip(upper, lower, strict=True))
        for upper, lower in zip(light[::2], light[1::2], strict=True)
    ]
    return Text("\n".join(lines), no_wrap=True)
