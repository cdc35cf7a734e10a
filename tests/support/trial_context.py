"""A worker's context, to run a trial without a worker around it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import optuna

from kagglebot.datasets.splits import Split
from kagglebot.metrics.registry import get_metric
from kagglebot.paths import StudyLocation
from kagglebot.search.trial.context import SearchContext, WorkerContext
from kagglebot.search.trial.study_splits import make_splits


def trial_context(
    folder: Path,
    study: optuna.Study,
    metric: str,
    splits: Sequence[Split] | None = None,
    *,
    definition: Any = None,
    dataset: Any = None,
    seed: int = 0,
    deadline: float | None = None,
    **others: Any,
) -> WorkerContext:
    """Return the context of a worker that nobody stops and whose events nobody gets, unless ``others`` say so.

    Without ``splits`` they are those of the definition.
    """
    if splits is None:
        splits = make_splits(definition, np.asarray(dataset.train_labels), get_metric(metric))
    plain = {
        "worker": 0,
        "lock": "",
        "threads": 1,
        "emit": lambda event: None,
        "stopped": lambda: False,
        "limits": {},
    }
    location = StudyLocation("digits", "mine", folder)
    return WorkerContext(
        search=SearchContext(location, definition, folder, seed, deadline),
        study=study,
        dataset=dataset,
        metric=get_metric(metric),
        splits=splits,
        **{**plain, **others},
    )
