"""Plots written as SVG text, several in one file, without a plotting library."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 620, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 24, 40, 56
#: A palette that colour-blind readers can tell apart.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
_TICKS = 6
_IN_A_ROW = 3


@dataclass(frozen=True)
class Series:
    """Points joined by a line, by steps, or not at all; series of the same ``colour`` belong together."""

    name: str
    points: Sequence[tuple[float, float]]
    style: Literal["line", "steps", "dots"] = "line"
    colour: int = 0


@dataclass(frozen=True)
class Axis:
    """One axis, from the first to the last of ``ticks``; without them it starts at 0 with round numbers.

    Ticks may fall, for an axis on which lower values are higher up.
    ``scale`` maps a value to a position along the axis, in any unit.
    """

    label: str
    ticks: Sequence[float] = ()
    scale: Callable[[float], float] = float

    def tick_values(self, values: Sequence[float]) -> Sequence[float]:
        """Return the ticks for an axis that shows ``values``."""
        if self.ticks:
            return self.ticks
        most = max([*values, 1e-9])
        rough = most / _TICKS
        unit = 10 ** math.floor(math.log10(rough))
        step = next(unit * many for many in (1, 2, 5, 10) if unit * many >= rough)
        return [step * number for number in range(math.ceil(most / step - 1e-9) + 1)]


@dataclass(frozen=True)
class Plot:
    """One plot: its title, its axes and its series."""

    title: str
    across: Axis
    up: Axis
    series: Sequence[Series]


def draw(path: Path, plots: Sequence[Plot]) -> None:
    """Write the plots into one SVG file, at most three in a row."""
    width, height = WIDTH * min(_IN_A_ROW, len(plots)), HEIGHT * math.ceil(len(plots) / _IN_A_ROW)
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for number, plot in enumerate(plots):
        row, column = divmod(number, _IN_A_ROW)
        parts += [f'<g transform="translate({WIDTH * column} {HEIGHT * row})">', *_plot(plot), "</g>"]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*parts, "</svg>", ""]), encoding="utf-8")


def _plot(plot: Plot) -> list[str]:
    across = plot.across.tick_values([x for series in plot.series for x, _ in series.points])
    up = plot.up.tick_values([y for series in plot.series for _, y in series.points])
    right, bottom = WIDTH - _RIGHT, HEIGHT - _BOTTOM

    def x(value: float) -> float:
        return _pixel(plot.across.scale, across, value, _LEFT, right)

    def y(value: float) -> float:
        return _pixel(plot.up.scale, up, value, bottom, _TOP)

    parts = [f'<text x="{_LEFT}" y="22" font-size="14" font-weight="bold">{escape(plot.title)}</text>']
    for tick in across:
        parts.append(f'<text x="{x(tick):.1f}" y="{bottom + 18}" text-anchor="middle">{tick:g}</text>')
    for tick in up:
        parts.append(f'<path d="M{_LEFT} {y(tick):.1f}H{right}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>')
    middle, centre = (_TOP + bottom) / 2, (_LEFT + right) / 2
    below, beside = escape(plot.across.label), escape(plot.up.label)
    parts += [
        f'<path d="M{_LEFT} {_TOP}V{bottom}H{right}" fill="none" stroke="#444"/>',
        f'<text x="{centre}" y="{HEIGHT - 14}" text-anchor="middle">{below}</text>',
        f'<text transform="translate(18 {middle}) rotate(-90)" text-anchor="middle">{beside}</text>',
    ]
    for series in plot.series:
        parts += _series([(x(across), y(up)) for across, up in series.points], series)
    named = [series for series in plot.series if series.name]
    for number, series in enumerate(reversed(named)):
        at = bottom - 12 - 18 * number
        colour = _COLOURS[series.colour % len(_COLOURS)]
        parts.append(f'<circle cx="{right - 250}" cy="{at - 4}" r="5" fill="{colour}"/>')
        parts.append(f'<text x="{right - 240}" y="{at}">{escape(series.name)}</text>')
    return parts


def _series(points: Sequence[tuple[float, float]], series: Series) -> list[str]:
    colour = _COLOURS[series.colour % len(_COLOURS)]
    join = "L{:.1f} {:.1f}" if series.style == "line" else "H{:.1f}V{:.1f}"
    path = "".join(join.format(x, y) if number else f"{x:.1f} {y:.1f}" for number, (x, y) in enumerate(points))
    drawn = [f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'] if path else []
    if series.style == "steps":
        return drawn
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in points]
    return dots if series.style == "dots" else drawn + dots


def _pixel(
    scale: Callable[[float], float], ticks: Sequence[float], value: float, first: float, last: float
) -> float:
    """Return the pixel of a value, clipped to the ends of the axis."""
    low, high = scale(ticks[0]), scale(ticks[-1])
    least, most = sorted((ticks[0], ticks[-1]))
    share = (scale(min(max(value, least), most)) - low) / (high - low)
    return first + share * (last - first)
