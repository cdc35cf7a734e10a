"""Which files are images: by their ending, or else by their first bytes."""

from pathlib import Path

# Pillow loads all its plugins where it meets a format that is not among its usual ones; these are loaded here.
from PIL import AvifImagePlugin, Image, TiffImagePlugin, WebPImagePlugin, features  # noqa: F401

from kagglebot.system.files import disk_errors

#: The formats that are read, in Pillow's words.
FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF", *["AVIF"] * bool(features.check("avif")))
#: Their usual endings, in lower case.
IMAGE_SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".jfif", ".jpe", ".tif", ".tiff", ".webp", ".bmp", ".gif", ".avif"}
)
#: The endings of files that are not looked into: there may be one for each image.
_TEXT_SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".json", ".xml", ".md", ".html", ".yaml", ".yml"})


def is_image(path: Path) -> bool:
    """Return whether a file is an image, though it may be damaged where its ending says so."""
    suffix = path.suffix.lower()
    if suffix in IMAGE_SUFFIXES or suffix in _TEXT_SUFFIXES:
        return suffix in IMAGE_SUFFIXES
    with disk_errors(f"read {path}"), path.open("rb") as stream:
        try:
            with Image.open(stream, formats=FORMATS):
                return True
        except Exception:  # Pillow raises exceptions of nearly every kind for broken files
            return False
