"""The submission file of a model or an ensemble, written once."""

from collections.abc import Sequence
from pathlib import Path

from kagglebot.datasets.sample_submission.read import read_sample
from kagglebot.datasets.schema import Schema, read_schema
from kagglebot.system.files.disk_errors import disk_errors
from kagglebot.system.files.json_file import read_json, write_json
from kagglebot.system.progress import ProgressCallback, no_progress

#: The fields of a schema that the content of a file depends on.
_FORM_FIELDS = ("digest", "classes", "metric", "columns", "column_classes")
_LIST_FIELDS = ("labels_a_row", "label_separator")
#: Those that earlier versions did not record, by what stands for none.
_LATER_FIELDS = {"label_ends": ["", ""], "without_class": False}


def predict_once(
    data: Path,
    models: Sequence[Path],
    path: Path,
    *,
    reuse: bool,
    adjustment: Sequence[float] | None = None,
    on_progress: ProgressCallback = no_progress,
) -> None:
    """Predict the test set with the mean of the models' probabilities, and write the submission file.

    Args:
        data: ``data/COMPETITION``.
        models: The models' files; all take images of the same shape.
        path: The CSV. A JSON file beside it records what it was made from.
        reuse: Leave an existing file as it is if these models made it, none of them is newer, and the competition
            asks for the same as then: it may have been fetched since with another target or metric.
        adjustment: Numbers that an ensemble is adjusted by; those of a single model are on its card.
        on_progress: Called when the prediction starts.

    Raises:
        SubmissionError: The predictions are not finite, or rows of the sample submission have none.
        DataError: The competition was not fetched, or the disk refused.
    """
    note, form = path.with_suffix(".json"), _form(read_schema(data))
    if len(models) > 1:
        form["models"] = [model.stem for model in models]
    if adjustment:
        form["adjustment"] = list(adjustment)
    current = path.is_file() and all(path.stat().st_mtime >= model.stat().st_mtime for model in models)
    if reuse and current and note.is_file() and read_json(note) == form:
        return
    from kagglebot.datasets.dataset import load_dataset
    from kagglebot.retraining.predict import model_rule, predict_test
    from kagglebot.submission.csv_writer import write_submission

    on_progress("predicting", 0, None)
    dataset = load_dataset(data, model_rule(models[0]))
    probabilities = predict_test(dataset, models, adjustment)
    with disk_errors(f"write {path}"):
        note.unlink(missing_ok=True)  # first: if this is killed, the old file is not reused
    write_submission(path, read_sample(data), dataset.schema, dataset.test_ids, probabilities)
    write_json(note, form)


def _form(schema: Schema) -> dict[str, object]:
    values = schema.to_json()
    fields = (*_FORM_FIELDS, *(_LIST_FIELDS if schema.prediction_kind in ("labels", "set") else ()))
    form = {key: values[key] for key in fields}
    form |= {key: values[key] for key, none in _LATER_FIELDS.items() if values[key] != none}
    return {**form, "answer": schema.prediction_kind}  # its name in the files of 0.1
