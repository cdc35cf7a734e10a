"""Models trained on all rows."""

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.datasets.metrics import METRICS
from kagglebot.report import words
from kagglebot.report.blocks import facts, one_line, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kagglebot.outcomes import TrainedEnsemble, TrainedModel


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
                ("Views", "predicts over shifts of each image" if model.views else "predicts each image as it is"),
                ("Model", str(model.path)),
            ]
        ),
        *_notes([model]),
    )


def describe_ensemble(ensemble: "TrainedEnsemble") -> RenderableType:
    """Draw the members of an ensemble, and what it gains over the best of them."""
    metric = METRICS[ensemble.metric]
    new = [model.seconds for model in ensemble.models if not model.reused]
    first = "Already trained" if not new else f"Trained {words.count(len(new), 'model')} on all rows"
    members = table()
    for name in ("Trial", "Seed", words.title(metric.text), "Epochs", "Time"):
        members.add_column(name, justify="right", no_wrap=True)
    members.add_column("Model")
    for model in ensemble.models:
        members.add_row(
            str(model.trial),
            str(model.seed),
            words.score(model.validation_score),
            str(model.epochs),
            words.duration(model.seconds),
            one_line(model.path.name),
        )
    made = f"{first}: ensemble of {len(ensemble.models)} of "
    looking = sum(model.views for model in ensemble.models)
    return Group(
        Text.assemble(made, (ensemble.study, "bold"), f" for {ensemble.competition}"),
        facts(
            [
                ("Scored by", words.measure(metric)),
                ("Validation score", words.together(ensemble.validation_score, ensemble.single_score)),
                ("Views", f"{looking} of {len(ensemble.models)} models look at shifts of each image too"),
            ]
        ),
        Text(),
        members,
        *(Text(sentence, style="dim") for sentence in ensemble.left_out),
        *_notes(ensemble.models),
    )


def _notes(models: "Iterable[TrainedModel]") -> list[Text]:
    return [Text(note, style="dim") for note in dict.fromkeys(model.note for model in models) if note]
