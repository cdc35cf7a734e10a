"""A model written for a Kaggle notebook."""

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.report import formatting
from kagglebot.report.widgets import facts

if TYPE_CHECKING:
    from kagglebot.submission.export.export import Exported


def describe_export(exported: "Exported") -> RenderableType:
    """Return which model was exported, to which folder, and its files."""
    model = exported.model
    return Group(
        Text.assemble(f"Exported trial {model.trial} of ", (model.study, "bold"), f" for {model.competition}"),
        facts(
            [
                ("Validation score", formatting.score(model.validation_score)),
                ("Folder", str(exported.folder)),
                ("Files", ", ".join(exported.files)),
                ("Size", f"{exported.size_bytes / 1e6:.1f} MB"),
            ]
        ),
    )
