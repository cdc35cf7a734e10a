"""Models trained on all rows, and exported ones."""

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.metrics.registry import get_metric
from kagglebot.report import formatting
from kagglebot.report.widgets import facts, one_line, table

if TYPE_CHECKING:
    from kagglebot.retraining.records import TrainedEnsemble, TrainedModel
    from kagglebot.submission.export.export import Exported


def describe_model(model: "TrainedModel") -> RenderableType:
    """Return the trained model with its score, epochs and path."""
    trained = f"Trained on {_learned_from(model)} in {formatting.duration(model.seconds)}"
    first = "Already trained" if model.reused else trained
    score = f"{get_metric(model.metric).text} {formatting.score(model.validation_score)}"
    return Group(
        Text.assemble(f"{first}: trial {model.trial} of ", (model.study, "bold"), f" for {model.competition}"),
        facts(
            [
                ("Validation score", f"{score} (before retraining)"),
                *formatting.sealed(model.sealed_score, model.sealed_error, model.sealed_rows),
                ("Epochs", str(model.epochs)),
                ("Training", model.how),
                ("TTA", "averages over views of each image" if model.tta else "not used"),
                *formatting.adjustment(get_metric(model.metric), model.adjustment),
                ("Model", str(model.path)),
            ]
        ),
        *([Text(model.why, style="dim")] if model.why else []),
        *(
            Text(sentence, style="dim")
            for sentence in (*filter(None, [model.rebuilt, model.note]), *model.differences)
        ),
    )


def _learned_from(model: "TrainedModel") -> str:
    return "all rows but the sealed ones" if model.sealed_rows else "all rows"


def describe_ensemble(ensemble: "TrainedEnsemble") -> RenderableType:
    """Return the models of an ensemble, and its score beside that of the best one."""
    metric = get_metric(ensemble.metric)
    new = [model.seconds for model in ensemble.models if not model.reused]
    trained = f"Trained {formatting.count(len(new), 'model')} on {_learned_from(ensemble.models[0])}"
    first = trained if new else "Already trained"
    sealed = ensemble.models[0].sealed_rows
    members = table()
    for name in ("Trial", "Seed", formatting.title(metric.text), "Epochs", "Time"):
        members.add_column(name, justify="right", no_wrap=True)
    if sealed:
        members.add_column("Sealed", justify="right", no_wrap=True)
    members.add_column("Model")
    members.add_column("Training")
    for model in ensemble.models:
        members.add_row(
            str(model.trial),
            str(model.seed),
            formatting.score(model.validation_score),
            str(model.epochs),
            formatting.duration(model.seconds),
            *([formatting.with_error(model.sealed_score, model.sealed_error)] if sealed else []),
            one_line(model.path.name),
            model.how,
        )
    headline = f"{first}: ensemble of {len(ensemble.models)} of "
    if all(model.fold is not None for model in ensemble.models):
        headline = f"Without any training: {ensemble.label} of "
    with_tta = sum(model.tta for model in ensemble.models)
    return Group(
        Text.assemble(headline, (ensemble.study, "bold"), f" for {ensemble.competition}"),
        facts(
            [
                ("Metric", formatting.measure(metric)),
                ("Validation score", formatting.together(ensemble.validation_score, ensemble.single_score)),
                ("TTA", f"used by {with_tta} of {len(ensemble.models)} models"),
                *formatting.adjustment(metric, ensemble.adjustment),
            ]
        ),
        Text(),
        members,
        *(
            Text(sentence, style="dim")
            for sentence in (*ensemble.left_out, *ensemble.rebuilt, *ensemble.notes, *ensemble.differences)
        ),
    )


def describe_export(exported: "Exported") -> RenderableType:
    """Return what was exported, to which folder, and its files."""
    trained = exported.trained
    return Group(
        Text.assemble(f"Exported {trained.label} of ", (trained.study, "bold"), f" for {trained.competition}"),
        facts(
            [
                ("Validation score", formatting.score(trained.validation_score)),
                ("Folder", str(exported.folder)),
                ("Files", ", ".join(exported.files)),
                ("Size", f"{exported.size_bytes / 1e6:.1f} MB"),
            ]
        ),
        *(Text(model.rebuilt, style="dim") for model in trained.models if model.rebuilt),
    )
