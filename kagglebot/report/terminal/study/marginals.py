"""Scores by the value of a parameter: one row for each value, one mark for each trial."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.report import formatting
from kagglebot.report.widgets import table

if TYPE_CHECKING:
    from kagglebot.analysis.marginals import Bin
    from kagglebot.analysis.study_analysis import StudyAnalysis
    from kagglebot.analysis.study_summary import StudySummary

_LEAST_STRIP, _MOST_STRIP = 10, 60
#: The worst trials, this share of all, are drawn at the left end, so that the others can be told apart.
_OFF_SCALE = 0.1


def draw_marginals(analysis: "StudyAnalysis", *, width: int) -> RenderableType | None:
    """Return the scores by depth, width, epochs and the most important other parameter; None where none varies."""
    from kagglebot.analysis.marginals import DEPTH, LENGTH, WIDTH
    from kagglebot.study_config.space import FAMILY, plain_name

    known = {FAMILY, *DEPTH, *WIDTH, *LENGTH}
    shown = [each for each in analysis.marginals if plain_name(each.name) in known]
    others = [each for each in analysis.marginals if plain_name(each.name) not in known]
    if others and analysis.summary.importances.get(others[0].name, 0.0) > 0:
        shown.append(others[0])
    if not shown:
        return None
    scale = _scale(analysis.summary)
    names = max(len(marginals.name) for marginals in shown)
    labels = max(len(_label(each)) for marginals in shown for each in marginals.bins)
    counted = max(len("Trials"), *(len(_trials(each)) for marginals in shown for each in marginals.bins))
    scores = max(len("Median"), *(len(formatting.score(end)) for end in scale))
    strip = min(_MOST_STRIP, max(_LEAST_STRIP, width - names - labels - counted - 2 * scores - 10))
    drawn = table()
    drawn.add_column("", no_wrap=True)
    drawn.add_column("", justify="right", no_wrap=True)
    drawn.add_column("Trials", justify="right", no_wrap=True)
    drawn.add_column(_head(scale, strip), no_wrap=True)
    drawn.add_column("Best", justify="right", no_wrap=True)
    drawn.add_column("Median", justify="right", no_wrap=True)
    for marginals in shown:
        first, last = marginals.bins[0], marginals.bins[-1]
        for each in marginals.bins:
            drawn.add_row(
                marginals.name if each is first else "",
                _label(each),
                _trials(each),
                _strip(analysis.summary, each, scale, strip),
                formatting.score(each.best),
                formatting.score(each.median),
                end_section=each is last and marginals is not shown[-1],
            )
    note = "● complete trial, ★ best of all, < off the scale, ✂ pruned; better is to the right"
    return Group(drawn, Text(note, style="dim"))


def _trials(each: "Bin") -> str:
    """Return the number of complete trials, and of pruned ones."""
    return f"{len(each.trials)}" + (f"+{each.pruned}✂" if each.pruned else "")


def _label(each: "Bin") -> str:
    if each.low == each.high:
        return formatting.setting(each.low)
    return "..".join(f"{end:.2g}" if isinstance(end, float) else str(end) for end in (each.low, each.high))


def _scale(summary: "StudySummary") -> tuple[float, float]:
    """Return the scores at the left and the right end: of the best trials by log loss, others may score higher."""
    scores = [trial.value for trial in summary.top(len(summary.trials)) if trial.value is not None]
    values = sorted(scores, reverse=not summary.measure.minimise)
    return values[math.ceil((len(values) - 1) * (1 - _OFF_SCALE))], values[0]


def _head(scale: tuple[float, float], strip: int) -> str:
    left, right = formatting.score(scale[0]), formatting.score(scale[1])
    return left + right.rjust(strip - len(left))


def _strip(summary: "StudySummary", each: "Bin", scale: tuple[float, float], strip: int) -> Text:
    cells = [" "] * strip
    best = summary.best
    for trial in reversed(each.trials):
        share = _share(trial.value or 0.0, scale)
        place = round(max(0.0, share) * (strip - 1))
        mark = "<" if share < 0 else "★" if best is not None and trial.number == best.number else "●"
        cells[place] = mark
    return Text("".join(cells).replace(" ", "·"), no_wrap=True)


def _share(value: float, scale: Sequence[float]) -> float:
    left, right = scale
    return (value - left) / (right - left) if right != left else 1.0
