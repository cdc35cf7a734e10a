"""The score of a final model or an ensemble on the sealed rows, which nothing learned from or was chosen by."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kagglebot.datasets.dataset import Dataset, load_dataset
from kagglebot.metrics.metric import Probabilities, defined
from kagglebot.metrics.registry import get_metric
from kagglebot.retraining.predict import model_rule, predict_mean
from kagglebot.training.learner import Rows
from kagglebot.training.scoring.standard_error import adjusted_error, groups_of

if TYPE_CHECKING:
    from kagglebot.retraining.plan import Plan


class SealedScore(NamedTuple):
    """A score on sealed rows; its fields are called as on a model's card and in ``--json``."""

    sealed_score: float | None = None  #: None without such rows, and where the metric is not defined for them.
    sealed_error: float | None = None  #: Its standard error, of groups where there are any; None if not known.
    sealed_rows: int = 0  #: Number of the rows.


def score_sealed(data: Path, plan: "Plan", models: Sequence[Path]) -> SealedScore:
    """Return the score of the mean of an ensemble's models on the rows that the study seals, if any.

    Raises:
        DataError: The competition was not fetched, or a model is damaged.
    """
    recipe = plan.members[0][1].recipe
    if not recipe.sealed:
        return SealedScore()
    dataset = load_dataset(data, model_rule(models[0]))
    _, rows = recipe.split(dataset.train_labels, dataset.train_groups)
    mean = predict_mean(models, dataset.train_images[rows], len(dataset.schema.classes))
    return score_rows(plan.summary.metric, dataset, rows, mean, plan.adjustment or ())


def score_rows(
    metric: str, dataset: Dataset, rows: Rows, probabilities: Probabilities, adjustment: Sequence[float]
) -> SealedScore:
    """Return the score of probabilities ``(rows, classes)`` of some rows, once they are adjusted to the metric."""
    measure, truth = get_metric(metric), dataset.train_labels[rows]
    adjusted = measure.adjust(probabilities, adjustment)
    error = adjusted_error(measure, truth, adjusted, groups_of(dataset.train_groups, rows))
    return SealedScore(defined(measure.score(truth, adjusted)), defined(error), len(rows))
