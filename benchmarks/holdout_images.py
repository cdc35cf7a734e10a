"""A practice competition of image files whose test labels are known: they are labelled images of the real one."""

import csv
import io
import random
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kagglebot.practice.competition import PracticeCompetition, from_archive
from kagglebot.practice.packing import csv_text, write_zip, zipped
from kagglebot.practice.scoring.metrics import find_metric
from kagglebot.system.files.json_file import write_json

_Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Form:
    """What a competition's files look like.

    Attributes:
        metric: Kaggle's name of its metric.
        label: Returns the class of a training image by its path; unused where there is a table.
        table: The CSV file of training ids and labels; empty for none.
    """

    metric: str
    label: Callable[[PurePosixPath], str] = lambda path: path.parent.name
    table: str = ""


#: The competitions of images in ../shared/data; each has train and test images in an archive of their own.
FORMS = {
    "cats-dogs": Form("Log Loss", lambda path: path.name.split(".")[0]),
    "sign-digits": Form("Categorization Accuracy"),
    "cifar-10": Form("Categorization Accuracy", table="trainLabels.csv"),
}


@dataclass(frozen=True)
class ImageHoldout:
    """A competition with hidden labels, and its images.

    Attributes:
        competition: For the practice server.
        train: The training images by path.
        labels: The class of each training image, by path.
        test: The test images by id.
    """

    competition: PracticeCompetition
    train: _Files
    labels: Mapping[str, str]
    test: _Files

    def write_folders(self, folder: Path) -> None:
        """Write the images as Keras's tools want them.

        ``train/CLASS/`` has the training images, ``test/`` those to be predicted. ``task.json`` names the columns
        of a submission, the ids in the order of the files in ``test/``, and whether probabilities are asked for.
        """
        for path, content in self.train.items():
            _write(folder / "train" / self.labels[path] / PurePosixPath(path).name, content)
        suffix = PurePosixPath(next(iter(self.train))).suffix
        for number, content in enumerate(self.test.values()):
            _write(folder / "test" / f"{number:06}{suffix}", content)
        wanted = find_metric(self.competition.metric)
        task = {
            "header": self.competition.header,
            "ids": list(self.test),
            "probabilities": wanted is not None and wanted.probabilities,
        }
        write_json(folder / "task.json", task)


def hold_out(archive: Path, folder: Path, *, seed: int = 0, rows: int | None = None) -> ImageHoldout:
    """Write a competition to ``folder``, in the form of the real one, with labelled images as its test set.

    A third of the labelled images is held out, or as many as the real test set has if that is less. They take the
    names of test images.

    Args:
        archive: The real competition's archive, one of ``FORMS``.
        folder: Where the archive of the same name is written.
        seed: Decides which images are held out.
        rows: Keep only this many training images, with half as many test images; None for all.
    """
    form, outer = FORMS[archive.stem], _read_zip(archive.read_bytes())
    images = {name: _unpack(name, content) for name, content in outer.items() if name.endswith((".zip", ".7z"))}
    (train_name, train), (test_name, test) = (
        next((name, images[name]) for name in images if name.startswith(kind)) for kind in ("train", "test")
    )
    sample_name = next(name for name in outer if "submission" in name.lower())
    header, *sample = _read_csv(outer[sample_name])
    table = dict(_read_csv(outer[form.table])[1:]) if form.table else {}
    labels = {
        path: table[PurePosixPath(path).stem] if table else form.label(PurePosixPath(path)) for path in train
    }
    held_out, kept = _choose(list(train), len(test), seed, rows)
    places = _by_id(test)
    paths = {row: places[row] for row, *_ in sample[: len(held_out)]}
    hidden = dict(zip(paths, held_out, strict=True))
    files = {
        sample_name: csv_text(header, sample[: len(held_out)]).encode(),
        train_name: _pack(train_name, {path: train[path] for path in kept}),
        test_name: _pack(test_name, {paths[row]: train[path] for row, path in hidden.items()}),
    }
    if form.table:
        rows_kept = [(PurePosixPath(path).stem, labels[path]) for path in kept]
        files[form.table] = csv_text(_read_csv(outer[form.table])[0], rows_kept).encode()
    made = folder / archive.name
    write_zip(made, files)
    truth = {row: labels[path] for row, path in hidden.items()}
    return ImageHoldout(
        from_archive(made, hidden=truth, metric=form.metric),
        {path: train[path] for path in kept},
        {path: labels[path] for path in kept},
        {row: train[path] for row, path in hidden.items()},
    )


def _choose(paths: Sequence[str], most: int, seed: int, rows: int | None) -> tuple[list[str], list[str]]:
    """Return the paths to hold out and those to keep, in the order of the archive."""
    shuffled = random.Random(seed).sample(paths, len(paths))
    count = min(len(paths) // 3, most)
    if rows is not None:
        count = min(count, rows // 2)
    held_out, kept = set(shuffled[:count]), set(shuffled[count:][:rows])
    return [path for path in paths if path in held_out], [path for path in paths if path in kept]


def _by_id(paths: Iterable[str]) -> dict[str, str]:
    """Return the path of each image by its name, with and without its suffix."""
    return {name: path for path in paths for name in (PurePosixPath(path).name, PurePosixPath(path).stem)}


def _read_csv(content: bytes) -> list[list[str]]:
    return [row for row in csv.reader(content.decode("utf-8-sig").splitlines()) if row]


def _read_zip(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def _unpack(name: str, content: bytes) -> dict[str, bytes]:
    if name.endswith(".zip"):
        return _read_zip(content)
    import py7zr

    factory = py7zr.io.BytesIOFactory(limit=1 << 30)
    with py7zr.SevenZipFile(io.BytesIO(content)) as archive:
        archive.extractall(factory=factory)
    return {path: product.read() for path, product in factory.products.items()}


def _pack(name: str, files: _Files) -> bytes:
    if name.endswith(".zip"):
        return zipped(files)
    import py7zr

    stream = io.BytesIO()
    quickest = [{"id": py7zr.FILTER_LZMA2, "preset": 0}]
    with py7zr.SevenZipFile(stream, "w", filters=quickest) as archive:
        for path, content in files.items():
            archive.writestr(content, path)
    return stream.getvalue()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
