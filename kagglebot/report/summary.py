"""One study, summed up."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.datasets.image_rule import ImageRule
from kagglebot.report import words
from kagglebot.report.blocks import facts, heading, one_line, table
from kagglebot.report.curves import draw_curves
from kagglebot.report.epochs import draw_epochs

if TYPE_CHECKING:
    from rich.table import Table

    from kagglebot.search.results import StudySummary, TrialResult

TOP = 10
_IMPORTANT = 10
_BAR = 30


def describe_study(summary: "StudySummary", *, width: int) -> RenderableType:
    """Draw a study: counts, best trial, top ten, what mattered, learning curves, time spent and saved.

    Args:
        summary: The study.
        width: Columns of the terminal; nothing is drawn wider.
    """
    return Group(*_sections(summary, width))


def _sections(summary: "StudySummary", width: int) -> Iterator[RenderableType]:
    yield Text.assemble((summary.study, "bold"), f" on {summary.competition}: family {summary.family}")
    yield counts(summary)
    yield from _best(summary)
    if summary.endings:
        yield heading("Failed")
        yield _endings(summary)
    if summary.top(2)[1:]:
        yield heading(f"Top {min(TOP, summary.complete)}")
        yield _top(summary)
    if summary.importances:
        yield heading("What mattered")
        yield _importances(summary)
    epochs = draw_epochs(summary, width=width)
    if epochs is not None:
        yield heading("How long to train")
        yield epochs
    curves = draw_curves(summary, width=width)
    if curves is not None:
        yield heading("Learning curves")
        yield curves
    if summary.seconds:
        yield heading("Time")
        yield _time(summary)


def counts(summary: "StudySummary") -> Text:
    """Draw how many trials are in which state."""
    text = Text()
    for name in ("complete", "pruned", "failed", "interrupted", "running", "waiting"):
        number = summary.count(name)
        if number or name == "complete":
            label, style = words.state(name)
            mark, word = label.split(" ", 1)
            text.append(f"{mark} {number} {word}   ", style=style)
    text.rstrip()
    return text


def _best(summary: "StudySummary") -> Iterator[RenderableType]:
    best = summary.best
    if best is None:
        yield Text("\nNo trial is complete yet.")
        return
    yield heading(f"Best trial by {words.measure(summary.measure)}")
    rows = [
        ("Trial", str(best.number)),
        (words.title(summary.measure.text), f"{words.score(best.value)} on {_measured_on(summary)}"),
        ("Epochs", _epochs(best)),
        ("Time", words.duration(best.seconds)),
    ]
    if best.views_score is not None:
        rows.append(("Views", _views(best)))
    if best.weights is not None:
        rows.append(("Weights", f"{best.weights:,}"))
    if summary.images != ImageRule():
        rows.append(("Images", words.images(summary.images)))
    rows.append(("Settings", ", ".join(f"{name} {words.setting(value)}" for name, value in best.params.items())))
    yield facts(rows)


def _endings(summary: "StudySummary") -> "Table":
    """Draw each reason with its trials."""
    return facts(
        [
            (words.count(len(numbers), "trial"), f"{reason} ({', '.join(map(str, numbers))})")
            for reason, numbers in summary.endings.items()
        ]
    )


def _measured_on(summary: "StudySummary") -> str:
    return f"{summary.validation_rows:,} rows it did not train on ({summary.validation})"


def _epochs(trial: "TrialResult") -> str:
    if trial.epochs is None or trial.epochs == trial.epochs_run:
        return str(trial.epochs_run)
    return f"{trial.epochs} of {trial.epochs_run}: after that it got worse"


def _views(trial: "TrialResult") -> str:
    scores = f"{words.score(trial.plain_score)} alone, {words.score(trial.views_score)} over shifts of each image"
    return f"{scores}: {'used' if trial.views else 'not used'} for the test set"


def _top(summary: "StudySummary") -> "Table":
    drawn = table()
    for name in ("Trial", words.title(summary.measure.text), "Epochs", "Time"):
        drawn.add_column(name, justify="right", no_wrap=True)
    drawn.add_column("Settings")
    shown = _telling_params(summary)
    for trial in summary.top(TOP):
        drawn.add_row(
            str(trial.number),
            words.score(trial.value),
            str(trial.epochs if trial.epochs is not None else trial.epochs_run),
            words.duration(trial.seconds),
            one_line(words.settings({name: trial.params[name] for name in shown if name in trial.params})),
        )
    return drawn


def _telling_params(summary: "StudySummary") -> list[str]:
    """Names of the parameters, the important ones first and those that never vary last."""
    names = list(dict.fromkeys(name for trial in summary.trials for name in trial.params))
    varied = {name: len({str(trial.params.get(name)) for trial in summary.trials}) > 1 for name in names}
    return sorted(names, key=lambda name: (not varied[name], -summary.importances.get(name, 0.0)))


def _importances(summary: "StudySummary") -> "Table":
    drawn = table()
    drawn.show_header = False
    drawn.add_column(overflow="fold")
    drawn.add_column(no_wrap=True)
    drawn.add_column(no_wrap=True, justify="right")
    ranked = sorted(summary.importances.items(), key=lambda item: -item[1])[:_IMPORTANT]
    most = max((share for _, share in ranked), default=0.0) or 1.0
    for name, share in ranked:
        drawn.add_row(name, words.bar(share / most, _BAR), f"{share:.0%}")
    return drawn


def _time(summary: "StudySummary") -> "Table":
    rows = [("Spent", f"{words.duration(summary.seconds)} on {words.count(len(summary.trials), 'trial')}")]
    if summary.pruned:
        total = summary.seconds + summary.saved_seconds
        share = summary.saved_seconds / total if total else 0.0
        saved = f"about {words.duration(summary.saved_seconds)}, {share:.0%} of what it would have taken"
        rows.append(("Saved by pruning", saved))
    return facts(rows)
