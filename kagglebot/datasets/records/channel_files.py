"""Images whose channels are grey files, ``ID_red.png`` to ``ID_blue.png``, joined to a file of colours each.

The colour may be a letter, ``ID_R.png``, or stand first, ``red_ID.png``. It may be the name of a folder,
``red/ID.png``, or of a file in a folder for each image, ``ID/red.png``. The joined images lie in a folder of their
own at the top, below which their paths are as ids write them: ``joined/train/ID.png``.
"""

import hashlib
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from kagglebot.datasets.archive.guard import AGAIN, Member
from kagglebot.datasets.images.decode import count_jobs
from kagglebot.datasets.images.eight_bit import deep_values
from kagglebot.datasets.images.formats.image_formats import IMAGE_SUFFIXES
from kagglebot.datasets.images.formats.npy_file import SUFFIX as NPY
from kagglebot.datasets.images.image_file import CorruptImage, open_image, quiet, read_header, read_pixels
from kagglebot.datasets.images.processes.pool import run_chunks
from kagglebot.datasets.layouts.image_files.image_index import SIDES, ImageIndex
from kagglebot.datasets.sample_submission.find import find_sample
from kagglebot.datasets.sample_submission.read import read_sample_file
from kagglebot.datasets.spellings.names import SPELLINGS
from kagglebot.datasets.tables.pixel_rows import read_header as read_table_header
from kagglebot.datasets.tables.text_columns import first_values
from kagglebot.errors import DataError
from kagglebot.system.progress import ProgressCallback

_COLOURS = ("red", "green", "blue")
#: The colour by its name, or by its letter.
_COLOUR = {key: name for name in (*_COLOURS, "yellow") for key in (name, name[0])}
_NAMES = "|".join((*_COLOURS, "yellow"))
_PARTS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?P<name>.+)[-_.](?P<colour>{_NAMES})",
        rf"(?P<colour>{_NAMES})[-_.](?P<name>.+)",
        r"(?P<name>.+)[-_.](?P<colour>[rgby])",
    )
]
#: The folder of joined images.
_JOINED = "joined"
_CHUNK = 50
#: So many ids of the sample submission are compared with the files.
_COMPARED = 200

#: The file of each colour of an image.
_Parts = Mapping[str, PurePosixPath]


def join_channels(folder: Path, members: Sequence[Member], on_progress: ProgressCallback) -> list[Member]:
    """Replace the grey files of each image by one in colours; return all files, sorted by path.

    Yellow is seen in red and in green: each pixel has the brighter value of the two. Nothing changes unless all
    images are in parts of the same colours, these are grey, and no ids name the single files. Parts of more than
    8 bits keep them.

    Raises:
        DataError: A part cannot be read, or has another size or depth than the others of its image.
    """
    parts: dict[PurePosixPath, dict[str, PurePosixPath]] = defaultdict(dict)
    images = [member.path for member in members if member.path.suffix.lower() in IMAGE_SUFFIXES]
    for path in images:
        if found := _joined_name(path):
            target, colour = found
            parts[target][_COLOUR[colour.lower()]] = path
    colours = {frozenset(each) for each in parts.values()}
    if len(colours) != 1 or not {*_COLOURS} <= min(colours) or len(images) != len(parts) * len(min(colours)):
        return list(members)
    if not _are_grey(folder, next(iter(parts.values()))):
        return list(members)
    if _are_named(folder, members, ImageIndex(images), ImageIndex(parts)):
        return list(members)
    left = {member.path: member for member in members}
    for target in {path.parent for path in parts}:
        (folder / target).mkdir(parents=True, exist_ok=True)
    pairs = [*parts.items()]
    chunks = [tuple(pairs[start : start + _CHUNK]) for start in range(0, len(pairs), _CHUNK)]
    jobs, done = count_jobs([folder / path for path in images]), 0
    with run_chunks(partial(_join_chunk, folder), chunks, jobs) as results:
        for joined in results:
            left |= {member.path: member for member in joined}
            done += sum(member.size for member in joined)
            on_progress("unpacking", done, None)
    for path in images:
        (folder / path).unlink()
        del left[path]
    return sorted(left.values(), key=lambda member: member.path)


