"""A program that shows the live table with made-up trials until it is stopped."""

import time

from kagglebot.callbacks.dispatch import Dispatcher
from kagglebot.callbacks.events import Emit, EpochEnded, Note, SearchStarted, TrialEnded, TrialStarted
from kagglebot.cli.console import stderr_console
from kagglebot.cli.live.table import SearchLimits
from kagglebot.cli.live.watch import watch
from kagglebot.metrics.registry import get_metric

ENDED = [
    ("complete", 0.91, ""),
    ("complete", 0.955, ""),
    ("pruned", None, "behind earlier trials after epoch 4"),
    ("failed", None, "The loss is no longer a number."),
    ("complete", 0.9834, ""),
    ("complete", 0.95, ""),
]


def _run(emit: Emit, number: int, epochs: int, top: float) -> None:
    params = {"blocks": 2 + number % 3, "filters": 8 + 4 * number, "kernel": 3, "epochs": 8 + number}
    emit(TrialStarted(number, number % 2, params, 8 + number))
    for epoch in range(1, epochs + 1):
        emit(EpochEnded(number, number % 2, epoch, 8 + number, top - 0.1 * (1 / epoch - 1 / epochs), 1.0, epoch))


def main() -> None:
    """Show six trials that ended and two that run."""
    with watch(stderr_console(), SearchLimits()) as live:
        emit = Dispatcher([live])
        emit(SearchStarted(get_metric("accuracy"), trials=12, timeout_seconds=3000.0))
        for number, (state, value, reason) in enumerate(ENDED):
            _run(emit, number, 4 if value is None else 8 + number, value or 0.7)
            emit(TrialEnded(number, number % 2, state, value, reason, 30.0 + number))
        emit(Note("Worker 1 was killed, perhaps for lack of memory; another takes its place."))
        for number in (6, 7):
            _run(emit, number, 4, 0.9 + number / 100)
        time.sleep(300)


if __name__ == "__main__":
    main()
