"""DICOM files as a format of Pillow, where pydicom is installed: the extra ``kagglebot[dicom]``.

Of several frames the first is read. Grey values are as the file's rescaling says, dark where they are low, and of
mode F, fractions, if they have more than 8 bits.
"""

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from kagglebot.errors import DataError

FORMAT = "DICOM"
SUFFIXES = frozenset({".dcm", ".dicom"})
_MAGIC, _PREAMBLE = b"DICM", 128  # bytes before the magic


def is_readable() -> bool:
    """Return whether pydicom is installed."""
    return find_spec("pydicom") is not None


def refuse_unreadable(paths: Iterable[PurePosixPath]) -> None:
    """Raise DataError for the first DICOM file where pydicom is not installed."""
    path = next((path for path in paths if path.suffix.lower() in SUFFIXES), None)
    if path and not is_readable():
        raise DataError(
            f"{path} is a DICOM file, and pydicom, which reads them, is not installed.",
            "Run: pip install 'kagglebot[dicom]'",
        )


class DicomImageFile(ImageFile.ImageFile):
    """An image, of which only the header is read before its pixels are asked for."""

    format = FORMAT
    format_description = "DICOM image"

    def _open(self) -> None:
        assert self.fp is not None  # until it is loaded
        if self.fp.read(_PREAMBLE + len(_MAGIC))[_PREAMBLE:] != _MAGIC:
            raise SyntaxError("not a DICOM file")
        from pydicom import dcmread

        self.fp.seek(0)
        header = dcmread(self.fp, stop_before_pixels=True)
        deep = header.BitsAllocated > 8 or "RescaleSlope" in header
        self._mode = "RGB" if header.SamplesPerPixel == 3 else "F" if deep else "L"
        self._size = header.Columns, header.Rows
        self.is_animated = int(header.get("NumberOfFrames") or 1) > 1

    def load(self) -> Any:
        """Read the pixels; see ``Image.load``."""
        if self._im is None:
            assert self.fp is not None
            self.fp.seek(0)
            self.im = Image.fromarray(_pixels(self.fp, self.mode)).im
        return super().load()


def _pixels(stream: Any, mode: str) -> NDArray[Any]:
    """Return the first frame, (height, width) or (height, width, 3), with low values dark."""
    from pydicom import dcmread
    from pydicom.pixels import apply_rescale, pixel_array

    header = dcmread(stream, stop_before_pixels=True)
    stream.seek(0)
    values: NDArray[Any] = pixel_array(stream, index=0)
    if header.PhotometricInterpretation == "MONOCHROME1":  # low values are white
        values = (2**header.BitsStored - 1 if header.PixelRepresentation == 0 else -1) - values
    if mode == "F":
        values = apply_rescale(values, header)
    return values.astype(np.float32 if mode == "F" else np.uint8)


Image.register_open(FORMAT, DicomImageFile)
