"""One study: the findings first, then the tables and plots that they rest on."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.report import formatting
from kagglebot.report.findings import describe_findings
from kagglebot.report.terminal.study.confusion import describe_confusion
from kagglebot.report.terminal.study.curves import draw_curves, draw_history
from kagglebot.report.terminal.study.epochs import draw_epochs
from kagglebot.report.terminal.study.images import draw_worst_images
from kagglebot.report.terminal.study.marginals import draw_marginals
from kagglebot.report.terminal.study.set_mistakes import describe_set_mistakes
from kagglebot.report.widgets import columns, facts, heading, one_line, table

if TYPE_CHECKING:
    from rich.table import Table

    from kagglebot.analysis.study_analysis import Setting, StudyAnalysis
    from kagglebot.analysis.study_summary import StudySummary
    from kagglebot.analysis.trial_result import TrialResult

TOP = 10
_IMPORTANT = 10
_BAR = 30
_REASONS = 5
#: Complete trials from which importances hardly change.
_RELIABLE = 30


def describe_study(
    analysis: "StudyAnalysis", *, width: int, images: Sequence[NDArray[np.uint8]] = (), colour: bool = False
) -> RenderableType:
    """Return the view of a study.

    Args:
        analysis: The study.
        width: Columns of the terminal; nothing is drawn wider.
        images: ``(height, width, channels)`` uint8 of the worst mistakes that are to be shown.
        colour: Whether the terminal shows colours, which images are drawn by.
    """
    return Group(*_sections(analysis, width, images, colour))


def _sections(
    analysis: "StudyAnalysis", width: int, images: Sequence[NDArray[np.uint8]], colour: bool
) -> Iterator[RenderableType]:
    summary = analysis.summary
    yield Text.assemble(
        (summary.study, "bold"), f" on {summary.competition}: {formatting.families(summary.family)}"
    )
    yield counts(summary)
    if summary.best is None:
        yield Text("\nNo trial is complete yet.")
    yield Text()
    yield describe_findings(analysis)
    if summary.best is not None:
        yield heading(f"Best trial: {summary.best.number}")
        yield _best(summary, summary.best)
        yield Text()
        yield from _settings(analysis.settings, width)
    if summary.top(2)[1:]:
        yield heading(f"Top {min(TOP, summary.complete)}")
        yield _top(analysis)
    drawn: list[tuple[str, RenderableType | None]] = [
        ("Improvements", draw_history(analysis, width=width)),
        ("Importances", _importances(summary)),
        (f"{formatting.title(summary.measure.text)} by parameter", draw_marginals(analysis, width=width)),
        ("Epochs", draw_epochs(summary, width=width)),
        ("Learning curves", draw_curves(analysis, width=width)),
        _confusion(analysis, width),
        ("Worst mistakes", _pictures(analysis, images, colour)),
        ("Time", _time(analysis) if summary.seconds else None),
        ("Failed trials", _failures(analysis)),
        ("Next steps", _recommendations(analysis)),
    ]
    for title, block in drawn:
        if block is not None:
            yield heading(title)
            yield block


def counts(summary: "StudySummary") -> Text:
    """Return the number of trials in each state."""
    text = Text()
    for name in ("complete", "pruned", "failed", "interrupted", "running", "waiting"):
        number = summary.count(name)
        if number or name == "complete":
            label, style = formatting.state(name)
            mark, word = label.split(" ", 1)
            text.append(f"{mark} {number} {word}   ", style=style)
    text.rstrip()
    return text


def _best(summary: "StudySummary", best: "TrialResult") -> "Table":
    rows = [("Epochs", formatting.epochs(best)), ("Time", formatting.duration(best.seconds))]
    if best.tta_score is not None:
        rows.append(("TTA", formatting.tta(best)))
    rows += formatting.adjusted(summary.measure, best)
    if best.parameter_count is not None:
        rows.append(("Parameter count", f"{best.parameter_count:,}"))
    if summary.images != ImageRule():
        rows.append(("Images", formatting.images(summary.images)))
    return facts(rows)


def _settings(settings: Sequence["Setting"], width: int) -> Iterator[RenderableType]:
    """Yield the best trial's parameters beside the defaults; those that differ are marked."""
    lines = [
        ("≠" if each.differs else " ", each.name, formatting.setting(each.value), formatting.setting(each.default))
        for each in settings
    ]
    if lines:  # a study without [space] has none
        yield columns(("", "Parameter", "Best", "Default"), lines, width=width)
    if any(each.differs for each in settings):
        yield Text("≠ differs from the study's default", style="dim")


