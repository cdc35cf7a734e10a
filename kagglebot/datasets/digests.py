"""Keys of the array cache, made from the content of the files and the user's choices."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kagglebot.datasets.archive.guard import Member
    from kagglebot.datasets.images.conversion import Conversion

#: Part of every digest: raise it when the same files would be decoded to other arrays.
_FORMAT = "kagglebot arrays 1"
#: The user's choices that lead to other arrays.
_DECODED_BY = ("target", "id", "labels", "skip_corrupt")


def content_digest(members: "Iterable[Member]") -> str:
    """Return 32 hex digits made from the names and the content of the files."""
    digest = hashlib.sha256(_FORMAT.encode())
    for member in sorted(members, key=lambda member: str(member.path)):
        digest.update(f"\0{member.path}\0{member.size}\0{member.sha256}".encode())
    return digest.hexdigest()[:32]


def data_digest(
    content: str,
    choices: Mapping[str, str],
    conversion: "Conversion | None" = None,
    classes: Sequence[str | int] = (),
    groups: tuple[str, int] = ("", 0),
) -> str:
    """Return the key of the arrays made from files of that ``content_digest`` under the user's choices.

    The images' conversion to 8 bits and the order of the classes count where they are others than those of
    kagglebot 0.1, which sorted ``10.0`` before ``2.0``. So do the groups of rows, by what tells them and their
    number, where there are some: scores on rows that were split otherwise do not compare.
    """
    decoded_by = {name: choices[name] for name in _DECODED_BY if choices.get(name)}
    if conversion and conversion != type(conversion)():
        decoded_by["conversion"] = repr(conversion)
    if all(isinstance(name, str) for name in classes) and list(classes) != sorted(map(str, classes)):
        decoded_by["classes"] = repr(classes)
    if groups[1]:
        decoded_by["groups"] = repr(groups)
    if not decoded_by:
        return content
    return hashlib.sha256(f"{content}{sorted(decoded_by.items())}".encode()).hexdigest()[:32]
