"""What models predict for the test set, as a submission file that is written once."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from kagglebot.datasets.sample_submission import read_sample
from kagglebot.datasets.schema import Schema, read_schema
from kagglebot.system.files import disk_errors, read_json, write_json
from kagglebot.system.progress import ProgressCallback, no_progress

#: What of a schema decides how a file looks.
_FORM = ("digest", "classes", "metric", "answer", "columns", "column_classes")


def predict_once(
    data: Path, models: Sequence[Path], path: Path, *, reuse: bool, on_progress: ProgressCallback = no_progress
) -> None:
    """Write what some models, on the mean of their probabilities, say of the test set.

    Args:
        data: ``data/COMPETITION``.
        models: The kept models; all see images of the same shape.
        path: The CSV; what it was made for and by is written beside it.
        reuse: Leave a file as it is that these models made, all of them older, and that holds what the competition
            asks for now: the user may have fetched it with another target or metric since.
        on_progress: Called when predicting begins.

    Raises:
        SubmissionError: The predictions are no answer to the competition.
        DataError: The competition was not fetched, or the disk refused.
    """
    note, form = path.with_suffix(".json"), _form(read_schema(data))
    if len(models) > 1:
        form["models"] = [model.stem for model in models]
    current = path.is_file() and all(path.stat().st_mtime >= model.stat().st_mtime for model in models)
    if reuse and current and note.is_file() and read_json(note) == form:
        return
    from kagglebot.datasets.dataset import load_dataset
    from kagglebot.retraining.train import model_rule, predict_test
    from kagglebot.submission.csv_writer import write_submission

    on_progress("predicting", 0, None)
    dataset = load_dataset(data, model_rule(models[0]))
    probabilities = predict_test(dataset, models)
    with disk_errors(f"write {path}"):
        note.unlink(missing_ok=True)  # first: killed before the new one is there, the file counts for nothing
    write_submission(path, read_sample(data), dataset.schema, dataset.test_ids, probabilities)
    write_json(note, form)


def file_digest(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal.

    Raises:
        DataError: The file cannot be read.
    """
    with disk_errors(f"read {path}"), path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _form(schema: Schema) -> dict[str, object]:
    values = schema.to_json()
    return {key: values[key] for key in _FORM}
