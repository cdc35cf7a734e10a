"""Names that settings had in version 0.1: still read in definitions, stored trials and model cards."""

from collections.abc import Mapping
from typing import Any

#: Settings that were renamed, by their name in 0.1.
RENAMED = {"averaging": "ema_epochs", "least_steps": "min_steps_per_epoch"}
OLD_NAMES = {new: old for old, new in RENAMED.items()}
#: The schedule of 0.1 that is now ``constant`` with this number of warm-up steps.
STEADY, STEADY_WARMUP_STEPS = "steady", 200
#: Settings that 0.1 did not have, each with the value at which a net is trained as by 0.1.
ADDED = {
    "warmup_steps": 0,
    "residual": False,
    "batch_statistics": "augmented",
    "class_weights": "none",
    "crop": 1.0,
    "border": "zero",
    "jitter": 0.0,
    "erasing": 0.0,
    "mixup": 0.0,
    "cutmix": 0.0,
}


def current_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings under today's names, in the same order."""
    current: dict[str, Any] = {}
    for name, value in settings.items():
        if name == "schedule" and value == STEADY:
            current["schedule"] = "constant"
            current.setdefault("warmup_steps", STEADY_WARMUP_STEPS)
        else:
            current[RENAMED.get(name, name)] = value
    return current


def renamed_settings(settings: Mapping[str, Any]) -> list[str]:
    """Return for each setting that is written as in 0.1 what to write today: "averaging is ema_epochs"."""
    renamed = [f"{name} is {RENAMED[name]}" for name in settings if name in RENAMED]
    if settings.get("schedule") == STEADY:
        renamed.append(f"the schedule steady is constant with warmup_steps = {STEADY_WARMUP_STEPS}")
    return renamed


def settings_of_0_1(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as 0.1 wrote them, for keys that must not change."""
    old = {
        OLD_NAMES.get(name, name): value
        for name, value in settings.items()
        if name not in ADDED or value != ADDED[name]
    }
    if old.get("warmup_steps") == STEADY_WARMUP_STEPS and old.get("schedule") == "constant":
        old["schedule"] = STEADY
        del old["warmup_steps"]
    return old


def under_both_names(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings under today's names and those of 0.1, for conditions that may use either."""
    return {**{old: settings[new] for old, new in RENAMED.items() if new in settings}, **settings}


#: Keys of a trial's result that were renamed, by their name in 0.1.
_RENAMED_RESULTS = {"views": "tta", "views_score": "tta_score", "weights": "parameter_count"}


def current_result(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the stored result of a trial under today's names."""
    return {_RENAMED_RESULTS.get(name, name): value for name, value in result.items()}
