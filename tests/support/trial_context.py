"""A trial run by itself, without a worker around it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kagglebot.datasets.splits import Split
from kagglebot.metrics.registry import get_metric
from kagglebot.search.trial.callback import Conditions


def trial_context(folder: Path, metric: str, splits: Sequence[Split], **others: Any) -> Conditions:
    """What a trial finds: no clock, nobody who stops it, nobody who listens; ``others`` say otherwise."""
    plain = {
        "seed": 0,
        "worker": 0,
        "lock": "",
        "threads": 1,
        "deadline": None,
        "stopped": lambda: False,
        "emit": lambda event: None,
        "limits": {},
    }
    return Conditions(folder=folder, metric=get_metric(metric), splits=splits, **{**plain, **others})
