import pytest
from side_by_side import Run, run_python, run_rounds, summarise


def test_the_first_round_is_not_counted_and_ratios_are_taken_within_a_round() -> None:
    seconds = iter([9.0, 9.0, 1.0, 2.0, 3.0, 6.0, 2.0, 10.0])
    rounds = run_rounds({name: lambda: Run(next(seconds), 50) for name in ("ours", "theirs")}, 3)
    medians = summarise(rounds)
    assert medians["ours"] == {"seconds": 2.0, "ratio_to_first": 1.0, "peak_mb": 50}
    assert medians["theirs"] == {"seconds": 6.0, "ratio_to_first": 2.0, "peak_mb": 50}


def test_code_may_print_its_own_seconds() -> None:
    assert run_python("import sys; print(sys.argv[1])", 0.25, timed_inside=True).seconds == 0.25


def test_a_failing_program_ends_the_benchmark_with_its_stderr() -> None:
    with pytest.raises(SystemExit, match="it broke"):
        run_python("raise SystemExit('it broke')")
