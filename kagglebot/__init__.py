"""kagglebot: an image-classification competition from Kaggle to a score, unattended."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kagglebot.version import __version__

if TYPE_CHECKING:
    from kagglebot.analysis.comparison import Comparison, Difference
    from kagglebot.analysis.confusion import Confusion
    from kagglebot.analysis.marginals import Marginals
    from kagglebot.analysis.one_standard_error import SelectedTrial
    from kagglebot.analysis.recommendations import Recommendation
    from kagglebot.analysis.results import StudySummary, TrialResult
    from kagglebot.analysis.significance import Significance
    from kagglebot.analysis.study_analysis import Pruning, StudyAnalysis
    from kagglebot.callbacks.callback import Callback
    from kagglebot.callbacks.events import (
        EpochEnded,
        Note,
        SearchEnded,
        SearchStarted,
        Stepped,
        TrialEnded,
        TrialStarted,
    )
    from kagglebot.callbacks.mlflow import MLflow
    from kagglebot.callbacks.tensorboard import TensorBoard
    from kagglebot.callbacks.wandb import WeightsAndBiases
    from kagglebot.datasets.layouts import CompetitionFiles, ImageFiles, Layout, LayoutResult
    from kagglebot.datasets.schema import FetchResult, Schema
    from kagglebot.errors import DataError, KagglebotError, KaggleError, StudyError, SubmissionError, UsageError
    from kagglebot.kaggle.models import Standing
    from kagglebot.metrics.metric import Metric
    from kagglebot.models.base import Family, ParameterError, Parameters
    from kagglebot.retraining.models import TrainedEnsemble, TrainedModel
    from kagglebot.search.tune import TuneStopped, WorkerCrashed
    from kagglebot.submission.export.export import Exported
    from kagglebot.submission.ledger import LedgerEntry
    from kagglebot.submission.records import Leaderboard, Submitted
    from kagglebot.training.learner import TrainingError
    from kagglebot.workspace import Workspace

#: The module of each public name; it is imported when the name is first used, so that `import kagglebot` is cheap.
_MODULES = {
    "Callback": "callbacks.callback",
    "Comparison": "analysis.comparison",
    "CompetitionFiles": "datasets.layouts",
    "Confusion": "analysis.confusion",
    "DataError": "errors",
    "Difference": "analysis.comparison",
    "EpochEnded": "callbacks.events",
    "Exported": "submission.export.export",
    "Family": "models.base",
    "FetchResult": "datasets.schema",
    "ImageFiles": "datasets.layouts",
    "KaggleError": "errors",
    "KagglebotError": "errors",
    "Layout": "datasets.layouts",
    "LayoutResult": "datasets.layouts",
    "Leaderboard": "submission.records",
    "LedgerEntry": "submission.ledger",
    "MLflow": "callbacks.mlflow",
    "Marginals": "analysis.marginals",
    "Metric": "metrics.metric",
    "Note": "callbacks.events",
    "ParameterError": "models.base",
    "Parameters": "models.base",
    "Pruning": "analysis.study_analysis",
    "Recommendation": "analysis.recommendations",
    "Schema": "datasets.schema",
    "SearchEnded": "callbacks.events",
    "SearchStarted": "callbacks.events",
    "SelectedTrial": "analysis.one_standard_error",
    "Significance": "analysis.significance",
    "Standing": "kaggle.models",
    "Stepped": "callbacks.events",
    "StudyAnalysis": "analysis.study_analysis",
    "StudyError": "errors",
    "StudySummary": "analysis.results",
    "SubmissionError": "errors",
    "Submitted": "submission.records",
    "TensorBoard": "callbacks.tensorboard",
    "TrainedEnsemble": "retraining.models",
    "TrainedModel": "retraining.models",
    "TrainingError": "training.learner",
    "TrialEnded": "callbacks.events",
    "TrialResult": "analysis.results",
    "TrialStarted": "callbacks.events",
    "TuneStopped": "search.tune",
    "UsageError": "errors",
    "WeightsAndBiases": "callbacks.wandb",
    "WorkerCrashed": "search.tune",
    "Workspace": "workspace",
}

__all__ = [
    "Callback",
    "Comparison",
    "CompetitionFiles",
    "Confusion",
    "DataError",
    "Difference",
    "EpochEnded",
    "Exported",
    "Family",
    "FetchResult",
    "ImageFiles",
    "KaggleError",
    "KagglebotError",
    "Layout",
    "LayoutResult",
    "Leaderboard",
    "LedgerEntry",
    "MLflow",
    "Marginals",
    "Metric",
    "Note",
    "ParameterError",
    "Parameters",
    "Pruning",
    "Recommendation",
    "Schema",
    "SearchEnded",
    "SearchStarted",
    "SelectedTrial",
    "Significance",
    "Standing",
    "Stepped",
    "StudyAnalysis",
    "StudyError",
    "StudySummary",
    "SubmissionError",
    "Submitted",
    "TensorBoard",
    "TrainedEnsemble",
    "TrainedModel",
    "TrainingError",
    "TrialEnded",
    "TrialResult",
    "TrialStarted",
    "TuneStopped",
    "UsageError",
    "WeightsAndBiases",
    "WorkerCrashed",
    "Workspace",
    "__version__",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
