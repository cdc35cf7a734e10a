"""Ids of a sample submission that name an image and a class each: ``ID_7_rust``, a row for each class."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

_BETWEEN = re.compile(r"[^0-9A-Za-z{}]+")


@dataclass(frozen=True)
class LongIds:
    """Ids of images and classes.

    Attributes:
        pattern: How an id is made: ``{image}_{class}``.
        classes: What ids call the classes, in the order of their first use.
        images: The ids of the images, in the order of their first use.
        ids: All ids, in their order.
        columns: The header of their file.
    """

    pattern: str
    classes: tuple[str, ...]
    images: tuple[str, ...]
    ids: tuple[str, ...]
    columns: tuple[str, ...]

    def id_of(self, image: str, name: str) -> str:
        """Return the id of an image and a class."""
        return _fill(self.pattern, image, name)

    def split(self, name: str) -> tuple[str, str] | None:
        """Return the image and the class that an id names; None where it is no such id."""
        between = _fill(self.pattern, "", "")
        for gap in re.finditer(re.escape(between), name):
            sides = name[: gap.start()], name[gap.end() :]
            image, label = sides if self.pattern.endswith("{class}") else sides[::-1]
            if image and label in self._known:
                return image, label
        return None

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.classes)

    def ids_of(self, images: Sequence[str]) -> tuple[str, ...]:
        """Return all ids, and after them those of ``images`` that the file does not name."""
        known = {*self.images}
        others = (image for image in images if image not in known)
        return (*self.ids, *(self.id_of(image, name) for image in others for name in self.classes))


def find_long_ids(ids: Sequence[str], columns: Sequence[str], is_image: Callable[[str], bool]) -> LongIds | None:
    """Return ids that name an image and a class each; None where they are something else.

    Args:
        ids: The ids of a sample submission.
        columns: Its header.
        is_image: Returns whether a text is the id of an image.
    """
    if len(columns) != 2 or not all(map(_BETWEEN.search, ids)) or is_image(ids[0]):
        return None
    for pattern, image in _patterns(ids[0]):
        if is_image(image):
            start, end = _fill(pattern, image, "\0").split("\0")
            own = (name for name in ids if name.startswith(start) and name.endswith(end))
            classes = [name[len(start) : len(name) - len(end)] for name in own]
            if found := read_long_ids(ids, columns, pattern, [*filter(None, classes)]):
                return found
    return None


def read_long_ids(
    ids: Sequence[str], columns: Sequence[str], pattern: str, classes: Sequence[str]
) -> LongIds | None:
    """Return ids of a known pattern; None unless each image has an id for every class."""
    found = LongIds(pattern, (*dict.fromkeys(classes),), (), (*ids,), (*columns,))
    images = dict[str, None]()
    for name in ids:
        pair = found.split(name)
        if pair is None:
            return None
        images[pair[0]] = None
    if len(found.classes) < 2 or len(images) * len(found.classes) != len(ids):
        return None
    return replace(found, images=(*images,))


def _patterns(name: str) -> Iterator[tuple[str, str]]:
    """Yield the patterns that an id may have, each with the image that it then names: the longest first."""
    gaps = [*_BETWEEN.finditer(name)]
    splits = [(f"{{image}}{gap[0]}{{class}}", name[: gap.start()]) for gap in gaps]
    splits += [(f"{{class}}{gap[0]}{{image}}", name[gap.end() :]) for gap in gaps]
    yield from sorted(splits, key=lambda split: len(split[1]), reverse=True)


def _fill(pattern: str, image: str, name: str) -> str:
    return pattern.format_map({"image": image, "class": name})
