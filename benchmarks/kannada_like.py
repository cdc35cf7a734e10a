"""Draw a competition in the form of Kannada-MNIST: python benchmarks/kannada_like.py --output kannada-like.zip.

The ten Kannada digits of five fonts are written again with a pen: the middle line of each stroke, bent and
slanted, in a stroke of another width. Each writer has a font, a hand and a pen of their own, and bends each digit
in their own way. 60 writers wrote the 12,000 images of train.csv, 40 others the 4,000 of test.csv, so that scores
on rows held out of train.csv are too good, as in the real competition. The same fonts give the same images.

The labels of test.csv are in hidden.csv, which no contestant sees. Give the archive to a benchmark:

    python benchmarks/score_against_time.py --archive kannada-like.zip --budget 240 --only kagglebot first_recipe

The fonts are in the packages fonts-knda and fonts-noto-core of Debian and Ubuntu. An archive that is drawn already
needs none.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from holdout_competition import HIDDEN
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from kagglebot.practice.packing import csv_text, write_zip

Field = NDArray[np.float64]
Images = NDArray[np.uint8]
Labels = NDArray[np.int64]

FONTS = (
    "Gubbi.ttf",
    "Lohit-Kannada.ttf",
    "Navilu.ttf",
    "NotoSansKannada-Regular.ttf",
    "NotoSerifKannada-Regular.ttf",
)
DIGITS = tuple(chr(0x0CE6 + digit) for digit in range(10))
SIDE = 28
#: Pixels of a glyph's picture for each pixel of an image; a glyph is 20 pixels of an image high or wide.
SCALE = 16
#: Points that are drawn for each pixel, along each side.
POINTS = 2
#: Random numbers along each side of a field that bends an image.
KNOTS = 5
#: Writers of train.csv and of test.csv, and how often each writes each digit.
TRAIN, TEST = (60, 20), (40, 10)
SEED = 0


def find_fonts(folders: Sequence[Path]) -> list[Path]:
    """Return the files of ``FONTS``; exit with a message if one is missing."""
    found = {path.name: path for folder in folders for path in sorted(folder.rglob("*.ttf")) if path.name in FONTS}
    if missing := [name for name in FONTS if name not in found]:
        where = ", ".join(map(str, folders))
        sys.exit(
            f"skipped: {', '.join(missing)} not found in {where}; install fonts-knda and fonts-noto-core, "
            "or name the fonts' folders with --fonts"
        )
    return [found[name] for name in FONTS]


def picture(font: ImageFont.FreeTypeFont, character: str) -> NDArray[np.bool_]:
    """Return a glyph in the middle of a square, as large as fits into 20 pixels of an image."""
    left, top, right, bottom = font.getbbox(character)
    glyph = Image.new("L", (int(right - left), int(bottom - top)))
    ImageDraw.Draw(glyph).text((-left, -top), character, font=font, fill=255)
    ratio = 20 * SCALE / max(glyph.size)
    glyph = glyph.resize((round(glyph.width * ratio), round(glyph.height * ratio)))
    square = Image.new("L", (SIDE * SCALE, SIDE * SCALE))
    square.paste(glyph, ((square.width - glyph.width) // 2, (square.height - glyph.height) // 2))
    return np.asarray(square) > 127


def distance_to_pen(glyph: NDArray[np.bool_]) -> Field:
    """Return the distance of each point from the middle line of the glyph's strokes, in pixels of an image.

    The distance from a stroke's border grows by one a point, except on the middle line.
    """
    depth = ndimage.distance_transform_edt(glyph)
    line = (depth > SCALE / 10) & (np.hypot(*np.gradient(depth)) < 0.65)
    return np.asarray(ndimage.distance_transform_edt(~line) / SCALE)


def alphabet(font: Path) -> list[Field]:
    """Return the fields of a font's ten digits."""
    opened = ImageFont.truetype(font, 24 * SCALE)
    return [distance_to_pen(picture(opened, digit)) for digit in DIGITS]


def _basis() -> Field:
    """Return a matrix that makes a smooth curve through ``KNOTS`` numbers."""
    return np.asarray(ndimage.zoom(np.eye(KNOTS), (SIDE * POINTS / KNOTS, 1), order=3, mode="nearest"))


_BASIS = _basis()
_GRID = np.stack(np.meshgrid(*[(np.arange(SIDE * POINTS) + 0.5) / POINTS - SIDE / 2] * 2, indexing="ij"))


def smooth(knots: Field) -> Field:
    """Return fields ``(..., 56, 56)`` through random numbers ``(..., 5, 5)``."""
    return np.asarray(_BASIS @ knots @ _BASIS.T)


