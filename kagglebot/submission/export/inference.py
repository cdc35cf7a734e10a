"""The predictions of an exported model, in a Kaggle notebook without internet.

Needs only packages that Kaggle's notebooks have; a test checks that.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from kagglebot.datasets.sample_submission.find import find_sample
from kagglebot.datasets.schema import read_schema
from kagglebot.datasets.unlabelled import read_unlabelled
from kagglebot.errors import DataError
from kagglebot.retraining.predict import model_rule, predict_adjusted
from kagglebot.submission.csv_writer import write_submission
from kagglebot.system.files.json_file import read_json

SUBMISSION = "submission.csv"
#: Holds the numbers that the mean of an ensemble's probabilities is adjusted by, and the names of its models.
ENSEMBLE = "ensemble.json"
_INPUT = "/kaggle/input"
#: Levels of folders below /kaggle/input that are searched for the competition's data.
_DEPTH = 3


def infer(export: Path, environment: Mapping[str, str]) -> tuple[Path, int]:
    """Predict the competition's test images and write submission.csv.

    Args:
        export: The folder that ``kagglebot export`` wrote.
        environment: May set ``KAGGLEBOT_INPUT`` instead of /kaggle/input, and ``KAGGLEBOT_OUTPUT`` instead of the
            current folder.

    Returns:
        The file, and its number of rows.

    Raises:
        DataError: The competition's files are missing or damaged, or the disk refuses.
        SubmissionError: An id of the sample submission has no image.
    """
    schema = read_schema(export)
    files = find_files(Path(environment.get("KAGGLEBOT_INPUT") or _INPUT), schema.competition)
    target = Path(environment.get("KAGGLEBOT_OUTPUT") or "") / SUBMISSION
    models = exported_models(export)
    with tempfile.TemporaryDirectory(prefix="kagglebot-") as work:
        unlabelled = read_unlabelled(files, schema, model_rule(models[0]), Path(work))
        probabilities = predict_adjusted(models, unlabelled.images, schema, _adjustment(export))
    write_submission(target, unlabelled.sample, schema, unlabelled.ids, probabilities)
    return target, len(unlabelled.sample.ids)


def exported_models(export: Path) -> list[Path]:
    """Return the models in an exported folder: one, or the members of an ensemble, some of them perhaps repeated.

    Raises:
        DataError: There is none, or a card has no model beside it.
    """
    cards = sorted(export.glob("trial-*.json"))
    models = [path for card in cards for path in export.glob(f"{card.stem}.*") if path != card]
    if not models or len(models) != len(cards):
        missing = "no model" if not models else f"a model missing ({len(cards)} cards, {len(models)} models)"
        raise DataError(f"There is {missing} in {export}.", "Upload the exported folder with all of its files.")
    members = read_json(export / ENSEMBLE).get("models", []) if (export / ENSEMBLE).is_file() else []
    return [path for name in members for path in models if path.stem == name] or models


def _adjustment(export: Path) -> list[float] | None:
    """Return the numbers that an exported ensemble is adjusted by; None for a model, whose card has them."""
    path = export / ENSEMBLE
    return list(read_json(path)["adjustment"]) if path.is_file() else None


def find_files(root: Path, competition: str) -> Path:
    """Return the folder with the competition's files: the one of its name, or one with a sample submission.

    Raises:
        DataError: There is none.
    """
    depths = ["*/" * depth for depth in range(_DEPTH)]
    named = [path for depth in depths for path in sorted(root.glob(f"{depth}{competition}")) if path.is_dir()]
    others = [root, *(path for depth in depths[1:] for path in sorted(root.glob(depth)) if path.is_dir())]
    for folder in (*named, *others):
        if folder.is_dir() and _has_sample(folder):
            return folder
    if named:  # the sample lies in a folder of its own
        return named[0]
    raise DataError(
        f"The data of {competition} is not in {root}.",
        "Add the competition to the notebook's inputs, or name the folder in KAGGLEBOT_INPUT.",
    )


def _has_sample(folder: Path) -> bool:
    try:
        find_sample(PurePosixPath(path.name) for path in folder.iterdir())
    except DataError:
        return False
    return True
