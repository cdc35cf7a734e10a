"""Scores against time, made of what a contestant told while it ran."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Point = tuple[float, float]  #: (seconds since the start, score)


def read_events(path: Path) -> list[dict[str, Any]]:
    """Read a contestant's lines; one that was cut off in the middle ends them."""
    events = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            events.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return events


def best_so_far(events: Sequence[dict[str, Any]]) -> list[Point]:
    """The best validation score at each moment at which it rose, over all epochs of all trials."""
    curve: list[Point] = []
    for event in sorted(events, key=lambda event: float(event["seconds"])):
        score = event.get("score")
        if event["event"] == "epoch" and score is not None and (not curve or score > curve[-1][1]):
            curve.append((event["seconds"], score))
    return curve


def at(curve: Sequence[Point], seconds: float) -> float | None:
    """The best score by then; None where there was none yet."""
    return max((score for when, score in curve if when <= seconds), default=None)


def first_above(curve: Sequence[Point], score: float) -> float | None:
    """The seconds until a score was first passed; None where it never was."""
    return min((when for when, reached in curve if reached > score), default=None)


def moment(events: Sequence[dict[str, Any]], name: str) -> float | None:
    """The seconds until something was told; None where it was not."""
    return next((float(event["seconds"]) for event in events if event["event"] == name), None)
