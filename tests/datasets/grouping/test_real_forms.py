"""Small copies of real competitions' files, beside the checkout: their groups are found and held out whole."""

from pathlib import Path

import pytest

from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.fetching.ingest import ingest
from kagglebot.datasets.splits import folds, holdout

FORMS = Path(__file__).parents[4] / "shared" / "data" / "forms"


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "metric", "group", "groups"),
    [
        ("state-farm-distracted-driver-detection", "Multiclass Loss", "subject", 6),
        ("siim-isic-melanoma-classification", "AUC", "patient_id", 21),
    ],
)
def test_drivers_and_patients_are_held_out_whole(
    tmp_path: Path, name: str, metric: str, group: str, groups: int
) -> None:
    archive = FORMS / f"{name}.zip"
    if not archive.is_file():
        pytest.skip("the copies of real competitions are not here")
    schema = ingest(archive, tmp_path / name, competition=name, metric_name=metric)
    assert (schema.group, schema.groups) == (group, groups)
    data = load_dataset(tmp_path / name)
    assert data.train_groups is not None
    held_out = holdout(data.train_labels, fraction=0.2, seed=42, groups=data.train_groups)
    for train, valid in [held_out, *folds(data.train_labels, count=3, seed=42, groups=data.train_groups)]:
        assert not set(data.train_groups[train]) & set(data.train_groups[valid])
        assert set(data.train_labels[train]) == set(data.train_labels)
