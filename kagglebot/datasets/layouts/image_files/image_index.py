"""Image files found by the names that tables and sample submissions give them."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property, lru_cache
from itertools import islice, takewhile
from pathlib import PurePosixPath
from typing import Literal

from kagglebot.datasets.images.formats.image_formats import IMAGE_SUFFIXES
from kagglebot.datasets.spellings.names import SPELLINGS, folded_name, plain_name
from kagglebot.errors import DataError

Side = Literal["train", "test"]

#: Patterns of the names of folders that hold training and test images.
SIDES: dict[Side, re.Pattern[str]] = {
    "train": re.compile(r"(?<![a-z])train"),
    "test": re.compile(r"(?<![a-z])test"),
}
_SIDE_WORD = re.compile("[Tt]rain|[Tt]est")
_ENDING = re.compile(r"\.[a-z][a-z0-9]{1,4}")
_COMPARED = 5_000
_NOT_ASKED = "no id of the sample names them"
_WANTED = ". If Kaggle wants them too, look for a whole sample on its data page"


def side_of(path: PurePosixPath) -> Side | None:
    """Return whether an image is for training or for the test, by the outermost folder whose name says so."""
    return _side_of(str(path.parent))


@lru_cache(maxsize=10_000)  # there are far fewer folders than images
def _side_of(folders: str) -> Side | None:
    for folder in folders.lower().split("/"):
        sides = [side for side, pattern in SIDES.items() if pattern.search(folder)]
        if len(sides) == 1:
            return sides[0]
    return None


class ImageIndex:
    """Finds the image of an id: the name of a file with or without its ending, or a path to it.

    An id that is no such name is looked for in other spellings, see ``plain_name``.
    """

    def __init__(self, images: Iterable[PurePosixPath]) -> None:
        self.images = tuple(images)
        self._stems: dict[Callable[[str], str], Mapping[str, list[PurePosixPath]]] = {}
        self._endings = IMAGE_SUFFIXES | set(
            filter(_ENDING.fullmatch, {path.suffix.lower() for path in self.images})
        )

    def candidates(self, name: str, side: Side, spell: Callable[[str], str] = str) -> list[PurePosixPath]:
        """Return the images, of this side or none, that an id can mean; ``spell`` returns what is compared."""
        named = PurePosixPath(spell(name.strip()))
        images = self._by_stem(spell)
        found = images.get(self.stem(named.name)) or images.get(named.name, [])
        # The same name is often in train/ and in test/, for two images.
        found = [path for path in found if side_of(path) in (side, None) and _agrees(path, named, spell)]
        if len(found) > 1:
            for same in (spell, lambda name: folded_name(spell(name))):
                found = [path for path in found if same(path.name) == same(named.name)] or found
            found = [path for path in found if side_of(path) == side] or found
            found = self._originals(found)
            found = [
                path for path in found if side in str(path).lower().split("/")[:-1]
            ] or found  # not in train_masks
        return found

    def find(self, names: Sequence[str], side: Side) -> list[PurePosixPath | None]:
        """Return the image of each id, None where there is none.

        An image is found in another spelling only where nothing else has that name, nor asks for it.

        Raises:
            DataError: Several images could be that of an id.
        """
        found: dict[str, PurePosixPath | None] = dict.fromkeys(names)
        for spell in SPELLINGS:
            missing = [name for name, path in found.items() if path is None and name.strip()]
            asked: dict[PurePosixPath, list[str]] = defaultdict(list)
            for name in missing:
                if path := self._only(name, self.candidates(name, side, spell)):
                    asked[path].append(name)
            taken = set(found.values())
            for path, askers in asked.items():
                if spell is str or (path not in taken and len(askers) == 1):
                    found |= dict.fromkeys(askers, path)
        return [found[name] for name in names]

    def note(self, names: Sequence[str], paths: Sequence[PurePosixPath | None], table: str) -> tuple[str, ...]:
        """Return a note on the ids that are spelled otherwise than their images; none where all are the same."""
        pairs = [
            (name, path) for name, path in zip(names, paths, strict=True) if path and self._differ(name, path)
        ]
        if not pairs:
            return ()
        name, path = pairs[0]
        return (f"{table}: {len(pairs):,} ids are spelled otherwise than their images: {name} is {path}.",)

    def nearest(self, name: str, side: Side) -> str:
        """Return the image, of this side or none, whose name is most like an id; empty where none is."""
        images = (path for path in self.images if side_of(path) in (side, None))
        stems = {plain_name(self.stem(path.name)): path for path in islice(images, _COMPARED)}
        close = get_close_matches(self.stem(PurePosixPath(plain_name(name)).name), stems, n=1)
        return str(stems[close[0]]) if close else ""

    def stem(self, name: str) -> str:
        """Return the name of a file without the ending of an image."""
        stem, dot, ending = name.rpartition(".")
        return stem if stem and dot + ending.lower() in self._endings else name

    def _originals(self, found: list[PurePosixPath]) -> list[PurePosixPath]:
        """Return the images whose folder has a twin, test for train, where none of the folders is in another.

        Of several such folders, as train and trainResized, it is that of which the others' names are longer forms.
        """
        if any(path.parent in other.parent.parents for path in found for other in found):
            return found
        twins = [path for path in found if _twin(path.parent) in self._folders - {path.parent}]
        short = [path for path in twins if all(_is_longer(each.parent, path.parent) for each in twins)]
        return short or found

    @cached_property
    def _folders(self) -> frozenset[PurePosixPath]:
        return frozenset(path.parent for path in self.images)

    def _by_stem(self, spell: Callable[[str], str]) -> Mapping[str, list[PurePosixPath]]:
        if spell not in self._stems:
            images: dict[str, list[PurePosixPath]] = defaultdict(list)
            for path in self.images:
                images[spell(self.stem(path.name))].append(path)
            self._stems[spell] = dict(images)
        return self._stems[spell]

    def _differ(self, name: str, path: PurePosixPath) -> bool:
        last = PurePosixPath(name.strip()).name
        return self.stem(path.name) not in (last, self.stem(last))

    def _only(self, name: str, candidates: Sequence[PurePosixPath]) -> PurePosixPath | None:
        if len(candidates) > 1:
            folder = fork(candidates[0], candidates[1]) or fork(candidates[1], candidates[0])
            folders = dict.fromkeys((folder, str(_twin(PurePosixPath(folder))))) if folder else {}
            taken = " ".join(f"--files '{each}/*'" for each in folders)
            choice = f" Or take some folders only, as by --files '*.csv' {taken}." if taken else ""
            raise DataError(
                f"Two files could be the image of id {name!r}: {candidates[0]} and {candidates[1]}.",
                f"Ids must name one file each. If another column holds paths, name it with --id.{choice}",
            )
        return candidates[0] if candidates else None


def _is_longer(folder: PurePosixPath, other: PurePosixPath) -> bool:
    """Return whether the name of a folder has that of another in it: ``small/train`` has ``train``."""
    pairs = zip(folder.parts, other.parts, strict=False)
    same_depth = len(folder.parts) == len(other.parts)
    return str(other) in str(folder) or (same_depth and all(part in long for long, part in pairs))


def fork(path: PurePosixPath, other: PurePosixPath) -> str:
    """Return the folder of a path down to where another one parts from it; empty where only their files do."""
    shared = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(path.parts, other.parts, strict=False))))
    return "/".join(path.parts[: shared + 1]) if shared + 1 < len(path.parts) else ""


@lru_cache(maxsize=1_000)
def _twin(folder: PurePosixPath) -> PurePosixPath:
    """Return the folder that is called test where this one is called train, or the reverse."""
    words = {"train": "test", "test": "train", "Train": "Test", "Test": "Train"}
    return PurePosixPath(_SIDE_WORD.sub(lambda match: words[match[0]], str(folder)))


def _agrees(path: PurePosixPath, named: PurePosixPath, spell: Callable[[str], str]) -> bool:
    """Return whether two paths agree as far as both go, from the file's folder upwards."""
    if len(named.parts) == 1:
        return True
    pairs = zip(reversed(path.parts[:-1]), reversed(named.parts[:-1]), strict=False)
    return all(spell(one) == other for one, other in pairs if other not in ("..", "/"))


