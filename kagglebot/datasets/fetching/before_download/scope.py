"""The scope of a competition, told by the list of its files and by the tables among them."""

import io
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from kagglebot.datasets.archive.guard import readable, safe_path
from kagglebot.datasets.archive.nested import is_archive
from kagglebot.datasets.fetch_request import FetchRequest
from kagglebot.datasets.fetching.training_labels import read_labels
from kagglebot.datasets.images.formats.dicom_file import SUFFIXES
from kagglebot.datasets.images.formats.image_formats import IMAGE_SUFFIXES, refuse_unreadable
from kagglebot.datasets.layouts import CompetitionFiles, ImageFiles, LayoutResult
from kagglebot.datasets.layouts.image_files.unread_files import UNREAD, most_frequent_unread
from kagglebot.datasets.layouts.registry import LAYOUTS, known_layouts, recognise
from kagglebot.datasets.out_of_scope import OutOfScope, refuse_objects
from kagglebot.datasets.records.json_bands import read_json
from kagglebot.datasets.sample_submission.find import find_sample
from kagglebot.datasets.sample_submission.read import read_sample_file
from kagglebot.datasets.sample_submission.sample import Sample
from kagglebot.errors import DataError, KaggleError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.records import FileList
from kagglebot.system.progress import no_progress

#: Tables up to this size are read whole, others as far as ``_START``.
_WHOLE, _START = 16 * 10**6, 1 << 20
_MOST_TABLES = 8
#: Endings of files that layouts look into.
_READ = {".csv", ".tsv", ".json"}
#: Endings that tell whether a file is an image.
_TEXTS = ".txt .md .xml .html .pdf .py .ipynb .yaml .yml .parquet"
_TELLING = {*_READ, *IMAGE_SUFFIXES, *UNREAD, *_TEXTS.split()}


class _ListedFiles(CompetitionFiles):
    """Files of which only some tables are here."""

    def is_image(self, path: PurePosixPath) -> bool:
        """Return whether a file is an image by its ending."""
        return path.suffix.lower() in IMAGE_SUFFIXES


def check_scope(client: KaggleClient, request: FetchRequest, wanted: FileList) -> None:
    """Raise DataError where the list of files and the tables show that the competition cannot be taken.

    What else may be wrong is found after the download, which shows it better.
    """
    result = None
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        try:
            whole = _read_tables(client, request.competition, wanted, folder)
            sample, result = _recognise(folder, wanted, request)
        except OutOfScope:
            raise
        except (DataError, KaggleError):
            pass
    if result is None:  # the list shows at least whether all images are DICOM files
        paths = (PurePosixPath(each.name) for each in wanted.files)
        images = [path for path in paths if path.suffix.lower() in IMAGE_SUFFIXES]
        refuse_unreadable(images if {path.suffix.lower() for path in images} <= SUFFIXES else ())
    elif isinstance(result.images, ImageFiles):
        refuse_unreadable((*result.images.train, *result.images.test))
        if whole:
            read_labels(result, sample, request)


def _read_tables(client: KaggleClient, name: str, wanted: FileList, folder: Path) -> bool:
    """Save the tables, or their first rows; return whether all are whole."""
    tables = [each for each in wanted.files if PurePosixPath(each.name).suffix.lower() in _READ]
    tables = [each for each in tables if each.size <= _WHOLE or not each.name.lower().endswith(".json")]
    tables.sort(key=lambda each: (each.name.count("/"), "submission" not in each.name.lower(), each.size))
    for table in tables[:_MOST_TABLES]:
        whole = table.size <= _WHOLE
        content = client.read_start(name, table, 2 * _WHOLE if whole else _START)
        if content.startswith(b"PK"):
            content = _unpacked(content)
        if not whole:
            content = content[: content.rfind(b"\n") + 1]
        target = folder / safe_path(name, readable(table.name))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return all(table.size <= _WHOLE for table in tables)


def _unpacked(content: bytes) -> bytes:
    """Return the only file of a zip file, or its start; raise DataError where that is not all here."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(archive.infolist()[0]) as stream:
            return stream.read(2 * _WHOLE)
    except (zipfile.BadZipFile, IndexError, NotImplementedError, RuntimeError) as error:
        raise DataError("A packed table cannot be read.") from error


def _recognise(folder: Path, wanted: FileList, request: FetchRequest) -> tuple[Sample, LayoutResult | None]:
    """Recognise the files by their names and the tables, as after the download; None where that cannot tell.

    Raises:
        OutOfScope: They are out of scope.
        DataError: They are not all that is needed, or something else is wrong.
    """
    listed = sorted(safe_path("", readable(each.name)) for each in wanted.files)
    paths = tuple(path for path in listed if (folder / path).is_file() or path.suffix.lower() not in _READ)
    sample_path = folder / find_sample(path for path in paths if (folder / path).is_file())
    sample = read_sample_file(sample_path)
    refuse_objects(sample.columns[1:], sample_path.name)
    files = _ListedFiles(folder, paths, sample, request.choices).a_row_an_image()
    sample = files.sample
    told = wanted.whole and {path.suffix.lower() for path in listed} <= _TELLING
    unknown = len(paths) < len(listed) or len(known_layouts()) > len(LAYOUTS)  # plugins may look into any file
    tells_kind = files.images or told or most_frequent_unread(listed)
    if unknown or not tells_kind or (not files.images and any(_holds_images(folder, path) for path in paths)):
        return sample, None
    layout = recognise(files)
    result = layout.read(files, folder, no_progress) if files.images else None
    return sample, result if told else None


def _holds_images(folder: Path, path: PurePosixPath) -> bool:
    """Return whether a file may become image files after the download: an archive, or JSON of images."""
    if path.suffix.lower() != ".json":
        return is_archive(path.name)
    try:
        return next(read_json(folder / path), None) is not None
    except (ValueError, RecursionError):  # damaged: the download may be whole
        return True
