"""The practice competition: scikit-learn's handwritten digits, written the way digit-recognizer is."""

import csv
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kagglebot.errors import DataError, UsageError
from kagglebot.practice.packing import csv_text, sample_text, write_labels, write_zip
from kagglebot.practice.scoring.metrics import find_metric
from kagglebot.practice.scoring.true_labels import divide, read_labels, split_labels
from kagglebot.system.files.disk_errors import disk_errors

NAME = "digits-practice"
_ARCHIVE = "Serve an archive in the form that Kaggle gives out."
_TEST_ROWS = 597  # a third of scikit-learn's 1,797 digits
_PUBLIC_ROWS = 100  # of these, where the others are hidden


@dataclass(frozen=True)
class PracticeCompetition:
    """A competition that the practice server serves.

    Attributes:
        name: Its name in addresses, such as ``digits-practice``.
        title: Its title.
        archive: The zip file that competitors download.
        id_column: First column of ``sample_submission.csv``.
        target_column: Second column of ``sample_submission.csv``.
        hidden: True label of each test id; None where they are unknown, and submissions get no score.
        rules_accepted: Whether the user has entered.
        notebooks_only: Whether only notebooks may submit.
        submissions_disabled: Whether nobody may submit.
        max_daily_submissions: How many submissions a day are allowed.
        deadline: Last moment for a submission, with time zone.
        late_submissions: Whether submissions after the deadline are scored.
        metric: Kaggle's name of the metric.
        rivals: Other teams on the leaderboard, with their scores.
        columns: All columns of ``sample_submission.csv`` after the id; empty for the target column alone.
        rerun_archive: The files that a submitted notebook's second run sees, with the hidden test rows; None for
            the same as ``archive``.
        evaluation: What the page on the evaluation says.
        bare: Whether a submission is one label a line, without header and ids: then ids are the numbers of lines.
        classes: For probabilities, the class of each column; empty where columns are named like their classes, or
            where there is one column, of the class ``1``.
        label_separator: What stands between the labels of an image, in ``hidden`` and in submissions, where it may
            have several; empty where each has one.
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
    columns: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    rerun_archive: Path | None = None
    bare: bool = False
    evaluation: str = ""
    label_separator: str = ""

    @property
    def header(self) -> tuple[str, ...]:
        """The columns of a submission; a bare one does not name them."""
        return (self.id_column, *(self.columns or (self.target_column,)))

    @property
    def asked(self) -> tuple[str, ...]:
        """The class whose probability each column after the id holds."""
        return self.classes or (self.columns if len(self.columns) > 1 else ("1",))


def write_competition(
    folder: Path, *, seed: int = 0, name: str = NAME, notebooks_only: bool = False
) -> PracticeCompetition:
    """Write the practice competition into ``folder`` and return what the server needs to serve it.

    The archive has ``train.csv`` (``label,pixel0..pixel63``, 1,200 rows), ``test.csv`` (the pixels of 597
    more) and ``sample_submission.csv`` (``ImageId,Label``); pixels are 0 to 255. The labels of the test rows
    are in ``NAME-hidden.csv`` beside it.

    Args:
        folder: Where ``NAME.zip`` goes; made if it is not there.
        seed: Decides which rows are for training, and their order.
        name: The competition's name.
        notebooks_only: Take submissions from notebooks only: the archive has the first 100 of the test rows, and a
            submitted notebook runs again on all of them.
    """
    import numpy as np
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(labels))
    pixels = np.rint(pixels[order] * (255 / 16)).astype(int).tolist()  # scikit-learn's go from 0 to 16
    labels = labels[order].tolist()
    train_rows = len(labels) - _TEST_ROWS
    columns = [f"pixel{index}" for index in range(len(pixels[0]))]
    train = ([label, *row] for label, row in zip(labels[:train_rows], pixels[:train_rows], strict=True))
    hidden = {str(row + 1): str(label) for row, label in enumerate(labels[train_rows:])}
    tables = {"train.csv": csv_text(["label", *columns], train)}

    def packed(path: Path, rows: int) -> Path:
        shown = list(hidden)[:rows]
        files = tables | {
            "test.csv": csv_text(columns, pixels[train_rows : train_rows + rows]),
            "sample_submission.csv": csv_text(["ImageId", "Label"], ([key, 0] for key in shown)),
        }
        write_zip(path, {file_name: text.encode() for file_name, text in files.items()})
        return path

    archive = packed(folder / f"{name}.zip", _PUBLIC_ROWS if notebooks_only else _TEST_ROWS)
    write_labels(folder / f"{name}-hidden.csv", ("ImageId", "Label"), hidden)
    return PracticeCompetition(
        name,
        "Practice: handwritten digits",
        archive,
        "ImageId",
        "Label",
        hidden,
        notebooks_only=notebooks_only,
        rerun_archive=packed(folder / f"{name}-rerun.zip", _TEST_ROWS) if notebooks_only else None,
    )


def from_archive(
    archive: Path,
    *,
    hidden: Path | Mapping[str, str] | None = None,
    name: str | None = None,
    metric: str | None = None,
) -> PracticeCompetition:
    """Hold a competition with an archive that exists already, such as a real one.

    Args:
        archive: Zip file with a ``sample_submission.csv`` in it, perhaps zipped itself; its name names the
            competition.
        hidden: The true labels, or a CSV file of them (id, label). Without, submissions complete without a
            score. Where one probability is asked for it is that of the last of these labels. Where an image may
            have several labels, a cell holds all of them, divided as in a submission, or the CSV file has a column
            of 0 and 1 for each.
        name: Another name for the competition.
        metric: Kaggle's name of the metric; by default Multiclass Loss where the sample has several columns after
            the id, else Mean F-Score where images have several labels, or Categorization Accuracy.

    Raises:
        DataError: The archive or the labels cannot be read, hold no sample submission, or do not fit it.
        UsageError: There are labels, and the metric cannot score such a submission.
    """
    id_column, *columns = _sample_columns(archive) or ("row", "label")
    bare = not _sample_columns(archive)
    labels = read_labels(hidden) if isinstance(hidden, Path) else hidden
    separator = ""
    if labels is not None:
        labels, separator = divide(labels, columns, metric)
    usual = "Multiclass Loss" if len(columns) > 1 else "Mean F-Score" if separator else "Categorization Accuracy"
    metric = metric or usual
    if labels is not None:
        _check_scorable(archive, columns, metric, labels, separator)
    name = name or archive.stem
    return PracticeCompetition(
        name,
        name.replace("-", " ").capitalize(),
        archive,
        id_column,
        columns[0],
        labels,
        metric=metric,
        rivals=(),
        columns=tuple(columns),
        classes=(max(labels.values(), default="1"),) if labels and len(columns) == 1 else (),
        bare=bare,
        label_separator=separator,
    )


def _check_scorable(
    archive: Path, columns: Sequence[str], metric: str, labels: Mapping[str, str], separator: str
) -> None:
    known, wide = find_metric(metric, several=bool(separator)), len(columns) > 1
    if known is None or not (wide or not known.probabilities if separator else known.probabilities or not wide):
        raise UsageError(
            f"A submission of the columns {','.join(columns)[:100]} cannot be scored by {metric!r} here.",
            "Known are Log Loss, Weighted Log Loss and AUC for probabilities; Accuracy, Balanced Accuracy, "
            "MeanFScore, Macro F1, Weighted F1, Quadratic Weighted Kappa and Matthews for labels; MAP@5, Top-5 "
            "Accuracy and Top-5 Error for several labels a row; where an image has several classes, mean, micro "
            "and macro F-measures of sets and marks, and Log Loss and AUC of columns.",
        )
    strange = frozenset[str]().union(*(split_labels(cell, separator) for cell in labels.values())) - {*columns}
    if wide and strange:
        raise DataError(
            f"{min(strange)!r} is a true label, and no column of the sample submission in {archive}.",
            "Name the labels as the sample names its columns.",
        )


def _sample_columns(archive: Path) -> list[str]:
    """Return the columns of the sample submission; none where it is one label a line, some of them repeated."""
    try:
        with disk_errors(f"read {archive}"):
            content = sample_text(archive)
        rows = [row for row in csv.reader(content.splitlines()) if row]
    except (zipfile.BadZipFile, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{archive} is not a zip file that can be read: {error}.", _ARCHIVE) from None
    columns = rows[0] if rows else []
    if len(columns) == 1 and columns in rows[1:]:
        return []
    if len(columns) < 2:
        raise DataError(f"{archive} has no sample_submission.csv with an id column and another.", _ARCHIVE)
    return columns