@dataclass(frozen=True)
class Writer:
    """A hand and a pen.

    Attributes:
        digits: The fields of the ten digits.
        bends: How the writer bends each digit, knots ``(10, 2, 5, 5)`` in pixels.
        slant: Pixels to the right for each pixel up.
        size: Height and width, as parts of the font's.
        radius: Half of the stroke's width, in pixels.
        blur: Width of a stroke's border, in pixels.
        pressure: How much the stroke's width changes along it, as a part of it.
        ink: The brightest pixel.
        unsteady: How much one image of a digit differs from the next.
    """

    digits: Sequence[Field]
    bends: Field
    slant: float
    size: tuple[float, float]
    radius: float
    blur: float
    pressure: float
    ink: float
    unsteady: float

    def write(self, digit: int, chance: np.random.Generator) -> Images:
        """Return an image of a digit."""
        wobble = self.unsteady * chance.normal(size=(2, KNOTS, KNOTS))
        turn, slant = chance.normal(0, 0.12), self.slant + chance.normal(0, 0.12)
        height, width = self.size * np.exp(chance.normal(0, 0.06, 2))
        # From a point of the image to the point of the glyph that is drawn there.
        back = np.linalg.inv([[height, -turn * height], [(turn - slant) * width, width]])
        points = np.tensordot(back, _GRID + chance.normal(0, 0.7, 2)[:, None, None], 1)
        points += smooth(self.bends[digit] + wobble)
        at = (points + SIDE / 2) * SCALE - 0.5
        distance = ndimage.map_coordinates(self.digits[digit], at, order=1, mode="nearest")
        radius = self.radius * (1 + smooth(self.pressure * chance.normal(size=(KNOTS, KNOTS))))
        ink = np.clip((radius - distance) / self.blur + 0.5, 0, 1)
        grain = 1 - 0.15 * chance.random((SIDE, SIDE))
        pixels = ink.reshape(SIDE, POINTS, SIDE, POINTS).mean(axis=(1, 3)) * grain * self.ink
        return np.asarray(np.rint(255 * pixels), dtype=np.uint8)


def make_writer(fonts: Sequence[Sequence[Field]], chance: np.random.Generator) -> Writer:
    """Return a writer of one of the fonts."""
    return Writer(
        digits=fonts[int(chance.integers(len(fonts)))],
        bends=chance.uniform(1.2, 2.2) * chance.normal(size=(10, 2, KNOTS, KNOTS)),
        slant=chance.normal(0.1, 0.25),
        size=(chance.uniform(0.85, 1.15), chance.uniform(0.8, 1.15)),
        radius=chance.uniform(0.6, 1.8),
        blur=chance.uniform(0.6, 1.5),
        pressure=chance.uniform(0.1, 0.4),
        ink=chance.uniform(0.75, 1),
        unsteady=chance.uniform(0.7, 1.3),
    )


def write_digits(
    fonts: Sequence[Sequence[Field]], writers: int, copies: int, chance: np.random.Generator
) -> tuple[Images, Labels]:
    """Return images ``(rows, 784)`` of all digits by new writers, shuffled, and their labels."""
    labels = np.tile(np.repeat(np.arange(10), copies), writers)
    hands = [make_writer(fonts, chance) for _ in range(writers)]
    images = [hands[row // (10 * copies)].write(digit, chance) for row, digit in enumerate(labels.tolist())]
    order = chance.permutation(len(labels))
    return np.stack(images).reshape(len(labels), -1)[order], labels[order]


def write_competition(path: Path, train: tuple[Images, Labels], test: tuple[Images, Labels]) -> None:
    """Write an archive in the form of Kannada-MNIST, with the labels of the test images in ``HIDDEN``."""
    columns = [f"pixel{number}" for number in range(SIDE * SIDE)]
    ids = range(len(test[1]))
    files = {
        "train.csv": csv_text(["label", *columns], _rows(train[1], train[0])),
        "test.csv": csv_text(["id", *columns], _rows(ids, test[0])),
        "sample_submission.csv": csv_text(["id", "label"], ([row, 0] for row in ids)),
        HIDDEN: csv_text(["id", "label"], zip(ids, test[1].tolist(), strict=True)),
    }
    write_zip(path, {name: text.encode() for name, text in files.items()})


def _rows(first: Sequence[int] | Labels, images: Images) -> Iterator[list[int]]:
    for value, pixels in zip(first, images.tolist(), strict=True):
        yield [int(value), *pixels]


def main() -> None:
    """Draw the archive."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--output", type=Path, required=True, metavar="ZIP", help="the archive; its name is the competition's"
    )
    parser.add_argument(
        "--fonts",
        type=Path,
        nargs="+",
        default=[Path("/usr/share/fonts")],
        metavar="FOLDER",
        help="where fonts are",
    )
    arguments = parser.parse_args()
    fonts = [alphabet(path) for path in find_fonts(arguments.fonts)]
    chance = np.random.default_rng(SEED)
    train, test = (write_digits(fonts, *counts, chance) for counts in (TRAIN, TEST))
    write_competition(arguments.output, train, test)


if __name__ == "__main__":
    main()