def _top(analysis: "StudyAnalysis") -> RenderableType:
    from kagglebot.study_config.space import plain_name

    summary, within = analysis.summary, set(analysis.significance.within if analysis.significance else ())
    drawn = table()
    drawn.add_column("", no_wrap=True)
    top = summary.top(TOP)
    # It decides between those within one standard error; early versions did not store it.
    losses = not summary.measure.rewards_calibration and any(trial.log_loss is not None for trial in top)
    measured = [formatting.title(summary.measure.text), *(["Log loss"] if losses else [])]
    for name in ("Trial", *measured, "Epochs", "Time"):
        drawn.add_column(name, justify="right", no_wrap=True)
    drawn.add_column("Parameters")
    shown = _params_by_importance(summary)
    for trial in top:
        drawn.add_row(
            "★" if trial is top[0] else "≈" if trial.number in within else "",
            str(trial.number),
            formatting.score(trial.value),
            *([formatting.score(trial.log_loss)] if losses else []),
            str(trial.epochs if trial.epochs is not None else trial.epochs_run),
            formatting.duration(trial.seconds),
            one_line(
                formatting.settings(
                    {plain_name(name): trial.params[name] for name in shown if name in trial.params}
                )
            ),
        )
    if not within:
        return drawn
    return Group(drawn, Text("≈ within one standard error of the best", style="dim"))


def _params_by_importance(summary: "StudySummary") -> list[str]:
    """Return the names of the parameters: the family, the important ones, and constant ones last."""
    names = list(dict.fromkeys(name for trial in summary.trials for name in trial.params))
    varied = {name: len({str(trial.params.get(name)) for trial in summary.trials}) > 1 for name in names}
    return sorted(
        names, key=lambda name: (name != "family", not varied[name], -summary.importances.get(name, 0.0))
    )


def _importances(summary: "StudySummary") -> RenderableType | None:
    if not summary.importances:
        return None
    drawn = table()
    drawn.show_header = False
    drawn.add_column(overflow="fold")
    drawn.add_column(no_wrap=True)
    drawn.add_column(no_wrap=True, justify="right")
    ranked = sorted(summary.importances.items(), key=lambda item: -item[1])[:_IMPORTANT]
    most = max((share for _, share in ranked), default=0.0) or 1.0
    for name, share in ranked:
        drawn.add_row(name, formatting.bar(share / most, _BAR), f"{share:.0%}")
    few = "" if summary.complete >= _RELIABLE else "; more trials make them reliable"
    note = f"PED-ANOVA over {summary.complete} complete trials{few}"
    return Group(drawn, Text(note, style="dim"))


def _confusion(analysis: "StudyAnalysis", width: int) -> tuple[str, RenderableType | None]:
    from kagglebot.analysis.set_mistakes import SetMistakes

    title = "Confusion matrix"
    best = analysis.summary.best
    kept = formatting.kept_predictions(analysis.summary.measure, best) if best else ""
    remark = [Text(kept)] if kept else []
    if isinstance(analysis.confusion, SetMistakes):
        return "Classes", Group(*remark, describe_set_mistakes(analysis.confusion))
    if analysis.confusion is not None:
        return title, Group(*remark, describe_confusion(analysis.confusion, width=width))
    return title, Text(analysis.no_confusion) if analysis.summary.best and analysis.no_confusion else None


def _pictures(
    analysis: "StudyAnalysis", images: Sequence[NDArray[np.uint8]], colour: bool
) -> RenderableType | None:
    if analysis.confusion is None or not len(images):
        return None
    return draw_worst_images(analysis.confusion, images, colour=colour)


def _time(analysis: "StudyAnalysis") -> "Table":
    summary, pruning = analysis.summary, analysis.pruning
    ran = formatting.count(len(summary.trials) - summary.count("waiting"), "trial")
    rows = [("Spent", f"{formatting.duration(summary.seconds)} on {ran}")]
    if pruning.trials:
        saved = (
            f"about {formatting.duration(pruning.saved_seconds)}, {pruning.share:.0%} of what it would have taken"
        )
        rows.append(("Saved by pruning", saved))
        epochs = f"{pruning.epochs_run:,} of {formatting.count(pruning.epochs_planned, 'epoch')}"
        rows.append(("Pruned", f"{formatting.count(pruning.trials, 'trial')}, after {epochs}"))
    return facts(rows)


def _failures(analysis: "StudyAnalysis") -> RenderableType | None:
    if not analysis.failures:
        return None
    return facts([(f"{number}x", reason) for reason, number in analysis.failures[:_REASONS]])


def _recommendations(analysis: "StudyAnalysis") -> RenderableType | None:
    if not analysis.recommendations:
        return None
    blocks = []
    for number, each in enumerate(analysis.recommendations, start=1):
        blocks.append(Text(f"{number}. {each.reason}"))
        if each.command:
            blocks.append(Text(f"   {each.command}", style="bold"))
    return Group(*blocks)
