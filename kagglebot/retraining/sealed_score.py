"""The score of an ensemble on rows that nothing learned from or was chosen by."""

from collections.abc import Sequence
from pathlib import Path

from kagglebot.datasets.dataset import load_dataset
from kagglebot.metrics.metric import defined
from kagglebot.metrics.registry import get_metric
from kagglebot.retraining.plan import Plan
from kagglebot.retraining.predict import model_rule, predict_mean


def score_sealed(data: Path, plan: Plan, models: Sequence[Path]) -> tuple[float | None, int]:
    """Return the score of the mean of an ensemble's models on the sealed rows, and their number.

    Returns:
        None and 0 where the study seals none; None also where the metric is not defined for these rows.

    Raises:
        DataError: The competition was not fetched, or a model is damaged.
    """
    if not plan.members[0][1].recipe.sealed:
        return None, 0
    dataset = load_dataset(data, model_rule(models[0]))
    _, rows = plan.members[0][1].recipe.split(dataset.train_labels, dataset.train_groups)
    metric = get_metric(plan.summary.metric)
    mean = predict_mean(models, dataset.train_images[rows], len(dataset.schema.classes))
    score = metric.score(dataset.train_labels[rows], metric.adjust(mean, plan.adjustment or ()))
    return defined(score), len(rows)
