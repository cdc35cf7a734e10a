"""Columns beside the images and their labels: they are not learned from, and that is said."""

import re
from collections.abc import Mapping, Sequence

from kagglebot.datasets.out_of_scope import is_of_objects
from kagglebot.datasets.spellings.values import is_number
from kagglebot.system.listing import shorten

_SHOWN = 3
_NUMBERS = re.compile(r"\W*-?[0-9.]+([\s,;]+-?[0-9.]+){3,}\W*")
_WORDS_OF_TEXT = 4
#: What the four columns of a box are called, without spaces and signs, perhaps after a word that all share.
_BOXES = tuple(
    names.split()
    for names in (
        "x y w h",
        "x y width height",
        "cx cy w h",
        "xcenter ycenter width height",
        "x0 y0 x1 y1",
        "x1 y1 x2 y2",
        "xmin ymin xmax ymax",
        "minx miny maxx maxy",
        "left top right bottom",
        "left top width height",
    )
)


def ignored_note(file: str, columns: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return a note on columns that nets do not learn from, and on what is special in them; none without any.

    Args:
        file: The file that they are in.
        columns: The first values of each, by its name.
    """
    names = [*columns]
    if not names:
        return ()
    shown = shorten(names, _SHOWN)
    what = f"{len(names)} other columns ({shown})" if len(names) > 1 else f"the column {shown}"
    box = _box(columns)
    kinds = [f"{', '.join(box)} hold boxes"] * bool(box)
    others = {name: values for name, values in columns.items() if name not in box}
    kinds += [f"{name} holds {kind}" for name, values in others.items() if (kind := _kind(name, values))]
    return (f"{file}: only images are learned from, not {what}{'; ' * bool(kinds)}{', '.join(kinds[:_SHOWN])}.",)


def _box(columns: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the four columns of numbers that are a box together; none where there are no such."""
    plain = {
        re.sub(r"[\W_]", "", name).lower(): name
        for name, values in columns.items()
        if any(values) and all(map(is_number, filter(None, values)))
    }
    for parts in _BOXES:
        for prefix in (name.removesuffix(parts[0]) for name in plain if name.endswith(parts[0])):
            found = [plain[prefix + part] for part in parts if prefix + part in plain]
            if len(found) == len(parts):
                return found
    return []


def _kind(name: str, values: Sequence[str]) -> str:
    """Return what a column holds that a model of images could miss: texts, boxes or points; empty for others."""
    filled = [value for value in values if value]
    if filled and (is_of_objects(name) or all(map(_NUMBERS.fullmatch, filled))):
        return "points" if "point" in name.lower() else "boxes or masks"
    words = sum(len(value.split()) for value in filled)
    several = len({*filled}) > len(filled) / 2 and words >= _WORDS_OF_TEXT * len(filled) > 0
    return "texts" if several else ""
