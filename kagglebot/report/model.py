"""A model trained on all rows."""

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.datasets.metrics import METRICS
from kagglebot.report import words
from kagglebot.report.blocks import facts

if TYPE_CHECKING:
    from kagglebot.outcomes import TrainedModel


def describe_model(model: "TrainedModel") -> RenderableType:
    """Draw what was trained, on what grounds, and where it is."""
    first = "Already trained" if model.reused else f"Trained on all rows in {words.duration(model.seconds)}"
    score = f"{METRICS[model.metric].text} {words.score(model.validation_score)}"
    return Group(
        Text.assemble(f"{first}: trial {model.trial} of ", (model.study, "bold"), f" for {model.competition}"),
        facts(
            [
                ("Validation score", f"{score} (before retraining)"),
                ("Epochs", f"{model.epochs}, as validation chose"),
                ("Model", str(model.path)),
            ]
        ),
    )
