"""Copies of real competitions are read whole."""

from pathlib import Path

import numpy as np
import pytest
from real_forms import FORMS, needs_forms

from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.fetching.ingest import ingest
from kagglebot.datasets.sample_submission.read import read_sample
from kagglebot.submission.csv_check import check_submission
from kagglebot.submission.csv_writer import write_submission

_FACES = "challenges-in-representation-learning-facial-expression-recognition-challenge"

_DRIVERS = "state-farm-distracted-driver-detection"


@needs_forms
@pytest.mark.parametrize(
    ("name", "metric", "rows", "classes", "form"),
    [
        ("tpu-getting-started", "Macro F-Score", (75, 20), 5, ("id", "label")),
        ("statoil-iceberg-classifier-challenge", "LogLoss", (60, 20), 2, ("id", "is_iceberg")),
        ("street-view-getting-started-with-julia", "CategorizationAccuracy", (248, 40), 62, ("ID", "Class")),
        ("diabetic-retinopathy-detection", "QuadraticWeightedKappa", (90, 30), 5, ("image", "level")),
        (_FACES, "CategorizationAccuracy", (84, 28), 7, ("row", "label")),
        ("human-protein-atlas-image-classification", "MacroFScore", (40, 10), 26, ("Id", "Predicted")),
        ("imet-2019-fgvc6", "MeanFScoreBeta", (60, 15), 154, ("id", "attribute_ids")),
        ("humpback-whale-identification", "MAP@{K}", (70, 20), 21, ("Image", "Id")),
        ("siim-isic-melanoma-classification", "AUC", (105, 25), 2, ("image_name", "target")),
        (_DRIVERS, "MulticlassLoss", (120, 30), 10, ("img", *(f"c{number}" for number in range(10)))),
    ],
)
def test_a_copy_is_read_and_answered(
    tmp_path: Path, name: str, metric: str, rows: tuple[int, int], classes: int, form: tuple[str, ...]
) -> None:
    folder = tmp_path / name
    schema = ingest(FORMS / f"{name}.zip", folder, competition=name, metric_name=metric)
    assert (schema.train_rows, schema.test_rows, len(schema.classes)) == (*rows, classes)
    assert (schema.id_column, *schema.columns) == form
    assert schema.group == {_DRIVERS: "subject", "siim-isic-melanoma-classification": "patient_id"}.get(name, "")
    data, sample, path = load_dataset(folder), read_sample(folder), tmp_path / "submission.csv"
    probabilities = np.full((rows[1], classes), 1 / classes, np.float32)
    write_submission(path, sample, data.schema, data.test_ids, probabilities)
    assert check_submission(path, sample, data.schema) == rows[1]
    assert len(path.read_text().splitlines()) == rows[1] + (name != _FACES)
