"""The first and the last event of a search."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import optuna

from kagglebot.callbacks.events import Emit, Event, SearchEnded, SearchStarted, TrialEnded
from kagglebot.metrics.metric import Metric
from kagglebot.search.storage.attributes import ranked


@contextmanager
def announce(study: optuna.Study, started: SearchStarted, on_event: Emit) -> Iterator[Emit]:
    """Send ``started``, and when the block ends a ``SearchEnded`` with what came of the search.

    Yields:
        The function that events of the search are sent to.
    """
    began, counts = time.monotonic(), Counter[str]()

    def emit(event: Event) -> None:
        if isinstance(event, TrialEnded):
            counts[event.state] += 1
        on_event(event)

    on_event(started)
    stopped = True
    try:
        yield emit
        stopped = False
    finally:
        number, value = _best(study, started.metric)
        on_event(SearchEnded(dict(counts), number, value, time.monotonic() - began, stopped))


def _best(study: optuna.Study, metric: Metric) -> tuple[int | None, float | None]:
    try:
        best = ranked(study.get_trials(deepcopy=False), metric)[0]
    except Exception:  # no trial is complete, or the storage is what ended the search
        return None, None
    return best.number, best.value
