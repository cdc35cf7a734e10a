"""When a worker starts, and when it takes no more trials."""

from pathlib import Path

import pytest

from kagglebot.errors import DataError
from kagglebot.paths import StudyLocation
from kagglebot.search.trial.context import SearchContext
from kagglebot.search.trial.outcome import TrialOutcome
from kagglebot.search.workers.loop import LATE_AFTER, MOST_DUPLICATES, MOST_SKIPPED, StopRule, open_worker
from kagglebot.study_config.load import parse_definition


def test_trials_that_run_never_end_a_worker() -> None:
    rule = StopRule()
    for outcome in (TrialOutcome.COMPLETE, TrialOutcome.PRUNED, TrialOutcome.FAILED) * 30:
        assert not rule.is_over(outcome)
    assert not rule.exhausted


def test_skipped_nets_in_a_row_make_it_late_and_then_end_it() -> None:
    rule = StopRule()
    late = []
    for _ in range(MOST_SKIPPED - 1):
        assert not rule.is_over(TrialOutcome.SKIPPED)
        late.append(rule.late)
    assert late == [False] * (LATE_AFTER - 1) + [True] * (MOST_SKIPPED - LATE_AFTER)
    assert rule.is_over(TrialOutcome.SKIPPED) and not rule.exhausted


def test_a_trial_that_runs_in_between_starts_the_count_over() -> None:
    rule = StopRule()
    for _ in range(3):
        for _ in range(MOST_SKIPPED - 1):
            assert not rule.is_over(TrialOutcome.SKIPPED)
        assert not rule.is_over(TrialOutcome.COMPLETE)
        assert not rule.late


def test_repeated_settings_in_a_row_exhaust_the_space_also_with_skipped_nets_between() -> None:
    rule = StopRule()
    for _ in range(MOST_DUPLICATES - 1):
        assert not rule.is_over(TrialOutcome.DUPLICATE)
        assert not rule.is_over(TrialOutcome.SKIPPED)
    assert rule.is_over(TrialOutcome.TAKEN_OVER) and rule.exhausted


def test_an_interruption_or_an_exhausted_grid_end_it_at_once() -> None:
    rule = StopRule()
    assert rule.is_over(TrialOutcome.INTERRUPTED) and not rule.exhausted
    assert rule.is_over(TrialOutcome.EXHAUSTED) and rule.exhausted


def test_a_worker_does_not_go_on_with_other_data(tmp_path: Path, digits_data: Path) -> None:
    definition = parse_definition(b'family = "mlp"\n[space]\nunits_1 = { low = 8, high = 64 }', tmp_path, "mine")
    search = SearchContext(StudyLocation("digits", "mine", tmp_path), definition, digits_data, 0, digest="older")
    with pytest.raises(DataError, match="The data of digits was fetched anew during the search"):
        open_worker(search, worker=0, lock="", threads=1, emit=print, stopped=lambda: False)