def _joined_name(path: PurePosixPath) -> tuple[PurePosixPath, str] | None:
    """Return the file that a part becomes, and its colour; None where no colour is in its name."""
    if match := next(filter(None, (part.fullmatch(path.stem) for part in _PARTS)), None):
        return _JOINED / path.parent / f"{match['name']}.png", match["colour"]
    if path.stem.lower() in _COLOUR.values() and path.parent.name:
        return _JOINED / path.parent.parent / f"{path.parent.name}.png", path.stem
    named = [part for part in path.parts[:-1] if part.lower() in _COLOUR.values()]
    if len(named) != 1:
        return None
    others = (part for part in path.parts[:-1] if part != named[0])
    return PurePosixPath(_JOINED, *others, f"{path.stem}.png"), named[0]


def describe_joined(paths: Iterable[PurePosixPath]) -> tuple[str, ...]:
    """Return a note on joined images among files; none where there are none."""
    joined = [path for path in paths if path.parts[0] == _JOINED and path.suffix in (".png", NPY)]
    if not joined:
        return ()
    return (
        f"Each image was a grey file for each colour: they are joined, as in {joined[0]}; yellow is seen in red "
        f"and green.",
    )


def _are_grey(folder: Path, parts: _Parts) -> bool:
    """Return whether the parts are grey; damaged ones count as such, and are named when they are joined."""
    for path in parts.values():
        with quiet(), suppress(CorruptImage):
            if not read_header(folder / path).grey:
                return False
    return True


def _are_named(folder: Path, members: Sequence[Member], parts: ImageIndex, joined: ImageIndex) -> bool:
    """Return whether single parts are named, not joined images, by the first list that has names of any."""
    for names in _listed(folder, [member.path for member in members]):
        for images, named in ((parts, True), (joined, False)):
            found = [name for name in names if _names_one(name, images)]
            if 2 * len(found) > len(names):
                return named
    return False


def _names_one(name: str, images: ImageIndex) -> bool:
    return any(len(images.candidates(name, side, spell)) == 1 for spell in SPELLINGS for side in SIDES)


def _listed(folder: Path, paths: Sequence[PurePosixPath]) -> Iterator[Sequence[str]]:
    """Yield the first ids of the sample submission, and the first values of each column of the tables."""
    with suppress(DataError):  # what is wrong with the sample is said where it is read
        sample = read_sample_file(folder / find_sample(paths))
        yield () if sample.bare else sample.ids[:_COMPARED]
    for path in paths:
        with suppress(DataError):  # likewise; others are not read
            if path.suffix.lower() not in {".csv", ".tsv"} or "submission" in path.name.lower():
                continue
            yield from first_values(folder / path, read_table_header(folder / path)).values()


def _join_chunk(folder: Path, images: Sequence[tuple[PurePosixPath, _Parts]]) -> list[Member]:
    """Write the joined images of a chunk, and return them."""
    with quiet():
        return [_join(folder, target, parts) for target, parts in images]


def _join(folder: Path, target: PurePosixPath, parts: _Parts) -> Member:
    pixels, forms = {}, set()
    for colour, path in parts.items():
        try:
            header = read_header(folder / path)
            forms.add((header.height, header.width, header.deep))
            if header.deep:
                values = open_image(folder / path, deep_values)
                pixels[colour] = values.reshape(*values.shape[:2], -1)[:, :, 0]
            else:
                shape = header.height, header.width, 1
                pixels[colour] = read_pixels(folder / path, shape, "stretch")[:, :, 0]
        except CorruptImage as error:
            raise DataError(f"{path} cannot be read as an image: {error}.", AGAIN) from error
    if len(forms) > 1:
        raise DataError(f"{parts['red']} has another size or depth than the other colours of its image.", AGAIN)
    if (yellow := pixels.get("yellow")) is not None:
        pixels |= {colour: np.maximum(pixels[colour], yellow) for colour in ("red", "green")}
    joined = np.dstack([pixels[colour] for colour in _COLOURS])
    stream = io.BytesIO()
    if joined.dtype == np.uint8:
        Image.fromarray(joined).save(stream, "PNG", compress_level=1)
    else:  # Pillow writes no colours of more bits
        target = target.with_suffix(NPY)
        np.save(stream, joined, allow_pickle=False)
    content = stream.getvalue()
    (folder / target).write_bytes(content)
    return Member(target, len(content), hashlib.sha256(content).hexdigest())
