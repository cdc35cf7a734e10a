"""Scores by the value of a parameter, a strip for each value with a mark for each trial."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.report import formatting
from kagglebot.report.widgets import table

if TYPE_CHECKING:
    from kagglebot.analysis.marginals import Level, Marginals
    from kagglebot.analysis.results import StudySummary
    from kagglebot.analysis.study_analysis import StudyAnalysis

_LEAST_STRIP, _MOST_STRIP = 10, 60
#: Scores worse than this share of all are drawn at the left end, or one failure would push all others together.
_OFF_SCALE = 0.1


def draw_levels(analysis: "StudyAnalysis", *, width: int) -> RenderableType | None:
    """Draw the scores by depth, by width, by epochs and by what mattered most besides; None where none varies."""
    from kagglebot.analysis.marginals import DEPTH, LENGTH, WIDTH

    known = {*DEPTH, *WIDTH, *LENGTH}
    shown = [each for each in analysis.marginals if each.name in known]
    others = [each for each in analysis.marginals if each.name not in known]
    if others and analysis.summary.importances.get(others[0].name, 0.0) > 0:
        shown.append(others[0])
    if not shown:
        return None
    scale = _scale(analysis.summary)
    names = max(len(marginals.name) for marginals in shown)
    labels = max(len(_label(level)) for marginals in shown for level in marginals.marginals)
    counted = max(len("Trials"), *(len(_trials(level)) for marginals in shown for level in marginals.marginals))
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
        _add(drawn, analysis.summary, marginals, scale, strip, last=marginals is shown[-1])
    note = "● complete trial, ★ best of all, < off the scale, ✂ pruned; better is to the right"
    return Group(drawn, Text(note, style="dim"))


def _add(
    drawn: Any,
    summary: "StudySummary",
    marginals: "Marginals",
    scale: tuple[float, float],
    strip: int,
    *,
    last: bool,
) -> None:
    for level in marginals.marginals:
        is_first, is_last = level is marginals.marginals[0], level is marginals.marginals[-1]
        drawn.add_row(
            marginals.name if is_first else "",
            _label(level),
            _trials(level),
            _strip(summary, level, scale, strip),
            formatting.score(level.best),
            formatting.score(level.median),
            end_section=is_last and not last,
        )


def _trials(level: "Level") -> str:
    """How many are complete, and how many were pruned besides."""
    return f"{len(level.trials)}" + (f"+{level.pruned}✂" if level.pruned else "")


def _label(level: "Level") -> str:
    if level.low == level.high:
        return formatting.setting(level.low)
    return "..".join(f"{end:.2g}" if isinstance(end, float) else str(end) for end in (level.low, level.high))


def _scale(summary: "StudySummary") -> tuple[float, float]:
    """The scores at the left and the right end."""
    values = [trial.value for trial in summary.top(len(summary.trials)) if trial.value is not None]
    return values[math.ceil((len(values) - 1) * (1 - _OFF_SCALE))], values[0]


def _head(scale: tuple[float, float], strip: int) -> str:
    left, right = formatting.score(scale[0]), formatting.score(scale[1])
    return left + right.rjust(strip - len(left))


def _strip(summary: "StudySummary", level: "Level", scale: tuple[float, float], strip: int) -> Text:
    cells = [" "] * strip
    best = summary.best
    for trial in reversed(level.trials):
        share = _share(trial.value or 0.0, scale)
        place = round(max(0.0, share) * (strip - 1))
        mark = "<" if share < 0 else "★" if best is not None and trial.number == best.number else "●"
        cells[place] = mark
    return Text("".join(cells).replace(" ", "·"), no_wrap=True)


def _share(value: float, scale: Sequence[float]) -> float:
    left, right = scale
    return (value - left) / (right - left) if right != left else 1.0
