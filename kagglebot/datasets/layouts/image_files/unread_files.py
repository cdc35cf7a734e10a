"""Files of which none is read: images in other formats, volumes, sounds, videos and records."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from kagglebot.datasets.images.formats.image_formats import FORMATS, TEXT_SUFFIXES
from kagglebot.datasets.images.formats.npy_file import SUFFIX
from kagglebot.datasets.out_of_scope import OutOfScope
from kagglebot.errors import DataError

_KINDS = {
    "images": ".heic .heif .ico .jp2 .jxl .mat .npz .pgm .ppm .svg .tga",
    "volumes": ".nii .mha .mhd .nrrd",
    "sounds": ".wav .mp3 .flac .ogg .aif .aiff .m4a",
    "videos": ".mp4 .avi .mov .mkv .webm",
    "records": ".bson .h5 .hdf5",
}
#: One such file may hold all images, where one of another kind may be an example.
_OF_MANY = {".npz", ".mat", *_KINDS["records"].split()}
#: What the files of each ending hold.
UNREAD = {ending: kind for kind, endings in _KINDS.items() for ending in endings.split()}


def most_frequent_unread(paths: Iterable[PurePosixPath]) -> PurePosixPath | None:
    """Return the first file of an ending that is not read, where more files have it than any other; else None.

    Tables and texts do not count where there are several such files, or one that may hold all images.
    """
    paths = list(paths)
    endings = Counter(path.suffix.lower() for path in paths)
    others = {
        each: count
        for each, count in endings.items()
        if each not in TEXT_SUFFIXES and (count > 1 or each in _OF_MANY)
    }
    counts = others or endings
    most = max(counts, key=counts.__getitem__, default="")
    return next((path for path in paths if path.suffix.lower() == most), None) if most in UNREAD else None


def refuse_unread(paths: Iterable[PurePosixPath]) -> None:
    """Raise OutOfScope where most files are of an ending that is not read."""
    if other := most_frequent_unread(paths):
        ending = other.suffix.lower()
        raise OutOfScope(
            f"The {UNREAD[ending]} are {other.suffix} files, such as {other}, and kagglebot reads "
            f"{', '.join(FORMATS)}.",
            "Choose a competition with images in one of these formats.",
        )


def refuse_stacks(images: Sequence[PurePosixPath], test_rows: int) -> None:
    """Raise DataError where all images are in fewer arrays than there are test images."""
    if len(images) < test_rows and {path.suffix.lower() for path in images} == {SUFFIX}:
        raise DataError(
            f"There are {len(images):,} arrays, such as {images[0]}, and {test_rows:,} test images: arrays of "
            f"many images each are not read.",
            "Save each image as an array or a PNG file of its own, and read the folder with --from.",
        )
