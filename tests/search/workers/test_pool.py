"""What every pool counts and reports, with workers that report by hand."""

import threading
from pathlib import Path

import optuna
import pytest

from kagglebot.callbacks.events import Event, Note, TrialEnded
from kagglebot.errors import StudyError
from kagglebot.paths import StudyLocation
from kagglebot.search.trial.context import SearchContext
from kagglebot.search.workers.pool import WorkerPool
from kagglebot.search.workers.stale_trials import KILLED_TWICE
from kagglebot.study_config.load import parse_definition


class ManualPool(WorkerPool):
    """A pool without workers."""

    closed = False

    def start(self) -> None:
        pass

    def is_working(self) -> bool:
        return False

    def listen(self) -> None:
        pass

    def kill(self) -> bool:
        return False

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def pool(tmp_path: Path, events: list[Event]) -> ManualPool:
    definition = parse_definition(b'family = "mlp"\n', Path("mine.toml"), "mine")
    search = SearchContext(StudyLocation("digits", "mine", tmp_path), definition, tmp_path, 0)
    return ManualPool(search, optuna.create_study(), events.append, threading.Event())


def notes(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Note)]


def test_more_deaths_in_a_row_than_allowed_end_the_search_with_an_error(pool: ManualPool) -> None:
    for _ in range(3):
        pool.count_death(3, "were killed", "Use fewer --jobs.")
    assert pool.error is None and not pool.stop.is_set()
    pool.count_death(3, "were killed", "Use fewer --jobs.")
    assert isinstance(pool.error, StudyError) and pool.stop.is_set()
    assert (pool.error.message, pool.error.hint) == ("4 workers in a row were killed.", "Use fewer --jobs.")


def test_workers_that_are_killed_once_the_user_stopped_the_search_are_no_error(pool: ManualPool) -> None:
    pool.stop.set()
    for _ in range(9):
        pool.count_death(3, "were killed", "")
    assert pool.error is None


def test_a_trial_that_ends_starts_the_count_of_deaths_over(pool: ManualPool, events: list[Event]) -> None:
    for number in range(9):
        pool.count_death(1, "were killed", "")
        pool.handle(TrialEnded(number, 0, "complete", 0.9, "", 1.0))
    assert pool.error is None
    assert [event.number for event in events if isinstance(event, TrialEnded)] == list(range(9))


def test_a_death_is_an_interruption_the_first_time_and_a_failure_the_second(
    pool: ManualPool, events: list[Event]
) -> None:
    pool.count_death(3, "were killed", "")
    pool.report_death(0, 1, "worker killed", again=True)
    pool.report_death(1, 1, "worker killed", again=False)
    assert events == [
        TrialEnded(0, 1, "interrupted", None, "worker killed", 0.0),
        TrialEnded(1, 1, "failed", None, KILLED_TWICE, 0.0, "killed"),
    ]
    assert pool.deaths == 1  # a death is no trial that ended by itself


def test_three_failures_of_a_kind_are_noted_wherever_they_come_from(pool: ManualPool, events: list[Event]) -> None:
    pool.report_death(0, 0, "worker killed", again=False)
    for number in (1, 2):
        pool.handle(TrialEnded(number, 0, "failed", None, "memory ran out", 1.0, "out_of_memory"))
    (note,) = notes(events)
    assert note.startswith("3 trials ran out of memory: 0, 1, 2.")


def test_an_exhausted_space_is_noted_once_and_the_pool_is_closed_at_the_end(
    pool: ManualPool, events: list[Event]
) -> None:
    with pool:
        pool.note_exhausted()
        pool.note_exhausted()
    assert notes(events) == ["Every setting in the search space has been tried."]
    assert pool.closed
