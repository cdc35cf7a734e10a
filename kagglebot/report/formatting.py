"""The format of scores, times and settings, the same everywhere."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kagglebot.analysis.trial_result import TrialResult
    from kagglebot.datasets.images.resize_rule import ImageRule
    from kagglebot.metrics.metric import Metric

_MARKS = {"complete": "✓", "pruned": "✂", "failed": "✗", "interrupted": "!", "running": "▸", "waiting": "·"}
_STYLES = {
    "complete": "green",
    "pruned": "yellow",
    "failed": "red",
    "interrupted": "magenta",
    "running": "cyan",
    "waiting": "dim",
}
_BLOCKS = "▁▂▃▄▅▆▇█"
#: Numbers of an adjustment that are written: the factors of some hundred classes would fill the page.
_MOST_NUMBERS = 8
_FITS = {"stretch": "stretched", "pad": "padded", "crop": "cropped"}


def score(value: float | None) -> str:
    """Write a score with four decimals, a small one with four significant digits; a dash where there is none."""
    if value is None or math.isnan(value):
        return "-"
    decimals = 4 if value == 0 else max(4, 3 - math.floor(math.log10(abs(value))))
    return f"{value:.{min(decimals, 8)}f}"


def difference(value: float) -> str:
    """Write a difference of two scores, or a standard error, with two significant digits."""
    if value == 0 or math.isnan(value):
        return "0"
    return f"{value:.{min(8, max(0, 1 - math.floor(math.log10(abs(value)))))}f}"


def together(value: float | None, single: float | None) -> str:
    """Write an ensemble's score beside that of its best member; without that it is of the folds of one trial."""
    if single is None:
        return f"{score(value)} (each row by the net that did not learn from it)"
    return f"{score(value)} (best single model {score(single)}; no row is scored by what was selected with it)"


def optimism(value: float, *, together: bool = False) -> str:
    """Write by how much the score of the best trial is too good, as it was chosen for it, alone or with others."""
    chosen = "The best trial was chosen on the same rows:" if together else "Chosen as the best on the same rows,"
    return f"{chosen} its score is about {difference(value)} too good."


def validation_rows(rows: int, groups: int, of: int | None = None) -> str:
    """Write the number of validation rows, and of the groups that they are in, if any: ``60 rows in 3 groups``.

    ``of`` is the number of all, where a trial was cut off after some folds: ``24 of 60 validation rows``.
    """
    all_rows = f" of {of:,}" if of is not None and of != rows else ""
    return f"{rows:,}{all_rows} validation rows" + (f" in {count(groups, 'group')}" if groups else "")


def sealed(value: float | None, error: float | None, rows: int) -> list[tuple[str, str]]:
    """Return a row on the score on sealed rows, with its standard error if that is known; none without any."""
    remark = f"{with_error(value, error)} on {count(rows, 'row')} that nothing learned from or was chosen by"
    return [("Sealed score", remark)] if rows else []


def with_error(value: float | None, error: float | None) -> str:
    """Write a score with its standard error, if that is known: ``0.9870 ± 0.013``."""
    return score(value) if error is None else f"{score(value)} ± {difference(error)}"


def measure(metric: "Metric") -> str:
    """Write a metric's name, with the direction where lower is better: ``log loss (lower is better)``."""
    return f"{metric.text} (lower is better)" if metric.minimise else metric.text


def title(text: str) -> str:
    """Capitalise the first letter and leave the others: ``AUC`` stays."""
    return text[:1].upper() + text[1:]


def images(rule: "ImageRule") -> str:
    """Write how images are resized: ``64 x 64 pixels, padded, colour``."""
    size = f"{rule.size[0]} x {rule.size[1]} pixels" if rule.size else "original size"
    size = f"at most {rule.largest} pixels" if rule.largest else size
    colour = {1: ", grey", 3: ", colour", None: ""}[rule.channels]
    return f"{size}, {_FITS[rule.fit]}{colour}"


def duration(seconds: float) -> str:
    """Write a duration: ``8.2 s``, ``3:07 min``, ``2:05 h``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02d} h"


def clock(seconds: float) -> str:
    """Write a running time with a constant width: ``0:08``, ``12:30``, ``1:02:03``."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def minute(time: str) -> str:
    """Write an ISO time to the minute: ``2026-01-31 12:30``."""
    return time[:16].replace("T", " ")


def count(number: int, noun: str) -> str:
    """Write a number with its noun: ``1 trial``, ``1,200 trials``, ``2 studies``."""
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else many}"


def families(text: str) -> str:
    """Write the model families of a study: ``family cnn``, ``families pretrained, cnn``."""
    return f"families {text}" if "," in text else f"family {text}"


def most_mistaken(shown: int, left: int) -> str:
    """Write how many classes are shown, those with the most mistakes, and how many are not."""
    return f"the {shown} classes with the most mistakes, {left} more {'is' if left == 1 else 'are'} left out"


def setting(value: Any) -> str:
    """Write a setting: floats with three significant digits, booleans as yes and no, None as a dash."""
    if value is None:
        return "-"
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
    """Return a trial's state with its mark, and its style."""
    return f"{_MARKS.get(name, ' ')} {name}", _STYLES.get(name, "")


def epochs(trial: "TrialResult") -> str:
    """Write how many epochs a trial's final model is trained for, of those that were run."""
    if trial.epochs is None or trial.epochs == trial.epochs_run:
        return str(trial.epochs_run)
    return f"{trial.epochs} of {trial.epochs_run}: the score got worse after that"


def tta(trial: "TrialResult") -> str:
    """Write a trial's scores without and with test-time augmentation, and which is used."""
    scores = f"{score(trial.plain_score)} without, {score(trial.tta_score)} with test-time augmentation"
    return f"{scores}: {'used' if trial.tta else 'not used'} for the test set"


def kept_predictions(metric: "Metric", trial: "TrialResult") -> str:
    """Write what a trial's predictions score where that is not its score, which is measured while it trains.

    They are made after the training: with test-time augmentation if it helps, and with other batch statistics if
    the settings ask for it. Empty where both scores read the same.
    """
    kept = trial.tta_score if trial.tta else trial.plain_score
    if kept is None or score(kept) == score(trial.value):
        return ""
    both = f"{metric.text} {score(kept)}; the score of the trial, {score(trial.value)},"
    if trial.tta:
        return f"Predicted with test-time augmentation: {both} is without it."
    return f"Predicted once it was trained: {both} was measured while it trained."


def adjusted(metric: "Metric", trial: "TrialResult") -> list[tuple[str, str]]:
    """Return what a trial's probabilities are adjusted by, and its scores without and with it."""
    numbers = adjustment(metric, trial.adjustment)
    after = trial.tta_score if trial.tta else trial.plain_score
    return [
        (name, f"{text}; {score(trial.unadjusted_score)} without, {score(after)} with it")
        for name, text in numbers
    ]


def adjustment(metric: "Metric", numbers: Sequence[float]) -> list[tuple[str, str]]:
    """Return what a model's probabilities are adjusted by, and the numbers; empty if they are not adjusted."""
    if metric.adjustment is None or not numbers:
        return []
    shown = [f"{each:.3g}" for each in numbers[:_MOST_NUMBERS]]
    return [(title(metric.adjustment.name), ", ".join(shown) + ", …" * (len(numbers) > len(shown)))]
