import json
from pathlib import Path
from typing import Any

from score_curves import best_so_far, read_events, score_at, time_of, time_to_exceed


def epoch(seconds: float, score: float | None) -> dict[str, Any]:
    return {"seconds": seconds, "event": "epoch", "score": score}


def test_the_curve_only_rises_and_merges_parallel_trials() -> None:
    events = [epoch(3, 0.8), epoch(1, 0.5), epoch(2, 0.7), epoch(4, 0.75), epoch(5, None), epoch(6, 0.9)]

    assert best_so_far(events) == [(1, 0.5), (2, 0.7), (3, 0.8), (6, 0.9)]


def test_the_curve_of_a_loss_only_falls() -> None:
    curve = best_so_far([epoch(1, 0.5), epoch(2, 0.6), epoch(3, 0.2)], lowest=True)

    assert curve == [(1, 0.5), (3, 0.2)]
    assert score_at(curve, 10) == 0.2


def test_the_end_of_a_trial_does_not_count_as_an_epoch() -> None:
    assert best_so_far([epoch(1, 0.5), {"seconds": 2, "event": "trial", "score": 0.9}]) == [(1, 0.5)]


def test_a_complete_trial_counts_as_with_folds_no_epoch_does() -> None:
    ended = {"seconds": 2, "event": "trial", "score": 0.9, "state": "complete"}
    assert best_so_far([epoch(1, 0.5), ended, {**ended, "seconds": 3, "score": 0.95, "state": "pruned"}]) == [
        (1, 0.5),
        (2, 0.9),
    ]


def test_the_score_at_a_moment_is_the_last_one_reached() -> None:
    curve = [(1.0, 0.5), (3.0, 0.8)]

    assert [score_at(curve, seconds) for seconds in (0.5, 1, 2.9, 10)] == [None, 0.5, 0.5, 0.8]


def test_a_score_is_exceeded_only_by_a_better_one() -> None:
    curve = [(1.0, 0.5), (3.0, 0.8)]

    assert time_to_exceed(curve, 0.5) == 3
    assert time_to_exceed(curve, 0.8) is None


def test_events_end_at_a_line_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    path.write_text(json.dumps(epoch(1, 0.5)) + "\n" + '{"seconds": 2, "ev')

    assert read_events(path) == [epoch(1, 0.5)]
    assert time_of(read_events(path), "epoch") == 1
    assert time_of(read_events(path), "submitted") is None
    assert read_events(tmp_path / "none.jsonl") == []
