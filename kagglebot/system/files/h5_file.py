"""The arrays in an HDF5 file, which may come from elsewhere: read as numbers, and from no other file."""

from collections.abc import Iterator
from typing import Any

#: Levels of groups in a file, more than any net has.
_DEPTH = 64


def arrays_in(file: Any) -> Iterator[tuple[str, Any]]:
    """Yield the arrays of an ``h5py.File``, each with its name.

    Raises:
        ValueError: It points to other files or to itself, or holds something other than numbers; names it.
    """
    yield from _arrays(file, set(), "")


def _arrays(group: Any, seen: set[int], prefix: str) -> Iterator[tuple[str, Any]]:
    import h5py

    for name in group:
        path = f"{prefix}/{name}"
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise ValueError(f"{path} in it is a link")
        item = group[name]
        address = h5py.h5o.get_info(item.id).addr
        if address in seen or path.count("/") > _DEPTH:
            raise ValueError(f"{path} in it is there twice")
        seen.add(address)
        if isinstance(item, h5py.Group):
            yield from _arrays(item, seen, path)
        elif (
            not isinstance(item, h5py.Dataset) or item.external or item.is_virtual or item.dtype.kind not in "fiub"
        ):
            raise ValueError(f"{path} in it is not an array of numbers, or lies in another file")
        else:
            yield path, item
