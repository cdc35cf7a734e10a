"""kagglebot: an image-classification competition from Kaggle to a score, unattended."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kagglebot.version import __version__

if TYPE_CHECKING:
    from kagglebot.analysis.best_trial.one_standard_error import SelectedTrial
    from kagglebot.analysis.best_trial.significance import Significance
    from kagglebot.analysis.comparison import Comparison, Difference
    from kagglebot.analysis.confusion import Confusion
    from kagglebot.analysis.marginals import Marginals
    from kagglebot.analysis.recommendations import Recommendation
    from kagglebot.analysis.set_mistakes import SetMistakes
    from kagglebot.analysis.study_analysis import Pruning, StudyAnalysis
    from kagglebot.analysis.study_summary import StudySummary
    from kagglebot.analysis.trial_result import TrialResult
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
    from kagglebot.datasets.cleaning import Removable
    from kagglebot.datasets.layouts import CompetitionFiles, ImageFiles, Layout, LayoutResult
    from kagglebot.datasets.schema import FetchResult, Schema
    from kagglebot.errors import DataError, KagglebotError, KaggleError, StudyError, SubmissionError, UsageError
    from kagglebot.kaggle.records import Standing
    from kagglebot.metrics.metric import Metric
    from kagglebot.models.base import Family, ParameterError, Parameters
    from kagglebot.retraining.records import TrainedEnsemble, TrainedModel
    from kagglebot.search.tune import TuneStopped, WorkerCrashed
    from kagglebot.submission.export.export import Exported
    from kagglebot.submission.ledger import LedgerEntry
    from kagglebot.submission.notebooks.made import OnKaggle
    from kagglebot.submission.records import Leaderboard, Submitted
    from kagglebot.training.learner import TrainingError
    from kagglebot.workspace import Workspace

#: The public names of each module; it is imported when one is first used, so that `import kagglebot` is cheap.
_NAMES = {
    "analysis.comparison": "Comparison Difference",
    "analysis.confusion": "Confusion",
    "analysis.marginals": "Marginals",
    "analysis.best_trial.one_standard_error": "SelectedTrial",
    "analysis.recommendations": "Recommendation",
    "analysis.set_mistakes": "SetMistakes",
    "analysis.study_summary": "StudySummary",
    "analysis.best_trial.significance": "Significance",
    "analysis.study_analysis": "Pruning StudyAnalysis",
    "analysis.trial_result": "TrialResult",
    "callbacks.callback": "Callback",
    "callbacks.events": "EpochEnded Note SearchEnded SearchStarted Stepped TrialEnded TrialStarted",
    "callbacks.mlflow": "MLflow",
    "callbacks.tensorboard": "TensorBoard",
    "callbacks.wandb": "WeightsAndBiases",
    "datasets.cleaning": "Removable",
    "datasets.layouts": "CompetitionFiles ImageFiles Layout LayoutResult",
    "datasets.schema": "FetchResult Schema",
    "errors": "DataError KaggleError KagglebotError StudyError SubmissionError UsageError",
    "kaggle.records": "Standing",
    "metrics.metric": "Metric",
    "models.base": "Family ParameterError Parameters",
    "retraining.records": "TrainedEnsemble TrainedModel",
    "search.tune": "TuneStopped WorkerCrashed",
    "submission.export.export": "Exported",
    "submission.ledger": "LedgerEntry",
    "submission.notebooks.made": "OnKaggle",
    "submission.records": "Leaderboard Submitted",
    "training.learner": "TrainingError",
    "workspace": "Workspace",
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names.split()}

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
    "OnKaggle",
    "ParameterError",
    "Parameters",
    "Pruning",
    "Recommendation",
    "Removable",
    "Schema",
    "SearchEnded",
    "SearchStarted",
    "SelectedTrial",
    "SetMistakes",
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
