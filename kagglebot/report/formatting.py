"""How scores, times and settings are written, the same everywhere."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kagglebot.analysis.results import TrialResult
    from kagglebot.datasets.images.resize_rule import ImageRule
    from kagglebot.metrics.metric import Metric

_MARKS = {
    "complete": "✓",
    "pruned": "✂",
    "failed": "✗",
    "interrupted": "!",
    "running": "▸",
    "waiting": "·",
}
_STYLES = {
    "complete": "green",
    "pruned": "yellow",
    "failed": "red",
    "interrupted": "magenta",
    "running": "cyan",
    "waiting": "dim",
}
_BLOCKS = "▁▂▃▄▅▆▇█"
_FITS = {"stretch": "stretched", "pad": "padded", "crop": "cropped"}


def score(value: float | None) -> str:
    """Write a score with four decimals, a small one with four digits that count; a dash where there is none."""
    if value is None or math.isnan(value):
        return "-"
    decimals = 4 if value == 0 else max(4, 3 - math.floor(math.log10(abs(value))))
    return f"{value:.{min(decimals, 8)}f}"


def difference(value: float) -> str:
    """Write a difference of two scores, or a standard error, with two digits that count."""
    if value == 0 or math.isnan(value):
        return "0"
    return f"{value:.{min(8, max(0, 1 - math.floor(math.log10(abs(value)))))}f}"


def listed(numbers: Sequence[int], most: int = 6) -> str:
    """Write some numbers of trials: ``3, 7, 12 and 4 more``."""
    shown = ", ".join(map(str, numbers[:most]))
    return shown if len(numbers) <= most else f"{shown} and {len(numbers) - most} more"


def together(value: float | None, single: float) -> str:
    """Write an ensemble's score beside that of its best member, and how far to trust it."""
    return f"{score(value)} (the best alone {score(single)}; chosen on these rows, so a little too good)"


def measure(metric: "Metric") -> str:
    """Write a metric's name with the direction where it is not the usual one: ``log loss (lower is better)``."""
    return f"{metric.text} (lower is better)" if metric.minimise else metric.text


def title(text: str) -> str:
    """Begin with a capital letter, as a heading does, and leave the others: ``AUC`` stays."""
    return text[:1].upper() + text[1:]


def images(rule: "ImageRule") -> str:
    """Write how images are brought to one shape: ``64 x 64 pixels, padded, colour``."""
    size = f"{rule.size[0]} x {rule.size[1]} pixels" if rule.size else "their own size"
    colour = {1: ", grey", 3: ", colour", None: ""}[rule.channels]
    return f"{size}, {_FITS[rule.fit]}{colour}"


def duration(seconds: float) -> str:
    """Write a time as people say it: ``8.2 s``, ``3:07 min``, ``2:05 h``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02d} h"


def clock(seconds: float) -> str:
    """Write a running time so that it does not jump about: ``0:08``, ``12:30``, ``1:02:03``."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def count(number: int, noun: str) -> str:
    """Write a number with its noun: ``1 trial``, ``1,200 trials``, ``2 studies``."""
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else many}"


def setting(value: Any) -> str:
    """Write one setting: three significant digits, yes and no."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def settings(values: Mapping[str, Any]) -> str:
    """Write settings on one line: ``blocks=3 filters=16 …``."""
    return " ".join(f"{name}={setting(value)}" for name, value in values.items())


def bar(share: float, width: int) -> str:
    """Draw ``share`` (0 to 1) as a bar of ``width`` cells that reads without colour."""
    filled = round(min(1.0, max(0.0, share)) * width)
    return "█" * filled + "░" * (width - filled)


def sparkline(values: Sequence[float], width: int) -> str:
    """Draw numbers as a row of blocks, the lowest smallest; the latest ``width`` of them."""
    shown = list(values)[-width:]
    low, high = min(shown, default=0.0), max(shown, default=0.0)
    steps = len(_BLOCKS) - 1
    return "".join(
        _BLOCKS[round((value - low) / (high - low) * steps) if high > low else steps] for value in shown
    )


def state(name: str) -> tuple[str, str]:
    """Give a trial's state with its mark, and the style that underlines it."""
    return f"{_MARKS.get(name, ' ')} {name}", _STYLES.get(name, "")


def epochs(trial: "TrialResult") -> str:
    """Say how many epochs a trial's model is trained for, of those that were tried."""
    if trial.epochs is None or trial.epochs == trial.epochs_run:
        return str(trial.epochs_run)
    return f"{trial.epochs} of {trial.epochs_run}: after that it got worse"


def tta(trial: "TrialResult") -> str:
    """Say what a trial scored with views of each image and without, and which is used."""
    scores = f"{score(trial.plain_score)} alone, {score(trial.tta_score)} over shifts of each image"
    return f"{scores}: {'used' if trial.tta else 'not used'} for the test set"
