from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kagglebot.analysis.confusion import find_confusion, read_trial_oof
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.datasets.dataset import Dataset, load_dataset
from kagglebot.errors import DataError
from kagglebot.training.files.oof_predictions import OofPredictions, oof_path, save_oof, trial_key


@pytest.fixture
def dataset(digits_data: Path) -> Dataset:
    return load_dataset(digits_data)


@pytest.fixture
def answers(dataset: Dataset) -> OofPredictions:
    """Right for 50 rows but three: two of a class taken for the next, one of them with little doubt."""
    rows = np.arange(0, 100, 2)
    probabilities = np.full((50, 10), 0.01, np.float32)
    probabilities[np.arange(50), dataset.train_labels[rows]] = 0.91
    sevens = np.flatnonzero(dataset.train_labels[rows] == 7)[:2]
    for location, sure in zip(sevens, (0.6, 0.9), strict=True):
        probabilities[location] = 0.01
        probabilities[location, 9] = sure
    (three, *_) = np.flatnonzero(dataset.train_labels[rows] == 3)
    probabilities[three, 8] = 0.95
    return OofPredictions(rows, probabilities)


def test_confusions_are_counted_by_class(dataset: Dataset, answers: OofPredictions) -> None:
    found = find_confusion(4, answers, dataset)
    assert (found.trial, found.rows, found.wrong) == (4, 50, 3)
    assert found.classes == tuple("0123456789")
    assert found.matrix[7, 9] == 2 and found.matrix[3, 8] == 1
    first, second = found.pairs
    assert (first.truth, first.predicted, first.count) == (7, 9, 2)
    assert first.share == pytest.approx(2 / (dataset.train_labels[answers.rows] == 7).sum())
    assert (second.truth, second.predicted) == (3, 8)


def test_the_worst_mistake_has_the_lowest_true_probability(dataset: Dataset, answers: OofPredictions) -> None:
    worst = find_confusion(4, answers, dataset).worst
    assert [(each.truth, each.predicted) for each in worst] == [(7, 9), (7, 9), (3, 8)]
    assert worst[0].probability == pytest.approx(0.9)  # of the two sevens the one with less doubt
    assert worst[0].truth_probability == pytest.approx(0.01)
    assert all(dataset.train_labels[each.row] == each.truth for each in worst)


def test_classes_are_decided_as_in_the_score(dataset: Dataset) -> None:
    kappa = replace(dataset, schema=replace(dataset.schema, metric="kappa"))
    rows = np.arange(0, 1000, 2)
    truth = dataset.train_labels[rows]
    probabilities = np.full((500, 10), 0.001, np.float32)  # the class itself is never the most probable
    probabilities[np.arange(500), (truth + 1) % 10] = probabilities[np.arange(500), (truth + 9) % 10] = 0.3
    probabilities[np.arange(500), truth] = 0.29
    plain, decided = (find_confusion(4, OofPredictions(rows, probabilities), each) for each in (dataset, kappa))
    assert plain.wrong == 500
    assert decided.wrong < 300
    assert decided.worst[0].probability == pytest.approx(float(probabilities[decided.worst[0].row // 2].max()))


def test_where_groups_are_held_out_other_groups_decide(dataset: Dataset) -> None:
    schema = replace(dataset.schema, metric="macro_f1")
    rows, groups = np.arange(1000), dataset.train_labels % 2  # no class is in both groups
    truth = dataset.train_labels[rows]
    probabilities = np.full((1000, 10), 0.02, np.float32)
    probabilities[np.arange(1000), truth] = 0.4
    probabilities[:, 0] += 0.42  # too often the first class, as long as nothing says so
    found = [
        find_confusion(4, OofPredictions(rows, probabilities), replace(dataset, schema=schema, train_groups=each))
        for each in (None, np.resize(groups, len(dataset.train_labels)))
    ]
    assert found[0].wrong < found[1].wrong


def test_missing_predictions_and_those_of_other_data_are_refused(
    dataset: Dataset, answers: OofPredictions, tmp_path: Path
) -> None:
    trial = TrialResult(4, "complete", 0.94, settings={"blocks": 3}, seed=9)
    with pytest.raises(DataError, match="has no out-of-fold predictions"):
        read_trial_oof(trial, tmp_path, dataset)
    key = trial_key(trial.settings, trial.seed, dataset.schema.digest)
    save_oof(oof_path(tmp_path, 4), answers, key)
    assert np.array_equal(read_trial_oof(trial, tmp_path, dataset).rows, answers.rows)
    with pytest.raises(DataError, match="another trial"):
        read_trial_oof(replace(trial, seed=10), tmp_path, dataset)
