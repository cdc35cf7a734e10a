"""The practice competition: scikit-learn's handwritten digits, written the way digit-recognizer is."""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kagglebot.errors import DataError
from kagglebot.files import atomic_write, disk_errors

NAME = "digits-practice"
_TEST_ROWS = 597  # a third of scikit-learn's 1,797 digits
_LONG_AGO = (2020, 1, 1, 0, 0, 0)  # one date for all files: the same seed gives the same archive


@dataclass(frozen=True)
class PracticeCompetition:
    """What the practice server knows about one competition.

    Attributes:
        name: What stands in its address, such as ``digits-practice``.
        title: Its name in words.
        archive: The zip file that competitors download.
        id_column: First column of ``sample_submission.csv``.
        target_column: Second column of ``sample_submission.csv``.
        hidden: True label of each test id; None where nobody knows them, and no score is given.
        rules_accepted: Whether the user has entered.
        notebooks_only: Whether only notebooks may submit.
        submissions_disabled: Whether nobody may submit.
        max_daily_submissions: How many submissions a day are allowed.
        deadline: Last moment for a submission, with time zone.
        late_submissions: Whether later ones are scored all the same.
        metric: How Kaggle's card calls the measure.
        rivals: Other teams on the leaderboard, with their scores.
    """

    name: str
    title: str
    archive: Path
    id_column: str
    target_column: str
    hidden: Mapping[str, str] | None = None
    rules_accepted: bool = True
    notebooks_only: bool = False
    submissions_disabled: bool = False
    max_daily_submissions: int = 5
    deadline: datetime = datetime(2099, 12, 31, 23, 59, tzinfo=UTC)
    late_submissions: bool = False
    metric: str = "Categorization Accuracy"
    rivals: tuple[tuple[str, float], ...] = (
        ("Nearest neighbour", 0.985),
        ("Softmax regression", 0.92),
        ("All zeros", 0.1),
    )


def write_competition(folder: Path, *, seed: int = 0, name: str = NAME) -> PracticeCompetition:
    """Write the practice competition into ``folder`` and return what the server needs to hold it.

    The archive has ``train.csv`` (``label,pixel0..pixel63``, 1,200 rows), ``test.csv`` (the pixels of 597
    more) and ``sample_submission.csv`` (``ImageId,Label``); pixels are 0 to 255. The labels of the test rows
    stay out of it: they are in ``NAME-hidden.csv`` beside it.

    Args:
        folder: Where ``NAME.zip`` goes; made if it is not there.
        seed: Decides which rows are for training, and their order.
        name: The competition's name.
    """
    from sklearn.datasets import load_digits

    pixels, labels = _shuffled(load_digits(return_X_y=True), seed)
    train_rows = len(labels) - _TEST_ROWS
    columns = [f"pixel{index}" for index in range(len(pixels[0]))]
    train = ([label, *row] for label, row in zip(labels[:train_rows], pixels[:train_rows], strict=True))
    hidden = {str(row + 1): str(label) for row, label in enumerate(labels[train_rows:])}
    files = {
        "train.csv": _csv(["label", *columns], train),
        "test.csv": _csv(columns, pixels[train_rows:]),
        "sample_submission.csv": _csv(["ImageId", "Label"], ([key, 0] for key in hidden)),
    }
    archive = folder / f"{name}.zip"
    with atomic_write(archive) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as zipped:
        for file_name, text in files.items():
            zipped.writestr(zipfile.ZipInfo(file_name, _LONG_AGO), text, zipfile.ZIP_DEFLATED)
    with atomic_write(folder / f"{name}-hidden.csv") as temporary:
        temporary.write_text(_csv(["ImageId", "Label"], hidden.items()), encoding="utf-8")
    return PracticeCompetition(name, "Practice: handwritten digits", archive, "ImageId", "Label", hidden)


def from_archive(
    archive: Path, *, hidden: Path | Mapping[str, str] | None = None, name: str | None = None
) -> PracticeCompetition:
    """Hold a competition with an archive that exists already, such as a real one.

    Args:
        archive: Zip file with a ``sample_submission.csv`` in it; its name names the competition.
        hidden: The true labels, or a CSV file of them (id, label). Without, submissions complete without a
            score.
        name: Another name for the competition.

    Raises:
        DataError: The archive or the labels cannot be read, or hold no sample submission.
    """
    columns = _sample_columns(archive)
    labels = _read_labels(hidden) if isinstance(hidden, Path) else hidden
    name = name or archive.stem
    return PracticeCompetition(name, name.replace("-", " ").capitalize(), archive, *columns, labels, rivals=())


def _shuffled(digits: tuple[object, object], seed: int) -> tuple[list[list[int]], list[int]]:
    import numpy as np

    pixels, labels = digits
    order = np.random.default_rng(seed).permutation(np.asarray(labels).size)
    scaled = np.rint(np.asarray(pixels)[order] * (255 / 16)).astype(int)  # scikit-learn's go from 0 to 16
    return scaled.tolist(), np.asarray(labels)[order].tolist()


def _csv(header: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _sample_columns(archive: Path) -> tuple[str, str]:
    try:
        with disk_errors(f"read {archive}"), zipfile.ZipFile(archive) as zipped:
            samples = [
                name for name in zipped.namelist() if "submission" in name.lower() and name.endswith(".csv")
            ]
            header = zipped.open(samples[0]).readline().decode("utf-8-sig").strip() if samples else ""
    except (zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise DataError(f"{archive} is not a zip file that can be read: {error}.") from None
    columns = header.split(",")
    if len(columns) != 2:
        raise DataError(
            f"{archive} has no sample_submission.csv with two columns.",
            "Serve an archive in the form that Kaggle gives out.",
        )
    return columns[0], columns[1]


def _read_labels(path: Path) -> dict[str, str]:
    with disk_errors(f"read {path}"):
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    return {row[0]: row[1] for row in rows[1:] if len(row) > 1}
