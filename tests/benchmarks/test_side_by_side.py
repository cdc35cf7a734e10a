import pytest
from side_by_side import Run, in_turn, run, summarise


def test_a_round_goes_before_and_times_are_compared_within_a_round() -> None:
    seconds = iter([9.0, 9.0, 1.0, 2.0, 3.0, 6.0, 2.0, 10.0])
    rounds = in_turn({name: lambda: Run(next(seconds), 50) for name in ("ours", "theirs")}, 3)
    medians = summarise(rounds)
    assert medians["ours"] == {"seconds": 2.0, "of_first": 1.0, "peak_mb": 50}
    assert medians["theirs"] == {"seconds": 6.0, "of_first": 2.0, "peak_mb": 50}


def test_code_may_tell_its_own_seconds() -> None:
    assert run("import sys; print(sys.argv[1])", 0.25, timed_inside=True).seconds == 0.25


def test_what_a_process_complained_of_ends_the_benchmark() -> None:
    with pytest.raises(SystemExit, match="no such luck"):
        run("raise SystemExit('no such luck')")
