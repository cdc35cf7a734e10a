import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from competition_files import ImageCompetition
from drawn_images import digit
from numpy.typing import NDArray

from kagglebot.datasets.images.conversion import Conversion
from kagglebot.datasets.images.formats import dicom_file, image_formats
from kagglebot.datasets.images.formats.image_formats import is_image
from kagglebot.datasets.images.image_file import CorruptImage, Header, read_header, read_pixels

needs_pydicom = pytest.mark.skipif(not dicom_file.is_readable(), reason="pydicom is not installed")
MAGIC = b"\0" * 128 + b"DICM"
RANGE = Conversion(fractions=(0.0, 16.0))


def _dicom(pixels: NDArray[Any], grey: str = "MONOCHROME2", bits: int = 0, **tags: Any) -> bytes:
    """Return the content of a DICOM file of (height, width), (height, width, 3) or (frames, height, width)."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

    colour = pixels.shape[-1] == 3
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["image"])
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image = Dataset()
    image.file_meta = meta
    image.SOPClassUID, image.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    image.Rows, image.Columns = pixels.shape[-3:-1] if colour else pixels.shape[-2:]
    image.SamplesPerPixel = 3 if colour else 1
    image.PhotometricInterpretation = "RGB" if colour else grey
    if colour:
        image.PlanarConfiguration = 0
    image.BitsAllocated = 8 * pixels.itemsize
    image.BitsStored = bits or image.BitsAllocated
    image.HighBit, image.PixelRepresentation = image.BitsStored - 1, int(pixels.dtype.kind == "i")
    image.PixelData = pixels.tobytes()
    for name, value in tags.items():
        setattr(image, name, value)
    stream = io.BytesIO()
    image.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def _save(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@needs_pydicom
@pytest.mark.parametrize("name", ["a.dcm", "IM0001"])
def test_deep_grey_is_scaled(tmp_path: Path, name: str) -> None:
    drawn = digit(4, 16.0).astype(np.uint16)
    path = _save(tmp_path / name, _dicom(drawn, bits=12))
    assert is_image(path)
    assert read_header(path) == Header(8, 8, grey=True, deep=True, fractions=True)
    np.testing.assert_array_equal(
        read_pixels(path, (8, 8, 1), "stretch", RANGE)[..., 0], np.rint(drawn * 255.0 / 16)
    )


@needs_pydicom
def test_low_values_are_dark_after_rescaling(tmp_path: Path) -> None:
    drawn = digit(4, 16.0)
    white = _save(tmp_path / "a.dcm", _dicom((4095 - 2 * drawn).astype(np.uint16), "MONOCHROME1", 12))
    signed = (drawn - 1000).astype(np.int16)
    scaled = _save(tmp_path / "b.dcm", _dicom(signed, RescaleSlope=2, RescaleIntercept=2000))
    for path in (white, scaled):
        pixels = read_pixels(path, (8, 8, 1), "stretch", Conversion(fractions=(0.0, 32.0)))[..., 0]
        np.testing.assert_array_equal(pixels, np.rint(drawn * 255.0 / 16))


@needs_pydicom
def test_colours_and_the_first_of_several_frames(tmp_path: Path) -> None:
    colours = np.stack([digit(row, 255.0) for row in range(3)], axis=-1).astype(np.uint8)
    path = _save(tmp_path / "a.dcm", _dicom(colours))
    assert read_header(path) == Header(8, 8, grey=False)
    np.testing.assert_array_equal(read_pixels(path, (8, 8, 3), "stretch"), colours)
    frames = np.moveaxis(colours, -1, 0)
    path = _save(tmp_path / "b.dcm", _dicom(frames, NumberOfFrames=3))
    assert read_header(path) == Header(8, 8, grey=True, frames=True)
    np.testing.assert_array_equal(read_pixels(path, (8, 8, 1), "stretch")[..., 0], frames[0])


@needs_pydicom
def test_a_file_that_is_cut_off_is_corrupt(tmp_path: Path) -> None:
    content = _dicom(digit(4, 16.0).astype(np.uint16))
    path = _save(tmp_path / "a.dcm", content[:-20])
    with pytest.raises(CorruptImage):
        read_pixels(path, (8, 8, 1), "stretch", RANGE)
    with pytest.raises(CorruptImage):
        read_header(_save(path, content[:140]))


@needs_pydicom
def test_a_competition_of_dicom_files(tmp_path: Path) -> None:
    scans = ImageCompetition(tmp_path)
    for row in range(8):
        side = "train" if row < 6 else "test"
        scans.files[f"{side}/{row}.dcm"] = _dicom(digit(row, 255.0).astype(np.uint8))
    scans.table("train.csv", "id,label", *(f"{row},{row % 2}" for row in range(6)))
    scans.table("sample_submission.csv", "id,label", "6,0", "7,0")
    data = scans.load()
    assert (data.schema.layout, data.schema.image_shape, data.schema.train_rows) == ("named-images", (8, 8, 1), 6)
    np.testing.assert_array_equal(data.test_images[0, ..., 0], digit(6, 255.0).astype(np.uint8))


@needs_pydicom
def test_a_dicom_file_without_an_image_is_named(tmp_path: Path) -> None:
    content = _dicom(digit(4, 16.0).astype(np.uint16)).replace(b"\x28\x00\x00\x01US", b"\x28\x00\x01\x01US")
    path = _save(tmp_path / "IM0001", content)
    assert is_image(path) and not is_image(_save(tmp_path / dicom_file.DIRECTORY, content))
    with pytest.raises(CorruptImage, match="DICOM file without an image"):
        read_header(path)


@pytest.mark.parametrize("ending", [".dcm", ".DCM", "", ".ima", ".826.0"])
def test_without_pydicom_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    monkeypatch.setattr(dicom_file, "is_readable", lambda: False)
    monkeypatch.setattr(
        image_formats, "FORMATS", tuple(each for each in image_formats.FORMATS if each != dicom_file.FORMAT)
    )
    scans = ImageCompetition(tmp_path)
    scans.files |= {f"{'train' if row < 6 else 'test'}/{row}{ending}": MAGIC for row in range(8)}
    scans.table("train.csv", "id,label", *(f"{row}{ending},{row % 2}" for row in range(6)))
    scans.table("sample_submission.csv", "id,label", f"6{ending},0", f"7{ending},0")
    assert "kagglebot[dicom]" in (scans.refused(f"train/0{ending} is a DICOM file, and pydicom").hint or "")
