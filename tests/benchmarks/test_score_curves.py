import json
from pathlib import Path
from typing import Any

from score_curves import at, best_so_far, first_above, moment, read_events


def epoch(seconds: float, score: float | None) -> dict[str, Any]:
    return {"seconds": seconds, "event": "epoch", "score": score}


def test_the_curve_rises_only_and_joins_trials_that_ran_at_the_same_time() -> None:
    events = [epoch(3, 0.8), epoch(1, 0.5), epoch(2, 0.7), epoch(4, 0.75), epoch(5, None), epoch(6, 0.9)]

    assert best_so_far(events) == [(1, 0.5), (2, 0.7), (3, 0.8), (6, 0.9)]


def test_what_a_trial_ended_with_is_no_epoch() -> None:
    assert best_so_far([epoch(1, 0.5), {"seconds": 2, "event": "trial", "score": 0.9}]) == [(1, 0.5)]


def test_the_best_by_a_moment_is_the_last_one_reached() -> None:
    curve = [(1.0, 0.5), (3.0, 0.8)]

    assert [at(curve, seconds) for seconds in (0.5, 1, 2.9, 10)] == [None, 0.5, 0.5, 0.8]


def test_a_score_is_passed_by_a_better_one_only() -> None:
    curve = [(1.0, 0.5), (3.0, 0.8)]

    assert first_above(curve, 0.5) == 3
    assert first_above(curve, 0.8) is None


def test_a_line_cut_off_in_the_middle_ends_the_events(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    path.write_text(json.dumps(epoch(1, 0.5)) + "\n" + '{"seconds": 2, "ev')

    assert read_events(path) == [epoch(1, 0.5)]
    assert moment(read_events(path), "epoch") == 1
    assert moment(read_events(path), "submitted") is None
    assert read_events(tmp_path / "none.jsonl") == []