def share_of_images(values: Sequence[str], index: ImageIndex, side: Side, *, respelled: bool) -> float:
    """Return the share of the values, from 0 to 1, that name an image, in other spellings if not in their own."""
    spellings = SPELLINGS[1:] if respelled else SPELLINGS[:1]
    found = [value and any(index.candidates(value, side, spell) for spell in spellings) for value in values]
    return sum(map(bool, found)) / max(1, len(found))


def parts_below(path: PurePosixPath, folder: re.Pattern[str]) -> tuple[str, ...]:
    """Return the parts of a path below the outermost folder of such a name."""
    parts = path.parts
    start = next((level for level, part in enumerate(parts[:-1]) if folder.search(part.lower())), -1)
    return parts[start + 1 :]


def left_out_notes(
    images: Sequence[PurePosixPath], used: Iterable[PurePosixPath], reason: Callable[[PurePosixPath], str]
) -> tuple[str, ...]:
    """Return a note for each reason why images are neither trained on nor predicted; none where all are used."""
    used, left = tuple(used), defaultdict(list)
    taken: dict[tuple[Side | None, str], list[PurePosixPath]] = defaultdict(list)
    for path in used:
        taken[side_of(path), path.stem].append(path)
    for path in sorted(set(images).difference(used)):
        why = f"{_NOT_ASKED}{_WANTED}" if side_of(path) == "test" else reason(path)
        if twin := next((twin for twin in taken[side_of(path), path.stem] if _is_twin(path, twin)), None):
            why = f"those in {_top(twin, path)} have the same names, and are taken"
        left[why].append(path)
    return tuple(
        f"Left out: {len(paths):,} of {len(images):,} images, such as {paths[0]}: {why}."
        for why, paths in left.items()
    )


def _is_twin(path: PurePosixPath, other: PurePosixPath) -> bool:
    """Return whether the folder of one path is a longer form of the other's, which is not the outermost."""
    folder, beside = path.parent, other.parent
    longer = _is_longer(folder, beside) or _is_longer(beside, folder)
    return longer and folder != beside != PurePosixPath()


def _top(path: PurePosixPath, other: PurePosixPath) -> str:
    """Return the folder of a path that is called train or test, or else that in which another path is not."""
    side = side_of(path)
    below = parts_below(path, SIDES[side]) if side else ()
    return "/".join(path.parts[: -len(below)]) if below else fork(path, other) or str(path.parent)
