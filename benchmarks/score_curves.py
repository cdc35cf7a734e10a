"""Curves of the best score against time, from the progress.jsonl that a contestant writes."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Point = tuple[float, float]  #: (seconds since the start, score)


def read_events(path: Path) -> list[dict[str, Any]]:
    """Read the events in ``path``, up to a line that was cut off; return an empty list if there is no file."""
    events = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            events.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return events


def best_so_far(events: Sequence[dict[str, Any]], *, lowest: bool = False) -> list[Point]:
    """Return each point at which the best validation score improved, over all epochs and complete trials.

    With ``lowest``, lower scores are better.
    """
    sign = -1 if lowest else 1
    curve: list[Point] = []
    for event in sorted(events, key=lambda event: float(event["seconds"])):
        score = event.get("score")
        if score is None or (event["event"] != "epoch" and event.get("state") != "complete"):
            continue
        if not curve or sign * score > sign * curve[-1][1]:
            curve.append((event["seconds"], score))
    return curve


def score_at(curve: Sequence[Point], seconds: float) -> float | None:
    """Return the best score after ``seconds``, or None if there was none yet."""
    return next((score for when, score in reversed(curve) if when <= seconds), None)


def time_to_exceed(curve: Sequence[Point], score: float) -> float | None:
    """Return the seconds until ``score`` was first exceeded, or None if it never was."""
    return min((when for when, reached in curve if reached > score), default=None)


def time_of(events: Sequence[dict[str, Any]], name: str) -> float | None:
    """Return the seconds of the first event called ``name``, or None if there is none."""
    return next((float(event["seconds"]) for event in events if event["event"] == name), None)
