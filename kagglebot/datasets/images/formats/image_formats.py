"""Which files are images: by their ending, or else by their first bytes."""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

# Pillow loads all its plugins where it meets a format that is not among its usual ones; these are loaded here.
from PIL import AvifImagePlugin, Image, TiffImagePlugin, WebPImagePlugin, features  # noqa: F401

from kagglebot.datasets.images.formats import dicom_file, npy_file
from kagglebot.errors import DataError
from kagglebot.system.files.disk_errors import disk_errors

#: The formats that are read, in Pillow's words.
FORMATS = (
    *("PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF"),
    *["AVIF"] * bool(features.check("avif")),
    npy_file.FORMAT,
    *[dicom_file.FORMAT] * dicom_file.is_readable(),
)
#: Their usual endings, in lower case, and those of DICOM.
IMAGE_SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".jfif", ".jpe", ".tif", ".tiff", ".webp", ".bmp", ".gif", ".avif", npy_file.SUFFIX}
    | dicom_file.SUFFIXES
)
#: The endings of files that are not looked into: there may be one for each image.
TEXT_SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".json", ".xml", ".md", ".html", ".yaml", ".yml"})
UNSUPPORTED = "are not supported"
_BITS, _CHANNELS, _PLANES, _SAMPLE_FORMAT = 258, 277, 284, 339  # tags of TIFF
_SEPARATE = 2


def is_image(path: Path) -> bool:
    """Return whether a file is an image, though it may be damaged where its ending says so."""
    suffix = path.suffix.lower()
    if suffix in IMAGE_SUFFIXES or suffix in TEXT_SUFFIXES:
        return suffix in IMAGE_SUFFIXES
    with disk_errors(f"read {path}"), path.open("rb") as stream:
        return _is_dicom(path, stream) or bool(image_format(stream))


def refuse_unreadable(paths: Iterable[PurePosixPath], folder: Path | None = None) -> None:
    """Raise DataError for the first DICOM file where pydicom is not installed.

    In ``folder``, where the files are, those whose ending does not tell are looked into.
    """
    if dicom_file.is_readable():
        return
    if path := next((path for path in paths if _is_scan(path, folder)), None):
        raise DataError(
            f"{path} is a DICOM file, and pydicom, which reads them, is not installed.",
            "Run: pip install 'kagglebot[dicom]'",
        )


def _is_scan(path: PurePosixPath, folder: Path | None) -> bool:
    suffix = path.suffix.lower()
    if suffix in IMAGE_SUFFIXES or folder is None:
        return suffix in dicom_file.SUFFIXES
    with disk_errors(f"read {folder / path}"), (folder / path).open("rb") as stream:
        return _is_dicom(folder / path, stream)


def _is_dicom(path: Path, stream: BinaryIO) -> bool:
    """Return whether a file is a DICOM file by its first bytes, and no list of such files."""
    return path.name.upper() != dicom_file.DIRECTORY and dicom_file.has_magic(stream)


def image_format(stream: BinaryIO) -> str:
    """Return the format of an image by its first bytes; empty where it is none of ``FORMATS``."""
    try:
        with Image.open(stream, formats=FORMATS) as image:
            return image.format or ""
    except Exception:  # Pillow raises exceptions of nearly every kind for broken files
        return ""


def describe_unsupported(tags: Any) -> str:
    """Return which pixels a TIFF of these tags has; empty where such pixels are read, or the tags say nothing."""
    bits = tags.get(_BITS)
    kind = {2: "signed whole numbers", 3: "fractions"}.get(tags.get(_SAMPLE_FORMAT, (1,))[0])
    if not bits or not (kind or max(bits) > 16 or has_deep_planes(tags)):
        return ""
    channels = f"{len(bits)} x " if len(bits) > 1 else ""
    planes = " in separate planes" if tags.get(_PLANES, 1) == _SEPARATE else ""
    return f"TIFF pixels of {channels}{bits[0]}-bit {kind or 'whole numbers'}{planes} {UNSUPPORTED}"


def read_tiff_tags(stream: BinaryIO) -> Any:
    """Return the tags of the first page of a TIFF; none where the file is not one."""
    try:
        stream.seek(0)
        head = stream.read(8)
        head += stream.read(8) if head[2] == 43 else b""  # BigTIFF
        tags = TiffImagePlugin.ImageFileDirectory_v2(head)
        stream.seek(tags.next)
        tags.load(stream)
    except Exception:  # Pillow raises exceptions of nearly every kind for broken files
        return {}
    return tags


def count_channels(tags: Any) -> int:
    """Return how many channels a TIFF of these tags has; 1 where they do not say, as in other files."""
    return int(tags.get(_CHANNELS, 1))


def has_deep_planes(tags: Any) -> bool:
    """Return whether the colours of a TIFF are deep and in separate planes: Pillow keeps their low byte only."""
    return bool(tags.get(_PLANES) == _SEPARATE and len(bits := tags.get(_BITS, ())) > 1 and max(bits) > 8)


def unsupported_hint(reason: str) -> str:
    """Return the hint for an image that cannot be read for that reason, if its kind of pixels is not supported."""
    if not reason.endswith(UNSUPPORTED):
        return ""
    return (
        "Convert such images to PNG, or to TIFF with whole numbers of 8 or 16 bits, or one fraction of 32 bits "
        "a pixel."
    )
