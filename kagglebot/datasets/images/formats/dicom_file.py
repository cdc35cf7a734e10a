"""DICOM files as a format of Pillow, where pydicom is installed: the extra ``kagglebot[dicom]``.

Of several frames the first is read. Grey values are as the file's rescaling says, dark where they are low, and of
mode F, fractions, if they have more than 8 bits.
"""

from importlib.util import find_spec
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

FORMAT = "DICOM"
SUFFIXES = frozenset({".dcm", ".dicom"})
#: The usual name of a DICOM file that lists others, and holds no image.
DIRECTORY = "DICOMDIR"
_MAGIC, _PREAMBLE = b"DICM", 128  # bytes before the magic


def is_readable() -> bool:
    """Return whether pydicom is installed."""
    return find_spec("pydicom") is not None


def has_magic(stream: IO[bytes]) -> bool:
    """Return whether a file is a DICOM file by its first bytes, from where the stream is."""
    return stream.read(_PREAMBLE + len(_MAGIC))[_PREAMBLE:] == _MAGIC


class DicomImageFile(ImageFile.ImageFile):
    """An image, of which only the header is read before its pixels are asked for."""

    format = FORMAT
    format_description = "DICOM image"

    def _open(self) -> None:
        assert self.fp is not None  # until it is loaded
        if not has_magic(self.fp):
            raise SyntaxError("not a DICOM file")
        from pydicom import dcmread

        self.fp.seek(0)
        header = dcmread(self.fp, stop_before_pixels=True)
        if "BitsAllocated" not in header:
            raise ValueError("it is a DICOM file without an image")
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
