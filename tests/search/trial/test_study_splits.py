import numpy as np
import pytest
from example_definition import parse

from kagglebot.datasets.splits import seal
from kagglebot.errors import DataError
from kagglebot.metrics.registry import get_metric
from kagglebot.search.trial.study_splits import make_splits


def test_a_metric_that_says_nothing_of_the_rows_held_out_is_refused() -> None:
    labels = np.array([0] * 20 + [1])  # the only row of its class trains
    (split,) = make_splits(parse('family = "mlp"'), labels, get_metric("log_loss"))
    assert set(labels[split[1]]) == {0}
    for metric in ("auc", "kappa"):
        with pytest.raises(DataError, match=r"All 4 validation rows are of one class, and .* needs two"):
            make_splits(parse('family = "mlp"'), labels, get_metric(metric))


@pytest.mark.parametrize("drawn", ["fraction = 0.25", "folds = 3", "stratified = false"])
def test_sealed_rows_are_in_no_split(drawn: str) -> None:
    labels = np.arange(200) % 4
    definition = parse(f'family = "mlp"\n[validation]\nsealed = 0.1\n{drawn}')
    _, sealed = seal(labels, fraction=0.1, seed=definition.validation.seed)
    assert np.bincount(labels[sealed]).tolist() == [5, 5, 5, 5]
    splits = make_splits(definition, labels, get_metric("accuracy"))
    scored = np.concatenate([valid_rows for _, valid_rows in splits])
    assert len(scored) == definition.validation.rows(200, 4)
    for train_rows, valid_rows in splits:
        assert not np.intersect1d(sealed, np.concatenate([train_rows, valid_rows])).size
        assert len(train_rows) + len(valid_rows) == 180
    assert "10% of all rows are sealed" in definition.validation.text()


@pytest.mark.parametrize("drawn", ["fraction = 0.25", "folds = 3", "stratified = false"])
def test_groups_are_whole_on_every_side(drawn: str) -> None:
    labels, groups = np.arange(200) % 4, np.arange(200) // 5
    definition = parse(f'family = "mlp"\n[validation]\nsealed = 0.1\n{drawn}')
    _, sealed = seal(labels, fraction=0.1, seed=definition.validation.seed, groups=groups)
    splits = make_splits(definition, labels, get_metric("accuracy"), groups)
    for train_rows, valid_rows in splits:
        sides = [set(groups[rows]) for rows in (sealed, train_rows, valid_rows)]
        assert sum(map(len, sides)) == len(set.union(*sides)) == 40
    text = definition.validation.text("patient_id")
    assert "stratified, whole groups by patient_id, seed" in text
