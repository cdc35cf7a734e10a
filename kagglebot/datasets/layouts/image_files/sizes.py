"""The same images in several sizes, in folders named by pixels: train_512 beside train, 192x192, or 256/train."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, permutations, takewhile
from math import inf
from pathlib import Path, PurePosixPath

from kagglebot.datasets.images.formats.image_formats import IMAGE_SUFFIXES
from kagglebot.datasets.images.image_file import CorruptImage, quiet, read_header
from kagglebot.datasets.layouts.image_files.image_index import fork, side_of

#: Of images in several sizes the smallest are taken that are as large, in pixels: the shipped studies use no more.
LARGE_ENOUGH = 260
_TWO_SIDES = re.compile(r"[-_ ]?(?<![0-9])([0-9]{2,4})x([0-9]{2,4})(?![0-9])", re.IGNORECASE)
_ONE_SIDE = re.compile(r"(?<=[a-z])[-_ ]?([0-9]{2,4})(?:px)?$", re.IGNORECASE)
_ALONE = re.compile("([0-9]{2,4})(?:px)?", re.IGNORECASE)
_ORIGINAL = re.compile("orig|originals?|full", re.IGNORECASE)
_OF_IMAGES = re.compile("train|test|image|img|jpe?g|png|picture|photo|tf_?rec", re.IGNORECASE)
#: So much of the images must be there in every size.
_SHARED = 0.98
#: So many images are compared with their copies in pixels.
_COMPARED = 10
_BETWEEN_CELLS = re.compile(r"[,;\t|\"\r\n]+")


@dataclass(frozen=True)
class SizeChoice:
    """The images of one size, and a note on the others; none where there is one size only."""

    images: tuple[PurePosixPath, ...]
    notes: tuple[str, ...] = ()


def choose_size(
    images: Sequence[PurePosixPath], folder: Path | None = None, tables: Iterable[PurePosixPath] = ()
) -> SizeChoice:
    """Return the images without their copies in other sizes.

    Those of the smallest size are taken that is large enough, or else of the largest; originals are larger than
    any size that a folder names. Where ``folder`` has the files, images are none in several sizes that have the
    same in pixels, or of which the tables name several; if they name those of one, these are taken.
    """
    same = _in_sizes(images)
    named = _named_sizes(same, (folder / table for table in tables)) if same and folder else set()
    if not same or len(named) > 1 or (folder and not _differ_in_pixels(same, folder)):
        return SizeChoice(tuple(images))
    sizes = sorted({size for each in same for size in each})
    chosen = min(named or (size for size in sizes if size >= LARGE_ENOUGH), default=sizes[-1])
    taken = {each.get(chosen) or each[max(each)] for each in same}
    left = [path for path in images if path not in taken]
    example = next((path for path in left if side_of(path) == "train"), left[0])
    other = next(size for size in reversed(sizes) if size != chosen)
    folders = dict.fromkeys(fork(each[other], each[chosen]) for each in same if {other, chosen} <= each.keys())
    patterns = " ".join(f"--files '{folder}/*'" for folder in [*folders][:4])
    more = f" To take others, fetch only these: --files '*.csv' {patterns}" if all(folders) else ""
    what = "the originals" if chosen == inf else f"those of {chosen:.0f} pixels"
    note = (
        f"Left out: {len(left):,} of {len(images):,} images, such as {example}: they are there in several sizes, "
        f"and {what} are taken.{more}"
    )
    return SizeChoice(tuple(path for path in images if path in taken), (note,))


def offered_sizes(paths: Iterable[PurePosixPath]) -> list[str]:
    """Return the folders and archives that differ in a size only, such as train_512.zip and train_800.zip."""
    paths = [*paths]
    same: dict[str, dict[str, None]] = defaultdict(dict)
    for place in dict.fromkeys(map(unpacked_folder, paths)):
        folder = PurePosixPath(_sized_folder(place / "image"))
        same[_without_size(folder)[0]][str(folder)] = None
    found = [folder for each in same.values() if len(each) > 1 for folder in each]
    images = () if found else [path for path in paths if path.suffix.lower() in IMAGE_SUFFIXES]
    folders = (fork(path, other) for each in _in_sizes(images) for path, other in permutations(each.values(), 2))
    return found or [*filter(None, dict.fromkeys(folders))]


def unpacked_folder(path: PurePosixPath) -> PurePosixPath:
    """Return the folder that an archive becomes, or else the folder that a file is in."""
    is_archive = re.search(r"\.(zip|7z|tar|tgz)(\.|$)", path.name, re.IGNORECASE)
    return path.parent / path.name.partition(".")[0] if is_archive else path.parent


def without_size(path: PurePosixPath) -> str:
    """Return what paths share that differ in a size: that of a folder, or one such as 192x192 in their names."""
    return f"{_without_size(path.parent, alone=True)[0]}/{_TWO_SIDES.sub('', path.name)}"


def _named_sizes(same: Iterable[dict[float, PurePosixPath]], tables: Iterable[Path]) -> set[float]:
    """Return the sizes, up to two, of which cells of the tables name files by path."""
    sizes: dict[str, float] = {}
    for each in same:
        levels = zip(*(path.parts for path in each.values()), strict=False)
        shared = len([*takewhile(lambda level: len({*level}) == 1, levels)])
        for size, path in each.items():
            parts = path.with_suffix("").parts
            sizes["/".join(parts[shared:] if len(parts) > shared + 1 else parts)] = size
    named = set[float]()
    for table in tables:
        with table.open(encoding="utf-8", errors="replace") as lines:
            for cell in (cell for line in lines for cell in _BETWEEN_CELLS.split(line) if "/" in cell):
                path = PurePosixPath(cell.strip())
                spelled = (path.parts, path.with_suffix("").parts) if path.name else ()
                tails = ("/".join(parts[level:]) for parts in spelled for level in range(len(parts) - 1))
                named |= {sizes[tail] for tail in tails if tail in sizes}
                if len(named) > 1:
                    return named
    return named


def _differ_in_pixels(same: Iterable[dict[float, PurePosixPath]], folder: Path) -> bool:
    """Return whether some of the first images have another size in pixels than their copies, where it is known."""

    def pixels(path: PurePosixPath) -> tuple[int, int] | None:
        try:
            header = read_header(folder / path)
        except CorruptImage:
            return None
        return header.height, header.width

    with quiet():
        several = islice((each for each in same if len(each) > 1), _COMPARED)
        return any(len({*map(pixels, each.values())} - {None}) != 1 for each in several)


def _in_sizes(images: Sequence[PurePosixPath]) -> list[dict[float, PurePosixPath]]:
    """Return the files of each image by their size; nothing where the images are not there in several sizes.

    Folders that are called by a number alone may be classes, unless those of the test are in such folders too.
    """
    folders = {path.parent for path in images}
    for alone in (False, True):
        if len(sizes := {_without_size(folder, alone=alone)[1] for folder in folders}) < 2:
            continue
        same: dict[str, dict[float, PurePosixPath]] = defaultdict(dict)
        for path in images:
            folder, size = _without_size(path.parent, alone=alone)
            same[f"{folder}/{path.name}"][size] = path
        whole = [each for each in same.values() if len(each) == len(sizes)]
        classes = alone and all(side_of(each[min(each)]) == "train" for each in whole)
        if not classes and len(whole) >= _SHARED * len(same):
            return [*same.values()]
    return []


@lru_cache(maxsize=20_000)  # there are far fewer folders than images
def _without_size(folder: PurePosixPath, *, alone: bool = False) -> tuple[str, float]:
    """Return a folder without the size in its name or in one above it, and that size; infinite without one.

    With ``alone`` a size is also a name that is a number, and one such as ``original`` is that of no size.
    """
    for level, part in enumerate(folder.parts):
        match = _size_in(part, alone=alone) or (_ORIGINAL.fullmatch(part) if alone else None)
        if match:
            name = part[: match.start()] + part[match.end() :]
            parts = [*folder.parts[:level], *([name] if name else []), *folder.parts[level + 1 :]]
            return "/".join(parts), float(max((int(side) for side in match.groups() if side), default=inf))
    return str(folder), inf


def _size_in(folder: str, *, alone: bool = False) -> re.Match[str] | None:
    """Return where the name of a folder has a size; one number is one where it is usual, not a year or a batch."""
    if both := _TWO_SIDES.search(folder):
        return both
    one = _ONE_SIDE.search(folder) if _OF_IMAGES.search(folder) else None
    one = one or (_ALONE.fullmatch(folder) if alone else None)
    side = int(one[1]) if one else 0
    return one if 16 <= side <= 2000 and (side % 8 == 0 or side % 50 == 0) else None


def _sized_folder(path: PurePosixPath) -> str:
    """Return the folder of an image down to the one that names a size, or else to the outermost."""
    for level, part in enumerate(path.parts[:-1], start=1):
        if _size_in(part):
            return "/".join(path.parts[:level])
    return path.parts[0]
