"""kagglebot: an image-classification competition from Kaggle to a score, unattended."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kagglebot.version import __version__

if TYPE_CHECKING:
    from kagglebot.analysis.comparison import Comparison
    from kagglebot.analysis.results import StudySummary, TrialResult
    from kagglebot.analysis.study_analysis import StudyAnalysis
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
    from kagglebot.errors import (
        DataError,
        KagglebotError,
        KaggleError,
        StudyError,
        SubmissionError,
        UsageError,
    )
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
    "DataError": "errors",
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
    "Metric": "metrics.metric",
    "Note": "callbacks.events",
    "ParameterError": "models.base",
    "Parameters": "models.base",
    "Schema": "datasets.schema",
    "SearchEnded": "callbacks.events",
    "SearchStarted": "callbacks.events",
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
    "DataError",
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
    "Metric",
    "Note",
    "ParameterError",
    "Parameters",
    "Schema",
    "SearchEnded",
    "SearchStarted",
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
